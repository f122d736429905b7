"""Addresses: paths and URLs are read alike."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from whylight.errors import DataError, PictureError
from whylight.pictures import find_pictures
from whylight.runs.maps import addresses
from whylight.runs.maps.addresses import at, fetched, is_url, kind_of, normal, pictures_below, within


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("s3://bucket/key", True),
        ("HTTPS://host/a.png", True),
        ("file:///a", True),
        ("a/b.png", False),
        ("C:\\a", False),
        ("a:b://c", False),
    ],
)
def test_what_a_url_is(text: str, wanted: bool) -> None:
    assert is_url(text) is wanted


def test_an_address_means_the_same_in_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert normal("a/b.png") == str(tmp_path / "a" / "b.png")
    assert normal("file:///a/my%20cat.png") == "/a/my cat.png"
    assert normal("s3://bucket/my%20folder/") == "s3://bucket/my%20folder"
    assert within("s3://bucket/x", "cat.png") == "s3://bucket/x/cat.png"
    assert within(str(tmp_path), "cat.png") == str(tmp_path / "cat.png")
    assert within(str(tmp_path), "gs://other/cat.png") == "gs://other/cat.png"
    assert within("s3://bucket/x", "/a/cat.png") == "/a/cat.png"


def test_a_folder_is_searched_as_explain_does(album: Path) -> None:
    (album / ".hidden").mkdir()
    (album / ".hidden" / "c.png").touch()
    (album / "notes.txt").touch()
    found, problems = find_pictures([album])
    assert problems == []
    assert list(pictures_below(str(album))) == [str(path) for path in found]
    assert list(pictures_below(f"local://{album}")) == [f"local://{path}" for path in found]
    (album / "round").symlink_to(album)
    assert list(pictures_below(str(album))) == [str(path) for path in found]


def test_kinds(album: Path) -> None:
    for root in (str(album), f"local://{album}"):
        assert kind_of(root) == "folder"
        assert kind_of(f"{root}/0.png") == "file"
        assert kind_of(f"{root}/nothing.png") == "nothing"


def test_a_file_is_fetched(album: Path) -> None:
    wanted = hashlib.sha256((album / "grün 猫" / "a b.jpg").read_bytes()).digest()
    for address in (f"{album}/grün 猫/a b.jpg", f"local://{album}/grün 猫/a b.jpg"):
        with fetched(address) as path:
            assert path.suffix == ".jpg"
            assert hashlib.sha256(path.read_bytes()).digest() == wanted
    assert not path.exists()


def test_what_cannot_be_fetched(album: Path) -> None:
    with pytest.raises(PictureError, match=r"there is no file local://.*nothing\.png; check the address"):
        fetched(f"local://{album}/nothing.png").__enter__()
    with pytest.raises(DataError, match=r"addresses that begin with quantum:// cannot be read here: .*quantum"):
        at("quantum://cat/a.png")


@pytest.mark.parametrize(("failures", "reads"), [(2, 3), (3, 3)])
def test_a_network_that_fails_is_asked_again(monkeypatch: pytest.MonkeyPatch, failures: int, reads: int) -> None:
    asked: list[str] = []
    pauses: list[float] = []

    def opened(url: str) -> Any:
        asked.append(url)
        if len(asked) <= failures:
            raise OSError("connection reset")
        return Path(__file__).open("rb")

    monkeypatch.setattr(addresses, "opened", opened)
    monkeypatch.setattr("whylight.runs.maps.addresses.time.sleep", pauses.append)
    if failures < addresses.TRIES:
        with fetched("s3://bucket/a.png") as path:
            assert path.read_bytes() == Path(__file__).read_bytes()
    else:
        with pytest.raises(PictureError, match=r"s3://bucket/a\.png cannot be read: connection reset"):
            fetched("s3://bucket/a.png").__enter__()
    assert (len(asked), pauses) == (reads, [1.0, 2.0])
