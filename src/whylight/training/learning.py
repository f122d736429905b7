"""Learning a model: one more version from all corrections so far, accepted only if the accuracy holds.

    accepted    accuracy after ≥ accuracy before - tolerance, on pictures that are not trained on

A version that is not accepted stays in its folder and is not used.
"""

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from whylight.classifier import Classifier
from whylight.classifiers import load
from whylight.errors import RunError, SpecError
from whylight.lock import locked
from whylight.store import Store
from whylight.training import folder, run
from whylight.training.correction_effect import attribution, paired, right_of
from whylight.training.correction_training import PreparedCorrection, sides_without
from whylight.training.correction_versions import VERSION, Versions, now, open_versions
from whylight.training.data import Labelled, Progress
from whylight.training.plan import differences
from whylight.training.prepare_correction import CorrectionWish, prepare_correction, without
from whylight.training.right_reasons import LOSSES
from whylight.training.session import Setup, sides_of
from whylight.training.testing import read_test

TOLERANCE = 0.005
"""Half a point of accuracy."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Learning:
    """``wish``: whose ``model`` is what everything began with. ``home``: the folder of the versions. ``tolerance``: how much
    accuracy may be lost, as a share. ``test``: data that is scored at the end. ``setup``: how it is carried out, but for
    the folder. ``tell``: of pictures that are read."""

    wish: CorrectionWish
    home: Path
    setup: Setup
    tolerance: float = TOLERANCE
    test: str | None = None
    tell: Progress | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.tolerance) and 0 <= self.tolerance <= 1):
            raise SpecError(f"the accuracy that may be lost must be a share from 0 to 1; got {self.tolerance}")


def learn_model(given: Learning, store: Store) -> Document | None:
    """Trains the next version and measures it; returns what its ``version.json`` holds, None when it was stopped: the same
    call goes on.

    What was learned from the same marks in the same way before is not learned again, but used if it is accepted.
    Raises WhylightError where nothing can be learned.
    """
    versions = open_versions(given.home, given.wish.model)
    parent = versions.current
    wish = replace(given.wish, model=versions.model_of(parent))
    prepared = prepare_correction(wish, store, given.setup.device, tell=given.tell)
    number = number_for(versions, prepared)
    test = _test(given, prepared)
    given.home.mkdir(parents=True, exist_ok=True)
    with locked(given.home):
        versions.write()
        found = versions.read(number)
        if found is None:
            setup = replace(given.setup, folder=versions.place(number))
            trained = run.carry_out(setup, prepared)
            if not trained["finished"]:
                return None
            found = _measured(given, versions, (number, parent), prepared, test)
        found |= {"accepted": holds(found["check"], given.tolerance), "tolerance": given.tolerance}
        folder.write_json(versions.place(number) / VERSION, found)
        if found["accepted"] and versions.current != number:
            versions.use(number, "accepted")
        return found


def holds(check: Document, tolerance: float) -> bool:
    """Whether no more accuracy was lost than may be."""
    return bool(check["after"] >= check["before"] - tolerance)


def number_for(versions: Versions, prepared: PreparedCorrection) -> int:
    """The number of the version that has this very plan, finished or not; that of the current one where nothing was marked
    since; else the next one."""
    for number in versions.numbers:
        try:
            before = folder.begun(versions.place(number))
        except RunError:
            continue
        if before is None:
            continue
        if number == versions.current:
            before = replace(before, start=prepared.plan.start, content=prepared.plan.content)
        if not differences(before, prepared.plan):
            return number
    return max(versions.numbers, default=0) + 1


def _test(given: Learning, prepared: PreparedCorrection) -> Labelled | None:
    """The test pictures, without corrected ones: those were seen, or looked at while others were."""
    if given.test is None:
        return None
    part = read_test(given.test, given.wish.data_root, prepared.pictures, prepared.resizing, given.tell, prepared.model)
    return without(part.pictures, set(prepared.corrections.pictures.keys))


def _measured(
    given: Learning,
    versions: Versions,
    numbers: tuple[int, int],
    prepared: PreparedCorrection,
    test: Labelled | None,
) -> Document:
    """What a version says of itself. ``numbers``: its own and its parent's."""
    number, parent = numbers
    assert prepared.plan.correction is not None
    device = str(given.setup.device)
    before, after = (load(versions.model_of(each), device=device) for each in (parent, number))
    watching = sides_without(prepared, sides_of(prepared, given.setup.world)).validation
    assert watching is not None
    check = _compared(before, after, watching)
    cut = prepared.divided
    return {
        "number": number,
        "parent": parent,
        "at": now(),
        "plan": prepared.plan.to_plain(),
        "corrections": {
            "learned": len(cut.learned),
            "held_out": len(cut.held_out),
            "should_not_matter": int(prepared.corrections.marked("unwanted").sum()),
            "should_matter": int(prepared.corrections.marked("wanted").sum()),
            "left_out": [{"name": name, "reason": reason} for name, reason in prepared.corrections.left_out],
        },
        "check": {"data": prepared.plan.correction.check or f"a share of {prepared.plan.data}", **check},
        "test": None if test is None else {"data": given.test, **_compared(before, after, test)},
        "changes_itself": LOSSES[prepared.plan.correction.loss].explains_like,
        "attribution": attribution(before, after, cut.held_out),
    }


def _compared(before: Classifier, after: Classifier, pictures: Labelled) -> Document:
    """The counts of both networks on the same pictures, and their accuracies."""
    found = paired(*(right_of(model, pictures) for model in (before, after)))
    return asdict(found) | {"pictures": found.pictures, "before": found.before, "after": found.after}
