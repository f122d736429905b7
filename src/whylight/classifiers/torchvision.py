"""``torchvision:NAME`` is any classifier of torchvision, with its own published weights or a file of yours.

``torchvision:resnet18,weights=FILE.safetensors`` reads local weights; without ``weights=`` torchvision fetches its own,
the newest ones unless ``version=IMAGENET1K_V1`` names others. The preparation (resizing, normalisation) and the label
names are those of the same version; for a local file that is the version whose published file name it carries, or else
the first, which is the one that most converted files come from (``version=`` says otherwise).
"""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, cast

import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers import _zoo
from whylight.classifiers._normalised import Preparation
from whylight.classifiers._settings import ZOO, Settings, read_settings
from whylight.classifiers._torchvision import import_torchvision
from whylight.classifiers.module import still, wrap
from whylight.errors import ModelError
from whylight.frame import Resizing
from whylight.spec import Spec

PREFIX = "torchvision"


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises ModelError for an unknown name, weights that do not fit or that cannot be fetched."""
    name, settings = _zoo.name_of(given), read_settings(given, ZOO)
    version = published(name, settings)
    preparation = prepared(version).changed(settings)
    labels = _zoo.labels_of(settings, tuple(version.meta["categories"]))
    network = build(name, len(labels), preparation.resizing.size)
    if settings.weights is None:
        _zoo.refuse_renamed(given, settings)
        fetch = lambda: version.get_state_dict(progress=True, check_hash=True, weights_only=True)  # noqa: E731
        _zoo.fill(network, _zoo.fetched(fetch, given), source=version.url, model=f"{PREFIX}:{name}")
    else:
        _zoo.fill_from_file(network, settings.weights, model=f"{PREFIX}:{name}")
    return wrap(still(network, device), labels, preparation, name=f"{PREFIX}:{name}", layer=settings.layer)


def build(name: str, classes: int, size: tuple[int, int]) -> nn.Module:
    """The architecture with untrained weights; raises ModelError for an unknown name."""
    make = _builder(name)
    extra: dict[str, Any] = {"image_size": min(size)} if name.startswith("vit_") else {}
    if name in ("inception_v3", "googlenet"):
        extra = {"init_weights": False, "transform_input": False}
    return _with_last_relu(make(weights=None, num_classes=classes, **extra))


def published(name: str, settings: Settings) -> Any:
    """The member of torchvision's list of published weights that the settings mean."""
    _builder(name)
    members = list(import_torchvision(f"the model {PREFIX}:{name}").models.get_model_weights(name))
    if settings.version is not None:
        named = [member for member in members if member.name == settings.version]
        if not named:
            known = ", ".join(member.name for member in members)
            raise ModelError(f"{PREFIX}:{name} has no version {settings.version!r}; it has {known}")
        return named[0]
    if settings.weights is None:
        return members[0].DEFAULT if hasattr(members[0], "DEFAULT") else members[-1]
    carried = [member for member in members if _hash(member.url) in settings.weights.name]
    return [*carried, members[0]][0]


def prepared(version: Any) -> Preparation:
    """The resizing and normalisation that published weights were scored with."""
    transforms = version.transforms()
    side, shorter = transforms.crop_size[0], transforms.resize_size[0]
    resizing = Resizing((side, side), shorter, cast(Any, transforms.interpolation.value))
    return Preparation(resizing, tuple(transforms.mean), tuple(transforms.std))


def _hash(url: str) -> str:
    """The eight hexadecimal digits in a published file's name."""
    return url.rpartition("-")[2].partition(".")[0]


def _builder(name: str) -> Callable[..., nn.Module]:
    models = import_torchvision(f"the model {PREFIX}:{name}").models
    known = models.list_models(module=models)
    if name not in known:
        near = get_close_matches(name, known, n=3) or known[:5]
        raise ModelError(f"torchvision has no classifier {name!r}; did you mean {', '.join(near)}?")
    return cast(Callable[..., nn.Module], models.get_model_builder(name))


class _LastReLU(nn.ReLU):
    """A ReLU whose result may be overwritten: what its own gradient needs is kept apart."""

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(features).clone()


def _with_last_relu(network: nn.Module) -> nn.Module:
    """DenseNet's last ReLU is a call, not a module, so that no layer shows what its head sees; a second one changes
    nothing in the answer. The call that follows works in place."""
    if type(network).__name__ == "DenseNet":
        cast(nn.Sequential, network.get_submodule("features")).add_module("relu5", _LastReLU())
    return network
