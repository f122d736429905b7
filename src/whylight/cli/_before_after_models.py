"""The classifiers of a comparison before and after: pairs that were named, and others that the enhancer is put before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from whylight.classifier import Classifier
from whylight.classifiers.enhanced import without
from whylight.cli._comparing import Request, loaded
from whylight.cli._explaining import read_methods
from whylight.comparison.before_after.sides import Sides, sides
from whylight.errors import MethodError, ModelError, WhylightError
from whylight.method import Method

METHOD = "grad_cam"
"""What shows where a classifier looks, unless another method is asked for."""

Named = tuple[str | None, str]
"""The descriptions of the classifiers before (None: the one behind the enhancer) and after."""


@dataclass(frozen=True, eq=False)
class Models:
    """``main``: the two that are compared in full. ``pairs``: more classifiers before and after, ``transfer``: those that
    are given the enhanced pictures of the first as they are; both are scored only."""

    main: Sides
    pairs: tuple[Sides, ...]
    transfer: dict[str, Classifier]


def read_pairs(request: Request) -> list[Named]:
    """Raises WhylightError for options that contradict each other or lack another."""
    before, after = request.before, request.after
    if not after:
        missing = "--before" if before else "--transfer"
        raise WhylightError(f"{missing} needs the classifier to compare with; name it with --after")
    if request.models:
        raise WhylightError("expected --model or --before and --after; got both; leave --model out")
    if before and len(before) != len(after):
        raise WhylightError(
            f"expected one --before for each --after, or none at all; got {len(before)} and {len(after)}; without --before "
            "each is compared with the classifier behind its own enhancer"
        )
    return list(zip(before or (None,) * len(after), after, strict=True))


def read_method(request: Request) -> dict[str, Method]:
    """The method that shows where the classifiers look."""
    methods = read_methods(request.methods or (METHOD,), request.seed)
    if len(methods) > 1:
        raise MethodError(
            f"before and after are explained by one method; got {len(methods)}; run the command once for each"
        )
    return methods


def load(request: Request, pairs: Sequence[Named]) -> Models:
    """All of them; raises ModelError where a classifier has no enhancer that is needed."""
    found = [_sides(request, pair) for pair in pairs]
    main = found[0]
    if request.transfer and main.after.enhance is None:
        raise ModelError(
            f"--transfer puts the enhancer of {main.after.whole.name} before other classifiers, and it has none; compare "
            "with a classifier that has one"
        )
    transfer = {}
    for text in request.transfer:
        other = loaded(request, text)
        if other.resizing.channels != main.after.whole.resizing.channels:
            raise ModelError(
                f"the enhancer of {main.after.whole.name} makes pictures of {main.after.whole.resizing.channels} "
                f"channels and {other.name} takes {other.resizing.channels}; name another classifier with --transfer"
            )
        transfer[text] = other
    return Models(main, tuple(found[1:]), transfer)


def _sides(request: Request, pair: Named) -> Sides:
    after = loaded(request, pair[1])
    if pair[0] is not None:
        return sides(loaded(request, pair[0]), after)
    behind = without(after)
    if behind is None:
        raise ModelError(
            f"{after.name} has no enhancer, so there is no classifier behind it to compare it with; name one with --before"
        )
    return sides(_given_alike(behind, after), after)


def _given_alike(behind: Classifier, after: Classifier) -> Classifier:
    """The classifier behind an enhancer is given the same pictures, degraded if the others are."""
    return replace(behind, resizing=after.resizing)
