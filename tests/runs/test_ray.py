"""A real Ray on this machine: the same bytes as the local engine's, whatever dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import whylight
from whylight.cli.main import app
from whylight.errors import RunError
from whylight.runs import merging, run
from whylight.runs.engines import choose
from whylight.runs.local import Local
from whylight.runs.maps import run as maps
from whylight.runs.maps.place import Place
from whylight.runs.plan import Plan
from whylight.runs.setup import Setup, load

from .maps.conftest import plan_of
from .maps.test_run import bytes_in, top2

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning"),
]
STEADY = (merging.RESULTS, merging.CURVES, merging.FAILURES)
PLAN = Plan(
    data="planted:count=18",
    model="planted",
    methods=({"name": "occlusion", "window": 16, "stride": 8},),
    controls=({"name": "random_map"},),
    metrics=({"name": "gini"}, {"name": "deletion", "steps": 4}),
    shard=3,
    pictures=18,
)
DEADLY = """
import os
from pathlib import Path
from whylight.classifiers import load

def factory():
    network = load("planted")
    def predict(images):
        dead = Path(__file__).with_name("dead")
        if os.getpid() != {driver} and not dead.exists():
            dead.touch()
            os._exit(9)
        return network.predict(images)
    predict.labels, predict.input_size = network.labels, network.input_size
    return predict
"""
"""A network that kills the first worker that asks it."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster of one machine with one core for a worker; tests add others."""
    pytest.importorskip("ray", reason="Ray is not installed")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 80 * 2**20}
    made: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False, **small})
    yield made
    made.shutdown()


@pytest.fixture
def second(cluster: Any) -> Iterator[Any]:
    """Another machine of the cluster, with one core."""
    node = cluster.add_node(num_cpus=1, object_store_memory=80 * 2**20)
    yield node
    if node in cluster.worker_nodes:
        cluster.remove_node(node, allow_graceful=False)


def evaluate(
    out: Path, engine: Any, workers: int, plan: Plan = PLAN, progress: run.Progress | None = None
) -> run.Outcome:
    setup = Setup(out, plan)
    return run.carry_out(setup, load(setup), workers, progress, engine)


def same(first: Path, second: Path) -> bool:
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in STEADY)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the local engine makes of the plan."""
    out = tmp_path_factory.mktemp("whole") / "out"
    evaluate(out, Local("cpu"), 1)
    return out


def on(cluster: Any) -> Any:
    return choose(f"ray:{cluster.address}")


WORDS = (
    *("evaluate", "--data", "planted:count=18", "--limit", "18", "--seed", "0", "--quiet"),
    *("--method", "occlusion:window=16,stride=8", "--metric", "gini", "--metric", "deletion", "--workers", "1"),
)


def on_ray(out: Path) -> list[str]:
    return [sys.executable, "-m", "whylight", *WORDS, "--out", str(out), "--engine", "ray"]


def to_its_end(out: Path) -> None:
    """The same command with the local engine, in this process, which has imported already what it needs."""
    answer = CliRunner().invoke(app, [*WORDS, "--out", str(out), "--engine", "local"])
    assert answer.exit_code == 0, answer.output


@pytest.fixture(scope="module")
def unstopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command leaves when nobody stops it."""
    out = tmp_path_factory.mktemp("unstopped") / "out"
    to_its_end(out)
    return out


def until(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    """Waits for a moment of the run, or its end."""
    while process.poll() is None and not ready():
        time.sleep(0.01)


def shards_in(out: Path) -> list[Path]:
    return list(out.glob("shards/*.parquet"))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.Popen[bytes], Path]:
    """A run that was killed when its first shard was finished, and its folder."""
    pytest.importorskip("ray", reason="Ray is not installed")
    out = tmp_path_factory.mktemp("killed") / "out"
    command = on_ray(out)
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        until(process, lambda: bool(shards_in(out)))
        process.kill()
    return process, out


def test_a_killed_run_keeps_what_is_finished(killed: tuple[subprocess.Popen[bytes], Path]) -> None:
    """It stands first, and what the run leaves last: Ray's agents look for the process above them for a minute."""
    process, out = killed
    assert process.returncode == -signal.SIGKILL
    assert shards_in(out)
    assert not (out / merging.RESULTS).exists()


def left_of(process: subprocess.Popen[bytes]) -> str:
    """The processes of a run's session that outlive it."""
    asked = ["ps", "-o", "pid=,args=", "-s", str(process.pid)]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return listed.stdout


def all_end(process: subprocess.Popen[bytes]) -> None:
    ended = time.monotonic() + 180  # Ray's agents look for the process above them now and then
    while left_of(process) and time.monotonic() < ended:
        time.sleep(0.2)
    assert left_of(process) == ""


def heeds_ctrl_c() -> None:
    """In a shell's background job Ctrl-C is ignored, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_two_machines_give_the_same_bytes(cluster: Any, second: Any, whole: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    outcome = evaluate(tmp_path / "out", on(cluster), 2, progress=lambda *each: steps.append(each))
    assert (outcome.finished, outcome.workers, outcome.lost) == (6, 2, ())
    assert same(whole, tmp_path / "out")
    assert steps[-1] == (18 * 6, 18 * 6)


def test_a_machine_that_is_killed_costs_its_shards_only(cluster: Any, second: Any, whole: Path, tmp_path: Path) -> None:
    killed: list[dict[Path, int]] = []

    def shards() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("shards/*.parquet")}

    def kill(done: int, _whole: int) -> None:
        if done and not killed:
            killed.append(shards())
            for process in second.live_processes():
                os.kill(process[1].pid, signal.SIGKILL)

    outcome = evaluate(tmp_path / "out", on(cluster), 2, progress=kill)
    assert (outcome.finished, outcome.lost) == (6, ())
    assert same(whole, tmp_path / "out")
    (before,) = killed
    assert 0 < len(before) < 6
    assert {path: shards()[path] for path in before} == before  # none is done again


def test_a_worker_that_is_killed_costs_its_shard_only(
    cluster: Any, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadly_once.py").write_text(DEADLY.format(driver=os.getpid()))
    monkeypatch.syspath_prepend(tmp_path)
    plan = replace(PLAN, model="python:deadly_once:factory")
    outcome = evaluate(tmp_path / "out", on(cluster), 1, plan)
    assert (tmp_path / "dead").exists()
    assert (outcome.finished, outcome.lost) == (6, ())
    evaluate(tmp_path / "local", Local("cpu"), 1, plan)
    assert same(tmp_path / "local", tmp_path / "out")


def test_maps_are_the_same_bytes(cluster: Any, second: Any, album: Path, tmp_path: Path) -> None:
    plan = plan_of(album)
    for name, engine, workers in (("local", Local("cpu"), 1), ("ray", on(cluster), 2)):
        setup = maps.Setup(Place(str(tmp_path / name)), plan, whylight.load("bundled"), top2, workers=workers)
        _, outcome, summary = maps.carry_out(setup, engine)
        assert (outcome.finished, outcome.workers) == (2, workers)
        assert summary is not None
        assert (summary.pictures, summary.failures) == (9, 1)
    assert bytes_in(tmp_path / "local") == bytes_in(tmp_path / "ray")


def test_what_a_worker_cannot_load_is_said(cluster: Any, tmp_path: Path) -> None:
    setup = Setup(tmp_path / "out", PLAN)
    parts = load(setup)
    elsewhere = replace(setup, plan=replace(PLAN, data="nowhere"))
    with pytest.raises(RunError, match="there is no data set and no folder 'nowhere'"):
        run.carry_out(elsewhere, parts, 1, engine=on(cluster))
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_stopped_leaves_no_process_and_goes_on(unstopped: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    out = tmp_path / "out"
    with subprocess.Popen(  # noqa: S603
        on_ray(out),
        start_new_session=True,
        stderr=subprocess.PIPE,
        preexec_fn=heeds_ctrl_c,  # noqa: PLW1509 - there are no threads here
    ) as process:
        until(process, lambda: bool(shards_in(out)))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        assert process.stderr is not None
        said = process.stderr.read().decode()
    all_end(process)
    kept = len(shards_in(out))
    assert process.returncode == 130, said
    assert said == f"stopped: {kept} of 3 shards are finished and kept in {out}; the same command goes on\n"
    assert not (out / merging.RESULTS).exists()
    to_its_end(out)
    assert same(unstopped, out)


def test_a_killed_run_leaves_no_process_and_goes_on(
    killed: tuple[subprocess.Popen[bytes], Path], unstopped: Path
) -> None:
    process, out = killed
    all_end(process)
    to_its_end(out)
    assert same(unstopped, out)
