"""``whylight store``: out into plain files and back into a store, and one sentence for every mistake."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from whylight.cli.main import app
from whylight.store import Model, Picture, Store, StoredExplanation, Verdict

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("export", …)`` in a folder with a store of one verdict."""
    monkeypatch.chdir(tmp_path)
    model = Model("planted", "1", ("cat", "dog"))
    with Store("whylight.db") as store:
        store.add_picture(Picture("0" * 64, "a.png", 3, 2))
        store.add_model(model)
        key = store.add(StoredExplanation("0" * 64, model.key, {}, "lime", 0, "cat", 1, 0.9))
        store.note(key, Verdict(up=True), person="Ada")
    return lambda *words: CliRunner().invoke(app, ["store", *words])


def test_out_and_in(run: Run) -> None:
    answer = run("export", "out")
    assert answer.exit_code == 0, repr(answer.exception)
    assert answer.stdout == "1 pictures, 1 explanations, 1 records written into out\n"
    assert json.loads(run("import", "out", "--store", "other.db", "--json").stdout)["records"] == 1
    assert (
        run("import", "out", "--store", "other.db").stdout
        == "0 pictures, 0 explanations, 0 records added to other.db\n"
    )
    with Store("other.db") as store:
        assert [each.record.person for each in store.history()] == ["Ada"]


def test_an_export_is_written_over_by_the_next(run: Run) -> None:
    assert run("export", "out").exit_code == 0
    assert run("export", "out").exit_code == 0
    assert run("import", "out", "--store", "other.db").exit_code == 0


def test_a_store_that_is_not_there_is_not_made(run: Run) -> None:
    answer = run("export", "out", "--store", "nowhere.db")
    assert answer.exit_code == 2
    assert "there is no store nowhere.db" in answer.stderr
    assert not Path("nowhere.db").exists()


def test_files_of_somebody_else_stay(run: Run) -> None:
    Path("mine").mkdir()
    Path("mine/novel.txt").write_text("It was a dark and stormy night")
    answer = run("export", "mine")
    assert answer.exit_code == 2
    assert "mine holds what is no export, such as novel.txt" in answer.stderr
    assert [path.name for path in Path("mine").iterdir()] == ["novel.txt"]


@pytest.mark.parametrize(("folder", "sentence"), [("nowhere", "there is no folder nowhere"), (".", "is no export")])
def test_what_is_no_export(run: Run, folder: str, sentence: str) -> None:
    answer = run("import", folder, "--store", "other.db")
    assert answer.exit_code == 2
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1
