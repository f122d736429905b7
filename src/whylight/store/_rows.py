"""Between the store's values and the rows of its tables."""

from dataclasses import asdict
from typing import Any

from whylight.store.values import (
    Model,
    Picture,
    Record,
    Reset,
    Said,
    SegmentVote,
    Shown,
    StoredExplanation,
    Stroke,
    Undo,
    Verdict,
)

Row = dict[str, Any]


def picture_row(picture: Picture) -> Row:
    return cleaned(asdict(picture))


def picture_of(row: Any) -> Picture:
    return Picture(row.key, row.name, row.width, row.height, row.source, row.place)


def model_row(model: Model) -> Row:
    return {"key": model.key, **cleaned({"name": model.name, "version": model.version}), "labels": list(model.labels)}


def model_of(row: Any) -> Model:
    return Model(row.name, row.version, tuple(row.labels))


def explanation_row(explanation: StoredExplanation) -> Row:
    plain = {name: getattr(explanation, name) for name in StoredExplanation.__dataclass_fields__}
    return {"key": explanation.key, **cleaned(plain), "flags": list(explanation.flags)}


def explanation_of(row: Any) -> StoredExplanation:
    plain = {name: getattr(row, name) for name in StoredExplanation.__dataclass_fields__}
    return StoredExplanation(**{**plain, "flags": tuple(row.flags)})


def said_row(said: Said) -> Row:
    """The columns of a record that say what was said; the others are null."""
    match said:
        case Shown():
            return {"kind": "shown"}
        case Verdict(up):
            return {"kind": "verdict", "up": up}
        case SegmentVote(segment, belongs):
            return {"kind": "segment_vote", "segment": segment, "up": belongs}
        case Stroke(matters, width, points):
            plain = {"matters": matters, "width": width, "points": [list(point) for point in points]}
            return {"kind": "stroke", "stroke": plain}
        case Undo(of):
            return {"kind": "undo", "undoes": of}


def said_of(row: Any) -> Said:
    match row.kind:
        case "shown":
            return Shown()
        case "verdict":
            return Verdict(up=row.up)
        case "segment_vote":
            return SegmentVote(row.segment, belongs=row.up)
        case "stroke":
            points = tuple((float(across), float(down)) for across, down in row.stroke["points"])
            return Stroke(row.stroke["matters"], row.stroke["width"], points)
        case _:
            return Undo(row.undoes)


def record_of(row: Any, *, undone: bool) -> Record:
    return Record(row.place, row.uid, row.explanation, row.person, row.at, said_of(row), undone)


def reset_row(reset: Reset) -> Row:
    return {name: getattr(reset, name) for name in ("uid", "what", "person", "at", "undoes")}


def reset_of(row: Any) -> Reset:
    return Reset(row.uid, row.what, row.person, row.at, undoes=row.undoes)


def cleaned(row: Row) -> Row:
    """Text that every database takes: UTF-8, whatever bytes a file's name holds, and without the character zero."""
    return {name: clean(value) if isinstance(value, str) else value for name, value in row.items()}


def clean(text: str) -> str:
    """See ``cleaned``."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
