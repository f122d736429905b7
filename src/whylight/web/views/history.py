"""History: what people said, filtered and a page at a time, and everything about one explanation."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from whylight.errors import WhylightError
from whylight.store import Filter, Judged, Model, SegmentVote, Shown, Store, Stroke, Undo, Verdict
from whylight.store.values import Said

PAGE = 24
"""Records on a page."""
MOST_LABELS = 500
"""Labels that are suggested."""
MOST_SAID = 500
"""Records on one picture that are looked through."""
ALL_KINDS = ("shown", "verdict", "stroke", "segment_vote", "undo")
KINDS = {
    "": ("verdict",),
    "strokes": ("stroke",),
    "segments": ("segment_vote",),
    "shown": ("shown",),
    "all": ALL_KINDS,
}
"""What can be asked for in the form, and the kinds of records that it means."""


What = Literal["", "strokes", "segments", "shown", "all"]
Thumb = Literal["", "up", "down"]
TakenBack = Literal["", "yes", "any"]


@dataclass(frozen=True)
class Asked:
    """The form's fields, empty where nothing was chosen; ``since`` and ``until`` are days in UTC, both included."""

    what: What = ""
    person: str = ""
    verdict: Thumb = ""
    method: str = ""
    label: str = ""
    model: str = ""
    text: str = ""
    since: str = ""
    until: str = ""
    undone: TakenBack = ""

    def filter(self) -> Filter:
        """The records that are meant; raises WhylightError for a day that is none."""
        last = day(self.until)
        return Filter(
            person=_text(self.person),
            kinds=KINDS[self.what],
            up=None if not self.verdict else self.verdict == "up",
            model=_text(self.model),
            method=_text(self.method),
            label=_text(self.label),
            text=_text(self.text),
            since=day(self.since),
            until=None if last is None else last + timedelta(days=1),
            undone={"": False, "yes": True, "any": None}[self.undone],
        )

    def address(self, **more: int) -> str:
        """The address of this choice; ``more``: the place of a page."""
        chosen = {name: value for name, value in asdict(self).items() if value}
        return f"/history?{urlencode(chosen | more)}"

    @property
    def chosen(self) -> int:
        """How many fields are filled."""
        return sum(bool(value) for value in asdict(self).values())


@dataclass(frozen=True)
class Shelf:
    """One page of the history. ``whole``: how many records are meant; ``newer``, ``older``: addresses, None at the ends."""

    lines: tuple[Judged, ...]
    whole: int
    newer: str | None
    older: str | None


def shelf(store: Store, asked: Asked, *, before: int | None = None, after: int | None = None) -> Shelf:
    """The records below the place ``before``, or above ``after``; the newest unless either is given."""
    wanted = asked.filter()
    if after is not None:
        found = store.since(after, wanted, limit=PAGE + 1)
        lines, more_newer, more_older = found[:PAGE][::-1], len(found) > PAGE, True
    else:
        found = store.history(wanted, before=before, limit=PAGE + 1)
        lines, more_newer, more_older = found[:PAGE], before is not None, len(found) > PAGE
    return Shelf(
        tuple(lines),
        store.count(wanted),
        asked.address(after=lines[0].record.place) if lines and more_newer else None,
        asked.address(before=lines[-1].record.place) if lines and more_older else None,
    )


def told_of(store: Store, explanation: str) -> list[Judged]:
    """Everything that was said of one explanation, the newest first, also what was taken back."""
    picture = store.load(explanation).picture
    wanted = Filter(kinds=ALL_KINDS, picture=picture, undone=None)
    return [each for each in store.history(wanted, limit=MOST_SAID) if each.record.explanation == explanation]


def words_of(said: Said) -> str:
    """What was said, for people."""
    match said:
        case Verdict(up):
            return "Good" if up else "Not good"
        case Stroke(matters, _, _):
            return "Brush: should matter" if matters else "Brush: should not matter"
        case SegmentVote(segment, belongs):
            return f"Segment {segment} {'belongs' if belongs else 'does not belong'}"
        case Shown():
            return "Seen"
        case Undo():
            return "Took something back"


def mark_of(said: Said) -> str:
    """The icon for it."""
    match said:
        case Verdict(up):
            return "up" if up else "down"
        case Stroke():
            return "brush"
        case SegmentVote(_, belongs):
            return "check" if belongs else "stop"
        case Undo():
            return "undo"
        case _:
            return "look"


def can_take_back(judged: Judged, person: str) -> bool:
    """Whether a person may undo the record: their own, that still stands."""
    record = judged.record
    return record.person == person and not record.undone and not isinstance(record.said, Shown | Undo)


def version_words(model: Model) -> str:
    """The beginning of a model version's hash, as people compare it."""
    return model.version[:8]


def day(text: str) -> datetime | None:
    """The beginning of a day in UTC; None for nothing; raises WhylightError for what is no day."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 1970 <= found.year <= 9000:
        raise WhylightError(f"expected a day such as 2026-01-31; got {text[:20]!r}")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _text(text: str) -> str | None:
    """What every database takes: without the character zero and halves of characters; None where nothing is left."""
    return text.replace("\0", "").encode("utf-8", "replace").decode().strip() or None
