"""How ``--target`` is read."""

import pytest
import torch

from whylight.cli._targets import Wanted, read_target, read_targets
from whylight.errors import TargetError

LABELS = ("tench, Tinca tinca", "tabby, tabby cat", "Egyptian cat", "3", "catamaran")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("top1", Wanted(top=1)),
        ("TOP3", Wanted(top=3)),
        ("Egyptian cat", Wanted(index=2)),
        ("egyptian CAT", Wanted(index=2)),
        ("tabby", Wanted(index=1)),
        ("Tinca", Wanted(index=0)),
        ("cataM", Wanted(index=4)),
        ("3", Wanted(index=3)),
        ("4", Wanted(index=4)),
        (" 0 ", Wanted(index=0)),
    ],
)
def test_names_numbers_and_ranks(text: str, wanted: Wanted) -> None:
    assert read_target(text, LABELS) == wanted


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cat", "--target 'cat' fits 3 labels: tabby, tabby cat; Egyptian cat; catamaran"),
        ("egiptian cat", "--target 'egiptian cat' is no label of the classifier; it has Egyptian cat …, or say top3"),
        ("5", "--target 5 is no label: the classifier has labels 0 to 4"),
        ("-1", "--target -1 is no label: the classifier has labels 0 to 4"),
        ("top0", "--target 'top0' is no label of the classifier"),
        ("top6", "--target top6 asks for more than the classifier's 5 labels"),
        ("", "--target '' is no label of the classifier"),
    ],
)
def test_what_fits_nothing_or_too_much(text: str, sentence: str) -> None:
    with pytest.raises(TargetError) as raised:
        read_target(text, LABELS)
    assert str(raised.value).startswith(sentence)


def test_a_name_that_several_labels_have_is_refused_with_their_numbers() -> None:
    with pytest.raises(TargetError) as raised:
        read_target("crane", ("crane", "heron", "Crane", "tower crane"))
    assert str(raised.value) == (
        "--target 'crane' is the name of 2 labels: 0 (crane); 2 (Crane); give the number of one"
    )


def test_a_synonym_that_several_labels_have_is_refused_with_their_numbers() -> None:
    with pytest.raises(TargetError, match=r"is the name of 2 labels: 0 \(bird, crane\); 1 \(machine, crane\)"):
        read_target("crane", ("bird, crane", "machine, crane"))


def test_a_whole_name_goes_before_a_synonym_and_a_synonym_before_a_part() -> None:
    assert read_target("crane", ("bird, crane", "crane", "tower crane")) == Wanted(index=1)
    assert read_target("crane", ("tower crane", "bird, Crane", "craned neck")) == Wanted(index=1)


def test_a_name_that_is_also_a_number_counts_as_a_name() -> None:
    assert read_target("1", ("0", "2", "1")) == Wanted(index=2)


def test_several_labels_are_read_one_by_one() -> None:
    assert read_targets(("tabby", "3"), LABELS) == Wanted(index=1, rest=(3,))
    assert read_targets(("top3",), LABELS) == Wanted(top=3)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("tabby", "top1"), "several --target each name one label, and top1 is none; give top1 alone, or names"),
        (("tabby", "1"), "--target '1' names 'tabby, tabby cat' a second time; name each label once"),
    ],
)
def test_several_labels_that_cannot_be(texts: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(TargetError) as raised:
        read_targets(texts, LABELS)
    assert str(raised.value) == sentence


def test_choosing() -> None:
    logits = torch.tensor([[0.1, 0.9, 0.5], [3.0, 1.0, 2.0]])
    assert Wanted(top=2).choose(logits).tolist() == [[1, 2], [0, 2]]
    assert Wanted(index=2).choose(logits).tolist() == [[2], [2]]
    assert Wanted(index=2, rest=(0,)).choose(logits).tolist() == [[2, 0], [2, 0]]
    assert (Wanted(top=2).count, Wanted(index=2, rest=(0, 1)).count) == (2, 3)
