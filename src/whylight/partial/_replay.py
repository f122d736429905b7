"""Replaying: a pass in which a layer gives what it is told to, and what came before is remembered instead of computed.

Three ways, from the cheapest on:

    joined     what came before stays one picture and is broadcast against the versions behind the layer
    spread     what is remembered is handed out once for each version, without copying it
    repeated   the picture is given once for each version too, for networks that count pictures at their entrance
    whole      nothing is remembered: the layer's output alone is replaced
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor, nn

from whylight.errors import ModelError
from whylight.partial._forwards import Forward, replaced
from whylight.partial._recording import Recording
from whylight.types import Images, Logits

Way = Literal["joined", "spread", "repeated", "whole"]
PARTIAL: tuple[Way, ...] = ("joined", "spread", "repeated")


def replay(
    predict: Callable[[Tensor], Tensor], images: Images, recording: Recording, versions: Tensor, way: Way
) -> Logits:
    """The logits for each version of the layer's output; ``images``: the picture, as often as there are versions, which
    may be written over.

    Raises ModelError when the network takes another course than in the pass that was recorded, or answers for another
    number of pictures.
    """
    rows = len(versions)
    given = images if way in {"repeated", "whole"} else images[:1]
    if way == "whole":
        whole = _Whole(recording, versions)
        with replaced([recording.layer], whole.wrap):
            logits, reached = predict(given), whole.calls == recording.calls
    else:
        rest = _Rest(recording, versions, None if way == "joined" else rows)
        with replaced(recording.modules, rest.wrap):
            logits, reached = predict(given), rest.reached
    if not reached:
        raise ModelError("the network calls its layers in another order from pass to pass")
    if len(logits) != rows:
        raise ModelError(f"the network gives {len(logits)} rows of logits for {rows} pictures")
    return logits


@dataclass(eq=False)
class _Rest:
    """A pass that has remembered outputs for ``rows`` pictures, or for one."""

    recording: Recording
    versions: Tensor
    rows: int | None
    place: int = 0
    reached: bool = False

    def wrap(self, module: nn.Module, forward: Forward) -> Forward:
        before = self.recording.before

        def run(*args: Any, **kwargs: Any) -> Any:
            if self.place < len(before):
                if before[self.place].module is module:
                    self.place += 1
                    return before[self.place - 1].again(self.rows)
            elif module is self.recording.layer and not self.reached:
                self.reached = True
                return self.versions
            return forward(*args, **kwargs)

        return run


@dataclass(eq=False)
class _Whole:
    """A pass in which the layer's last output is replaced; what it does to its input still happens."""

    recording: Recording
    versions: Tensor
    calls: int = 0

    def wrap(self, _module: nn.Module, forward: Forward) -> Forward:
        def run(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            given = forward(*args, **kwargs)
            return self.versions if self.calls == self.recording.calls else given

        return run
