"""A data set by its name or by its folder, and where it is looked for."""

from pathlib import Path

import pytest
from PIL import Image

from whylight import registry
from whylight.datasets import _files, open_dataset
from whylight.datasets.image_folder import ImageFolder
from whylight.datasets.imagenet import ImageNet
from whylight.datasets.planted import Planted
from whylight.errors import DataError, SpecError


def write_label(folder: Path, label: str) -> None:
    (folder / label).mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(folder / label / "a.png")


def test_a_name_with_settings() -> None:
    assert open_dataset("planted:count=5,seed=3") == Planted(count=5, seed=3)
    assert open_dataset("planted:7") == Planted(count=7)


def test_a_folder_as_text_or_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_label(tmp_path / "planted", "dog")
    monkeypatch.chdir(tmp_path)
    for given in ("./planted", tmp_path / "planted", Path("planted"), f"image_folder:{tmp_path / 'planted'}"):
        dataset = open_dataset(given)
        assert isinstance(dataset, ImageFolder)
        assert dataset.labels == ("dog",)
    assert isinstance(open_dataset("planted"), Planted)


def test_where_a_set_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own setting first, then the root that is given, then the environment's."""
    for root, label in (("given", "n01"), ("environment", "n02"), ("own", "n03")):
        write_label(tmp_path / root / "imagenet" / "val", label)
    monkeypatch.setenv("WHYLIGHT_DATA", str(tmp_path / "environment"))
    own = f"imagenet:folder={tmp_path}/own/imagenet"
    assert open_dataset("imagenet").labels == ImageNet().labels == ("n02",)
    assert open_dataset("imagenet", tmp_path / "given").labels == ("n01",)
    assert open_dataset(own, tmp_path / "given").labels == ("n03",)


@pytest.mark.parametrize(
    ("platform", "variable", "inside"),
    [
        ("linux", "XDG_CACHE_HOME", "whylight/data"),
        ("win32", "LOCALAPPDATA", "whylight/data"),
        ("darwin", "HOME", "Library/Caches/whylight/data"),
    ],
)
def test_the_platforms_own_folder(
    platform: str, variable: str, inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WHYLIGHT_DATA", raising=False)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert _files.data_root() == tmp_path / inside


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("imagnet", r"no data set and no folder 'imagnet'; did you mean imagenet\?"),
        ("Planted:count=3", r"no data set and no folder 'Planted:count=3'; did you mean planted\?"),
        (
            "",
            r"known data sets are cifar10, coco, decoy_fashion_mnist, fashion_mnist, image_folder, imagenet, intel, "
            r"planted, stl10",
        ),
        ("x" * 5000, r"no data set and no folder 'xxx"),
        ("a\0b", r"no data set and no folder"),
        (__file__, "is a file where a folder of pictures was expected"),
    ],
)
def test_an_unknown_name_is_said_with_near_ones(text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        open_dataset(text)


@pytest.mark.parametrize("name", ["imagenet", "coco", "cifar10", "fashion_mnist", "stl10", "intel"])
def test_a_set_that_is_not_there_is_said_with_the_way_to_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"there is no (file|folder) {tmp_path}.*{name}:(folder=|download=true)"):
        open_dataset(name, tmp_path)


def test_a_setting_of_another_type_is_said() -> None:
    with pytest.raises(SpecError, match="cifar10:split must be one of test, train; got 'validation'"):
        open_dataset("cifar10:split=validation")
    with pytest.raises(SpecError, match=r"stl10: expected fold to be a number from 0 to 9 beside split=train; got 10"):
        open_dataset("stl10:split=train,fold=10")
    with pytest.raises(SpecError, match=r"image_folder: .*folder"):
        open_dataset("image_folder")


@pytest.mark.parametrize("name", sorted(set(registry.names("datasets")) - {"image_folder"}))
def test_a_set_is_described_and_built_again(name: str) -> None:
    part = registry.read("datasets", name)
    assert registry.build("datasets", registry.describe(part)) == part
    assert type(part).__name__.lower() == name.replace("_", "")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "count", "labels", "truth"),
    [
        ("imagenet", 700, 1000, True),
        ("coco", 64, 80, True),
        ("cifar10", 10000, 10, False),
        ("cifar10:train", 50000, 10, False),
        ("fashion_mnist", 10000, 10, False),
    ],
)
def test_the_real_sets(data_root: Path, name: str, count: int, labels: int, truth: bool) -> None:
    dataset = open_dataset(name, data_root)
    assert (len(dataset), len(dataset.labels), dataset.has_truth) == (count, labels, truth)
    for place in (0, count // 2, count - 1):
        sample = dataset[place]
        assert sample.picture.mode == "RGB"
        assert len(sample.key) == 64
        if sample.supporting is not None:
            assert sample.supporting.shape == (sample.picture.height, sample.picture.width)
            assert 0 < sample.supporting.mean() < 1 or name == "imagenet"
