from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers._svm_parts import pooled
from whylight.errors import ModelError
from whylight.training.data import Labelled
from whylight.training.svm_fit import Fitted, Part, Recipe, expected_seconds, fit, in_words, score, stratified
from whylight.training.svm_rows import Cache, rows_of

pytest.importorskip("sklearn")


def part(count: int, seed: int = 0) -> Part:
    """Overlapping clouds of three labels."""
    random = np.random.default_rng(seed)
    label = np.arange(count) % 3
    rows = random.normal(size=(count, 5)) + np.eye(3, 5)[label] * 2
    return Part(rows.astype(np.float32), torch.from_numpy(label))


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly"])
@pytest.mark.parametrize("normalise", ["none", "standard", "l2"])
def test_the_best_c_is_fitted_to_all_rows(kernel: Any, normalise: Any) -> None:
    training, validation = part(90), part(60, 1)
    recipe = Recipe(kernel, normalise, costs=(1.0, 0.001, 10.0))
    said: list[str] = []
    found = fit(training, validation, recipe, said.append)
    assert [each.cost for each in found.tried] == [0.001, 1.0, 10.0]
    reference = {}
    for cost in recipe.costs:
        estimator = recipe.estimator(cost).fit(training.rows, training.labels.numpy())
        reference[cost] = float((estimator.predict(validation.rows) == validation.labels.numpy()).mean())
    for each in found.tried:
        assert each.accuracy == pytest.approx(reference[each.cost], abs=0.05)
    best = max(each.accuracy or 0 for each in found.tried)
    assert found.cost == next(each.cost for each in found.tried if each.accuracy == best)
    assert found.validation is not None
    assert found.validation.accuracy == best
    assert found.agreement is not None
    assert found.agreement > 0.95
    both = np.concatenate([training.rows, validation.rows])
    labels = torch.cat([training.labels, validation.labels]).numpy()
    again = recipe.estimator(found.cost).fit(both, labels)
    assert np.allclose(found.estimator.decision_function(both), again.decision_function(both))
    assert said[-1] == f"fitting C = {found.cost:g} to all 150 rows"


def test_one_c_needs_no_validation_and_several_do() -> None:
    found = fit(part(60), None, Recipe())
    assert isinstance(found, Fitted)
    assert found.validation is None
    with pytest.raises(ModelError, match="choosing among 2 values of C needs validation pictures"):
        fit(part(60), None, Recipe(costs=(1.0, 2.0)))


def test_a_score_counts_labels() -> None:
    found = fit(part(90), None, Recipe(kernel="rbf"))
    test = part(30, 2)
    scored = score(found.estimator, test)
    assert scored.confusion.sum() == 30
    assert scored.confusion.sum(dim=1).tolist() == [10, 10, 10]
    wanted = (found.estimator.predict(test.rows) == test.labels.numpy()).mean()
    assert scored.accuracy == pytest.approx(wanted, abs=0.04)


def test_a_solver_that_did_not_come_to_its_end_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.training.svm_fit.MOST_ITERATIONS", 1)
    assert not fit(part(60), None, Recipe(costs=(100.0,))).tried[0].converged
    monkeypatch.undo()
    assert fit(part(60), None, Recipe()).tried[0].converged


@pytest.mark.parametrize(
    "settings", [{"costs": ()}, {"costs": (0.0,)}, {"costs": (float("nan"),)}, {"gamma": -1.0}, {"degree": 0}]
)
def test_numbers_without_a_meaning_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="expected C and gamma above 0"):
        Recipe(**settings)


def test_a_part_of_the_rows_keeps_the_shares_of_labels() -> None:
    labels = torch.tensor([0] * 80 + [1] * 19 + [2])
    chosen = stratified(labels, 10, 0)
    assert torch.bincount(labels[chosen]).tolist() == [7, 2, 1]
    assert torch.equal(chosen, stratified(labels, 10, 0))
    assert not torch.equal(chosen, stratified(labels, 10, 1))
    assert stratified(labels, 100, 0).tolist() == list(range(100))


def test_the_time_is_estimated_from_a_small_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.training.svm_fit.PILOT", 30)
    monkeypatch.setattr("whylight.training.svm_fit._timed_fit", lambda *_: (None, True, 0.5))
    assert expected_seconds(part(60), Recipe()) is None
    assert expected_seconds(part(300), Recipe(costs=(1.0, 2.0))) == pytest.approx(0.5 * 10 * 3)
    assert expected_seconds(part(300), Recipe(kernel="rbf")) == pytest.approx(0.5 * 100 * 2)
    assert [in_words(each) for each in (0.2, 80.0, 150.0, 7300.0)] == ["a second", "80 seconds", "2 minutes", "2 hours"]


def labelled(count: int) -> Labelled:
    pictures = torch.randint(0, 256, (count, 3, 32, 32), generator=torch.Generator().manual_seed(0)).byte()
    names = tuple(map(str, range(count)))
    return Labelled(pictures, torch.arange(count) % 3, names, names, ("a", "b", "c"))


def test_rows_are_made_once(convolution: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.training.svm_rows.SHARD", 4)
    data, network, calls = labelled(10), pooled(convolution), []

    def make(images: torch.Tensor) -> torch.Tensor:
        calls.append(len(images))
        if sum(calls) > 8 and len(calls) == 3:
            raise KeyboardInterrupt
        found: torch.Tensor = network(images)
        return found

    told: list[tuple[int, int]] = []
    cache = Cache(tmp_path, "these")
    cpu = torch.device("cpu")
    with pytest.raises(KeyboardInterrupt):
        rows_of(data, make, cpu, cache=cache, what="0")
    rows = rows_of(data, make, cpu, cache=cache, what="0", tell=lambda done, whole: told.append((done, whole)))
    assert calls == [4, 4, 2, 2]
    assert told == [(4, 10), (8, 10), (10, 10)]
    with torch.no_grad():
        wanted = network(data.images(torch.arange(10)))
    assert np.allclose(rows, wanted.numpy(), atol=1e-6)
    assert np.allclose(rows_of(data, network, cpu, cache=Cache(tmp_path, "others"), what="0"), rows)
    first = next((tmp_path / "rows").iterdir())
    first.write_bytes(b"damaged")
    assert np.allclose(rows_of(data, network, cpu, cache=cache, what="0"), rows)
    cache.clear()
    assert list(tmp_path.iterdir()) == []


def test_rows_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ModelError, match="NaN or infinite"):
        rows_of(labelled(3), lambda images: images.flatten(1) / 0, torch.device("cpu"))
