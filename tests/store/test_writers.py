"""Eight processes at once on one store, from before it exists: nothing is lost, nothing is there twice."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from whylight.store import Filter, Store

from .conftest import MODEL, picture

WRITERS, NOTES, UNDOS, SHARED = 8, 12, 3, 3
WRITER = """
import sys
from whylight.store import Model, Picture, Store, StoredExplanation, Verdict
import numpy as np

url, person = sys.argv[1:]
picture, model = Picture({key!r}, "p", 4, 3), Model(*{model!r})
print("ready", flush=True)
sys.stdin.readline()
with Store(url) as store:
    for number in range({notes}):
        store.add_picture(picture)
        store.add_model(model)
        plan = dict(number=number % {shared})  # writers add the same explanations at the same time
        about = StoredExplanation(picture.key, model.key, plan, "lime", 0, "ant", 1, 0.5)
        key = store.add(about, evidence=np.full((3, 4), number % {shared}, np.float32))
        store.note(key, Verdict(up=number % 2 == 0), person=person)
    for _ in range({undos}):
        assert store.undo(person=person) is not None
"""


@pytest.mark.slow
def test_nothing_is_lost(url: str, tmp_path: Path) -> None:
    program = WRITER.format(
        key=picture().key, model=(MODEL.name, MODEL.version, MODEL.labels), notes=NOTES, shared=SHARED, undos=UNDOS
    )
    writers = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", program, url, f"writer {number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:  # all of them before any is waited for
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    told = [writer.communicate(timeout=900)[1] for writer in writers]
    assert (told, [writer.returncode for writer in writers]) == ([""] * WRITERS, [0] * WRITERS)
    with Store(url) as store:
        verdicts = store.history(Filter(undone=None), limit=10_000)
        assert Counter(each.record.person for each in verdicts) == {f"writer {n}": NOTES for n in range(WRITERS)}
        assert len({each.record.uid for each in verdicts}) == len({each.record.place for each in verdicts})
        assert len({each.record.uid for each in verdicts}) == WRITERS * NOTES
        assert store.count(Filter(undone=True)) == store.count(Filter(kinds=("undo",))) == WRITERS * UNDOS
        assert len({each.explanation.key for each in verdicts}) == SHARED
        assert store.export_to(tmp_path / "out")["arrays"] == SHARED


@pytest.mark.slow
def test_what_was_said_survives_a_kill(url: str) -> None:
    """A writer that is killed the moment it has said that a verdict is kept."""
    program = WRITER.format(
        key=picture().key, model=(MODEL.name, MODEL.version, MODEL.labels), notes=3, shared=3, undos=0
    ).replace("person=person)", "person=person); print(number, flush=True); number == 1 and __import__('os').kill("
              "__import__('os').getpid(), 9)")  # fmt: skip
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program, url, "Ada"],
        input="go\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert (answer.returncode, answer.stdout.split()) == (-9, ["ready", "0", "1"])
    with Store(url) as store:
        assert store.count() == 2
