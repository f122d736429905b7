"""Which label means which: by name, in ImageNet's order, and as everyday words."""

import json
from pathlib import Path

import pytest

from whylight.datasets import labels_of, match_labels
from whylight.datasets._everyday import EVERYDAY

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def imagenet(**named: str) -> list[str]:
    """A thousand names, of which the first and the last are ImageNet's."""
    names = ["tench", *(f"label {index}" for index in range(1, 999)), "toilet tissue, toilet paper"]
    for index, name in named.items():
        names[int(index.removeprefix("n"))] = name
    return names


def test_the_same_names_in_any_order_and_case() -> None:
    assert match_labels(("cat", "Dog", "hot dog"), ("hot_dog", "DOG", " cat ")) == (2, 1, 0)
    assert match_labels(("cat", "emu"), ("cat", "dog")) == (0, None)
    assert match_labels((), ("cat",)) == ()


def test_one_synonym_is_enough_and_a_closer_name_is_better() -> None:
    given = ("tabby, tabby cat", "crane", "maillot, tank suit")
    assert match_labels(given, ("maillot", "tabby cat", "crane, bird")) == (1, 2, 0)
    assert match_labels(("maillot",), ("maillot, tank suit", "maillot")) == (1,)
    assert match_labels(("horn",), ("French horn, horn", "horn, cornet")) == (1,)
    assert match_labels(("Cardigan, Welsh corgi", "cardigan"), ("cardigan", "Cardigan")) == (1, 0)


def test_several_labels_that_mean_the_same_are_not_one() -> None:
    assert labels_of(("crane",), ("crane", "crane")) == ((0, 1),)
    assert match_labels(("crane",), ("crane", "crane")) == (None,)


def test_imagenets_order_stands_in_for_names_that_differ() -> None:
    same = tuple(range(1000))
    assert match_labels(imagenet(), [str(index) for index in range(1000)]) == same
    assert match_labels(imagenet(), imagenet(n5="another name", n6="yet another")) == same
    folders = [f"n{index:08d}" for index in range(1, 1001)]
    folders[0], folders[-1] = "n01440764", "n15075141"
    assert match_labels(folders, imagenet()) == same


def test_another_order_of_the_thousand_goes_by_name() -> None:
    mixed = imagenet()[::-1]
    assert match_labels(imagenet(), mixed) == tuple(range(999, -1, -1))


def test_equal_counts_are_no_match_for_other_sets() -> None:
    assert match_labels(("cat", "dog"), ("0", "1")) == (None, None)
    assert match_labels([f"a{index}" for index in range(1000)], imagenet()) == (None,) * 1000


def test_everyday_words_mean_kinds_of_them_in_imagenet() -> None:
    """ImageNet's kite is a bird, and a word without a label has none by chance."""
    meanings = labels_of(("dog", "zebra", "kite", "person", "label 7"), imagenet(n21="kite", n340="zebra"))
    assert meanings == (tuple(range(151, 269)), (340,), (), (), (7,))
    assert match_labels(("dog", "zebra"), imagenet()) == (None, 340)


def test_imagenets_labels_mean_everyday_words() -> None:
    meanings = labels_of(imagenet(), CIFAR10)
    assert meanings[207] == (5,)
    assert meanings[817] == (1,)
    assert meanings[30] == (6,)
    assert meanings[0] == ()
    assert all(len(found) <= 1 for found in meanings)


def test_other_words_for_the_same() -> None:
    assert match_labels(("car", "boat", "dog", "cake"), CIFAR10) == (1, 8, 5, None)


@pytest.mark.data
def test_the_table_says_what_the_names_say(data_root: Path) -> None:
    """Each word's labels, looked at by words that must stand in all of their names; dogs lie between wolves and spaniels."""
    classes = json.loads((data_root / "imagenet/classes.json").read_text())
    names = {entry["index"]: entry["names"] for entry in classes}
    telling = {
        "bear": "bear", "elephant": "elephant|tusker", "zebra": "zebra", "umbrella": "umbrella", "bicycle": "bicycle|bike",
        "bus": "bus", "clock": "clock", "cat": "cat", "chair": "chair|throne", "frog": "frog", "sports ball": "ball",
        "tie": "tie", "bottle": "bottle", "truck": "truck|van", "train": "train|locomotive|car", "bowl": "bowl",
        "traffic light": "traffic light", "parking meter": "parking meter", "keyboard": "keyboard", "pizza": "pizza",
        "teddy bear": "teddy", "refrigerator": "refrigerator", "broccoli": "broccoli", "banana": "banana",
        "sheep": "ram|sheep",
    }  # fmt: skip
    for word, parts in telling.items():
        for index in EVERYDAY[word]:
            assert any(part in names[index] for part in parts.split("|")), (word, names[index])
    assert (names[151], names[268]) == ("Chihuahua", "Mexican hairless")
    assert len(EVERYDAY["bird"]) == 18 + 21 + 20
    assert [names[index].split(",")[0] for index in (7, 24, 80, 100, 127, 146)] == [
        "cock",
        "great grey owl",
        "black grouse",
        "black swan",
        "white stork",
        "albatross",
    ]


@pytest.mark.data
def test_every_category_and_label_has_a_line_in_the_table(data_root: Path) -> None:
    categories = json.loads((data_root / "coco/annotations.json").read_text())["categories"]
    assert {each["name"] for each in categories} | set(CIFAR10) == set(EVERYDAY)
    everything = [index for indices in {EVERYDAY[word] for word in EVERYDAY} for index in indices]
    assert len(everything) == len(set(everything))
    assert all(0 <= index < 1000 for index in everything)
