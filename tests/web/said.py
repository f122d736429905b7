"""Verdicts of made-up people on made-up explanations, straight into the store of a server."""

from collections.abc import Callable

import numpy as np

from whylight.feedback.candidates import Candidate, Context
from whylight.feedback.trials import details_of
from whylight.store import Picture, Record, Shown, StoredExplanation, Verdict
from whylight.web.state import State

CONTEXT = Context("red horizontal bar", (0.7, 0.2))
OPTIONS = tuple(Candidate(rank, method) for method in ("grad_cam", "occlusion:window=32,stride=32") for rank in (1, 2))


def kept(state: State, number: int, candidate: Candidate = OPTIONS[0], model: str | None = None) -> str:
    """An explanation of a made picture; returns its key."""
    model = model or state.models.key_of(state.models.names[0])
    labels = state.models.first.labels
    picture = Picture(f"{number:064x}", f"picture <{number}>", 32, 32, "somewhere")
    state.store.add_picture(picture)
    row = StoredExplanation(
        picture.key,
        model,
        {"method": {"name": candidate.method}, "target": candidate.rank - 1},
        candidate.method,
        candidate.rank - 1,
        labels[candidate.rank - 1],
        candidate.rank,
        0.7,
        details=details_of(CONTEXT),
        flags=("low_confidence",),
    )
    return state.store.add(row, evidence=np.linspace(-1, 1, 1024, dtype=np.float32).reshape(32, 32))


def say(
    state: State, number: int, candidate: Candidate, *, up: bool, person: str = "Ada", model: str | None = None
) -> Record:
    """A verdict on it, after it was shown."""
    key = kept(state, number, candidate, model)
    state.store.note(key, Shown(), person=person)
    return state.store.note(key, Verdict(up=up), person=person)


def judge(state: State, pictures: int, likes: Callable[[Candidate], bool], *, person: str = "Ada") -> None:
    """Somebody goes through pictures: the next label after each thumb down, as the source does."""
    for number in range(pictures):
        for candidate in OPTIONS:
            say(state, number, candidate, up=likes(candidate), person=person)
            if likes(candidate):
                break
