"""The store: pictures, explanations and what people said of them, in an SQLite file or in PostgreSQL.

    from whylight.store import Store, Verdict

    with Store("judged.db") as store:
        store.note(explanation, Verdict(up=True), person="Ada")

Importing this package imports no database: ``Store`` is fetched when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from whylight.errors import MissingExtraError

if TYPE_CHECKING:
    from whylight.store.history import Choices as Choices
    from whylight.store.history import Filter as Filter
    from whylight.store.history import Judged as Judged
    from whylight.store.history import Seen as Seen
    from whylight.store.history import Tally as Tally
    from whylight.store.store import Store as Store
    from whylight.store.values import Model as Model
    from whylight.store.values import Picture as Picture
    from whylight.store.values import Record as Record
    from whylight.store.values import Reset as Reset
    from whylight.store.values import SegmentVote as SegmentVote
    from whylight.store.values import Shown as Shown
    from whylight.store.values import StoredExplanation as StoredExplanation
    from whylight.store.values import Stroke as Stroke
    from whylight.store.values import Undo as Undo
    from whylight.store.values import Verdict as Verdict

HOMES = {
    **dict.fromkeys(("Choices", "Filter", "Judged", "Seen", "Tally"), "history"),
    "Store": "store",
    **dict.fromkeys(
        (
            "Model",
            "Picture",
            "Record",
            "Reset",
            "SegmentVote",
            "Shown",
            "StoredExplanation",
            "Stroke",
            "Undo",
            "Verdict",
        ),
        "values",
    ),
}
NEEDED = ("sqlalchemy", "alembic")


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in NEEDED:
            raise MissingExtraError("SQLAlchemy with Alembic", "store", "keeping what people said") from error
        raise
