"""From a fitted scikit-learn estimator to a torch module that gives the same decision values.

Known are ``LinearSVC``, ``SVC`` (linear, rbf, poly) and ``OneVsRestClassifier`` of these, alone or at the end of a
``Pipeline`` of ``StandardScaler`` and ``Normalizer(norm="l2")``. What comes right before a linear decision and only shifts
and scales is folded into its weights, a_ck = w_ck / s_k and b_c - Σ_k w_ck m_k / s_k, so that one linear layer is left.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from whylight.errors import ModelError
from whylight.nets.svm import KERNELS, SVM, Affine, Duels, Kernel, KernelMachine, Rival, Standardised, UnitLength

KNOWN = ("LinearSVC", "SVC", "OneVsRestClassifier")
PREPARING = ("StandardScaler", "Normalizer")


def svm_of(estimator: Any, rival: Rival = "strongest") -> SVM:
    """The module of a fitted estimator; its logits are in the order of the estimator's ``classes_``.

    ``rival``: what a label's score is where labels are told apart one against one. Two labels have the scores (-d, d).

    Raises ModelError for an estimator that is not fitted or of another kind.
    """
    steps = [step for _, step in estimator.steps] if kind_of(estimator) == "Pipeline" else [estimator]
    steps = [step for step in steps if step is not None and step != "passthrough"]
    if not steps or kind_of(steps[-1]) not in KNOWN:
        raise ModelError(
            f"expected {', '.join(KNOWN)}, or a Pipeline that ends in one of them; got "
            f"{kind_of(steps[-1]) if steps else 'an empty Pipeline'}"
        )
    for step in steps:
        _check_fitted(step)
    stages = [stage for step in steps[:-1] for stage in _preparing(step)]
    return SVM(*_folded([*stages, *_deciding(steps[-1], rival)]))


def origin_of(estimator: Any, width: int) -> Tensor:
    """What a linear SVM's contributions are counted from: the mean where features are standardised first, else zeros."""
    first = estimator.steps[0][1] if kind_of(estimator) == "Pipeline" else estimator
    mean = getattr(first, "mean_", None) if kind_of(first) == "StandardScaler" else None
    return torch.zeros(width) if mean is None else tensor(mean).float()


def kind_of(part: object) -> str:
    """The name of a part's class."""
    return type(part).__name__


def _check_fitted(step: Any) -> None:
    if kind_of(step) != "Normalizer" and not any(name.endswith("_") and name[0] != "_" for name in vars(step)):
        raise ModelError(f"the {kind_of(step)} is not fitted; call .fit(features, labels) first")


def _preparing(step: Any) -> list[nn.Module]:
    if kind_of(step) == "Normalizer" and step.norm == "l2":
        return [UnitLength()]
    if kind_of(step) == "StandardScaler":
        features = int(step.n_features_in_)
        mean = np.zeros(features) if step.mean_ is None else step.mean_
        scale = np.ones(features) if step.scale_ is None else step.scale_
        return [Standardised(tensor(mean), tensor(scale))]
    raise ModelError(
        f"expected {' and '.join(PREPARING)} (norm='l2') in front of an SVM; got {kind_of(step)}"
        f"{f' of norm {step.norm!r}' if kind_of(step) == 'Normalizer' else ''}"
    )


def _deciding(step: Any, rival: Rival) -> list[nn.Module]:
    if kind_of(step) == "LinearSVC":
        return [Affine(*sides(tensor(step.coef_), tensor(np.ravel(step.intercept_))))]
    if kind_of(step) == "SVC":
        machine = _machine([step])
        return [machine, Duels(len(step.classes_), rival)] if len(step.classes_) > 2 else [_two_sided(machine)]
    parts = list(step.estimators_)
    if len({kind_of(part) for part in parts}) == 1 and kind_of(parts[0]) == "SVC":
        machine = _machine(parts)
        return [machine if len(parts) > 1 else _two_sided(machine)]
    if {kind_of(part) for part in parts} == {"LinearSVC"}:
        weight = tensor(np.concatenate([part.coef_ for part in parts]))
        return [Affine(*sides(weight, tensor(np.concatenate([np.ravel(part.intercept_) for part in parts]))))]
    raise ModelError(
        f"expected OneVsRestClassifier of SVC or LinearSVC; got {', '.join(sorted({kind_of(part) for part in parts}))}"
    )


def sides(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """One row a label: two labels that one row tells apart have it with both signs."""
    return (torch.cat([-weight, weight]), torch.cat([-bias, bias])) if len(weight) == 1 else (weight, bias)


def _machine(parts: Sequence[Any]) -> KernelMachine | Affine:
    """All decisions of some SVCs over the support vectors of all of them; a linear kernel needs no vectors."""
    # `gamma` may be a word; the number that it stood for is private
    kernels = {(part.kernel, float(part._gamma), float(part.coef0), int(part.degree)) for part in parts}  # noqa: SLF001
    kernel, gamma, offset, degree = kernels.pop()
    if kernels or kernel not in KERNELS:
        raise ModelError(f"expected one kernel, {', '.join(KERNELS)}; got {kernel if not kernels else 'several'}")
    weights, biases = zip(*(_decisions(part) for part in parts))
    weight, bias = torch.block_diag(*weights), torch.cat(biases)
    vectors = np.concatenate([_dense(part.support_vectors_) for part in parts])
    unique, place = np.unique(vectors, axis=0, return_inverse=True)
    merged = torch.zeros(len(weight), len(unique), dtype=torch.float64)
    merged.index_add_(1, torch.from_numpy(place.reshape(-1)), weight)
    support = tensor(unique)
    if kernel == "linear":
        return Affine(merged @ support, bias)
    return KernelMachine(cast(Kernel, kernel), support, merged, bias, gamma=gamma, offset=offset, degree=degree)


def _decisions(part: Any) -> tuple[Tensor, Tensor]:
    """An SVC's α for each of its decisions, (decision, vector), and the decisions' intercepts.

    libsvm keeps, for a vector of label i, its α against label j in row j - 1 where j > i and in row j where j < i.
    """
    dual, intercept = tensor(_dense(part.dual_coef_)), tensor(part.intercept_)
    counts = [int(count) for count in part.n_support_]
    if len(counts) == 2:
        return dual, intercept
    ends = np.cumsum([0, *counts])
    rows = []
    for first, second in torch.combinations(torch.arange(len(counts)), 2).tolist():
        row = torch.zeros(dual.shape[1], dtype=torch.float64)
        ours, theirs = slice(ends[first], ends[first + 1]), slice(ends[second], ends[second + 1])
        row[ours], row[theirs] = dual[second - 1, ours], dual[first, theirs]
        rows.append(row)
    return torch.stack(rows), intercept


def _two_sided(machine: KernelMachine | Affine) -> KernelMachine | Affine:
    weight, bias = sides(machine.weight, machine.bias)
    machine.weight, machine.bias = (nn.Parameter(each.detach(), requires_grad=False) for each in (weight, bias))
    return machine


def _folded(stages: list[nn.Module]) -> list[nn.Module]:
    """The same with what shifts and scales right before a linear decision as a part of it."""
    place = next((place for place, stage in enumerate(stages) if isinstance(stage, Affine)), None)
    while place is not None and place > 0 and isinstance(before := stages[place - 1], Standardised):
        linear = cast(Affine, stages[place])
        weight = linear.weight / before.scale
        stages = [*stages[: place - 1], Affine(weight, linear.bias - weight @ before.mean), *stages[place + 1 :]]
        place -= 1
    return stages


def _dense(numbers: Any) -> NDArray[np.float64]:
    return np.asarray(numbers.toarray() if hasattr(numbers, "toarray") else numbers, dtype=np.float64)


def tensor(numbers: Any) -> Tensor:
    """Numbers of scikit-learn in double precision."""
    return torch.from_numpy(np.array(numbers, dtype=np.float64))
