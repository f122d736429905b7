"""The pool of actors beside a stand-in for Ray: what is handed out again, given up, and said when nothing goes on."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest

from whylight.errors import RunError
from whylight.runs import ray_pool
from whylight.runs.job import Lost, Tell
from whylight.runs.ray_pool import Pool, Room


class ActorDiedError(Exception):
    """What Ray raises when an actor is no more."""


class BrokenError(Exception):
    """What Ray raises when an actor cannot even be made."""


@dataclass
class Actor:
    """Answers at once, with a value or an exception."""

    ray: "Cluster"

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *words: self.ray.asked(name, *words))


@dataclass
class Cluster:
    """``answer``: called with ("version",) or ("finish", number); None never answers."""

    answer: Callable[..., Any]
    hired: int = 0
    killed: int = 0
    answers: list[Any] = field(default_factory=list)
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(
            RayActorError=ActorDiedError,
            WorkerCrashedError=ActorDiedError,
            OutOfMemoryError=ActorDiedError,
            NodeDiedError=ActorDiedError,
            RayError=BrokenError,
        )
    )

    def put(self, value: object) -> object:
        return value

    def remote(self, _kind: type) -> Any:
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda *_: self.hire()))

    def hire(self) -> Actor:
        self.hired += 1
        return Actor(self)

    def asked(self, *words: Any) -> int:
        self.answers.append(self.answer(*words))
        return len(self.answers) - 1

    def wait(self, waiting: list[int], **_: Any) -> tuple[list[int], list[int]]:
        ready = [each for each in waiting if self.answers[each] is not None][:1]
        return ready, [each for each in waiting if each not in ready]

    def get(self, place: int) -> Any:
        if isinstance(self.answers[place], Exception):
            raise self.answers[place]
        return self.answers[place]

    def kill(self, _actor: Actor) -> None:
        self.killed += 1


@dataclass
class Steps:
    """A job whose files are always seen, unless ``seen`` says otherwise."""

    seen: bool = True
    count: int = 5

    def load(self) -> None: ...

    def finish(self, parts: None, number: int, tell: Tell) -> None: ...

    def steps(self, parts: None, number: int) -> int:
        return 10 + number

    def is_finished(self, number: int) -> bool:
        return self.seen

    def finished(self) -> list[int]:
        return []


def pool(answer: Callable[..., Any], workers: int = 2, job: Steps | None = None, tell: Tell = lambda _: None) -> Pool:
    return Pool(Cluster(answer), job or Steps(), None, Room(1.0, 0.0), deque(range(5)), workers, tell)


def good(what: str, *_: Any) -> Any:
    return version("whylight") if what == "version" else ("finished",)


def test_every_shard_once() -> None:
    told: list[int] = []
    made = pool(good, tell=told.append)
    assert sorted(each for each in made.results() if isinstance(each, int)) == [0, 1, 2, 3, 4]
    assert sorted(told) == [10, 11, 12, 13, 14]
    assert (made.ray.hired, made.ray.killed) == (2, 2)


def test_a_shard_whose_actor_dies_is_begun_again_by_another() -> None:
    tries: list[int] = []

    def answer(what: str, number: int = -1) -> Any:
        if number == 3:
            tries.append(number)
        return ActorDiedError() if number == 3 and len(tries) == 1 else good(what)

    made = pool(answer)
    assert sorted(each for each in made.results() if isinstance(each, int)) == [0, 1, 2, 3, 4]
    assert len(tries) == 2
    assert made.ray.hired == 3


def test_a_shard_that_kills_twice_is_given_up_and_the_rest_goes_on() -> None:
    found = list(pool(lambda what, number=-1: ActorDiedError() if number == 3 else good(what)).results())
    assert Lost(3, None) in found
    assert sorted(each for each in found if isinstance(each, int)) == [0, 1, 2, 4]


def test_actors_that_all_die_end_the_run() -> None:
    made = pool(lambda what, *_: ActorDiedError(), workers=3)
    with pytest.raises(RunError, match=r"8 worker processes died one after another \(often for lack of memory\)"):
        list(made.results())
    assert made.ray.hired <= 11


def test_what_a_worker_cannot_do_is_said() -> None:
    failed = ("failed", "whylight", ("there is no folder photos",))
    made = pool(lambda what, *_: good(what) if what == "version" else failed)
    with pytest.raises(RunError, match="there is no folder photos"):
        list(made.results())
    made.end()
    assert made.ray.killed == 1  # the other one, that had not answered yet


def test_a_worker_that_cannot_be_made() -> None:
    with pytest.raises(
        RunError, match=r"cannot work \(ModuleNotFoundError: No module named 'whylight'\); install the same"
    ):
        list(pool(lambda *_: BrokenError("in a file\nModuleNotFoundError: No module named 'whylight'\n")).results())


def test_another_version_on_another_machine() -> None:
    with pytest.raises(RunError, match=r"a machine of the cluster has whylight 0\.0\.9, this one \d"):
        list(pool(lambda what, *_: "0.0.9").results())


def test_a_file_that_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_pool, "SEEN", 0.0)
    monkeypatch.setattr(ray_pool, "POLL", 0.0)
    with pytest.raises(RunError, match=r"shard 0 was finished on another machine, .*--out must be a folder that"):
        list(pool(good, job=Steps(seen=False)).results())


def test_a_cluster_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_pool, "PLACED", 0.0)
    with pytest.raises(RunError, match="no room for a worker for 0 seconds; one needs 1 core; the same command"):
        list(pool(lambda *_: None).results())


@pytest.mark.parametrize(
    ("gpus", "places", "words"),
    [
        (0.0, 4 + 7, "1 core"),
        (1.0, 2, "1 core and 1 of a graphics card"),
        (0.25, 4, "1 core and 0.25 of a graphics card"),
    ],
)
def test_how_many_workers_a_cluster_has_room_for(gpus: float, places: int, words: str) -> None:
    nodes = [
        {"Alive": True, "Resources": {"CPU": 4.0, "GPU": 2.0}},
        {"Alive": True, "Resources": {"CPU": 7.5}},
        {"Alive": True, "Resources": {"memory": 1e9}},
        {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}},
    ]
    assert Room(1.0, gpus).places(nodes) == places
    assert str(Room(1.0, gpus)) == words
