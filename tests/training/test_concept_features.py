"""Grids of a frozen network: what is kept is what is made, is taken up again, and is made anew for other pictures."""

from pathlib import Path

import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers.infodisent import features_of
from whylight.errors import RunError
from whylight.training.concept_features import forget, grids_of
from whylight.training.data import Labelled
from whylight.training.world import World

CPU = torch.device("cpu")


def pictures_for(classifier: Classifier, count: int = 300) -> Labelled:
    """Random pictures, more than are made at once."""
    shape = (count, classifier.resizing.channels, *classifier.input_size)
    pictures = torch.randint(256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    names = tuple(map(str, range(count)))
    return Labelled(pictures, torch.zeros(count, dtype=torch.long), names, names, ("a", "b"))


def test_what_is_kept_is_what_the_network_gives(convolution: Classifier, tmp_path: Path) -> None:
    pictures, features = pictures_for(convolution), features_of(convolution)
    places = torch.tensor([299, 3, 256])
    with torch.no_grad():
        grid, logits = features.look(pictures.images(places))
    kept = grids_of(features, pictures, CPU, tmp_path / "deep" / "grids-a", content="a")
    assert kept.cached
    assert kept.shape == tuple(grid.shape[1:])
    torch.testing.assert_close(kept.grids(places), grid, rtol=1e-3, atol=1e-4)
    assert kept.answers()[places].tolist() == logits.argmax(dim=1).tolist()
    anew = grids_of(features, pictures, CPU, tmp_path / "none", most=0)
    assert not anew.cached
    torch.testing.assert_close(anew.grids(places), grid)
    assert torch.equal(anew.answers(), kept.answers())


def test_what_is_there_is_taken_and_what_is_not_is_made(convolution: Classifier, tmp_path: Path) -> None:
    pictures, features, made = pictures_for(convolution), features_of(convolution), list[int]()

    def ask(content: str) -> list[int]:
        made.clear()
        grids_of(
            features, pictures, CPU, tmp_path / "grids-a", content=content, tell=lambda done, _all: made.append(done)
        )
        return list(made)

    assert ask("a") == [256, 300]
    assert ask("a") == []
    assert ask("b") == [256, 300]
    (tmp_path / "grids-a.answers").unlink()
    assert ask("b") == [256, 300]
    (tmp_path / "grids-a.json").unlink()  # as when it was killed before the end
    assert ask("b") == [256, 300]
    forget(tmp_path)
    assert not list(tmp_path.iterdir())


def test_processes_that_see_different_folders_are_told(
    convolution: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(World, "any", lambda _self, _wish: True)  # another process sees nothing
    with pytest.raises(RunError, match=r"do not all see .* name a folder that they share with --grids"):
        grids_of(features_of(convolution), pictures_for(convolution, 5), CPU, tmp_path / "grids-a")
