"""Recording: one whole pass, and which calls of modules ended before a layer's began.

Of calls within calls only the outermost counts, since whoever has its output needs nothing of what happened inside. Outputs
are kept as they were when the call ended: what follows may write over them, which is noted too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as trees

from whylight.errors import LayerError
from whylight.partial._forwards import Forward, replaced
from whylight.types import Images, Logits


@dataclass(frozen=True, eq=False)
class Call:
    """A call that ended before the layer's began. ``output``: what it gave; ``overwritten``: whether what came later in
    the pass wrote over that."""

    module: nn.Module
    output: Any
    overwritten: bool

    def again(self, rows: int | None) -> Any:
        """The output once more, for as many ``rows`` if given; only what is written over is copied."""
        spread = (
            self.output if rows is None else trees.tree_map_only(Tensor, lambda each: _spread(each, rows), self.output)
        )
        return copied(spread) if self.overwritten else spread


@dataclass(frozen=True, eq=False)
class Recording:
    """One pass of one picture. ``before``: the outermost calls that ended before the layer's last one, in their order.
    ``output``: what that one gave, (1, …). ``calls``: how often the layer was called. ``widest`` and ``behind``: the most
    numbers that any module gave, and any from the layer on."""

    layer: nn.Module
    before: tuple[Call, ...]
    output: Tensor
    calls: int
    logits: Logits
    widest: int
    behind: int

    @property
    def modules(self) -> list[nn.Module]:
        """The layer, and all modules whose output is known, each once."""
        return list({id(module): module for module in (self.layer, *(call.module for call in self.before))}.values())


def record(
    predict: Callable[[Images], Logits],
    image: Images,
    layer: nn.Module,
    modules: Iterable[nn.Module],
    name: str,
    sizes: "Recording | None" = None,
) -> Recording:
    """A whole pass of one picture, looked at wherever one of ``modules``, the layer among them, is called.

    ``sizes``: of a recording that looked at all modules, where this one does not.

    Raises LayerError when the layer is not reached or gives something else than one tensor; ``name`` says which it is.
    """
    recorder = _Recorder(layer, image.numel())
    with replaced(modules, recorder.wrap):
        logits = predict(image)
    if recorder.calls == 0:
        raise LayerError(f"the layer {name!r} was not reached in a forward pass")
    if not isinstance(recorder.output, Tensor):
        raise LayerError(f"expected a layer whose output is one tensor; got {type(recorder.output).__name__}")
    before = tuple(ended.call() for ended in recorder.before)
    widest, behind = (recorder.widest, recorder.behind) if sizes is None else (sizes.widest, sizes.behind)
    return Recording(layer, before, recorder.output, recorder.calls, logits, widest, behind)


@dataclass(frozen=True, eq=False)
class _Ended:
    """A call that has ended: what it gave, which later code may write over, and a copy."""

    module: nn.Module
    given: Any
    copy: Any

    def call(self) -> Call:
        pairs = zip(trees.tree_leaves(self.given), trees.tree_leaves(self.copy))
        same = all(torch.equal(now, then) for now, then in pairs if isinstance(now, Tensor))
        return Call(self.module, self.copy, overwritten=not same)


@dataclass(eq=False)
class _Recorder:
    """What is noted while a pass runs."""

    layer: nn.Module
    widest: int
    behind: int = 0
    calls: int = 0
    output: object = None
    ended: list[_Ended] = field(default_factory=list)
    before: list[_Ended] = field(default_factory=list)

    def wrap(self, module: nn.Module, forward: Forward) -> Forward:
        def run(*args: Any, **kwargs: Any) -> Any:
            first = len(self.ended)
            if module is self.layer:
                self.before, self.calls = self.ended.copy(), self.calls + 1
            given = forward(*args, **kwargs)
            ended = _Ended(module, given, copied(given))
            self.ended[first:] = [ended]
            if module is self.layer:
                self.output, self.behind = ended.copy, 0
            size = sum(each.numel() for each in trees.tree_leaves(given) if isinstance(each, Tensor))
            self.widest, self.behind = max(self.widest, size), max(self.behind, size)
            return given

        return run


def copied(value: Any) -> Any:
    """The same with copies of all tensors in it."""
    return trees.tree_map_only(Tensor, torch.clone, value)


def _spread(value: Tensor, rows: int) -> Tensor:
    return value.expand(rows, *value.shape[1:]) if value.ndim > 0 and len(value) == 1 else value
