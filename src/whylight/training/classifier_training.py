"""The training of a classifier: one stage, all of its weights or its last layer alone."""

from pathlib import Path

import torch
from torch import nn

from whylight.classifiers import checkpoint, networks
from whylight.training.classification import Classification
from whylight.training.loop import Session
from whylight.training.losses import head_of
from whylight.training.prepare import Prepared
from whylight.training.schedule import optimiser_for
from whylight.training.session import Setup, Sides, Training
from whylight.training.stage import Stage
from whylight.training.standardised import Standardised, statistics_of
from whylight.training.start import first_network, statistics_in


class ClassifierTraining(Training):
    """A network that is drawn, or gone on with; raises ModelError for one that cannot be."""

    def __init__(self, setup: Setup, prepared: Prepared, sides: Sides) -> None:
        self.setup, self.prepared, self.sides = setup, prepared, sides
        plan = prepared.plan
        network = first_network(plan, prepared.model, prepared.pictures.classes)
        known = statistics_in(prepared.model) or statistics_of(sides.training, plan.seed)
        self.network = Standardised(network, known).to(setup.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own signature lacks it

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The only one."""
        given = self.prepared.plan.hyperparameters
        return (Stage(given.epochs, given.rate),)

    @property
    def parameters(self) -> int:
        """Of the network."""
        return sum(each.numel() for each in self.network.parameters())

    def session(self, number: int) -> Session:  # noqa: ARG002 - there is one
        """The session of the only stage."""
        plan, world, setup = self.prepared.plan, self.setup.world, self.setup
        margin = plan.hyperparameters.loss == "l2_svm"
        head: nn.Module | None = None
        if margin or plan.frozen:
            _, head = head_of(self.network.network, len(self.prepared.pictures.classes))
        spared = [head.get_parameter("weight")] if head is not None and margin else []
        count = len(self.sides.training)
        return Session(
            plan=plan,
            stage=self.stages[0],
            objective=Classification(plan, self.network, head, count, world, setup.workers),
            parallel=world.wrapped(self.network, setup.device),
            kept=self.network.network,
            optimiser=optimiser_for(self.network.network, plan.hyperparameters, spared),
            training=self.sides.training,
            validation=self.sides.validation,
            world=world,
            device=setup.device,
            workers=setup.workers,
        )

    def write_model(self, path: Path) -> None:
        """The network with what it needs to know."""
        resizing, network = self.prepared.resizing, self.network.network
        mean, deviation = self.network.statistics
        recipe = checkpoint.Recipe(
            network=self.prepared.plan.network,
            labels=self.prepared.pictures.classes,
            size=resizing.size,
            shorter=resizing.shorter,
            interpolation=resizing.interpolation,
            mean=mean,
            std=deviation,
            layer=networks.layer_of(network),
        )
        checkpoint.save(path, network, recipe)
