"""Trials in a store: the verdicts of a history as what the choice of candidates learns from."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from whylight.feedback.candidates import Candidate, Context, Trial
from whylight.store import Judged, Verdict
from whylight.store.values import StoredExplanation

CONTEXT = "context"
"""Where an explanation's details keep what was known before it was shown."""


def details_of(context: Context) -> dict[str, Any]:
    """A context as plain data, for the details of an explanation."""
    return {CONTEXT: {"label": context.label, "probabilities": list(context.probabilities)}}


def candidate_of(explanation: StoredExplanation) -> Candidate:
    """The candidate that an explanation was."""
    return Candidate(explanation.rank, explanation.method)


def trials_of(verdicts: Sequence[Judged]) -> list[Trial]:
    """The trials of some verdicts, the oldest first; those that stand without a context are left out.

    What was rejected before counts by person, picture and model.
    """
    trials = []
    rejected: dict[tuple[str, str, str], list[Candidate]] = defaultdict(list)
    for judged in verdicts:
        said, explanation = judged.record.said, judged.explanation
        known = explanation.details.get(CONTEXT)
        if not isinstance(said, Verdict) or judged.record.undone or known is None:
            continue
        before = rejected[judged.record.person, explanation.picture, explanation.model]
        candidate = candidate_of(explanation)
        context = Context(known["label"], tuple(known["probabilities"]))
        trials.append(Trial(context, candidate, tuple(before), said.up))
        if not said.up:
            before.append(candidate)
    return trials
