"""Fitting a support vector machine to rows of features: preparation, kernel, and C chosen on a validation part.

A linear SVM is scikit-learn's ``LinearSVC``, one against the rest with the squared hinge; one with a kernel is its ``SVC``,
one against one. Its time grows with the square of the rows and more, so that a small fit is timed beforehand.
"""

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from whylight.classifiers._estimator import svm_of
from whylight.errors import MissingExtraError, ModelError
from whylight.nets.svm import KERNELS, Kernel
from whylight.tensors import generator
from whylight.training.losses import squared_hinge
from whylight.training.scoring import Scored

Normalise = Literal["none", "standard", "l2"]
NORMALISE: tuple[str, ...] = ("none", "standard", "l2")
Rows = NDArray[np.float32]

CACHE_MB = 1000
"""What libsvm may keep of the kernel's matrix."""
MOST_ITERATIONS = 5000
PILOT = 2000
AT_ONCE = 512
VOTED = 2000
"""So many rows are enough to say how often the largest score is the vote."""


@dataclass(frozen=True)
class Recipe:
    """``kernel``, ``normalise``: of the rows. ``costs``: the values of C that are tried. ``gamma``: None for 1 / (features ·
    variance). ``degree``: of the polynomial, whose offset is 1. ``seed``: of the linear solver's order."""

    kernel: Kernel = "linear"
    normalise: Normalise = "standard"
    costs: tuple[float, ...] = (1.0,)
    gamma: float | None = None
    degree: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS or self.normalise not in NORMALISE:
            raise ModelError(
                f"expected a kernel of {', '.join(KERNELS)} and a preparation of {', '.join(NORMALISE)}; "
                f"got {self.kernel} and {self.normalise}"
            )
        positive = [*self.costs, *([] if self.gamma is None else [self.gamma])]
        if not self.costs or not all(0 < each < math.inf for each in positive) or self.degree < 1:
            raise ModelError(
                f"expected C and gamma above 0 and a degree of at least 1; got C={list(self.costs)}, gamma={self.gamma}, "
                f"degree={self.degree}"
            )

    def estimator(self, cost: float) -> Any:
        """What scikit-learn fits; raises MissingExtraError when it is not installed."""
        try:
            from sklearn.pipeline import make_pipeline
            from sklearn.preprocessing import Normalizer, StandardScaler
            from sklearn.svm import SVC, LinearSVC
        except ImportError as error:
            raise MissingExtraError("scikit-learn", "train", "fitting an SVM") from error
        if self.kernel == "linear":
            head = LinearSVC(C=cost, random_state=self.seed, max_iter=MOST_ITERATIONS)
        else:
            gamma = "scale" if self.gamma is None else self.gamma
            settings = {"gamma": gamma, "degree": self.degree, "coef0": 1.0, "cache_size": CACHE_MB}
            head = SVC(kernel=self.kernel, C=cost, **settings)
        return make_pipeline(*{"none": [], "standard": [StandardScaler()], "l2": [Normalizer()]}[self.normalise], head)


@dataclass(frozen=True, eq=False)
class Part:
    """Rows with their labels."""

    rows: Rows
    labels: Int[Tensor, " row"]

    def take(self, places: Tensor) -> "Part":
        """Some of the rows."""
        return Part(self.rows[places.numpy()], self.labels[places])


@dataclass(frozen=True, eq=False)
class Tried:
    """A value of C: how good it was on the validation rows, whether the solver came to its end, and how long it took."""

    cost: float
    accuracy: float | None
    converged: bool
    seconds: float


@dataclass(frozen=True, eq=False)
class Fitted:
    """``estimator``: fitted to all rows with the ``cost`` that was best. ``validation``: what the estimator of that cost
    that had not seen them is worth on the validation rows; None without any. ``agreement``: how often its largest score
    is scikit-learn's own prediction."""

    estimator: Any
    cost: float
    tried: tuple[Tried, ...]
    validation: Scored | None
    agreement: float | None


def fit(part: Part, validation: Part | None, recipe: Recipe, tell: Callable[[str], None] = lambda _: None) -> Fitted:
    """Tries every C, takes the best on the validation rows (of equals the smallest), and fits it to all rows.

    Raises ModelError when there are several to choose from and no validation rows.
    """
    if validation is None:
        if len(recipe.costs) > 1:
            raise ModelError(f"choosing among {len(recipe.costs)} values of C needs validation pictures; give one --c")
        tell(f"fitting C = {recipe.costs[0]:g} to {len(part.labels):,} rows")
        estimator, converged, seconds = _timed_fit(recipe, recipe.costs[0], part)
        return Fitted(estimator, recipe.costs[0], (Tried(recipe.costs[0], None, converged, seconds),), None, None)
    best: tuple[Scored, float, Any] | None = None
    tried = []
    for cost in sorted(recipe.costs):
        tell(f"fitting C = {cost:g} to {len(part.labels):,} rows")
        estimator, converged, seconds = _timed_fit(recipe, cost, part)
        scored = score(estimator, validation)
        tried.append(Tried(cost, scored.accuracy, converged, seconds))
        if best is None or scored.accuracy > best[0].accuracy:
            best = (scored, cost, estimator)
    assert best is not None
    scored, cost, estimator = best
    agreement = agrees(estimator, validation)
    both = Part(np.concatenate([part.rows, validation.rows]), torch.cat([part.labels, validation.labels]))
    tell(f"fitting C = {cost:g} to all {len(both.labels):,} rows")
    return Fitted(_timed_fit(recipe, cost, both)[0], cost, tuple(tried), scored, agreement)


def _timed_fit(recipe: Recipe, cost: float, part: Part) -> tuple[Any, bool, float]:
    began, estimator = time.perf_counter(), recipe.estimator(cost)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        estimator.fit(part.rows, part.labels.numpy())
    converged = not any("converge" in str(each.message).lower() for each in warned)
    return estimator, converged, time.perf_counter() - began


def scores(estimator: Any, rows: Rows) -> Tensor:
    """The scores of all rows, by the module that the classifier uses."""
    module = svm_of(estimator)
    with torch.inference_mode():
        return torch.cat([module(part) for part in torch.from_numpy(rows).split(AT_ONCE)])


def score(estimator: Any, part: Part) -> Scored:
    """How good the largest score is as a prediction; the loss is the squared hinge, one against the rest."""
    found = scores(estimator, part.rows)
    labels = found.shape[1]
    cells = torch.bincount(part.labels * labels + found.argmax(dim=1), minlength=labels * labels)
    return Scored(float(squared_hinge(found, part.labels).mean()), cells.reshape(labels, labels))


def agrees(estimator: Any, part: Part) -> float:
    """The share of rows where the largest score is what scikit-learn predicts."""
    rows = part.rows[:VOTED]
    return float((scores(estimator, rows).argmax(dim=1).numpy() == estimator.predict(rows)).mean())


def expected_seconds(part: Part, recipe: Recipe) -> float | None:
    """About how long all fits take, from one to a small part of the rows; None where there are few rows."""
    count = len(part.labels)
    if count <= 2 * PILOT:
        return None
    small = part.take(stratified(part.labels, PILOT, recipe.seed))
    seconds = _timed_fit(recipe, sorted(recipe.costs)[len(recipe.costs) // 2], small)[2]
    power = 1 if recipe.kernel == "linear" else 2
    fits = len(recipe.costs) + 1
    return float(seconds * (count / PILOT) ** power * fits)


def stratified(labels: Tensor, limit: int, seed: int) -> Int[Tensor, " chosen"]:
    """At most ``limit`` places, of each label its share and at least one where the limit allows it; rising."""
    turn = torch.empty(len(labels), dtype=torch.float64)
    for label in labels.unique().tolist():
        places = (labels == label).nonzero().flatten()
        order = torch.randperm(len(places), generator=generator(seed, label))
        # how much of its label has been taken when it is a picture's turn; every label's first picture comes before all
        turn[places] = torch.where(order == 0, -1.0, (order.double() + 0.5) / len(places))
    return turn.argsort(stable=True)[:limit].sort().values


def in_words(seconds: float) -> str:
    """A time as people say it."""
    for size, unit in ((3600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds" if seconds >= 1.5 else "a second"


def plain_tried(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """The values of C as plain data."""
    return [
        {"c": each.cost, "validation_accuracy": each.accuracy, "converged": each.converged, "seconds": each.seconds}
        for each in tried
    ]
