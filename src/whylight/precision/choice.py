"""Choice: which way of running a network is quickest on this machine, found by running a few batches in each.

Ways take turns, and the best of each counts. Another way than float32
in torch is taken only where it is quicker by a fifth, and moves no probability by more than ``MOST_OFF``. 8-bit numbers are
never chosen: they are for who asks for them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MissingExtraError, ModelError
from whylight.precision.calibration import variants
from whylight.precision.runtime import in_runtime
from whylight.types import Images, Logits

Way = Literal["float32", "compiled", "bfloat16"]
QUICKER = 1.2
MOST_OFF = 0.02
ROUNDS = 4
"""Of which the first warms up, and does not count."""


@dataclass(frozen=True)
class Tried:
    """One way: seconds a picture, and the largest difference in probability to float32 in torch; or why it cannot be."""

    way: Way
    seconds: float = float("inf")
    error: float = 0.0
    reason: str | None = None


@dataclass(frozen=True)
class Choice:
    """The way that was chosen, and all that were tried."""

    way: Way
    tried: tuple[Tried, ...]
    quick: Classifier | None = None

    @property
    def sentence(self) -> str:
        """What was measured, in words."""
        if not self.tried:
            return "float32: a black box is run as it is"
        times = ", ".join(
            f"{each.way} {1e3 * each.seconds:.3g} ms" if each.reason is None else f"no {each.way} ({each.reason})"
            for each in self.tried
        )
        return f"{self.way} is chosen: {times} a picture"


def choose(classifier: Classifier, images: Images, clock: Callable[[], float] | None = None) -> Choice:
    """The quickest way for a classifier and pictures such as ``images``, (batch, channel, height, width) in [0, 1].

    ``clock``: in seconds; None takes the processor's own time where one thread does all the work, which other programs do
    not disturb, and the wall's elsewhere. A black box is run as it is.
    """
    if classifier.module is None:
        return Choice("float32", ())
    classifier.check_mode()
    batch = _batch(variants(images.to(classifier.device)))
    runs: dict[Way, Callable[[Images], Logits]] = {"float32": classifier.predict}
    runs["bfloat16"] = lambda images: _in_bfloat16(classifier, images)
    quick, reason = _compiled(classifier, images)
    if quick is not None:
        runs["compiled"] = quick.predict
    tried = [] if reason is None else [Tried("compiled", reason=reason)]
    tried = [*_measured(runs, batch, clock or _clock(classifier)), *tried]
    able = [each for each in tried if each.reason is None and each.error <= MOST_OFF]
    best = min(able, key=lambda each: each.seconds)
    way = best.way if best.seconds * QUICKER <= tried[0].seconds else "float32"
    return Choice(way, tuple(tried), quick if way == "compiled" else None)


def _measured(runs: dict[Way, Callable[[Images], Logits]], batch: Images, clock: Callable[[], float]) -> list[Tried]:
    """Every way, in turns."""
    answers: dict[Way, Logits] = {}
    seconds: dict[Way, list[float]] = {way: [] for way in runs}
    with torch.inference_mode():
        for _ in range(ROUNDS):
            for way, run in runs.items():
                began = clock()
                answers[way] = run(batch).cpu()  # on an accelerator, passes are over when their answers are here
                seconds[way].append(clock() - began)
    exact = answers["float32"].softmax(dim=1)
    return [
        Tried(way, min(seconds[way][1:]) / len(batch), float((answers[way].softmax(dim=1) - exact).abs().max()))
        for way in runs
    ]


def _clock(classifier: Classifier) -> Callable[[], float]:
    alone = classifier.device.type == "cpu" and torch.get_num_threads() == 1
    return time.process_time if alone else time.perf_counter


def _batch(seen: Images) -> Float[Tensor, "row channel height width"]:
    """As many pictures as are passed at once, channels-last."""
    size = perturb.batch_size_for(seen)
    repeats = -(-size // len(seen))
    return seen.repeat(repeats, 1, 1, 1)[:size].contiguous(memory_format=torch.channels_last)


def _in_bfloat16(classifier: Classifier, images: Images) -> Logits:
    with perturb.execution(perturb.Execution(precision="bfloat16")):
        return perturb.in_precision(classifier.predict, images)


def _compiled(classifier: Classifier, images: Images) -> tuple[Classifier | None, str | None]:
    """The classifier in ONNX Runtime, or why there is none."""
    try:
        return in_runtime(classifier, images, "compiled"), None
    except (MissingExtraError, ModelError) as error:
        return None, str(error).partition(";")[0]
