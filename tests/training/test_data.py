"""Labelled pictures: exact pixels at the input size, in memory and on disk alike, and nothing unreadable among them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader

from whylight.datasets.image_folder import ImageFolder
from whylight.datasets.planted import Planted
from whylight.errors import DataError
from whylight.frame import Resizing
from whylight.training import data
from whylight.training.data import Labelled, OnDisk, labelled

SMALL = Resizing((8, 10), None, channels=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for label, count in (("ant", 4), ("bee", 3)):
        (tmp_path / label).mkdir()
        for number in range(count):
            pixels = random.integers(0, 256, (8, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / label / f"{number}.png")
    return tmp_path


def test_pixels_labels_names_and_contents(folder: Path) -> None:
    found = labelled(ImageFolder(str(folder)), SMALL)
    assert found.classes == ("ant", "bee")
    assert found.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert found.names[4] == "bee/0.png"
    assert len(set(found.keys)) == 7
    assert found.counts() == {"ant": 4, "bee": 3}
    pixels = np.array(Image.open(folder / "bee" / "0.png"))
    assert isinstance(found.pictures, Tensor)
    assert (found.pictures[4].permute(1, 2, 0).numpy() == pixels).all()
    assert torch.equal(found.images([4])[0], torch.from_numpy(pixels).permute(2, 0, 1).float() / 255)


def test_few_are_in_memory_and_many_on_disk_and_both_are_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resizing = Resizing((6, 6), 7, channels=1)
    in_memory = labelled(ImageFolder(str(folder)), resizing)
    monkeypatch.setattr(data, "MOST_IN_MEMORY", 0)
    on_disk = labelled(ImageFolder(str(folder)), resizing)
    assert isinstance(on_disk.pictures, OnDisk)
    assert torch.equal(in_memory.images(range(7)), on_disk.images(range(7)))
    some = [5, 0, 2]
    for found in (in_memory, on_disk):
        taken = found.take(some)
        assert taken.names == tuple(found.names[place] for place in some)
        assert torch.equal(taken.images(range(3)), in_memory.images(some))
        assert taken.labels.tolist() == [1, 0, 0]


def test_torch_loads_what_lies_on_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MOST_IN_MEMORY", 0)
    found = labelled(ImageFolder(str(folder)), SMALL)
    assert isinstance(found.pictures, OnDisk)
    loader: DataLoader[Tensor] = DataLoader(found.pictures, batch_size=3)
    assert torch.equal(torch.cat(list(loader)).float() / 255, found.images(range(7)))


def test_what_cannot_be_read_is_left_out_and_named(folder: Path) -> None:
    (folder / "ant" / "9.png").write_text("words")
    Image.new("RGB", (8, 10)).save(folder / "loose.png")
    found = labelled(ImageFolder(str(folder)), SMALL)
    assert len(found) == 7
    assert len(found.images(range(7))) == 7
    assert "9.png is not a picture" in found.unread[0][1]
    assert found.unread[1] == ("loose.png", "it has no label: it lies in no folder that is named after one")


def test_data_without_labels_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (8, 10)).save(tmp_path / "loose.png")
    with pytest.raises(DataError, match="none of the 1 pictures has a label; put them into one sub-folder"):
        labelled(ImageFolder(str(tmp_path)), SMALL)


def test_data_of_which_most_cannot_be_read_are_refused(folder: Path) -> None:
    for path in sorted(folder.rglob("*.png"))[:4]:
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match=r"4 of 7 pictures cannot be used, such as number 0 of 7: .*mend them"):
        labelled(ImageFolder(str(folder)), SMALL)


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    found: Labelled = labelled(Planted(count=5, size=32), SMALL, lambda *numbers: told.append(numbers))
    assert told == [(number, 5) for number in range(1, 6)]
    assert len(found) == 5
