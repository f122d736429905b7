"""Answers: what a classifier says of the target in changed pictures, one number a picture and change.

All faithfulness metrics ask through here: changes that mix a picture with a fill, and changes of any other kind. Pictures
and changes share the batches.
"""

from collections.abc import Callable
from typing import Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight import masking, perturb
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric
from whylight.tensors import flat, target_output
from whylight.types import Images, Masks, Scores

Fill = Literal["mean", "black", "grey", "white", "blur"]
Output = Literal["probability", "logit"]
Answers = Float[Tensor, "batch change"]
Curve = Float[Tensor, "batch point"]
Keep = Callable[[Tensor, Tensor], Masks]
Make = Callable[[Tensor, Tensor], Images]


def expect(metric: Metric, wanted: str, *, holds: bool) -> None:
    """Raises MetricError with all settings of the metric unless they are as wanted."""
    if not holds:
        name = type(metric).__module__.rpartition(".")[2]
        raise MetricError(f"{name} expects {wanted}; got {metric}")


def fills_for(metric: Metric, images: Images, kind: str) -> Images:
    """What is seen in the place of removed pixels; raises MetricError for a word that a metric cannot have."""
    words = get_args(Fill)
    expect(metric, f"a fill of {', '.join(words)}", holds=kind in words)
    return masking.fill(images, kind)


def under_masks(explanation: Explanation, fills: Images, keep: Keep, changes: int, output: Output) -> Answers:
    """The answers to each picture under each mask: ``keep(pictures, changes)`` is 1 where the picture is seen and 0 where
    the fill is. One pass each."""
    explanation.classifier.check_mode()
    images, targets = explanation.images, explanation.targets
    answers = images.new_empty(len(images), changes)
    for chunk in perturb.stream(explanation.classifier.predict, images, fills, keep, range(changes)):
        scores = target_output(chunk.logits, targets[chunk.pictures], output)
        answers[chunk.pictures, chunk.samples] = scores.to(answers)
    return answers


def to_rows(
    explanation: Explanation,
    pictures: Int[Tensor, " row"],
    changes: Int[Tensor, " row"],
    make: Make,
    output: Output,
) -> Float[Tensor, " row"]:
    """The answers to the pictures that ``make(pictures, changes)`` gives, one a row and one pass each."""
    explanation.classifier.check_mode()
    predict, progress = explanation.classifier.predict, perturb.current_execution().progress

    def run(start: int, stop: int) -> Tensor:
        with torch.inference_mode():
            changed = make(pictures[start:stop], changes[start:stop])
            with perturb.explained_failures(explanation.classifier.name, changed):
                return perturb.forward(predict, changed)

    answers = explanation.images.new_empty(len(pictures))
    for start, stop, logits in perturb.in_batches(run, len(pictures), perturb.batch_size_for(explanation.images)):
        scores = target_output(logits, explanation.targets[pictures[start:stop]], output)
        answers[start:stop] = scores.to(answers)
        if progress is not None:
            progress(stop, len(pictures))
    return answers


def to_pictures(explanation: Explanation, make: Make, changes: int, output: Output) -> Answers:
    """The answers to every picture under every change, as ``make(pictures, changes)`` gives them. One pass each."""
    count = len(explanation)
    rows = torch.arange(count * changes, device=explanation.images.device)
    return to_rows(explanation, rows % count, rows // count, make, output).reshape(changes, count).T


def measured(explanation: Explanation, scores: Scores, curves: dict[str, Curve] | None = None) -> Measured:
    """The scores as float32, NaN where the map itself is not finite: it has no order and no sum."""
    finite = flat(explanation.maps).isfinite().all(dim=1)
    return Measured(torch.where(finite, scores.float(), torch.nan), curves or {})
