"""Learning: what people's verdicts have taught so far, and what that does for pictures that it was not learned from."""

import hashlib
from collections.abc import Callable, Sequence

from whylight.feedback.acceptance import MOST_TRIALS, learn
from whylight.feedback.candidates import Candidate, candidates_for
from whylight.feedback.held_out import FEWEST, Effect, Mean, Scheme, Stretch, effect_of, episodes_of, stretches
from whylight.feedback.learned import Standing, rank_words, sentences, standings
from whylight.feedback.session import LEARNED
from whylight.feedback.trials import trials_of
from whylight.store import Filter, Judged
from whylight.web.state import State
from whylight.web.views.learning_model import model
from whylight.web.views.learning_segments import NAME as SEGMENTS
from whylight.web.views.learning_segments import segments, segments_learned
from whylight.web.views.sections import Cell, Section, Share, Table

STRETCHES = 10
"""So many stretches of pictures are told at most."""


def candidates(state: State) -> Section:
    """Which methods, segmentations and label ranks people accept."""
    verdicts = counted(state)
    trials = trials_of(verdicts)
    found = standings(learn(trials, options_of(state)), trials, options_of(state))
    told = sentences(found)
    if not state.settings.learning:
        told.append("This server was started with --no-learning: the next label is shown, whatever was learned.")
    return Section(
        LEARNED,
        "Which explanation is shown first",
        tuple(told),
        (matrix(found),),
        version_words(verdicts),
        LEARNED,
        effect=True,
    )


SECTIONS: tuple[Callable[[State], Section | None], ...] = (candidates, segments, model)
"""The sections of the page in their order; None where there is nothing to show."""


def counted(state: State) -> list[Judged]:
    """The verdicts that count, the oldest first."""
    since = state.store.counts_since(LEARNED)
    return state.store.history(Filter(since=since), limit=MOST_TRIALS)[::-1]


def options_of(state: State) -> tuple[Candidate, ...]:
    """What may be shown of a picture."""
    classifier = state.models.first
    return candidates_for(len(classifier.labels), classifier.access, state.settings.methods)


def matrix(found: Sequence[Standing]) -> Table:
    """A row for each method with its settings, a column for each label rank; the most acceptable method first."""
    by = {each.candidate: each for each in found}
    ranks = sorted({each.candidate.rank for each in found})
    methods = list(dict.fromkeys(each.candidate.method for each in found))
    rows = tuple((method, *(_cell(by.get(Candidate(rank, method))) for rank in ranks)) for method in methods)
    columns = ("Method", *(rank_words(rank).capitalize() for rank in ranks))
    return Table("How probable it is that an explanation is accepted, with 95 % intervals", columns, rows)


def _cell(standing: Standing | None) -> Cell:
    if standing is None:
        return "–"
    votes = f"{standing.ups} up, {standing.downs} down" if standing.ups + standing.downs else "not judged"
    return Share(standing.probability, standing.low, standing.high, votes)


def version_words(verdicts: Sequence[Judged]) -> str:
    """How many verdicts it was learned from, until when, and a fingerprint: equal ones give an equal state."""
    if not verdicts:
        return "Version 0: no verdict counts yet."
    uids = "".join(each.record.uid for each in verdicts)
    mark = hashlib.sha256(uids.encode()).hexdigest()[:8]
    many = "one verdict" if len(verdicts) == 1 else f"{len(verdicts)} verdicts"
    last = f"{verdicts[-1].record.at:%Y-%m-%d %H:%M} UTC"
    return f"Version {len(verdicts)} ({mark}): learned from {many}, the last of {last}."


def candidates_effect(state: State) -> Section:
    """What learning does for held-out pictures, and how it went over time."""
    episodes = episodes_of(counted(state))
    found = effect_of(episodes, in_order(state, [trial.candidate for each in episodes for trial in each.trials]))
    time = stretches(episodes)[-STRETCHES:]
    if found is None:
        some = sum(any(trial.up for trial in each.trials) for each in episodes)
        told = (f"Too few to measure: {some} of the {FEWEST} pictures with an accepted explanation that it takes.",)
        return Section(LEARNED, "Effect on held-out pictures", told, (over_time(time),) if time else ())
    return Section(LEARNED, "Effect on held-out pictures", effect_sentences(found), (schemes(found), over_time(time)))


EFFECTS: dict[str, Callable[[State], Section]] = {LEARNED: candidates_effect, SEGMENTS: segments_learned}
"""What a section measures when it is asked for."""


def in_order(state: State, judged: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates in the order of the source's scheme, those that are not shown any more last."""
    return tuple(dict.fromkeys((*options_of(state), *judged)))


def effect_sentences(found: Effect) -> tuple[str, ...]:
    """What learning does, in words, with what cannot be said."""
    gain = found.gain.downs
    if gain.high < 0:
        told = f"Learning spares {-gain.mean:.2f} thumbs down a picture ({-gain.high:.2f} to {-gain.low:.2f})."
    elif gain.low > 0:
        told = f"Learning costs {gain.mean:.2f} thumbs down more a picture ({gain.low:.2f} to {gain.high:.2f})."
    else:
        told = f"No difference is shown: {gain.mean:+.2f} thumbs down a picture ({gain.low:+.2f} to {gain.high:+.2f})."
    return (
        told,
        f"Measured on {found.pictures} pictures with an accepted explanation, each in an order that was learned from other "
        "pictures. Only explanations that somebody judged can be put in order.",
    )


def schemes(found: Effect) -> Table:
    """The orders beside each other."""
    named = {
        "Next label rank": found.next_rank,
        "Learned from other pictures": found.learned,
        "As people saw them": found.shown,
    }
    rows = tuple((name, *_scheme(each)) for name, each in named.items())
    columns = ("Order", "First explanation accepted", "Thumbs down before an up")
    return Table("Held-out pictures, means with 95 % intervals", columns, rows)


def _scheme(scheme: Scheme) -> tuple[Cell, Cell]:
    first = scheme.first
    return Share(first.mean, first.low, first.high, ""), _mean(scheme.downs)


def _mean(mean: Mean) -> str:
    return f"{mean.mean:.2f} ({mean.low:.2f} to {mean.high:.2f})"


def over_time(time: Sequence[Stretch]) -> Table:
    """How it went; what is shown is chosen before the verdict on it is known."""
    rows = tuple(
        (
            f"Pictures {each.begin} to {each.end}",
            Share(each.first, each.first, each.first, ""),
            f"{each.downs:.2f}",
        )
        for each in time
    )
    return Table("As it went", ("Judged", "First explanation accepted", "Thumbs down before an up"), rows)
