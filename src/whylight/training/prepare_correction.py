"""From a model, a store and data to a plan of corrections, as ``prepare`` does it for a classifier."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from whylight import datasets
from whylight.classifiers import bundled, checkpoint, networks
from whylight.errors import DataError, ModelError
from whylight.store import Store
from whylight.training.correction import DEFAULTS, REPLAYED, Correction
from whylight.training.correction_training import PreparedCorrection
from whylight.training.corrections import divided
from whylight.training.corrections_store import corrections_in
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.plan import Plan
from whylight.training.prepare import Asked, Prepared, Wish, content_of, prepare, with_split
from whylight.training.prepare_enhancer import relabelled
from whylight.training.right_reasons import LossName
from whylight.training.split import refuse_shared


@dataclass(frozen=True)
class CorrectionWish:
    """What is asked for. ``data``: with labels, to show again what the model was trained on. ``replay``: so many of them.
    ``changes``: of the hyperparameters' defaults. The rest: see ``Plan`` and ``Correction``."""

    model: str
    data: str
    data_root: Path | None = None
    loss: LossName = "rrr"
    weight: float = 1.0
    at_once: int = 32
    spread: bool = False
    check: str | None = None
    replay: int | None = REPLAYED
    changes: dict[str, Any] = field(default_factory=dict)
    validation: float = 0.1
    seed: int = 0
    precision: Asked = "auto"


def prepare_correction(
    wish: CorrectionWish,
    store: Store,
    device: torch.device,
    begun: Plan | None = None,
    tell: Progress | None = None,
) -> PreparedCorrection:
    """Loads the model, reads the pictures at its size and with its labels, and takes the marks out of the store.

    Raises WhylightError for a model whose weights cannot be moved, and where nothing can be learned.
    """
    prepared = prepare(plain_wish(wish), device, begun, tell)
    model = prepared.model
    assert model is not None
    pictures = relabelled(prepared.pictures, model, wish.data)
    corrections = corrections_in(store, model, pictures, wish.data_root)
    check = None if wish.check is None else checked_on(wish, prepared, pictures, tell)
    given = Correction(
        loss=wish.loss,
        weight=wish.weight,
        at_once=wish.at_once,
        spread=wish.spread,
        check=wish.check,
        corrected=len(divided(corrections).learned),
        marks=corrections.content,
    )
    plan = replace(prepared.plan, content=content_of(pictures, model), correction=given)
    return PreparedCorrection(plan, pictures, prepared.resizing, model, corrections, check)


def plain_wish(wish: CorrectionWish) -> Wish:
    """The wish for a classifier that begins with the model's weights."""
    network, start = network_and_start(wish.model)
    settings = {name: getattr(DEFAULTS, name) for name in DEFAULTS.__dataclass_fields__}
    return Wish(
        data=wish.data,
        data_root=wish.data_root,
        network=network,
        start=start,
        changes=settings | wish.changes,
        validation=wish.validation if wish.check is None else 0.0,
        seed=wish.seed,
        limit=wish.replay,
        precision=wish.precision,
    )


def network_and_start(model: str) -> tuple[str | None, str | None]:
    """A model's network, and where its weights are from; raises ModelError where weights cannot be moved and kept."""
    prefix = model.partition(":")[0]
    if prefix == checkpoint.PREFIX:
        return None, model
    if prefix == bundled.PREFIX:
        return bundled.recipe().network, model
    if networks.is_of_a_zoo(model):
        return model, None
    raise ModelError(
        f"the weights of {model} cannot be moved and kept as a checkpoint; learning works on file:, torchvision:, timm: and "
        "bundled models"
    )


def checked_on(wish: CorrectionWish, prepared: Prepared, known: Labelled, tell: Progress | None) -> Labelled:
    """The pictures on which the accuracy has to hold, with the model's labels; raises DataError when replayed ones are
    among them."""
    assert prepared.model is not None
    assert wish.check is not None
    dataset = datasets.open_dataset(with_split(wish.check, "test"), wish.data_root)
    found = relabelled(labelled(dataset, prepared.resizing, tell), prepared.model, wish.check)
    if not len(found):
        raise DataError(f"{wish.check} has no pictures with labels to check the accuracy on; name others with --check")
    refuse_shared(known.keys, found.keys, known.names)
    return found


def without(pictures: Labelled, keys: set[str]) -> Labelled:
    """The pictures of other contents."""
    return pictures.take([place for place, key in enumerate(pictures.keys) if key not in keys])
