"""``timm:NAME`` is any classifier of timm, with its own published weights or a file of yours.

``timm:deit_tiny_patch16_224,weights=FILE.safetensors`` reads local weights; without ``weights=`` timm fetches its own.
Preparation and label names come from timm's configuration of that model.
"""

from difflib import get_close_matches
from types import ModuleType
from typing import Any, cast

import torch
from torch import nn

from whylight.classifier import Classifier
from whylight.classifiers import _zoo
from whylight.classifiers._hub import without_waiting
from whylight.classifiers._labels import numbered
from whylight.classifiers._normalised import Preparation
from whylight.classifiers._settings import ZOO, read_settings
from whylight.classifiers._torchvision import import_torchvision
from whylight.classifiers.module import still, wrap
from whylight.errors import MissingExtraError, ModelError
from whylight.frame import Resizing
from whylight.spec import Spec

PREFIX = "timm"
SETTINGS = tuple(setting for setting in ZOO if setting != "version")


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises ModelError for an unknown name, weights that do not fit or that cannot be fetched."""
    name, settings = _zoo.name_of(given), read_settings(given, SETTINGS)
    model, size = f"{PREFIX}:{name}", settings.size
    if settings.weights is None:
        _zoo.refuse_renamed(given, settings)
        with without_waiting():
            network = _zoo.fetched(lambda: create(name, pretrained=True, size=size), given)
        labels = _zoo.labels_of(settings, published_labels(network))
    else:
        network = create(name, size=size)
        labels = _zoo.labels_of(settings, published_labels(network))
        if len(labels) != cast(Any, network).num_classes:
            network = create(name, classes=len(labels), size=size)
        _zoo.fill_from_file(network, settings.weights, model=model)
    preparation = prepared(network).changed(settings)
    return wrap(still(network, device), labels, preparation, name=model, layer=settings.layer)


def create(
    name: str, *, pretrained: bool = False, classes: int | None = None, size: tuple[int, int] | None = None
) -> nn.Module:
    """The network; raises ModelError for an unknown name."""
    timm = import_timm(name)
    if not timm.is_model(name.removeprefix("hf_hub:")):
        known = timm.list_models()
        near = get_close_matches(name, known, n=3) or known[:5]
        raise ModelError(f"timm has no classifier {name!r}; did you mean {', '.join(near)}?")
    extra: dict[str, Any] = {} if classes is None else {"num_classes": classes}
    try:
        return cast(nn.Module, timm.create_model(name, pretrained=pretrained, **extra, **_image_size(name, size)))
    except TypeError as error:
        raise ModelError(f"timm:{name} cannot be made with {extra}: {error}") from error


def import_timm(name: str) -> ModuleType:
    """The package, with the torchvision that it needs; raises MissingExtraError when it is not installed."""
    import_torchvision(f"the model {PREFIX}:{name}", PREFIX)
    try:
        import timm
        import timm.data
    except ModuleNotFoundError as error:
        raise MissingExtraError("timm", PREFIX, f"the model {PREFIX}:{name}") from error
    return cast(ModuleType, timm)


def _image_size(name: str, size: tuple[int, int] | None) -> dict[str, Any]:
    """Transformers are built for one input size; convolutional networks do not take it as an argument."""
    tokens = any(part in name for part in ("vit", "deit", "swin", "beit", "eva"))
    return {"img_size": size} if size is not None and tokens else {}


def prepared(network: nn.Module) -> Preparation:
    """The resizing and normalisation of timm's own evaluation."""
    from timm.data import resolve_data_config

    config = resolve_data_config({}, model=network)
    channels, rows, columns = config["input_size"]
    squash = config["crop_mode"] == "squash"
    shorter = None if squash else int(min(rows, columns) / config["crop_pct"])
    resizing = Resizing((rows, columns), shorter, config["interpolation"], channels)
    return Preparation(resizing, tuple(config["mean"]), tuple(config["std"]))


def published_labels(network: Any) -> tuple[str, ...]:
    """ImageNet's names where timm knows that the network answers in them, else numbers."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset(network)
    if not subset:
        return numbered(network.num_classes)
    names = ImageNetInfo(subset)
    return tuple(names.index_to_description(index).split(",")[0] for index in range(network.num_classes))
