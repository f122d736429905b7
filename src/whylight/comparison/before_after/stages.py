"""The first convolutions of a network, each with the norm and the activation that follow it, and what they answer.

They are found by running one picture and noting the order in which the innermost modules are called, not by names: a
module that is called several times, such as a shared ReLU, is told by its place in that order.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Classifier
from whylight.types import Features, Images

NORMS = ("Norm",)
ACTIVATIONS = ("ReLU", "GELU", "SiLU", "Sigmoid", "Tanh", "Hardswish", "Mish", "ELU", "Softplus")
"""Parts of the class names of what belongs to a convolution that stands before it."""


@dataclass(frozen=True)
class Stage:
    """``name``: of the convolution in the network. ``words``: the kinds of modules that its answer went through. ``call``:
    which call of an innermost module gives it, from 0."""

    name: str
    words: str
    call: int


@dataclass(frozen=True)
class Call:
    """One call of an innermost module: its name and kind, whether it answered with a grid, and whether it is a
    convolution."""

    name: str
    kind: str
    grid: bool
    convolution: bool


def first_stages(classifier: Classifier, picture: Images, count: int = 2) -> tuple[Stage, ...]:
    """The first so many convolutions in the order of their calls; fewer where there are no more, none for a black box.
    ``picture``: a batch of one at the input size."""
    calls: list[Call] = []

    def note(name: str, module: nn.Module, answer: object) -> None:
        grid = isinstance(answer, Tensor) and answer.ndim == 4
        calls.append(Call(name, type(module).__name__, grid, isinstance(module, nn.Conv2d)))

    with _watched(classifier, note):
        perturb.forward(classifier.predict, picture.to(classifier.device))
    starts = [place for place, call in enumerate(calls) if call.convolution and call.grid]
    return tuple(_stage(calls, start) for start in starts[:count])


def _stage(calls: Sequence[Call], start: int) -> Stage:
    """As far as norms follow, and one activation, that answer with a grid."""
    kinds = [calls[start].kind]
    for call in calls[start + 1 :]:
        if not call.grid or not _is_one_of(call.kind, NORMS + ACTIVATIONS):
            break
        kinds.append(call.kind)
        if _is_one_of(call.kind, ACTIVATIONS):
            break
    return Stage(calls[start].name, ", ".join(kinds), start + len(kinds) - 1)


def _is_one_of(kind: str, parts: tuple[str, ...]) -> bool:
    return any(part in kind for part in parts)


def activations(
    classifier: Classifier, images: Images, stages: tuple[Stage, ...]
) -> Iterator[tuple[int, int, tuple[Features, ...]]]:
    """What each stage answers to pictures, in batches that fit into memory: (start, stop, one tensor a stage)."""
    found: list[Features] = []
    wanted = {stage.call: place for place, stage in enumerate(stages)}
    called = [0]

    def note(_name: str, _module: nn.Module, answer: object) -> None:
        if called[0] in wanted and isinstance(answer, Tensor):
            found.append(answer.detach().clone())  # what follows may work in place
        called[0] += 1

    def run(start: int, stop: int) -> Tensor:
        found.clear()
        called[0] = 0
        return perturb.forward(classifier.predict, images[start:stop].to(classifier.device))

    with _watched(classifier, note), classifier.explained_failures(images):
        for start, stop, _ in perturb.in_batches(run, len(images), perturb.batch_size_for(images)):
            yield start, stop, tuple(found)


@contextmanager
def _watched(classifier: Classifier, note: Callable[[str, nn.Module, object], None]) -> Iterator[None]:
    """``note`` hears of every call of a module that has none inside it."""
    modules = [] if classifier.module is None else list(classifier.module.named_modules())

    def hook(name: str) -> Any:
        return lambda module, _inputs, answer: note(name, module, answer)

    inner = [(name, module) for name, module in modules if next(module.children(), None) is None]
    hooks = [module.register_forward_hook(hook(name)) for name, module in inner]
    try:
        yield
    finally:
        for each in hooks:
            each.remove()
