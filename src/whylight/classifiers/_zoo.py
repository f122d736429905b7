"""What the model zoos share: names, labels, and weights that are either read from a file or fetched, never random."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn

from whylight.classifiers._labels import numbered, read_labels
from whylight.classifiers._settings import Settings
from whylight.classifiers._weights import assign, read_weights
from whylight.errors import ModelError, SpecError, WhylightError
from whylight.spec import Spec

Result = TypeVar("Result")


def name_of(given: Spec) -> str:
    """The model's name behind the prefix; raises SpecError without one."""
    if not given.value:
        raise SpecError(f"expected a model's name behind {given.name}:, as in {given.name}:resnet18; got nothing")
    return given.value


def labels_of(settings: Settings, published: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of the user's file, or numbers when only their count is given, or the zoo's own."""
    if settings.labels is not None:
        labels = read_labels(settings.labels)
        if settings.classes not in (None, len(labels)):
            raise ModelError(
                f"classes={settings.classes}, but {settings.labels} has {len(labels)} names; drop classes="
            )
        return labels
    if settings.classes in (None, len(published)):
        return published
    return numbered(settings.classes or 0)


def refuse_renamed(given: Spec, settings: Settings) -> None:
    """A zoo's own weights answer in the zoo's own labels: raises SpecError when the user names a number of classes."""
    if settings.classes is not None:
        raise SpecError(
            f"classes={settings.classes} needs weights trained for them: give "
            f"{given.name}:{given.value},weights=FILE.safetensors"
        )


def fill_from_file(network: nn.Module, path: Path, *, model: str) -> None:
    """Weights from a safetensors file; raises ModelError when they cannot be read or do not fit."""
    tensors, _ = read_weights(path)
    assign(network, tensors, source=str(path), model=model)


def fill(network: nn.Module, tensors: dict[str, Tensor], *, source: str, model: str) -> None:
    """Weights that a zoo gave; raises ModelError when they do not fit."""
    assign(network, dict(tensors), source=source, model=model)


def fetched(fetch: Callable[[], Result], given: Spec, advice: str = "", *, folder: bool = False) -> Result:
    """What a zoo's own download gives; raises ModelError, with ``advice`` or the way to use local weights, when there is
    none. ``folder``: whether it is read from a local folder."""
    try:
        return fetch()
    except WhylightError:
        raise
    except Exception as error:  # a zoo's own code raises what it likes
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if folder:
            raise ModelError(
                f"the folder {given.value} holds no image classifier that can be read ({reason}); write one with "
                "save_pretrained of transformers, or copy its files again"
            ) from error
        local = advice or f"give local ones: {given.name}:{given.value},weights=FILE.safetensors"
        raise ModelError(f"the weights of {given.name}:{given.value} cannot be fetched ({reason}); {local}") from error
