"""One word for a pair, on maps made for each."""

import pytest
import torch

from whylight.comparison.agreement import agreement
from whylight.comparison.conclusion import Conclusion, Word, conclude


def noise(pictures: int, seed: int) -> torch.Tensor:
    return torch.randn(pictures, 20, 20, generator=torch.Generator().manual_seed(seed))


def concluded(first: torch.Tensor, second: torch.Tensor, classes: torch.Tensor | None = None) -> Conclusion:
    found = agreement({"a": first, "b": second}, classes=classes, similarities=["pearson"])
    return conclude(found.matrices["pearson"], (0, 1))


def test_the_share_of_the_way_from_chance() -> None:
    """All maps share half of their variance, those of one picture another quarter: (¾ - ½) / (1 - ½)."""
    shared, own = noise(1, 0) * 2**0.5, noise(300, 1)
    found = concluded(shared + own + noise(300, 2), shared + own + noise(300, 3))
    assert found.word is Word.SAME_PLACE
    assert found.beyond == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("grain", "word"), [(0.5, Word.SAME_PLACE), (2.0, Word.IN_PART)])
def test_more_than_chance(grain: float, word: Word) -> None:
    own = noise(12, 1)
    assert concluded(own + grain * noise(12, 2), own + grain * noise(12, 3)).word is word


def test_no_more_than_chance() -> None:
    fixed = noise(1, 0).expand(12, -1, -1)
    found = concluded(fixed + 0.1 * noise(12, 1), fixed + 0.1 * noise(12, 2))
    assert found.word is Word.NO_MORE_THAN_CHANCE
    assert found.beyond == pytest.approx(0, abs=0.05)


def test_no_more_than_chance_within_a_class() -> None:
    """Beyond chance among all pictures, yet any picture of the class would do."""
    classes = torch.tensor([0] * 8 + [1] * 8)
    place = torch.cat([noise(1, 0).expand(8, -1, -1), noise(1, 1).expand(8, -1, -1)])
    maps = place + 0.1 * noise(16, 2), place + 0.1 * noise(16, 3)
    assert concluded(*maps).word is Word.SAME_PLACE
    assert concluded(*maps, classes).word is Word.NO_MORE_THAN_CHANCE


def test_too_few_and_nothing() -> None:
    own = noise(5, 1)
    assert concluded(own, own).word is Word.TOO_FEW
    assert concluded(own[:1], own[:1]).word is Word.TOO_FEW
    assert concluded(torch.zeros(8, 20, 20), noise(8, 1)).word is Word.NOTHING
