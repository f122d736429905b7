"""The perturbation engine: the one place that streams perturbed pictures through a classifier.

It picks the batch size, halves it when memory runs out and goes on, keeps no more than one batch of pictures alive,
runs in inference mode with channels-last pictures, counts passes, reports progress, and stops when its reader does.
How it runs (batch size, precision, progress) is an ``Execution`` that is set around any number of calls::

    with execution(Execution(batch_size=64)), metered() as meter:
        ...
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from whylight.errors import ModelError, WhylightError
from whylight.masking import mix_in_turn
from whylight.types import Images, Logits, Masks, Scores

Predict = Callable[[Images], Logits]
Keep = Callable[[Tensor, Tensor], Masks]
"""Masks for (picture numbers, sample numbers): both are index tensors of the same length."""

PIXELS_AT_ONCE = {"cpu": 200_704, "other": 13_000_000}
"""4 and 256 pictures of 224 × 224. On a processor larger batches are slower: activations beyond 32 MB are given back to
the system and faulted in again at every layer, and smaller ones stay in its cache. One thread, milliseconds a picture:

    forward                  at once: 1   2   4   8   16        forward                 at once: 32    128   256   390
    mobilenet_v2     224 × 224       24  19  21  25   30        two convolutions 32 × 32         0.09  0.09  0.09  0.12
    squeezenet1_1    224 × 224       13  12  12  13   11        ResNet-20        32 × 32         1.1   1.0   1.2   1.0
    forward and backward                                        forward and backward
    mobilenet_v2     224 × 224       59  59  59  70             two convolutions 32 × 32         0.25  0.25  0.28  0.36
    squeezenet1_1    224 × 224       29  29  28  28   31        ResNet-20        32 × 32         2.7   2.4   2.3   2.9
"""
MOST_AT_ONCE = 1_024


@dataclass(frozen=True)
class Execution:
    """How passes are run.

    ``batch_size``: pictures per pass; None chooses from their size and the device. ``precision``: ``bfloat16`` runs the
    perturbed pictures in reduced precision and records the error it makes on the first batch. ``progress``: called with
    (pictures done, pictures in all) after each pass.
    """

    batch_size: int | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    progress: Callable[[int, int], None] | None = None


@dataclass
class Meter:
    """What a call cost: pictures passed forward and backward, the error of reduced precision if it was used, and the
    most pictures that fitted into memory at once if it ran out."""

    forward: int = 0
    backward: int = 0
    precision_error: float = 0.0
    most_at_once: int | None = None


_execution: ContextVar[Execution | None] = ContextVar("whylight_execution", default=None)
_meters: ContextVar[tuple[Meter, ...]] = ContextVar("whylight_meters", default=())


@contextmanager
def execution(settings: Execution) -> Iterator[Execution]:
    """Run all passes inside the block as ``settings`` say."""
    token = _execution.set(settings)
    try:
        yield settings
    finally:
        _execution.reset(token)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count the passes made inside the block; blocks nest, and each meter counts all that happens within its own."""
    meter = Meter()
    token = _meters.set((*_meters.get(), meter))
    try:
        yield meter
    finally:
        _meters.reset(token)


def count_passes(*, forward: int = 0, backward: int = 0) -> None:
    """Add pictures to every open meter."""
    for meter in _meters.get():
        meter.forward += forward
        meter.backward += backward


def current_execution() -> Execution:
    """The settings in force."""
    return _execution.get() or Execution()


def batch_size_for(images: Images) -> int:
    """How many pictures of this size go through a classifier at once."""
    learnt = [meter.most_at_once for meter in _meters.get() if meter.most_at_once is not None]
    chosen = current_execution().batch_size
    if chosen is None:
        budget = PIXELS_AT_ONCE["cpu" if images.device.type == "cpu" else "other"]
        chosen = min(MOST_AT_ONCE, budget // (images.shape[-1] * images.shape[-2]))
    return max(1, min([chosen, *learnt]))


def gradient_batch_size_for(images: Images) -> int:
    """How many pictures of this size go through a classifier at once when gradients come back: half as many where the
    activations that are kept decide, on an accelerator; as many on a processor, where the largest of them does."""
    size = batch_size_for(images)
    return size if images.device.type == "cpu" else max(1, size // 2)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that the machine or the device has no room left."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


@contextmanager
def explained_failures(name: str, images: Images) -> Iterator[None]:
    """Whatever is raised inside the network ``name``, said in one sentence with what was given to it.

    Raises ModelError. Our own errors and a lack of memory pass as they are: the first are sentences already, the second
    is answered with smaller batches.
    """
    try:
        yield
    except WhylightError:
        raise
    except Exception as error:  # a network may be anybody's code, and raise anything
        if is_out_of_memory(error):
            raise
        first = next(iter(str(error).strip().splitlines()), "no reason given")
        raise ModelError(
            f"{name} failed on pictures of shape {tuple(images.shape[1:])} (channel, height, width): "
            f"{type(error).__name__}: {first}"
        ) from error


def in_batches(make: Callable[[int, int], Tensor], count: int, size: int) -> Iterator[tuple[int, int, Tensor]]:
    """``make(start, stop)`` over range(count), in steps of ``size`` that halve whenever memory runs out.

    Yields (start, stop, result). Open meters remember the size that fitted, so that the rounds which follow begin with
    it. Raises ModelError when a single item does not fit.
    """
    start = 0
    while start < count:
        stop = min(count, start + size)
        try:
            result = make(start, stop)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if size == 1:
                message = "one picture at a time does not fit into memory; use smaller pictures or a smaller network"
                raise ModelError(message) from error
            torch.cuda.empty_cache()  # nothing without CUDA
            size = max(1, min(size, stop - start) // 2)
            for meter in _meters.get():
                meter.most_at_once = size
        else:
            yield start, stop, result
            start = stop


@dataclass(frozen=True)
class Chunk:
    """One pass: which picture and which sample each row is, what was kept of it, and the classifier's answer."""

    pictures: Tensor
    samples: Tensor
    keep: Masks
    logits: Logits


def stream(
    predict: Predict, images: Images, fills: Images, keep: Keep, samples: range, *, limit: int | None = None
) -> Iterator[Chunk]:
    """Each picture under each sample's mask, through the classifier, in batches.

    ``fills`` has the pictures' shape: what is seen where ``keep`` is 0. Rows come sample by sample, and within a sample
    picture by picture. Nothing is kept between chunks; stop reading to stop early. ``limit``: where the samples of the
    last round end when these are one round of several, so that progress is that of all rounds.
    """
    device, pictures = images.device, len(images)
    kept: list[tuple[Tensor, Tensor, Tensor]] = []

    def run(start: int, stop: int) -> Tensor:
        kept.clear()
        flat = torch.arange(start, stop, device=device)
        picture, sample = flat % pictures, flat // pictures + samples.start
        with torch.inference_mode():
            mask = keep(picture, sample)
            kept.append((picture, sample, mask))
            mixed = mix_in_turn(images, fills, mask, start)
            with explained_failures("the classifier", mixed):
                return forward(predict, mixed)

    progress = current_execution().progress
    done, whole = (0, samples.stop - samples.start) if limit is None else (samples.start, limit)
    for _, stop, logits in in_batches(run, len(samples) * pictures, batch_size_for(images)):
        yield Chunk(*kept.pop(), logits)
        if progress is not None:
            progress(done * pictures + stop, whole * pictures)


def stream_gradients(
    predict: Predict, make: Callable[[int, int], Images], count: int, objective: Callable[[Logits, int, int], Scores]
) -> Iterator[tuple[int, int, Images, Logits]]:
    """The gradient of each picture's own objective with respect to the picture, in batches that fit into memory.

    ``make(start, stop)`` gives the pictures, ``objective(logits, start, stop)`` one number for each of them. Yields
    (start, stop, gradients, logits). The network's own ``.grad`` fields are left alone.
    """
    logits_of: dict[int, Logits] = {}

    def run(start: int, stop: int) -> Tensor:
        images = make(start, stop).detach()
        count_passes(forward=len(images), backward=len(images))
        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = images.clone(memory_format=torch.channels_last).requires_grad_()
            with explained_failures("the classifier", leaf):
                logits = predict(leaf)
            (gradients,) = torch.autograd.grad(objective(logits, start, stop).sum(), leaf)
        logits_of[start] = logits.detach()
        return gradients

    if count == 0:
        return
    size, progress = gradient_batch_size_for(make(0, 1)), current_execution().progress
    for start, stop, gradients in in_batches(run, count, size):
        yield start, stop, gradients, logits_of.pop(start)
        if progress is not None:
            progress(stop, count)


def forward(predict: Predict, images: Images) -> Logits:
    """One pass in inference mode: channels-last, counted, in the precision that is set."""
    images = images.contiguous(memory_format=torch.channels_last)
    count_passes(forward=len(images))
    with torch.inference_mode():
        if is_reduced():
            return _reduced(predict, images)
        return predict(images)


def in_precision(predict: Predict, images: Images) -> Logits:
    """One pass in the precision that is set, gradients included; nothing is counted or measured."""
    if not is_reduced():
        return predict(images)
    with torch.autocast(images.device.type, torch.bfloat16):
        return predict(images).float()


def is_reduced() -> bool:
    """Whether passes are run in less than float32."""
    return current_execution().precision == "bfloat16"


def note_precision_error(reduced: Logits, exact: Logits) -> None:
    """Records the largest difference in probability that reduced precision made."""
    error = (reduced.softmax(dim=1) - exact.softmax(dim=1)).abs().max().item()
    for meter in _meters.get():
        meter.precision_error = max(meter.precision_error, error, torch.finfo(torch.float32).tiny)


def measure_precision(reduced: Logits, predict: Predict, images: Images) -> None:
    """Passes the first pictures of every meter in float32 too, by ``predict``, and records the largest difference."""
    if any(meter.precision_error == 0.0 for meter in _meters.get()):
        count_passes(forward=len(images))
        note_precision_error(reduced, predict(images))


def _reduced(predict: Predict, images: Images) -> Logits:
    """The pass in bfloat16; the first one of a meter is run in float32 too, and the largest difference is recorded."""
    logits = in_precision(predict, images)
    measure_precision(logits, predict, images)
    return logits
