"""Processes: the same bytes for any number of them, and after any death."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from whylight.cli.main import app
from whylight.errors import RunError
from whylight.runs import attempts, local, merging, run, shards
from whylight.runs.evaluation import Evaluation
from whylight.runs.job import Lost
from whylight.runs.plan import Plan
from whylight.runs.setup import Setup, load

STEADY = (merging.RESULTS, merging.CURVES, merging.FAILURES)
PLAN = Plan(
    data="planted:count=18",
    model="planted",
    methods=({"name": "saliency"}, {"name": "occlusion", "window": 16, "stride": 16}),
    controls=({"name": "random_map"},),
    metrics=({"name": "gini"}, {"name": "deletion", "steps": 4}, {"name": "runtime"}),
    shard=3,
    pictures=18,
)
DEADLY = """
import multiprocessing, os
import torch
from whylight.classifiers import load
from whylight.datasets import open_dataset

def factory():
    network = load("planted")
    image, _ = network.fit(open_dataset("planted:count=18")[5].picture)
    def predict(images):
        if multiprocessing.parent_process() is not None and any(torch.equal(each, image) for each in images):
            os._exit(7)
        return network.predict(images)
    predict.labels, predict.input_size = network.labels, network.input_size
    return predict
"""
"""A network that kills the worker process in which it meets picture 5."""


def carry_out(path: Path, plan: Plan, workers: int) -> run.Outcome:
    setup = Setup(path, plan)
    return run.carry_out(setup, load(setup), workers)


def same(first: Path, second: Path) -> bool:
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in STEADY)


@pytest.mark.slow
def test_the_number_of_workers_changes_no_bit(tmp_path: Path) -> None:
    carry_out(tmp_path / "one", PLAN, 1)
    steps: list[tuple[int, int]] = []
    setup = Setup(tmp_path / "two", PLAN)
    outcome = run.carry_out(setup, load(setup), 2, lambda *numbers: steps.append(numbers))
    assert (outcome.finished, outcome.workers) == (6, 2)
    assert same(tmp_path / "one", tmp_path / "two")
    assert steps[-1] == (18 * 12, 18 * 12)


@pytest.fixture
def deadly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A plan whose model kills every worker that meets picture 5."""
    (tmp_path / "deadly_network.py").write_text(DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    return replace(PLAN, model="python:deadly_network:factory", methods=PLAN.methods[1:])


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_shard_only(deadly: Plan, tmp_path: Path) -> None:
    (place,) = (number for number, shard in enumerate(shards.cut(deadly)) if 5 in shard)
    outcome = carry_out(tmp_path / "out", deadly, 2)
    assert outcome.lost == (Lost(place, 7),)
    assert outcome.finished == 5
    assert shards.finished(tmp_path / "out", 6) == [number for number in range(6) if number != place]
    # what did not die of it then goes on: here the parent itself, which the network spares
    assert carry_out(tmp_path / "out", deadly, 1).finished == 6


@pytest.mark.slow
def test_workers_that_all_die_end_the_run(deadly: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "DEATHS", 0)
    with pytest.raises(RunError, match=r"1 worker processes died one after another \(exit code 7; .*--workers"):
        carry_out(tmp_path / "out", deadly, 2)


@pytest.mark.slow
def test_what_a_worker_cannot_do_is_said_by_the_parent(tmp_path: Path) -> None:
    setup = Setup(tmp_path / "out", PLAN)
    parts = load(setup)
    elsewhere = replace(setup, plan=replace(PLAN, data="nowhere"))
    with pytest.raises(RunError, match="there is no data set and no folder 'nowhere'"):
        list(local.run(Evaluation(elsewhere), parts, range(6), 2, lambda _: None))


WORDS = (
    *("evaluate", "--data", "planted:count=18", "--limit", "18", "--seed", "0", "--quiet"),
    *("--method", "saliency", "--method", "occlusion:window=16,stride=16", "--metric", "gini", "--metric", "deletion"),
)


def words(out: Path, workers: int) -> list[str]:
    return [*WORDS, "--out", str(out), "--workers", str(workers)]


def command(out: Path, workers: int) -> list[str]:
    return [sys.executable, "-m", "whylight", *words(out, workers)]


def to_its_end(out: Path, workers: int) -> None:
    """The same command in this process, which has imported already what it needs."""
    answer = CliRunner().invoke(app, words(out, workers))
    assert answer.exit_code == 0, answer.output


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves that nobody stops."""
    out = tmp_path_factory.mktemp("whole") / "out"
    to_its_end(out, 1)
    return out


def until(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    """Waits for a moment of the run, or its end."""
    while process.poll() is None and not ready():
        time.sleep(0.002)


def group(process: subprocess.Popen[bytes]) -> int:
    """How many processes of a run's session are left."""
    listed = subprocess.run(["ps", "-o", "pid=", "-s", str(process.pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return len(listed.stdout.split())


def held(out: Path) -> dict[Path, int]:
    """The finished shards, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in out.glob("shards/*.parquet")}


MOMENTS: dict[str, Callable[[Path, int], bool]] = {
    "planned": lambda out, known: (out / "plan.json").exists(),
    "writing": lambda out, known: any(out.glob("shards/.*.part")),
    "a shard more": lambda out, known: len(held(out)) > known,
    "all shards": lambda out, known: len(held(out)) == 3,
    "merged": lambda out, known: (out / merging.RESULTS).exists(),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "moments", "least"),
    [
        pytest.param(1, MOMENTS, 3, id="1"),
        # the other moments are in the one process that every number of workers has
        pytest.param(2, ["writing", "a shard more"], 1, id="2"),
    ],
)
def test_a_run_that_is_killed_goes_on_to_the_same_bytes(
    whole: Path, tmp_path: Path, workers: int, moments: Iterable[str], least: int
) -> None:
    killed, deaths = tmp_path / "killed", 0
    known: dict[Path, int] = {}
    for moment in moments:
        with subprocess.Popen(command(killed, workers), start_new_session=True) as process:  # noqa: S603
            until(process, partial(MOMENTS[moment], killed, len(known)))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                deaths += 1
            process.wait()
            ended = time.monotonic() + 10
            while group(process) and time.monotonic() < ended:
                time.sleep(0.05)
            assert group(process) == 0  # its workers do not outlive it
        found = held(killed)
        assert {path: found[path] for path in known} == known  # none is lost, none is done again
        known = found
    assert deaths >= least
    to_its_end(killed, workers)
    assert same(whole, killed)
    assert not list(killed.rglob("*.part"))


def heeds_ctrl_c() -> None:
    """In a shell's background job Ctrl-C is ignored, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path, workers: int) -> None:
    with subprocess.Popen(  # noqa: S603
        command(tmp_path, workers),
        start_new_session=True,
        stderr=subprocess.PIPE,
        preexec_fn=heeds_ctrl_c,  # noqa: PLW1509 - there are no threads here
    ) as process:
        until(process, lambda: any(tmp_path.glob("shards/*.parquet")))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 130
    assert "Traceback" not in said
    kept = len(list(tmp_path.glob("shards/*.parquet")))
    assert said == f"stopped: {kept} of 3 shards are finished and kept in {tmp_path}; the same command goes on\n"
    assert not (tmp_path / merging.RESULTS).exists()
    to_its_end(tmp_path, 1)
