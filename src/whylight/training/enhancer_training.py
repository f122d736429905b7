"""The training of an enhancer: reconstruction alone first, and then through the classifier."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import nn

from whylight import registry
from whylight.classifier import Classifier
from whylight.classifiers import _enhanced_file
from whylight.degradation import Degradation
from whylight.enhancer import Enhancer
from whylight.errors import ModelError
from whylight.nets.enhanced import Asked, Enhanced
from whylight.nets.painter import Painter
from whylight.training.aims import Aim
from whylight.training.batches import INIT, seed_for
from whylight.training.deep_supervision import Guide, guide_for, together
from whylight.training.enhancement import Enhancement
from whylight.training.enhancing import Enhancing, Passed, Spoiling
from whylight.training.loop import Session
from whylight.training.plan import Plan
from whylight.training.prepare import Prepared
from whylight.training.schedule import optimiser_for
from whylight.training.session import Setup, Sides, Training
from whylight.training.stage import Stage
from whylight.types import Images

RECONSTRUCTION = "reconstruction"


class EnhancerTraining(Training):
    """An enhancer with weights that are drawn, before a classifier that is there."""

    def __init__(self, setup: Setup, prepared: Prepared, sides: Sides) -> None:
        self.setup, self.prepared, self.sides = setup, prepared, sides
        plan = prepared.plan
        self.enhancement, model = enhancement_of(plan), copied(cast(Classifier, prepared.model))
        self.whole = whole_of(first_enhancer(plan), model).to(setup.device)
        self.parts = _enhanced_file.Parts(
            enhancer=enhancer_in(plan),
            network=self.whole.enhancer,
            classifier=_enhanced_file.description_of(model),
            module=_enhanced_file.module_of(model),
            learnt=self.enhancement.mode == "joint",
        )
        self.whole.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own signature lacks it

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Reconstruction, unless it is left out, and the mode."""
        first, given = self.enhancement, self.prepared.plan.hyperparameters
        second = Stage(given.epochs, given.rate, first.mode)
        if first.stage1_epochs == 0:
            return (second,)
        return Stage(first.stage1_epochs, first.stage1_rate, RECONSTRUCTION), second

    @property
    def parameters(self) -> int:
        """Of the enhancer."""
        return sum(each.numel() for each in self.whole.enhancer.parameters())

    def new_guide(self) -> Guide | None:
        """A layer of deep supervision that has learnt nothing yet; None without."""
        classes = len(self.prepared.pictures.classes)
        return guide_for(cast(Painter, self.whole.enhancer), classes, self.enhancement.deep_supervision)

    def session(self, number: int) -> Session:
        """The session of a stage."""
        plan, world, setup, stage = self.prepared.plan, self.setup.world, self.setup, self.stages[number]
        begins = stage.name == RECONSTRUCTION
        joint = self.enhancement.mode == "joint" and not begins
        self.whole.classifier.requires_grad_(joint)
        guide = None if begins else self.new_guide()
        passed = Passed(self.whole, first_aim(self.enhancement) if begins else aim_of(self.enhancement), guide)
        return Session(
            plan=plan,
            stage=stage,
            objective=Enhancing(plan, passed, spoiling_of(plan), world, setup.workers, joint=joint),
            parallel=world.wrapped(passed, setup.device),
            kept=together(self.whole if joint else self.whole.enhancer, guide),
            optimiser=optimiser_for(together(self.whole, guide), plan.hyperparameters),
            training=self.sides.training,
            validation=self.sides.validation,
            world=world,
            device=setup.device,
            workers=setup.workers,
        )

    def write_model(self, path: Path) -> None:
        """The enhancer with its classifier."""
        _enhanced_file.save(path, self.parts)


def enhancement_of(plan: Plan) -> Enhancement:
    """What an enhancer's plan says of it."""
    assert plan.enhancement is not None
    return plan.enhancement


def enhancer_in(plan: Plan) -> Enhancer:
    """The enhancer that a plan names; two of them for the mode ``transformer``. Raises SpecError for one that cannot be."""
    if enhancement_of(plan).mode == "transformer":
        enhancer: Enhancer = registry.read("enhancers", f"chained:first=({plan.network}),then=({plan.network})")
    else:
        enhancer = registry.read("enhancers", plan.network)
    return enhancer


def check_guide(plan: Plan, enhancer: Painter) -> None:
    """Raises ModelError where deep supervision is asked for and there is nothing to ask."""
    try:
        guide_for(enhancer, 1, enhancement_of(plan).deep_supervision)
    except ValueError as error:
        raise ModelError(f"{plan.network}: {error}") from error


def first_enhancer(plan: Plan) -> Painter:
    """The enhancer's network as its training begins; torch's random state is left as it was. Raises ModelError for pictures
    that it cannot take."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(plan.seed, INIT))
        try:
            return enhancer_in(plan).build(plan.channels, plan.size)
        except ValueError as error:
            raise ModelError(f"{plan.network}: {error}") from error


def copied(model: Classifier) -> Classifier:
    """A classifier with weights of its own, where they are in sight: training moves them in the mode ``joint``."""
    if not isinstance(model.predict, nn.Module):
        return model
    predict, module = deepcopy((model.predict, model.module))
    return replace(model, predict=predict, module=module)


def whole_of(enhancer: nn.Module, model: Classifier) -> Enhanced:
    """The enhancer before the classifier."""
    inside = model.predict if isinstance(model.predict, nn.Module) else Asked(model.predict, model.module)
    return Enhanced(enhancer, inside)


def first_aim(given: Enhancement) -> Aim:
    """Of stage 1."""
    return Aim(given.reconstruction)


def aim_of(given: Enhancement) -> Aim:
    """Of the mode itself."""
    if given.mode in ("frozen", "joint"):
        return Aim("cross_entropy")
    if given.mode == "restoration":
        return Aim("mse")
    if given.mode == "unsupervised":
        return Aim("unsupervised", given.weight)
    return Aim("recognition_aware", given.weight)


def spoiling_of(plan: Plan) -> Spoiling:
    """What spoils the pictures of a plan."""
    text = enhancement_of(plan).degrade
    degradation: Degradation | None = None if text is None else registry.read("degradations", text)
    return Spoiling(degradation, plan.seed)


def check_gradients(model: Classifier) -> None:
    """Raises ModelError for a classifier whose answer gives no gradient at the picture."""
    _enhanced_file.module_of(model)
    picture: Images = torch.rand(
        1, model.resizing.channels, *model.input_size, generator=torch.Generator().manual_seed(0)
    ).requires_grad_()
    with model.explained_failures(picture):
        answer = model.predict(picture)
    if not answer.requires_grad:
        raise ModelError(
            f"the answer of {model.name} gives no gradient at the picture, and an enhancer learns from it; take a network "
            "that torch can differentiate"
        )
