"""From what a user asks of an enhancer to a plan and the pictures, as ``prepare`` does it for a classifier."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from whylight import classifiers, datasets, registry
from whylight.classifier import Classifier
from whylight.errors import DataError, SpecError
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.enhancement import (
    FIRST_EPOCHS,
    FIRST_RATE,
    Enhancement,
    Mode,
    Reconstruction,
    hyperparameters_for,
    weight_for,
)
from whylight.training.enhancer_training import check_gradients, check_guide, first_enhancer
from whylight.training.plan import Plan
from whylight.training.prepare import (
    Asked,
    Prepared,
    check_labels,
    check_patience,
    content_of,
    drawn,
    precision_for,
    training_part,
)

NET = "unet"


@dataclass(frozen=True)
class EnhancerWish:
    """What is asked for; None where nothing is. ``model``: the classifier; None is the bundled one. ``net``: the enhancer.
    ``changes``: of the hyperparameters' defaults. The rest: see ``Plan`` and ``Enhancement``."""

    data: str
    data_root: Path | None = None
    model: str | None = None
    net: str = NET
    mode: Mode = "frozen"
    weight: float | None = None
    stage1_epochs: int | None = None
    stage1_rate: float | None = None
    reconstruction: Reconstruction = "bce"
    degrade: str | None = None
    deep_supervision: float = 0.0
    shuffle_labels: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    validation: float = 0.1
    seed: int = 0
    limit: int | None = None
    precision: Asked = "auto"

    @property
    def enhancement(self) -> Enhancement:
        """With everything that was left open; raises SpecError for what cannot be."""
        epochs = FIRST_EPOCHS.get(self.mode, 0) if self.stage1_epochs is None else self.stage1_epochs
        return Enhancement(
            classifier=self.model or "bundled",
            mode=self.mode,
            weight=weight_for(self.mode, self.weight),
            stage1_epochs=epochs,
            stage1_rate=FIRST_RATE if self.stage1_rate is None else self.stage1_rate,
            reconstruction=self.reconstruction,
            degrade=self.degrade,
            deep_supervision=self.deep_supervision,
        )


def prepare_enhancer(
    wish: EnhancerWish, device: torch.device, begun: Plan | None = None, tell: Progress | None = None
) -> Prepared:
    """Opens the model and the data, and reads every picture at the model's size, with the model's labels.

    ``begun``: see ``prepare``. Raises WhylightError for what cannot be trained.
    """
    enhancement = wish.enhancement
    given = hyperparameters_for(enhancement.stage1_epochs, wish.validation, wish.changes)
    check_patience(given.patience, wish.validation)
    if wish.shuffle_labels and not enhancement.labelled:
        raise SpecError(f"the mode {wish.mode} does not look at labels, so leave --shuffle-labels out")
    if wish.degrade is not None:
        registry.read("degradations", wish.degrade)
    model = classifiers.load(wish.model)
    check_gradients(model)
    plan = Plan(
        data=wish.data,
        network=wish.net,
        hyperparameters=given,
        size=model.input_size,
        channels=model.resizing.channels,
        validation=wish.validation,
        seed=wish.seed,
        limit=wish.limit,
        precision=precision_for(wish.precision, device, begun),
        shuffle_labels=wish.shuffle_labels,
        enhancement=enhancement,
    )
    check_guide(plan, first_enhancer(plan))  # what cannot be built is said before all pictures are read
    dataset = training_part(wish.data, wish.data_root)
    places = None if wish.limit is None else drawn(len(dataset), wish.limit, wish.seed)
    pictures = labelled(dataset, model.resizing, tell, places)
    check_labels(pictures, wish.data)
    pictures = relabelled(pictures, model, wish.data)
    plan = replace(plan, pictures=len(pictures), content=content_of(pictures, model))
    return Prepared(plan, pictures, model.resizing, model)


def relabelled(pictures: Labelled, model: Classifier, data: str) -> Labelled:
    """The same with the classifier's labels; raises DataError where it has none for one of theirs."""
    matched = datasets.match_labels(pictures.classes, model.labels)
    lost = [name for name, place in zip(pictures.classes, matched) if place is None]
    if lost:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise DataError(
            f"{model.name} has no label, or several, for {', '.join(lost[:3])}{more} of {data}; take pictures with its own "
            f"labels ({', '.join(model.labels[:5])})"
        )
    own = torch.tensor(matched)
    return replace(pictures, labels=own[pictures.labels], classes=model.labels)
