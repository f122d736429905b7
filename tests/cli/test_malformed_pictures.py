"""Pictures as people have them on the real command: each is explained, or one sentence says why not."""

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from whylight.cli.main import app
from whylight.pictures import ORIENTATION

from .sentences import PICTURES

Writer = Callable[[Path], object]


def noise(width: int = 40, height: int = 30) -> Image.Image:
    numbers = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(numbers)


def command(*words: str) -> Any:
    return CliRunner().invoke(app, ["explain", *words, "--method", "grad_cam", "--no-regions"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def turned(path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    noise().save(path, exif=exif)


def sixteen_bit(path: Path) -> None:
    Image.fromarray(np.arange(1200, dtype=np.uint16).reshape(30, 40) * 50).save(path)


def animated(path: Path) -> None:
    noise().save(path, save_all=True, append_images=[Image.new("RGB", (40, 30))])


GOOD: dict[str, Writer] = {
    "turned.jpg": turned,
    "grey.png": lambda path: noise().convert("L").save(path),
    "sixteen.png": sixteen_bit,
    "palette.png": lambda path: noise().quantize(16).save(path),
    "alpha.png": lambda path: noise().convert("RGBA").save(path),
    "cmyk.jpg": lambda path: noise().convert("CMYK").save(path),
    "animated.gif": animated,
    "dot.png": lambda path: Image.new("RGB", (1, 1), "red").save(path),
    "grün 猫 a b.png": lambda path: noise().save(path),
}


@pytest.mark.parametrize("name", GOOD)
def test_it_is_explained(folder: Path, name: str) -> None:
    GOOD[name](folder / name)
    answer = command(name)
    assert (answer.exit_code, answer.stderr) == (0, "")
    (item,) = json.loads(Path("whylight-out/results.json").read_text(encoding="utf-8"))["items"]
    assert {path.name for path in Path("whylight-out").iterdir()} == {
        *item["files"].values(), "report.html", "results.json"
    }  # fmt: skip


def test_a_turned_picture_is_laid_out_as_it_is_seen(folder: Path) -> None:
    turned(folder / "turned.jpg")
    command("turned.jpg")
    with np.load("whylight-out/turned.grad_cam.npz") as maps:
        assert maps["picture_size"].tolist() == [40, 30]


@pytest.mark.slow
def test_a_huge_picture_is_explained() -> None:
    Image.new("RGB", (10_000, 10_000), "teal").save("huge.png")
    answer = command("huge.png")
    assert (answer.exit_code, answer.stderr) == (0, "")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(path: Path) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def cut(path: Path) -> None:
    noise(200, 200).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def secret(path: Path) -> None:
    noise().save(path)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file, as root may")


BAD: dict[str, Writer] = {
    "cut.png": cut,
    "cut.jpg": cut,
    "words.png": lambda path: path.write_text("no picture"),
    "empty.png": lambda path: path.touch(),
    "bomb.png": bomb,
    "drawing.svg": lambda path: path.write_text("<svg></svg>"),
    "folder.png": lambda path: path.mkdir(),
    "gone.png": lambda path: None,
    "secret.png": secret,
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_one_sentence(folder: Path, name: str) -> None:
    BAD[name](folder / name)
    before = list(folder.iterdir())
    answer = command(name)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith("error: ")
    assert PICTURES[name] in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert list(folder.iterdir()) == before


def test_a_folder_with_some_that_are_broken(folder: Path) -> None:
    (folder / "album").mkdir()
    for name in ("cut.jpg", "words.png", "empty.png", "bomb.png"):
        BAD[name](folder / "album" / name)
    noise().save(folder / "album" / "good.png")
    answer = command("album")
    assert answer.exit_code == 1
    for name in ("cut.jpg", "words.png", "empty.png", "bomb.png"):
        (line,) = [line for line in answer.stderr.splitlines() if name in line]
        assert PICTURES[name] in line
    assert {path.name for path in Path("whylight-out").iterdir()} == {
        "good.grad_cam.png", "good.grad_cam.npz", "report.html", "results.json"
    }  # fmt: skip
