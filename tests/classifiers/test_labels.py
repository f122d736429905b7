"""Label names are read in the forms that people keep them in."""

import json
from pathlib import Path

import pytest

from whylight.classifiers._labels import numbered, read_labels
from whylight.errors import ModelError


@pytest.mark.parametrize(
    "content",
    [
        "ant\nbee\ncat\n",
        "\ufeffant\r\n bee \r\n\r\ncat",
        json.dumps(["ant", "bee", "cat"]),
        json.dumps({"1": "bee", "0": "ant", "2": "cat"}),
        json.dumps(
            [{"index": index, "wnid": "n0", "names": name} for index, name in enumerate(["ant, emmet", "bee", "cat"])]
        ),
    ],
)
def test_forms(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels"
    path.write_text(content, encoding="utf-8")
    assert read_labels(path) == ("ant", "bee", "cat")


def test_synonyms_that_two_labels_share_are_kept_apart(tmp_path: Path) -> None:
    names = ["crane", "crane, lifting gear", "maillot, tank suit"]
    path = tmp_path / "classes.json"
    path.write_text(json.dumps([{"index": index, "names": name} for index, name in enumerate(names)]))
    assert read_labels(path) == ("crane", "crane, lifting gear", "maillot")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"expected label names in .*, one a line; got an empty file"),
        (b" \n\n", r"expected label names in .*, one a line; got an empty file"),
        (b"[]", r"expected label names in .*; got an empty file"),
        (b"[1, 2]", r"expected a JSON list of names, .*; got something else"),
        (b'{"a": "b"}', r"expected a JSON list of names, .*; got something else"),
        (b'{"1": "b"}', r"the indices must run from 0 to 0"),
        (b'[{"name": "x"}]', r"got something else \(KeyError"),
        (b"[broken", r"got something else \(JSONDecodeError"),
        (b"\xff\xfe\xfa", r"cannot read the labels in .*: it is not UTF-8 text; give a text file with one name a line"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "labels"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read_labels(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read the labels in .*: No such file"):
        read_labels(tmp_path / "nothing.txt")


@pytest.mark.data
def test_the_classes_of_imagenet(data_root: Path) -> None:
    labels = read_labels(data_root / "imagenet" / "classes.json")
    assert (len(labels), len(set(labels))) == (1000, 999)  # the bird and the machine are both called crane
    assert labels[281:283] == ("tabby", "tiger cat")


def test_numbers() -> None:
    assert numbered(3) == ("0", "1", "2")
