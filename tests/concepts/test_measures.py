"""Measures of concepts against their formulas written out, and cases with a known answer."""

import numpy as np
import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers.infodisent import ConceptClassifier, post_hoc
from whylight.concepts.measures import concepts_per_label, mean_purity, mean_rv, measure, rv, sparsity, used
from whylight.concepts.prototypes import search
from whylight.dataset import Dataset
from whylight.nets.concept_basis import Basis, random_basis
from whylight.nets.concepts import concept_head
from whylight.types import Images


def written_out(first: torch.Tensor, second: torch.Tensor) -> float:
    x, y = (each.double().numpy() - each.double().numpy().mean(axis=0) for each in (first, second))
    shared = np.trace(x.T @ y @ y.T @ x)
    own = np.trace(np.linalg.matrix_power(x.T @ x, 2)) * np.trace(np.linalg.matrix_power(y.T @ y, 2))
    return float(shared / np.sqrt(own))


def test_rv_is_the_formula() -> None:
    first, second = torch.rand(9, 4), torch.rand(9, 4)
    assert rv(first, second) == pytest.approx(written_out(first, second), abs=1e-9)
    stack = torch.rand(9, 5, 2, 3)
    pairs = [
        written_out(stack[:, one].flatten(1), stack[:, other].flatten(1))
        for one in range(5)
        for other in range(5)
        if one != other
    ]
    assert mean_rv(stack) == pytest.approx(sum(pairs) / len(pairs), abs=1e-9)


def test_rv_of_the_same_and_of_unrelated_configurations() -> None:
    first = torch.rand(20, 3)
    turned = first @ random_basis(3, 1) * 2.5 + 1
    assert rv(first, turned) == pytest.approx(1.0, abs=1e-6)
    signs = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert rv(signs[:, :1], signs[:, 1:]) == pytest.approx(0.0, abs=1e-9)


def test_a_constant_concept_takes_no_part() -> None:
    stack = torch.rand(9, 3, 2, 2)
    stack[:, 1] = 0.0
    assert mean_rv(stack) == pytest.approx(rv(stack[:, 0].flatten(1), stack[:, 2].flatten(1)), abs=1e-9)


def test_how_many_concepts_a_label_has() -> None:
    weights = torch.tensor([[1.0, 0.5, 0.005, 0.0], [0.0, 0.0, 0.0, 0.2]])
    assert concepts_per_label(weights).tolist() == [2, 1]


def test_all_measures_of_a_head(concepts: ConceptClassifier, images: Images, noise: Dataset) -> None:
    found = search(concepts, noise)
    measures = measure(concepts, images, found)
    head = concept_head(concepts.module)
    assert head is not None
    assert measures.sparsity == pytest.approx(0.5)
    assert measures.sparsity == sparsity(head[1])
    assert measures.per_label is not None
    assert measures.per_label <= 6
    assert 0 < measures.per_explanation <= 6
    assert measures.orthogonality < 1e-5
    assert 0 <= measures.rv <= 1
    assert measures.purity == pytest.approx(mean_purity(found, used(head[1])))


def test_a_network_without_a_head_is_measured_too(convolution: Classifier, images: Images) -> None:
    plain = measure(convolution, images)
    turned = measure(post_hoc(convolution, Basis(12, None, random_basis(12, 0))), images)
    assert plain.sparsity is None
    assert plain.per_label is None
    assert plain.orthogonality == 0
    assert 0 < turned.orthogonality < 1e-5
    assert plain.purity is None
