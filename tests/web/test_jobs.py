"""The queue: one after the other, with progress, cancel, and a sentence for whatever fails."""

import threading
from collections.abc import Iterator

import pytest
import torch

from whylight import perturb
from whylight.errors import MethodError
from whylight.web.jobs import Cancelled, Job, Jobs, QueueFullError


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(2, perturb.Execution(batch_size=1))
    yield made
    made.close()


class Gate:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.begun, self.free = threading.Event(), threading.Event()

    def __call__(self, job: Job) -> None:
        self.begun.set()
        while not self.free.wait(0.01):
            job.check()


def passes(job: Job) -> None:
    """Three passes of the perturbation engine."""
    job.begin(1, 2, "passes")
    images = torch.zeros(1, 3, 4, 4)
    keep = lambda picture, sample: torch.ones(len(picture), 1, 4, 4)  # noqa: E731
    seen.extend(job.share for _ in perturb.stream(lambda given: given.mean(dim=(2, 3)), images, images, keep, range(3)))


seen: list[float] = []


def test_progress_is_that_of_the_engine(jobs: Jobs) -> None:
    seen.clear()
    job = jobs.add("explain", passes, "/then")
    assert job.wait(20.0)
    assert (job.standing, job.words, job.then) == ("done", "passes", "/then")
    assert seen == pytest.approx([0.5, 0.5 + 1 / 6, 0.5 + 2 / 6])
    assert job.share == 1


def test_a_job_that_runs_stops_within_a_pass(jobs: Jobs) -> None:
    gate = Gate()
    job = jobs.add("slow", gate, "/")
    assert gate.begun.wait(20.0)
    jobs.cancel(job)
    assert job.wait(20.0)
    assert job.standing == "cancelled"
    after = jobs.add("after", passes, "/")
    assert after.wait(20.0)
    assert after.standing == "done"


def test_an_except_exception_on_the_way_does_not_hold_a_cancelled_job(jobs: Jobs) -> None:
    gate = Gate()

    def stubborn(job: Job) -> None:
        try:
            gate(job)
        except Exception:
            raise AssertionError from None

    job = jobs.add("stubborn", stubborn, "/")
    assert gate.begun.wait(20.0)
    jobs.cancel(job)
    assert job.wait(20.0)
    assert job.standing == "cancelled"
    assert not issubclass(Cancelled, Exception)


def test_the_queue_is_bounded_and_what_waits_can_be_cancelled(jobs: Jobs) -> None:
    gate = Gate()
    running = jobs.add("running", gate, "/")
    assert gate.begun.wait(20.0)
    first, second = (jobs.add(f"{number}", passes, "/") for number in (1, 2))
    assert (jobs.before(running), jobs.before(first), jobs.before(second)) == (0, 1, 2)
    with pytest.raises(QueueFullError, match="try again"):
        jobs.add("too much", passes, "/")
    jobs.cancel(first)
    assert first.standing == "cancelled"
    gate.free.set()
    assert second.wait(20.0)
    assert [job.standing for job in (running, first, second)] == ["done", "cancelled", "done"]


def test_what_is_done_ahead_makes_room_and_begins_anew(jobs: Jobs) -> None:
    begun: list[Job] = []
    gate = Gate()

    def work(job: Job) -> None:
        begun.append(job)
        gate(job)

    ahead = jobs.ahead("Ada", work)
    assert gate.begun.wait(20.0)
    asked = jobs.add("asked for", passes, "/")
    assert asked.wait(20.0)
    assert asked.standing == "done"
    assert jobs.before(asked) == 0
    gate.free.set()
    assert ahead.wait(20.0)
    assert ahead.standing == "done"
    assert begun == [ahead, ahead]


def test_what_is_done_ahead_waits_for_all_that_is_asked_for(jobs: Jobs) -> None:
    order: list[str] = []
    gate = Gate()
    first = jobs.add("first", gate, "/")
    assert gate.begun.wait(20.0)
    ahead = jobs.ahead("Ada", lambda job: order.append("ahead"))
    asked = [jobs.add(name, lambda job: order.append(job.title), "/") for name in ("second", "third")]
    gate.free.set()
    assert ahead.wait(20.0)
    assert first.standing == "done"
    assert order == ["second", "third", "ahead"]
    assert all(job.is_over for job in asked)


def test_what_is_not_wanted_any_more_is_not_done_ahead(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.web.jobs.AHEAD_KEPT", 2)
    running, waiting = Gate(), [Gate() for _ in range(4)]
    first = jobs.ahead("first", running)
    assert running.begun.wait(20.0)
    made = [jobs.ahead(owner, gate) for owner, gate in zip(("Ada", "Ada", "Ben", "Ann"), waiting, strict=True)]
    jobs.drop_ahead("Ben")
    assert first.wait(20.0)
    assert [job.standing for job in (first, made[0], made[2])] == ["cancelled"] * 3
    assert not made[3].is_over
    jobs.close()
    assert made[3].wait(20.0)
    assert made[3].standing == "cancelled"


def test_what_fails_ahead_harms_nothing(jobs: Jobs) -> None:
    def fails(job: Job) -> None:
        raise RuntimeError

    ahead = jobs.ahead("Ada", fails)
    assert ahead.wait(20.0)
    assert ahead.standing == "failed"
    after = jobs.add("after", passes, "/")
    assert after.wait(20.0)
    assert after.standing == "done"


def test_what_fails_is_said_in_one_sentence(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    def foreseen(job: Job) -> None:
        raise MethodError("the layer of /secret/place/net.pt is missing")

    def unforeseen(job: Job) -> None:
        raise RuntimeError("/secret/place")

    one, other = jobs.add("one", foreseen, "/"), jobs.add("other", unforeseen, "/")
    assert one.wait(20.0)
    assert other.wait(20.0)
    assert (one.standing, one.problem) == ("failed", "the layer of net.pt is missing")
    assert other.standing == "failed"
    assert "secret" not in other.problem
    assert "RuntimeError" in caplog.text  # on the server it is said whole


def test_jobs_are_found_until_they_are_old(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.web.jobs.FINISHED_KEPT", 1)
    found = []
    for _ in range(3):
        found.append(jobs.add("quick", passes, "/"))
        assert found[-1].wait(20.0)
    jobs.add("last", passes, "/").wait(20.0)
    assert [jobs.find(job.id) is not None for job in found] == [False, False, True]
    assert jobs.find("nonsense") is None
