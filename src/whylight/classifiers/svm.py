"""``svm:FOLDER`` is a support vector machine that ``whylight train svm`` fitted: on a network's features, or on pixels.

On features it is one network: the other network up to its layer, the mean over the grid, and the SVM, whose decision values
are the logits. On pixels a mask from another map may blank a part of the picture first.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.classifiers import _svm_folder, _zoo
from whylight.classifiers._estimator import origin_of, svm_of
from whylight.classifiers._network_below import can_be_copied, check_probe, load_below, probe
from whylight.classifiers._settings import read_settings
from whylight.classifiers._svm_folder import Description
from whylight.classifiers._svm_parts import Mask, class_maps, on_features, on_pixels, weight_maps
from whylight.errors import ModelError
from whylight.frame import Resizing
from whylight.nets.svm import SVM
from whylight.spec import Spec

PREFIX = "svm"


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises ModelError when the folder is missing, not complete, of a newer format, or its network has
    changed, MissingExtraError without scikit-learn and skops."""
    read_settings(given, ())
    folder = Path(_zoo.name_of(given)).expanduser()
    description = _svm_folder.read(folder)
    estimator = _svm_folder.read_estimator(folder / _svm_folder.SVM_FILE)
    mask = None
    if description.keep is not None and description.model is None:
        mask = _svm_folder.read_estimator(folder / _svm_folder.MASK_FILE)
    network = _network(folder, description, device)
    typical, mean = _svm_folder.read_typical(folder)
    classifier = assemble(
        description,
        estimator,
        typical,
        mean=mean,
        network=network,
        mask=mask,
        device=device,
        name=f"{PREFIX}:{given.value}",
    )
    _check_probe(classifier, description)
    return classifier


def assemble(
    description: Description,
    estimator: Any,
    typical: Tensor,
    *,
    mean: Tensor | None = None,
    network: Classifier | None = None,
    mask: Any = None,
    device: torch.device | None = None,
    name: str = PREFIX,
) -> Classifier:
    """The classifier of a description and its parts.

    ``typical``, ``mean``: see ``on_features`` and ``on_pixels``. ``network``: whose features, or whose maps as masks, are
    taken. ``mask``: the estimator whose weight maps are masks.

    Raises ModelError when the parts do not fit each other.
    """
    svm = svm_of(estimator, description.rival)
    _check_width(svm, typical, description)
    if description.takes == "features":
        if network is None:
            raise ModelError("an SVM on features needs the network that they come from")
        return on_features(network, svm, description.labels, typical, name=name, layer=description.layer)
    rows, columns = description.size or (0, 0)
    resizing = Resizing((rows, columns), description.shorter, description.interpolation, description.channels)
    chosen = None
    if description.keep is not None and network is not None:
        chosen = Mask(class_maps(network, description.layer), description.keep)
    elif description.keep is not None:
        origin = origin_of(mask, typical.numel())
        full = on_pixels(svm_of(mask, description.rival), description.labels, resizing, origin, device=device)
        chosen = Mask(weight_maps(full), description.keep)
    return on_pixels(svm, description.labels, resizing, typical, name=name, mean=mean, mask=chosen, device=device)


def save(
    folder: Path,
    description: Description,
    estimator: Any,
    typical: Tensor,
    *,
    mean: Tensor | None = None,
    network: Classifier | None = None,
    mask: Any = None,
) -> None:
    """Writes a folder that ``load`` reads; ``mean``, ``network`` and ``mask`` as in ``assemble``."""
    classifier = assemble(description, estimator, typical, network=network, mask=mask)
    copied = description.model is not None and can_be_copied(description.model)
    described = replace(description, probe=probe(classifier), copied=copied)
    _svm_folder.write(folder, described, estimator, typical, mean=mean, mask=mask)


def _check_probe(classifier: Classifier, description: Description) -> None:
    changed = description.model or "its SVM"
    check_probe(classifier, description.probe, made="fitted", changed=changed, again="fit the SVM again")


def _network(folder: Path, description: Description, device: torch.device) -> Classifier | None:
    if description.model is None:
        return None
    return load_below(folder, description.model, copied=description.copied, device=device)


def _check_width(svm: SVM, typical: Tensor, description: Description) -> None:
    with torch.no_grad():
        try:
            scores = svm(typical.reshape(1, -1))
        except RuntimeError as error:
            raise ModelError("the SVM and what it was fitted to do not fit each other; fit the SVM again") from error
    if scores.shape[1] != len(description.labels):
        raise ModelError(
            f"the SVM has {scores.shape[1]} scores but {len(description.labels)} labels; fit it to all labels"
        )
