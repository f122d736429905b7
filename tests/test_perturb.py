import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import ModelError
from whylight.perturb import Chunk, Execution, batch_size_for, execution, in_batches, metered, stream
from whylight.types import Images, Logits


def means(images: Images) -> Logits:
    """Two logits that are easy to follow: the mean and its opposite."""
    mean = images.mean(dim=(1, 2, 3))
    return torch.stack([mean, -mean], dim=1)


def keep_share(_pictures: Tensor, samples: Tensor) -> Tensor:
    """Sample s keeps s tenths of everything."""
    return (samples / 10).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)


def pictures(count: int = 3) -> Images:
    return torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(0))


def collect(predict: Callable[[Images], Logits], images: Images, samples: range = range(11)) -> Tensor:
    scores = torch.full((len(samples), len(images)), torch.nan)
    for chunk in stream(predict, images, torch.zeros_like(images), keep_share, samples):
        scores[chunk.samples - samples.start, chunk.pictures] = chunk.logits[:, 0]
    return scores


def expected(images: Images, samples: range = range(11)) -> Tensor:
    share = torch.tensor(list(samples)) / 10
    return share[:, None] * images.mean(dim=(1, 2, 3))[None]


@pytest.mark.parametrize("batch_size", [1, 2, 7, 33, 1000, None])
def test_every_picture_is_seen_under_every_mask_whatever_the_batch(batch_size: int | None) -> None:
    with execution(Execution(batch_size=batch_size)):
        torch.testing.assert_close(collect(means, pictures()), expected(pictures()), atol=1e-6, rtol=0)


def test_samples_may_begin_anywhere() -> None:
    torch.testing.assert_close(collect(means, pictures(), range(4, 9)), expected(pictures(), range(4, 9)))


def test_a_real_networks_answers_do_not_depend_on_the_batch(convolution: Classifier, images: Images) -> None:
    masks = (torch.rand(9, 1, 32, 32, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    answers = []
    for size in (1, 4, 27):
        found = torch.empty(9, 3, 5)
        with execution(Execution(batch_size=size)):
            for chunk in stream(convolution.predict, images, 1 - images, lambda _, sample: masks[sample], range(9)):
                found[chunk.samples, chunk.pictures] = chunk.logits
        answers.append(found)
    torch.testing.assert_close(answers[0], answers[1], atol=1e-5, rtol=0)
    torch.testing.assert_close(answers[0], answers[2], atol=1e-5, rtol=0)


class Small:
    """A machine on which no more than ``room`` pictures fit."""

    def __init__(self, room: int, error: Exception) -> None:
        self.room, self.error, self.sizes = room, error, list[int]()

    def __call__(self, images: Images) -> Logits:
        self.sizes.append(len(images))
        if len(images) > self.room:
            raise self.error
        return means(images)


ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:114] . DefaultCPUAllocator: can't allocate memory: you tried to allocate"
    ),
    MemoryError(),
]


@pytest.mark.parametrize("error", ERRORS, ids=["cuda", "cpu", "python"])
def test_out_of_memory_halves_the_batch_and_goes_on(error: Exception) -> None:
    machine = Small(3, error)
    torch.testing.assert_close(collect(machine, pictures()), expected(pictures()), atol=1e-6, rtol=0)
    assert machine.sizes[:5] == [33, 16, 8, 4, 2]
    assert set(machine.sizes[5:]) <= {2, 1}


def test_the_rounds_that_follow_begin_with_the_batch_that_fitted() -> None:
    machine = Small(4, MemoryError())
    with metered() as meter:
        collect(machine, pictures())
        refused = len([size for size in machine.sizes if size > 4])
        collect(machine, pictures())
    assert len([size for size in machine.sizes if size > 4]) == refused
    assert meter.most_at_once == 4
    assert batch_size_for(pictures()) > 4  # forgotten with the meter


def test_no_room_for_one_picture_is_said_in_a_sentence() -> None:
    with pytest.raises(ModelError, match="one picture at a time does not fit into memory; use smaller pictures or a"):
        collect(Small(0, MemoryError()), pictures())


def test_other_failures_are_not_taken_for_memory() -> None:
    machine = Small(3, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(ModelError, match=r"the classifier failed on pictures of shape .*: RuntimeError: mat1 and mat2"):
        collect(machine, pictures())
    assert machine.sizes == [33]


def test_batches_cover_the_range_once_and_in_order() -> None:
    made = [(start, stop) for start, stop, _ in in_batches(torch.arange, 10, 4)]
    assert made == [(0, 4), (4, 8), (8, 10)]
    assert list(in_batches(torch.arange, 0, 4)) == []


@pytest.mark.parametrize(("side", "most"), [(224, 4), (1000, 1), (5000, 1), (8, 1024), (32, 256)])
def test_the_batch_is_bounded_by_pixels(side: int, most: int) -> None:
    images = torch.empty(1, 1, 1, 1).expand(1, 3, side, side)
    elsewhere = images.to("meta")
    assert most / 2 < batch_size_for(images) <= most
    assert perturb.gradient_batch_size_for(images) == batch_size_for(images)
    assert perturb.gradient_batch_size_for(elsewhere) == max(1, batch_size_for(elsewhere) // 2)


def test_a_batch_size_can_be_set_and_is_restored() -> None:
    before = batch_size_for(pictures())
    with execution(Execution(batch_size=5)):
        assert batch_size_for(pictures()) == 5
        with execution(Execution(batch_size=0)):
            assert batch_size_for(pictures()) == 1
        assert batch_size_for(pictures()) == 5
    assert batch_size_for(pictures()) == before


def test_no_more_than_a_chunk_is_alive_however_many_samples() -> None:
    """Every picture that was passed and every mask is gone when the one after the next is asked for."""
    seen: list[weakref.ref[Tensor]] = []
    most = 0

    def watch(images: Images) -> Logits:
        nonlocal most
        seen.append(weakref.ref(images))
        most = max(most, sum(each() is not None for each in seen))
        return means(images)

    masks: list[weakref.ref[Tensor]] = []

    def keep(_pictures: Tensor, samples: Tensor) -> Tensor:
        mask = torch.ones(len(samples), 1, 4, 4)
        masks.append(weakref.ref(mask))
        return mask

    with execution(Execution(batch_size=4)):
        for chunk in stream(watch, pictures(), pictures(), keep, range(100)):
            assert chunk.keep.shape[0] <= 4
            assert sum(each() is not None for each in masks) <= 2
    assert len(seen) == 75
    assert most == 1


def test_stopping_early_runs_no_further_pass_and_leaves_no_state() -> None:
    machine = Small(1000, MemoryError())
    with execution(Execution(batch_size=3)):
        for chunk in stream(machine, pictures(), pictures(), keep_share, range(50)):
            assert not torch.is_inference_mode_enabled()
            assert torch.is_grad_enabled()
            if int(chunk.samples[0]) == 2:
                break
    assert len(machine.sizes) == 3
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


def test_a_failure_leaves_no_state() -> None:
    def fail(_images: Images) -> Logits:
        raise ValueError("broken")

    with pytest.raises(ModelError, match="ValueError: broken"):
        collect(fail, pictures())
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


def test_passes_run_in_inference_mode_with_channels_last() -> None:
    def check(images: Images) -> Logits:
        assert torch.is_inference_mode_enabled()
        assert images.is_contiguous(memory_format=torch.channels_last)
        return means(images)

    collect(check, pictures())


def test_passes_are_counted_by_every_open_meter() -> None:
    with metered() as outer:
        collect(means, pictures(), range(2))
        with metered() as inner:
            collect(means, pictures(), range(5))
    collect(means, pictures())
    assert (inner.forward, outer.forward) == (15, 21)
    assert (inner.backward, outer.backward) == (0, 0)


def test_progress_is_told_after_each_pass() -> None:
    told: list[tuple[int, int]] = []
    with execution(Execution(batch_size=4, progress=lambda done, whole: told.append((done, whole)))):
        collect(means, pictures(), range(3))
    assert told == [(4, 9), (8, 9), (9, 9)]


def test_progress_of_rounds_is_that_of_all_rounds() -> None:
    told: list[tuple[int, int]] = []
    with execution(Execution(batch_size=6, progress=lambda done, whole: told.append((done, whole)))):
        for samples in (range(4), range(4, 8)):
            for _ in stream(means, pictures(), pictures(), keep_share, samples, limit=8):
                pass
    assert told == [(6, 24), (12, 24), (18, 24), (24, 24)]


def test_reduced_precision_records_the_error_that_it_makes(convolution: Classifier, images: Images) -> None:
    with execution(Execution(precision="bfloat16")), metered() as outer:
        with metered() as inner:
            reduced = perturb.forward(convolution.predict, images).softmax(dim=1)
        assert inner.forward == 6  # the first batch runs twice, to be compared
        perturb.forward(convolution.predict, images)
    assert outer.forward == 9
    exact = convolution.probabilities(images)
    assert reduced.dtype == torch.float32
    assert 0 < inner.precision_error == pytest.approx(float((reduced - exact).abs().max()), abs=1e-6)
    with metered() as meter:
        perturb.forward(convolution.predict, images)
    assert meter.precision_error == 0


def objective(logits: Logits, start: int, stop: int) -> Tensor:
    """A number a picture that depends on which picture it is."""
    return logits[torch.arange(stop - start), torch.arange(start, stop) % 5].square()


@pytest.mark.parametrize("batch_size", [1, 3, 4, 100])
def test_streamed_gradients_are_those_of_one_go(convolution: Classifier, batch_size: int) -> None:
    images = torch.rand(7, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    leaf = images.clone().requires_grad_()
    (whole,) = torch.autograd.grad(objective(convolution.predict(leaf), 0, 7).sum(), leaf)
    found, logits = torch.empty_like(images), torch.empty(7, 5)
    with execution(Execution(batch_size=batch_size)), metered() as meter:
        for start, stop, gradients, answers in perturb.stream_gradients(
            convolution.predict, lambda start, stop: images[start:stop], 7, objective
        ):
            found[start:stop], logits[start:stop] = gradients, answers
    torch.testing.assert_close(found, whole, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(logits, convolution.logits(images), atol=1e-5, rtol=1e-5)
    assert (meter.forward, meter.backward) == (7, 7)


def test_gradients_leave_the_network_and_the_pictures_alone(images: Images) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 5)).eval()
    list(perturb.stream_gradients(network, lambda start, stop: images[start:stop], 3, objective))
    assert all(parameter.grad is None for parameter in network.parameters())
    assert images.grad is None
    assert not images.requires_grad


def test_gradients_can_be_asked_for_inside_inference_mode(convolution: Classifier, images: Images) -> None:
    with torch.inference_mode():
        chunks = list(
            perturb.stream_gradients(convolution.predict, lambda start, stop: images[start:stop], 3, objective)
        )
    assert sum(float(gradients.abs().sum()) for _, _, gradients, _ in chunks) > 0


def test_gradients_halve_the_batch_too(images: Images) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 5)).eval()

    def crowded(given: Images) -> Logits:
        if len(given) > 1:
            raise MemoryError
        logits: Logits = network(given)
        return logits

    parts = [part for _, _, part, _ in perturb.stream_gradients(crowded, lambda a, b: images[a:b], 3, objective)]
    assert [len(part) for part in parts] == [1, 1, 1]


def test_no_pictures_ask_for_no_gradients() -> None:
    assert list(perturb.stream_gradients(means, lambda start, stop: pictures()[start:stop], 0, objective)) == []


def test_a_chunk_says_which_row_is_what() -> None:
    with execution(Execution(batch_size=5)):
        chunks: list[Chunk] = list(stream(means, pictures(2), pictures(2), keep_share, range(3)))
    assert torch.cat([chunk.pictures for chunk in chunks]).tolist() == [0, 1, 0, 1, 0, 1]
    assert torch.cat([chunk.samples for chunk in chunks]).tolist() == [0, 0, 1, 1, 2, 2]
