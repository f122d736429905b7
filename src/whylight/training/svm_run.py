"""From what is asked of an SVM to a folder that ``svm:FOLDER`` loads, and its scores.

FOLDER/svm.json, svm.skops, …    an SVM on features, or on all pixels
FOLDER/keep-30/svm.json, …       an SVM that sees 30 % of the pixels; one folder for each share
FOLDER/masks.png                 accuracy against the share, with controls
FOLDER/training.json             what was asked, what came of it, versions
FOLDER/rows/                     while it is at work: the features, so that a killed run need not make them again
"""

import math
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.classifiers import svm as svm_classifier
from whylight.classifiers._estimator import origin_of
from whylight.classifiers._svm_folder import OWN, SVM_FILE, Description, read_estimator
from whylight.classifiers._svm_parts import class_maps, pooled, weight_maps
from whylight.errors import RunError
from whylight.lock import NAME as LOCK
from whylight.lock import locked
from whylight.training.document import Document, plain_score
from whylight.training.folder import TRAINING, read_training, write_json
from whylight.training.svm_fit import Fitted, Part, Rows, expected_seconds, fit, in_words, plain_tried, score
from whylight.training.svm_masks import CONTROLS, Seen, Size, Study, plain_size
from whylight.training.svm_rows import CACHE, Cache
from whylight.training.svm_sides import QUIET, Keep, Told, read_sides
from whylight.training.svm_wish import SELF, Wish
from whylight.whole import PART as UNFINISHED
from whylight.whole import check_writable, remove_unfinished

MASKS, FULL = "masks.png", "full"
WORTH_SAYING = 30.0
"""Seconds: fits that take longer are announced."""


def carry_out(wish: Wish, out: Path, device: torch.device, told: Told = QUIET) -> Document:
    """Fits, scores and writes; returns what ``training.json`` holds. What is finished is not begun again.

    Raises RunError when the folder holds something else or is written to, WhylightError for what cannot be fitted.
    """
    _check(out)
    done = read_training(out)
    if done is not None:
        if done.get("wish") != wish.to_plain():
            raise RunError(f"{out} holds an SVM that was fitted otherwise; name another folder with --out")
        return done
    run = _Run(wish, out, device, told, _model(wish, device))
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        remove_unfinished(out)
        document = run.to_the_end()
        write_json(out / TRAINING, document)
        Cache(out, "").clear()
    return document


def _check(out: Path) -> None:
    check_writable(out)
    own = {*OWN, LOCK, TRAINING, CACHE, MASKS, FULL}
    if out.exists():
        foreign = [
            path.name
            for path in sorted(out.iterdir())
            if path.name not in own and not path.name.startswith("keep-") and not path.name.endswith(UNFINISHED)
        ]
        if foreign:
            raise RunError(
                f"{out} holds what `whylight train svm` did not write, such as {foreign[0]}; name an empty or new folder "
                "with --out"
            )


def _model(wish: Wish, device: torch.device) -> Classifier | None:
    """The network whose features or maps are taken; it is refused here when it cannot give them."""
    if wish.features is not None:
        model = classifiers.load(wish.features, device=str(device))
        pooled(model, wish.layer)
        return model
    if wish.mask is None or wish.mask == SELF:
        return None
    model = classifiers.load(wish.mask, device=str(device))
    class_maps(model, wish.layer)
    return model


class _Run:
    """A wish at work."""

    def __init__(self, wish: Wish, out: Path, device: torch.device, told: Told, model: Classifier | None) -> None:
        self.wish, self.out, self.device, self.told, self.model = wish, out, device, told, model
        self.read = read_sides(wish, model, told)
        self.labels, self.sides = self.read.labels, self.read.sides

    def to_the_end(self) -> Document:
        """Everything, as plain data."""
        document: Document = {
            "whylight": version("whylight"),
            "finished": True,
            "wish": self.wish.to_plain(),
            "versions": {name: version(name) for name in ("scikit-learn", "skops", "torch")},
            "data": {
                "labels": list(self.labels),
                **{name: side.counts() for name, side in self.sides.named()},
                "left_out": [{"name": name, "reason": reason} for name, reason in self.read.unread],
            },
        }
        if self.wish.features is not None:
            return document | self._on_features(self.wish.features)
        return document | (self._on_pixels(self.out) if self.wish.mask is None else self._masked())

    def _rows(self, make: Callable[[Tensor], Tensor], what: str, model: Classifier | None = None) -> dict[str, Rows]:
        folder = None if what == SELF else self.out
        return self.sides.rows(make, self.device, self.told, Keep(folder, f"{what} {self.read.resizing}", model))

    def _fitted(self, parts: dict[str, Part]) -> Fitted:
        self._announce(parts["training"], 1.0)
        return fit(parts["training"], parts.get("validation"), self.wish.recipe, self.told.say)

    def _announce(self, part: Part, times: float) -> None:
        seconds = expected_seconds(part, self.wish.recipe)
        if seconds is not None and seconds * times > WORTH_SAYING:
            self.told.say(f"about {in_words(seconds * times)} of fitting are ahead; --limit takes fewer pictures")

    def _on_features(self, features: str) -> Document:
        network = pooled(cast(Classifier, self.model), self.wish.layer)
        parts = self.sides.parts(self._rows(network, f"features {network.layer}", self.model))
        fitted = self._fitted(parts)
        typical = mean_of(parts["training"].rows)
        notes = notes_of(self.wish, fitted)
        described = Description("features", self.labels, model=features, layer=network.layer, fit=notes)
        svm_classifier.save(self.out, described, fitted.estimator, typical, network=self.model)
        return notes | self._scores(fitted, parts)

    def _on_pixels(self, out: Path) -> Document:
        parts = self.sides.parts(self._rows(as_rows, "pixels"))
        fitted = self._fitted(parts)
        notes = notes_of(self.wish, fitted)
        origin, mean = self._origin(fitted.estimator), mean_of(parts["training"].rows)
        svm_classifier.save(out, self._pixels(fit=notes), fitted.estimator, origin, mean=mean)
        return notes | self._scores(fitted, parts)

    def _masked(self) -> Document:
        document: Document = {}
        full: Any = None
        if self.wish.mask == SELF:
            document["full"] = self._on_pixels(self.out / FULL)
            full = read_estimator(self.out / FULL / SVM_FILE)
            plain = svm_classifier.assemble(self._pixels(), full, self._origin(full))
            maps = self._rows(weight_maps(plain), SELF)
        else:
            source = class_maps(cast(Classifier, self.model), self.wish.layer).to(self.device)
            maps = self._rows(source, f"maps {self.wish.layer}", self.model)
        pixels, shape = self._rows(as_rows, "pixels"), (self.read.resizing.channels, *self.read.resizing.size)
        seen = {name: Seen(pixels[name], maps[name], side.labels, shape) for name, side in self.sides.named()}
        fits = len(self.wish.recipe.costs) + 1
        more = (fits + 2 * len(CONTROLS)) / fits if self.wish.controls else 1.0
        self._announce(Part(pixels["training"], self.sides.training.labels), more * len(self.wish.keeps))
        study = Study(seen["training"], seen.get("validation"), seen.get("test"), self.wish.recipe, self.wish.seed)
        sizes = [study.size(keep, controls=self.wish.controls, tell=self.told.say) for keep in sorted(self.wish.keeps)]
        for size in sizes:
            self._save_masked(size, mean_of(pixels["training"]), full)
        document["masks"] = [plain_size(size, self.labels) for size in sizes]
        document["scored_on"] = "validation" if self.sides.test is None else "test"
        return document

    def _save_masked(self, size: Size, mean: Tensor, full: Any) -> None:
        model = None if full is not None else self.wish.mask
        notes = notes_of(self.wish, size.fitted)
        described = self._pixels(keep=size.keep, model=model, layer=self.wish.layer, fit=notes)
        out, estimator = folder_of(self.out, size.keep), size.fitted.estimator
        origin = self._origin(estimator)
        svm_classifier.save(out, described, estimator, origin, mean=mean, network=self.model, mask=full)

    def _pixels(self, **values: Any) -> Description:
        """What an SVM on pixels says of itself."""
        own = self.read.resizing
        how: Any = {"channels": own.channels, "shorter": own.shorter, "interpolation": own.interpolation}
        return Description("pixels", self.labels, size=own.size, **how, **values)

    def _origin(self, estimator: Any) -> Tensor:
        return origin_of(estimator, self.read.resizing.channels * math.prod(self.read.resizing.size))

    def _scores(self, fitted: Fitted, parts: dict[str, Part]) -> Document:
        found: Document = {}
        if fitted.validation is not None:
            found["validation"] = plain_score(fitted.validation, self.labels)
        if "test" in parts:
            found["test"] = plain_score(score(fitted.estimator, parts["test"]), self.labels)
        return found


def folder_of(out: Path, keep: float) -> Path:
    """Where the SVM lies that sees a share of the pixels."""
    return out / f"keep-{100 * keep:g}"


def as_rows(images: Tensor) -> Tensor:
    """Pixels, channel by channel, row by row."""
    return images.flatten(1)


def mean_of(rows: Rows) -> Tensor:
    """The mean row."""
    return torch.from_numpy(np.asarray(rows.mean(axis=0, dtype=np.float64))).float()


def notes_of(wish: Wish, fitted: Fitted) -> dict[str, Any]:
    """How an SVM was fitted, for people."""
    head = fitted.estimator[-1]
    return {
        "kernel": wish.recipe.kernel,
        "normalise": wish.recipe.normalise,
        "c": fitted.cost,
        "tried": plain_tried(fitted.tried),
        "support_vectors": None if wish.recipe.kernel == "linear" else len(head.support_),
        "agreement_with_the_vote": fitted.agreement,
    }
