"""``training.json``: what was trained on what, how it went, and what came of it, as plain data.

{"whylight": version, "finished": true, "plan": {…}, "versions": {…}, "run": {…}, "data": {…}, "parameters": N,
 "curve": [{"epoch", "loss", "rate", "validation_loss", "validation_accuracy", "seconds"}, …], "best": row of the curve,
 "ended_early": false, "validation": {…}}
"""

import platform
from importlib.metadata import version
from typing import Any

import torch

from whylight.training.data import Labelled
from whylight.training.loop import Session
from whylight.training.scoring import Scored
from whylight.training.state import Position

Document = dict[str, Any]


def document(session: Session, position: Position, pictures: Labelled, *, finished: bool) -> Document:
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
        "parameters": sum(each.numel() for each in session.network.parameters()),
        "curve": position.curve,
        "best": position.best,
        "ended_early": position.ended,
    }


def plain_score(scored: Scored, classes: tuple[str, ...]) -> Document:
    """A score; ``confusion`` has the true labels as rows and the given ones as columns."""
    return {
        "pictures": int(scored.confusion.sum()),
        "loss": scored.loss,
        "accuracy": scored.accuracy,
        "of_labels": dict(zip(classes, scored.of_labels)),
        "confusion": scored.confusion.tolist(),
    }
