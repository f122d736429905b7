"""Intel's folders of photographs, as Kaggle packs them, and as they come out of its archive."""

from pathlib import Path

import pytest
from PIL import Image

from whylight.datasets import open_dataset
from whylight.datasets.intel import LABELS, Intel
from whylight.errors import DataError, PictureError


def write(path: Path, size: tuple[int, int] = (150, 150)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "green").save(path)


def lay_out(base: Path, *, twice: bool = True) -> None:
    """Two pictures to train with, one of them of an odd size, one to test on, and one without a label."""
    for part, name, size in (
        ("seg_train", "sea/10.jpg", (150, 150)),
        ("seg_train", "forest/8.jpg", (150, 113)),
        ("seg_test", "street/20.jpg", (150, 150)),
        ("seg_pred", "5.jpg", (150, 150)),
    ):
        write((base / part / part if twice else base / part) / name, size)


def found(dataset: Intel) -> list[tuple[str, int | None]]:
    return [(dataset[place].name, dataset[place].label) for place in range(len(dataset))]


@pytest.mark.parametrize(("below", "twice"), [("", True), ("archive", True), ("", False), ("archive", False)])
def test_each_split_is_found_wherever_it_was_unpacked(below: str, twice: bool, tmp_path: Path) -> None:
    lay_out(tmp_path / below, twice=twice)
    assert found(Intel("train", str(tmp_path))) == [("train/forest/8.jpg", 1), ("train/sea/10.jpg", 4)]
    assert found(Intel("test", str(tmp_path))) == [("test/street/20.jpg", 5)]
    assert found(Intel("pred", str(tmp_path))) == [("pred/5.jpg", None)]


def test_pictures_keep_their_size(tmp_path: Path) -> None:
    lay_out(tmp_path)
    dataset = Intel("train", str(tmp_path))
    assert [dataset[place].picture.size for place in (0, 1)] == [(150, 113), (150, 150)]


def test_all_six_labels_are_there_in_every_split(tmp_path: Path) -> None:
    lay_out(tmp_path)
    assert Intel("test", str(tmp_path)).labels == Intel("train", str(tmp_path)).labels == LABELS
    assert list(LABELS) == sorted(LABELS)


def test_it_is_looked_for_below_the_data_root(tmp_path: Path) -> None:
    lay_out(tmp_path / "intel")
    assert len(open_dataset("intel:split=train", tmp_path)) == 2


def test_what_is_missing_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"there is no folder .*intel/seg_test and none in .*intel/archive; get archive\.zip .* from "
        r"https://www\.kaggle\.com/datasets/puneet6060/intel-image-classification, which asks for an account, and unpack "
        r"it in .*, or name another folder as intel:folder=PATH",
    ):
        open_dataset("intel", tmp_path)


def test_an_archive_that_is_still_packed_is_named(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"no folder .*seg_train yet, but .*archive\.zip holds it; unpack that there"):
        len(Intel("train", str(tmp_path)))


def test_a_folder_that_is_no_label_is_said(tmp_path: Path) -> None:
    lay_out(tmp_path)
    write(tmp_path / "seg_train/seg_train/desert/1.jpg")
    with pytest.raises(DataError, match=r"1\.jpg lies in the folder desert, which is no label of intel: buildings"):
        len(Intel("train", str(tmp_path)))


def test_a_picture_beside_the_labels_is_said(tmp_path: Path) -> None:
    lay_out(tmp_path)
    write(tmp_path / "seg_test/seg_test/1.jpg")
    with pytest.raises(DataError, match=r"1\.jpg lies in no folder of a label of intel"):
        len(Intel("test", str(tmp_path)))


def test_an_empty_split_is_said(tmp_path: Path) -> None:
    (tmp_path / "seg_test" / "seg_test").mkdir(parents=True)
    with pytest.raises(DataError, match="there is no picture in the folder"):
        len(Intel("test", str(tmp_path)))


def test_a_damaged_picture_spoils_only_itself(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "seg_train/seg_train/forest/8.jpg").write_bytes(b"\xff\xd8half")
    dataset = Intel("train", str(tmp_path))
    with pytest.raises(PictureError, match=r"8\.jpg"):
        _ = dataset[0]
    assert dataset[1].label == 4
