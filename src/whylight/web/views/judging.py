"""What the page Judge shows of the explanation that stands before a person."""

from dataclasses import dataclass

from whylight.feedback.session import Session
from whylight.plots.finding import Finding, finding_of
from whylight.store import Filter, Stroke
from whylight.verdict import FLAGS
from whylight.web.summaries import summary_of
from whylight.web.views.judging_segments import votes_of

MOST_STROKES = 200


@dataclass(frozen=True)
class Label:
    """One of the most probable labels. ``chance``: in [0, 1]."""

    name: str
    chance: float
    is_explained: bool


@dataclass(frozen=True)
class Judging:
    """``key``: of the explanation. ``number`` of ``options``: how many were seen of this picture. ``votes``: on segments, by
    their numbers. ``others``: how many other verdicts up and down stand on it."""

    key: str
    name: str
    width: int
    height: int
    label: str
    labels: tuple[Label, ...]
    method: str
    settings: str
    number: int
    options: int
    finding: Finding
    flags: tuple[str, ...]
    strokes: tuple[dict[str, object], ...]
    votes: dict[str, bool]
    others: tuple[int, int]


def judging_of(session: Session) -> Judging | None:
    """What stands before the person of a session; None for nothing."""
    showing = session.shown
    if showing is None:
        return None
    opened, candidate = showing.opened, showing.candidate
    picture, finding = opened.sample.picture, finding_of(showing.explanation)
    ranked = zip(opened.ranked, opened.context.probabilities, strict=True)
    name, settings = words_of(candidate.method)
    return Judging(
        key=showing.key,
        name=opened.sample.name,
        width=picture.width,
        height=picture.height,
        label=finding.label,
        labels=tuple(
            Label(session.classifier.labels[index], chance, rank == candidate.rank)
            for rank, (index, chance) in enumerate(ranked, start=1)
        ),
        method=name,
        settings=settings,
        number=len(showing.rejected) + 1,
        options=len(session.options),
        finding=finding,
        flags=tuple(FLAGS.get(flag, flag) for flag in finding.flags),
        strokes=strokes_of(session, showing.key),
        votes=votes_of(session, showing.key),
        others=others_of(session, showing.key),
    )


def words_of(method: str) -> tuple[str, str]:
    """The name of a method for people, and its settings as on the command line."""
    name, _, settings = method.partition(":")
    try:
        return summary_of(name).partition(":")[0], settings.replace(",", ", ")
    except KeyError:
        return name, settings


def strokes_of(session: Session, key: str) -> tuple[dict[str, object], ...]:
    """What the person painted over this explanation, the oldest first."""
    picture = session.store.load(key).picture
    wanted = Filter(person=session.person, kinds=("stroke",), picture=picture)
    said = [judged.record for judged in session.store.history(wanted, limit=MOST_STROKES)[::-1]]
    return tuple(
        {"matters": each.said.matters, "width": each.said.width, "points": each.said.points}
        for each in said
        if isinstance(each.said, Stroke) and each.explanation == key
    )


def others_of(session: Session, key: str) -> tuple[int, int]:
    """How many verdicts of other people stand on an explanation: up, and down."""
    picture, people = session.store.load(key).picture, (None, session.person)
    counts = [
        (seen.ups, seen.downs)
        for person in people
        for seen in [*session.store.candidates(picture, session.model, person=person)]
        if seen.explanation.key == key
    ]
    (ups, downs), *own = counts or [(0, 0)]
    return ups - sum(each[0] for each in own), downs - sum(each[1] for each in own)
