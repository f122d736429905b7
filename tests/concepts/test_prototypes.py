"""The streamed search against looking at everything at once."""

from pathlib import Path

import pytest
import torch

from whylight import perturb
from whylight.classifier import Classifier
from whylight.classifiers.infodisent import ConceptClassifier
from whylight.concepts.prototypes import concept_grids, search
from whylight.concepts.stored import FILE, read_prototypes, write_prototypes
from whylight.dataset import Dataset
from whylight.errors import DataError, ModelError
from whylight.nets.concepts import ConceptNet

READ = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10]
"""Places of readable pictures of different content."""


def test_the_strongest_pictures_are_found(concepts: ConceptClassifier, noise: Dataset) -> None:
    with perturb.execution(perturb.Execution(batch_size=3)):
        found = search(concepts, noise, count=4)
    images = torch.stack([concepts.fit(noise[place].picture)[0] for place in READ])
    grids = concept_grids(concepts, images)
    assert found.seen == len(READ)
    assert found.grid == (16, 16)
    for concept in range(12):
        for sign, signed in enumerate((grids, -grids)):
            strength = signed[:, concept].flatten(1).amax(dim=1)
            order = strength.argsort(descending=True)[:4]
            assert torch.allclose(found.strength[sign, concept], strength[order], atol=1e-5)
            assert found.places[sign, concept].tolist() == [READ[each] for each in order.tolist()]
            for rank, picture in enumerate(order.tolist()):
                row, column = found.cells[sign, concept, rank].tolist()
                cell = signed[picture, :, row, column]
                assert cell[concept].item() == pytest.approx(strength[picture].item(), abs=1e-5)
                wanted = max(0.0, (cell[concept] / cell.norm()).item())
                assert found.purity[sign, concept, rank].item() == pytest.approx(wanted, abs=1e-4)


def test_the_mean_magnitude_is_that_of_the_values(concepts: ConceptClassifier, noise: Dataset) -> None:
    net = concepts.module
    assert isinstance(net, ConceptNet)
    images = torch.stack([concepts.fit(noise[place].picture)[0] for place in READ])
    with torch.no_grad():
        values = net.head.values(net.features.look(images)[0])
    assert torch.allclose(search(concepts, noise).magnitude, values.abs().mean(dim=0), atol=1e-5)


def test_any_network_with_a_grid_has_prototypes(transformer: Classifier, noise: Dataset) -> None:
    found = search(transformer, noise, places=range(4), count=2)
    assert found.grid == (4, 4)
    assert found.seen == 3
    assert (found.purity >= 0).all()
    assert (found.purity <= 1).all()


def test_nothing_to_read_is_said(concepts: ConceptClassifier, noise: Dataset) -> None:
    with pytest.raises(DataError, match="none of 1 pictures could be read"):
        search(concepts, noise, places=range(2, 3))


def test_they_are_kept_on_the_disk(concepts: ConceptClassifier, noise: Dataset, tmp_path: Path) -> None:
    found = search(concepts, noise, count=2)
    assert read_prototypes(tmp_path) is None
    write_prototypes(tmp_path, found, "cifar10")
    known = read_prototypes(tmp_path)
    assert known is not None
    assert known[1] == "cifar10"
    assert torch.equal(known[0].places, found.places)
    assert known[0].grid == found.grid
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes().replace(b"cifar10", b"cifar1\\"))
    with pytest.raises(ModelError):
        read_prototypes(tmp_path)
