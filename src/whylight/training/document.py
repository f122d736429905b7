"""``training.json``: what was trained on what, how it went, and what came of it, as plain data.

{"whylight": version, "finished": true, "plan": {…}, "versions": {…}, "run": {…}, "data": {…}, "parameters": N,
 "curve": [{"epoch", "loss", "rate", "validation_loss", "validation_accuracy", "seconds"}, …], "best": row of the curve,
 "ended_early": false, "warnings": [], "validation": {…}}
"""

import platform
from importlib.metadata import version
from typing import Any

import torch

from whylight.training.data import Labelled
from whylight.training.loop import Session
from whylight.training.plan import Plan
from whylight.training.scoring import Scored
from whylight.training.session import Training
from whylight.training.state import Position

Document = dict[str, Any]


LEAST_PSNR = 15.0
"""dB: with less an enhancer and a classifier that learnt together speak a code of their own."""


def document(
    session: Session, training: Training, position: Position, pictures: Labelled, *, finished: bool
) -> Document:
    """Everything but the scores. ``pictures``: of both sides, and those that were left out."""
    return {
        "whylight": version("whylight"),
        "finished": finished,
        "plan": session.plan.to_plain(),
        "versions": {"python": platform.python_version(), "system": platform.platform(), "torch": torch.__version__},
        "run": {"device": str(session.device), "processes": session.world.size},
        "data": {
            "labels": list(pictures.classes),
            "training": session.training.counts(),
            "validation": None if session.validation is None else session.validation.counts(),
            "left_out": [{"name": name, "reason": reason} for name, reason in pictures.unread],
        },
        "parameters": training.parameters,
        "curve": position.curve,
        "best": position.best,
        "ended_early": position.ended,
        "warnings": warnings_of(session.plan, position),
    }


def warnings_of(plan: Plan, position: Position) -> list[str]:
    """What speaks against the epoch that is kept, one sentence each."""
    row = {} if position.best is None else position.curve[position.best]
    joint = plan.enhancement is not None and plan.enhancement.mode == "joint"
    if not joint or row.get("psnr", LEAST_PSNR) >= LEAST_PSNR:
        return []
    return [
        f"the enhanced pictures are {row['psnr']:.1f} dB from the pictures themselves, below {LEAST_PSNR:.0f} dB: enhancer "
        "and classifier have learnt a code of their own, and what they show is no picture of what the classifier wants"
    ]


def plain_score(scored: Scored, classes: tuple[str, ...]) -> Document:
    """A score; ``confusion`` has the true labels as rows and the given ones as columns."""
    return {
        "pictures": int(scored.confusion.sum()),
        "loss": scored.loss,
        "accuracy": scored.accuracy,
        "of_labels": dict(zip(classes, scored.of_labels)),
        "confusion": scored.confusion.tolist(),
    }
