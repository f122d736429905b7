"""What the page Compare shows: models by methods over one picture, and how far their maps agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from whylight.comparison.agreement import agreement
from whylight.comparison.answers import alike
from whylight.comparison.similarities import SIMILARITIES
from whylight.errors import TargetError
from whylight.feedback.showing import finding_in, frame_in
from whylight.feedback.trials import CONTEXT
from whylight.frame import Frame
from whylight.plots.scores import hundredths
from whylight.report.comparison import stacked
from whylight.store import StoredExplanation
from whylight.web.comparing import Question, names_of
from whylight.web.state import State

SHOWN = ("spearman", "coarse", "top_supporting")
"""The similarities on the page."""
MOST_IN_A_MATRIX = 12
SHADES = 10

Entry = tuple[str, Tensor, Frame]
"""A map under its name, and where it lies in the picture."""


@dataclass(frozen=True)
class Cell:
    """One explanation. ``judgement``: whether it can be believed, in words."""

    row: StoredExplanation
    judgement: str

    @property
    def key(self) -> str:
        """In the store."""
        return self.row.key


@dataclass(frozen=True)
class Line:
    """A model: what it finds most probable (``sees``, ``chance`` in [0, 1]; None where it was not asked), and a cell for
    each method, None where there is no explanation."""

    model: str
    sees: str | None
    chance: float | None
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Likeness:
    """How far the maps agree by one similarity. ``rows``: for each map its name and the values beside all others, as text
    with a shade from 0 to ``SHADES``; None on the diagonal."""

    name: str
    words: str
    rows: tuple[tuple[str, tuple[tuple[str, int] | None, ...]], ...]


@dataclass(frozen=True)
class Compared:
    """The answer to a question, as far as it was found. ``names``: of the maps that are compared; ``silent``: how many are
    not, since they are the same everywhere."""

    lines: tuple[Line, ...]
    names: tuple[str, ...]
    likeness: tuple[Likeness, ...]
    sentences: tuple[str, ...]
    silent: int

    @property
    def found(self) -> int:
        """How many explanations there are."""
        return sum(cell is not None for line in self.lines for cell in line.cells)


def compared(state: State, question: Question) -> Compared:
    """What the store holds for a question."""
    rows = {name: _rows(state, question.picture, name) for name in question.models}
    first = next(iter(rows[question.models[0]]), None)
    wanted = question.label or (_seen(first)[0] or "" if question.target == "first" and first else "")
    own = _labels(state, question.models[0])
    called = {name: _called(wanted, own, _labels(state, name)) for name in question.models}
    lines = tuple(_line(question, name, rows[name], called[name]) for name in question.models)
    entries = _entries(state, lines, question.methods)
    told = [entry for entry in entries if entry[1].unique().numel() > 1]
    names = tuple(name for name, _, _ in told)
    return Compared(lines, names, likeness_of(told), _sentences(state, lines), len(entries) - len(told))


def _rows(state: State, picture: str, name: str) -> list[StoredExplanation]:
    """What a model explained of the picture, the latest first."""
    key = state.models.known_key(name)
    return [] if key is None else [seen.explanation for seen in state.store.candidates(picture, key)[::-1]]


def _line(question: Question, name: str, rows: Sequence[StoredExplanation], called: tuple[str, ...] | None) -> Line:
    if not rows:
        return Line(name, None, None, (None,) * len(question.methods))
    cells = []
    for method in question.methods:
        fitting = (
            row for row in rows if row.method == method and (row.rank == 1 if called is None else row.label in called)
        )
        row = next(fitting, None)
        finding = row and finding_in(row)
        cells.append(None if row is None else Cell(row, finding.judgement if finding else ""))
    return Line(name, *_seen(rows[0]), tuple(cells))


def _called(label: str, own: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str, ...] | None:
    """What a model calls the label for all: nothing where it knows none; None where each model has its own."""
    try:
        return names_of(label, own, labels) if label else None
    except TargetError:
        return ()


def _seen(row: StoredExplanation) -> tuple[str | None, float | None]:
    """What the model of an explanation finds most probable, and how probable."""
    known = row.details.get(CONTEXT)
    return (known["label"], known["probabilities"][0]) if known else (None, None)


def _entries(state: State, lines: Sequence[Line], methods: Sequence[str]) -> list[Entry]:
    """Every map that was found, under the shortest name that tells them apart."""
    found = [
        (line.model, method, cell.row)
        for line in lines
        for method, cell in zip(methods, line.cells)
        if cell is not None and cell.row.evidence is not None
    ]
    models, chosen = {model for model, _, _ in found}, {method for _, method, _ in found}
    return [
        (method if len(models) == 1 else model if len(chosen) == 1 else f"{model} · {method}", *_placed(state, row))
        for model, method, row in found
    ]


def _placed(state: State, row: StoredExplanation) -> tuple[Tensor, Frame]:
    assert row.evidence is not None
    one_map = torch.from_numpy(state.store.array(row.evidence)).float()
    height, width = one_map.shape
    return one_map, frame_in(row) or Frame((height, width), (0.0, 0.0, float(width), float(height)))


def likeness_of(entries: Sequence[Entry]) -> tuple[Likeness, ...]:
    """The agreement of the maps of one picture, laid over it; nothing for fewer than two, or for very many."""
    if not 2 <= len(entries) <= MOST_IN_A_MATRIX:
        return ()
    placed = {str(number): [(one_map, frame)] for number, (_, one_map, frame) in enumerate(entries)}
    found = agreement(stacked(placed), similarities=SHOWN)
    names = [name for name, _, _ in entries]
    return tuple(
        Likeness(name, SIMILARITIES[name].words, _rows_of(names, found.matrices[name].mean.tolist())) for name in SHOWN
    )


def _rows_of(
    names: Sequence[str], means: Sequence[Sequence[float]]
) -> tuple[tuple[str, tuple[tuple[str, int] | None, ...]], ...]:
    return tuple(
        (name, tuple(None if at == other else _shaded(value) for other, value in enumerate(row)))
        for at, (name, row) in enumerate(zip(names, means))
    )


def _shaded(value: float) -> tuple[str, int]:
    """A similarity in words, with its shade: none for 0 and below, and for a map that says nothing."""
    if value != value:  # noqa: PLR0124 (NaN)
        return "–", 0
    return hundredths(value), round(SHADES * min(1.0, max(0.0, value)))


def _sentences(state: State, lines: Sequence[Line]) -> tuple[str, ...]:
    """Whether the models find the same label most probable."""
    asked = [line for line in lines if line.sees is not None]
    if len(asked) < 2:
        return ()
    same = [_agree(state, asked[0], other) for other in asked[1:]]
    if all(same):
        return (f"All {len(asked)} models find {asked[0].sees} most probable.",)
    told = ", ".join(f"{line.model} sees {line.sees}" for line in asked)
    return (f"The models do not find the same label most probable: {told}.",)


def _agree(state: State, one: Line, other: Line) -> bool:
    """Whether two labels mean the same, or one is a kind of the other."""
    labels = [_labels(state, line.model) for line in (one, other)]
    places = [[known.index(line.sees)] if line.sees in known else [-1] for line, known in zip((one, other), labels)]
    return bool(alike(places[0], labels[0], places[1], labels[1])[0])


def _labels(state: State, name: str) -> tuple[str, ...]:
    key = state.models.known_key(name)
    return () if key is None else state.store.model(key).labels
