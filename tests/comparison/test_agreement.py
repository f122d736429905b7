"""The matrix of methods: hand-made maps, and the chance level of maps that are alike whatever the picture."""

import pytest
import torch

from whylight import registry
from whylight.classifier import Classifier
from whylight.comparison.agreement import agreement, compare
from whylight.comparison.matrix import Matrix
from whylight.comparison.similarities import SIMILARITIES
from whylight.errors import MethodError, PictureError, TargetError
from whylight.explanation import Explanation, explain
from whylight.types import Images

IDENTICAL = {name: 1.0 if similarity.higher else 0.0 for name, similarity in SIMILARITIES.items()}


def noise(pictures: int, seed: int, size: int = 24) -> torch.Tensor:
    return torch.randn(pictures, size, size, generator=torch.Generator().manual_seed(seed))


def only(name: str, maps: dict[str, torch.Tensor], classes: torch.Tensor | None = None) -> Matrix:
    return agreement(maps, classes=classes, similarities=[name]).matrices[name]


def explained(classifier: Classifier, images: Images, text: str, target: int = 1) -> Explanation:
    return explain(classifier, registry.read_method(text), images, target)


def test_a_matrix_made_by_hand() -> None:
    base = noise(2, 0)
    found = only("pearson", {"one": base, "same": 2 * base, "turned": -base})
    assert found.mean.flatten().tolist() == pytest.approx([1, 1, -1, 1, 1, -1, -1, -1, 1], abs=1e-5)
    assert found.n.tolist() == [[2] * 3] * 3
    across = torch.corrcoef(base.flatten(1))[0, 1].item()
    assert found.chance.flatten().tolist() == pytest.approx(
        [across, across, -across] * 2 + [-across, -across, across], abs=1e-5
    )


@pytest.mark.parametrize("name", SIMILARITIES)
def test_two_maps_of_noise_agree_as_chance_does(name: str) -> None:
    found = only(name, {"a": noise(30, 1), "b": noise(30, 2)})
    assert float(found.mean[0, 1]) == pytest.approx(float(found.chance[0, 1]), abs=0.02)
    assert float(found.mean[0, 0]) == pytest.approx(IDENTICAL[name], abs=1e-5)


@pytest.mark.parametrize("name", ["spearman", "top_supporting"])
def test_noise_is_seldom_called_more_than_chance(name: str) -> None:
    """At a nominal rate of one in forty."""
    called = sum(
        int(only(name, {"a": noise(10, 2 * seed, 12), "b": noise(10, 2 * seed + 1, 12)}).beyond_chance[0, 1])
        for seed in range(40)
    )
    assert called <= 4


@pytest.mark.parametrize("name", SIMILARITIES)
def test_maps_that_are_the_same_for_every_picture_are_all_chance(name: str) -> None:
    """Both methods look at one place whatever the picture shows: they agree fully, and it means nothing."""
    fixed = noise(1, 3).expand(6, -1, -1)
    found = only(name, {"a": fixed, "b": 2 * fixed})
    assert found.mean.flatten().tolist() == pytest.approx([IDENTICAL[name]] * 4, abs=1e-5)
    assert found.chance.flatten().tolist() == pytest.approx([IDENTICAL[name]] * 4, abs=1e-5)
    assert not found.beyond_chance[0, 1]


def test_maps_that_share_the_pictures_evidence_are_beyond_chance() -> None:
    shared = noise(12, 4)
    found = agreement({"a": shared + noise(12, 5), "b": shared + noise(12, 6)})
    for name in ("spearman", "pearson"):
        matrix = found.matrices[name]
        assert matrix.beyond_chance[0, 1]
        assert float(matrix.mean[0, 1]) == pytest.approx(0.5, abs=0.05)
        assert float(matrix.low[0, 1]) < float(matrix.mean[0, 1]) < float(matrix.high[0, 1])
        assert abs(float(matrix.chance[0, 1])) < 0.03


@pytest.mark.parametrize("name", SIMILARITIES)
def test_evidence_of_the_picture_is_beyond_chance_by_every_similarity(name: str) -> None:
    """Two maps see one place that moves from picture to picture; the third always sees the same."""
    bumps = torch.zeros(9, 21, 21)
    for number in range(9):
        row, column = divmod(number, 3)
        bumps[number, 7 * row : 7 * row + 7, 7 * column : 7 * column + 7] = 1
    maps = {
        "a": bumps + 0.1 * noise(9, 1, 21),
        "b": bumps + 0.1 * noise(9, 2, 21),
        "same": noise(1, 3, 21).expand(9, -1, -1),
    }
    found = only(name, maps)
    hindering = name == "top_hindering"  # only noise hinders here
    assert bool(found.beyond_chance[0, 1]) is not hindering
    assert not found.beyond_chance[0, 2]


def test_classmates_are_told_from_others() -> None:
    """Each class has its own place: maps are alike within a class whatever the picture, and unlike across classes."""
    bumps = torch.zeros(12, 20, 20)
    bumps[:6, :10], bumps[6:, 10:] = 1, 1
    a, b = bumps + 0.1 * noise(12, 1, 20), bumps + 0.1 * noise(12, 2, 20)
    classes = torch.tensor([0] * 6 + [1] * 6)
    for name in ("pearson", "emd"):
        found = only(name, {"a": a, "b": b}, classes)
        assert found.beyond_chance[0, 1]
        assert not found.beyond_class[0, 1]
        assert float(found.class_chance[0, 1]) == pytest.approx(float(found.mean[0, 1]), abs=0.02)
        assert found.n_class[0, 1] == 12


def test_a_class_of_one_picture_has_no_chance_within_it() -> None:
    found = agreement({"a": noise(4, 1), "b": noise(4, 2)}, classes=torch.tensor([0, 1, 1, -1])).matrices["pearson"]
    assert found.n_class.tolist() == [[2, 2], [2, 2]]
    assert found.of.by_class[0, 1].isnan().tolist() == [True, False, False, True]
    alone = agreement({"a": noise(2, 1), "b": noise(2, 2)}, classes=torch.tensor([0, 1])).matrices["pearson"]
    assert alone.class_chance.isnan().all()


def test_each_method_stands_beside_the_middle_of_the_picture() -> None:
    rows = torch.arange(24.0) - 11.5
    middle = torch.exp(-(rows[:, None] ** 2 + rows**2) / (2 * 6**2)).expand(8, -1, -1)
    found = agreement({"middle": middle, "around": -middle, "noise": noise(8, 1)})
    assert found.matrices["spearman"].centred.tolist() == pytest.approx([1, -1, 0], abs=0.05)
    assert float(found.matrices["emd"].centred[0]) == pytest.approx(0, abs=1e-5)


def test_some_of_the_pictures_have_their_own_means() -> None:
    base, other = noise(6, 7), noise(6, 8)
    half = torch.cat([base[:3], other[3:]])
    found = agreement({"a": base, "b": half})
    same, apart = (found.among(places).matrices["pearson"] for places in ([0, 1, 2], [3, 4, 5]))
    assert float(same.mean[0, 1]) == pytest.approx(1, abs=1e-5)
    assert abs(float(apart.mean[0, 1])) < 0.1
    whole = found.matrices["pearson"]
    assert float(whole.mean[0, 1]) == pytest.approx(float(same.mean[0, 1] + apart.mean[0, 1]) / 2, abs=1e-5)
    assert torch.equal(found.among(range(6)).matrices["ssim"].low, found.matrices["ssim"].low)


def test_one_picture_has_no_chance_level() -> None:
    found = agreement({"a": noise(1, 1), "b": noise(1, 2)})
    assert all(matrix.chance.isnan().all() for matrix in found.matrices.values())
    assert not found.matrices["spearman"].beyond_chance.any()


def test_pictures_and_pairs_in_order() -> None:
    """On picture 1 all agree, on picture 2 none, and on picture 0 one map says nothing."""
    base, other = noise(3, 7), noise(3, 8)
    a, b, c = base.clone(), base.clone(), base.clone()
    b[2], c[2], c[0] = other[2], -other[2], 0
    found = agreement({"a": a, "b": b, "c": c})
    assert found.ordered() == [0, 1, 2]
    assert found.of_pictures()[:2].tolist() == pytest.approx([1, 1], abs=1e-5)
    assert found.matrices["spearman"].n.tolist() == [[3, 3, 2], [3, 3, 2], [2, 2, 2]]
    assert found.pairs_ordered()[0] == (0, 1)
    assert found.pairs_ordered("emd")[0] == (0, 1)
    assert found.ordered("emd")[0] in (0, 1)
    nothing = agreement({"a": torch.zeros(2, 8, 8), "b": noise(2, 1, 8)})
    assert nothing.ordered() == []
    assert nothing.pairs_ordered() == []


def test_explanations_are_named_by_their_methods(convolution: Classifier, images: Images) -> None:
    texts = ("grad_cam", "occlusion:window=8,stride=8", "occlusion:window=16,stride=16")
    found = compare([explained(convolution, images, text) for text in texts])
    assert found.names == ("grad_cam", "occlusion 1", "occlusion 2")
    named = compare({text: explained(convolution, images, text) for text in texts})
    assert named.names == texts
    assert torch.equal(named.matrices["ssim"].scores, found.matrices["ssim"].scores)


def test_what_cannot_be_compared_is_said(convolution: Classifier, images: Images) -> None:
    first = explained(convolution, images, "grad_cam")
    with pytest.raises(MethodError, match="at least two explanations to compare; got 1"):
        compare([first])
    with pytest.raises(PictureError, match="grad_cam 1 and grad_cam 2 explain 3 and 2"):
        compare([first, first[:2]])
    with pytest.raises(PictureError, match="those of grad_cam and saliency differ"):
        compare([first, explained(convolution, 1 - images, "saliency")])
    with pytest.raises(PictureError, match=r"have \(32, 32\) and \(16, 16\) pixels"):
        compare([first, explained(convolution, images[..., ::2, ::2], "saliency")])
    with pytest.raises(TargetError, match="explain other labels"):
        compare([first, explained(convolution, images, "saliency", 2)])
