"""What a comparison before and after leaves behind: its numbers, its figures and its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from whylight.cli import _before_after_looks as looks
from whylight.cli._before_after_models import Models
from whylight.cli._before_after_pictures import Pictures
from whylight.cli._comparison_output import Output
from whylight.cli._work import AT_ONCE
from whylight.comparison.agreement import Agreement
from whylight.comparison.before_after.activations import Layer, Layers
from whylight.comparison.before_after.scoring import AFTER, BEFORE
from whylight.method import Method
from whylight.plots.before_after import Look
from whylight.plots.scores import hundredths
from whylight.report import before_after_files, before_after_numbers, comparison, comparison_models, results
from whylight.report.before_after_files import Drawn
from whylight.report.before_after_numbers import Scored
from whylight.report.comparison_models import Compared
from whylight.report.results import Item

SHOWN = 6
"""So many pictures that were fixed are shown, and as many that were broken."""
ACTIVATED = 2
"""So many pictures are shown with the activations of the first convolutions."""


@dataclass(eq=False)
class Found:
    """``output``: the maps, and the failures. ``blind``: why there are no maps, in words."""

    output: Output
    models: Models
    pictures: Pictures
    scored: Scored
    method: Method
    blind: str | None = None

    @property
    def failures(self) -> list[Item]:
        """What could not be explained; where nothing is, what could not be read."""
        names = ", ".join(side.whole.name for side in (self.models.main.before, self.models.main.after))
        unread = self.pictures.unread if self.blind else {}
        sources = self.pictures.given.sources
        return self.output.failures + [
            results.failed(unread[place], picture=source.name, model=names)
            for source in sources
            if (place := self.pictures.place_of(source.place)) in unread
        ]

    @property
    def asked(self) -> list[int]:
        """The places of the pictures that both answered."""
        before, after = self.scored.sides
        places: list[int] = ((before.predicted >= 0) & (after.predicted >= 0)).nonzero()[:, 0].tolist()
        return places

    @property
    def sources(self) -> list[int]:
        """Those that are explained, by their places among the sources, if both answered them."""
        asked = set(self.asked)
        count = len(self.pictures.given.sources)
        return [source for source in range(count) if self.pictures.place_of(source) in asked]


def finish(found: Found, plan: dict[str, Any], seed: int) -> dict[str, Any]:
    """Compares, and writes everything unless no picture was answered by both; returns the results."""
    document = results.document(plan, found.failures)
    if not found.asked:
        return document | {"before_after": None}
    layers = _layers(found)
    numbers = before_after_numbers.plain(found.scored, layers, found.models.main.unchanged)
    compared, agreed = found.output.agreed(seed) if found.output.places else (None, None)
    document |= {
        "items": [*_items(found, compared, agreed), *document["items"]],
        "agreement": None if agreed is None else comparison.plain(agreed),
        "pairs": [] if compared is None or agreed is None else comparison_models.pairs(compared, agreed),
        "scores": found.output.scores(),
        "before_after": numbers | {"attention_absent": found.blind},
    }
    try:
        return before_after_files.written(found.output.folder, document, _drawn(found, layers, agreed))
    except Exception:
        found.output.folder.discard()
        raise


def _layers(found: Found) -> list[Layer]:
    """The first convolutions over the pictures that are explained, a few at a time."""
    layers, main = Layers(found.models.main), found.models.main
    places = [found.pictures.place_of(source) for source in found.sources]
    for start in range(0, len(places) if main.one_form else 0, AT_ONCE):
        layers.add(*found.pictures.seen(places[start : start + AT_ONCE]))
    return layers.result()


def _items(found: Found, compared: Compared | None, agreed: Agreement | None) -> list[Item]:
    """One for each picture that is explained and was answered by both."""
    counting = {} if compared is None else {source: at for at, source in enumerate(found.output.places)}
    rows = []
    for source in found.sources:
        place = found.pictures.place_of(source)
        row = before_after_numbers.picture_row(found.scored, place) | {"target": None, "agreement": None, "files": {}}
        if source in counting and compared is not None and agreed is not None:
            row |= _explained(compared, agreed, counting[source])
            for side, model in zip((BEFORE, AFTER), compared.models, strict=True):
                row[side] |= {"target_probability": float(model.target_probability[counting[source]])}
        rows.append(row | _measured(found.scored, place))
    return rows


def _explained(compared: Compared, agreed: Agreement, at: int) -> Item:
    first = compared.models[0]
    target = {"index": int(first.target[at]), "label": first.label(int(first.target[at]))}
    similar = {name: float(agreed.of_pictures(name)[at]) for name in agreed.matrices}
    return {"target": target, "agreement": similar}


def _measured(scored: Scored, place: int) -> Item:
    """How far the picture was changed; null where it was not."""
    psnr, ssim = scored.found.quality.get((AFTER, BEFORE), (None, None))
    known = {"psnr": psnr, "ssim": ssim, "moved": scored.found.moved}
    return {name: float("nan") if values is None else float(values[place]) for name, values in known.items()}


def _drawn(found: Found, layers: Sequence[Layer], agreed: Agreement | None) -> Drawn:
    scored, labelled = found.scored, found.scored.labelled
    fixed, broken = (scored.moved(fixed=each)[:SHOWN] if labelled else [] for each in (True, False))
    other = [] if labelled else scored.changed[:SHOWN]
    chosen = ([*fixed[:1], *broken[:1], *other] or found.asked)[:ACTIVATED]
    names = [scored.names[place] for place in chosen]
    return Drawn(
        fixed=_shown(found, fixed, by_after=True),
        broken=_shown(found, broken, by_after=False),
        changed=_shown(found, other, by_after=True),
        attention=[] if agreed is None else _moved(found, agreed),
        difference=scored.found.difference,
        labels=scored.true_labels,
        layers=layers,
        activated=looks.activated(found.models.main, layers, found.pictures, chosen, names),
    )


def _shown(found: Found, places: Sequence[int], *, by_after: bool) -> list[Look]:
    method = None if found.blind else found.method
    return [looks.explained(found.pictures, found.scored, place, method, by_after=by_after) for place in places]


def _moved(found: Found, agreed: Agreement) -> list[Look]:
    """The pictures in which attention moved most, and then those in which it moved least."""
    ordered, alike = agreed.ordered()[::-1], agreed.of_pictures()
    entries, labels = found.output.entries, found.scored.labels[1]
    return [
        looks.kept(found.pictures, found.scored, found.output.places[at], entries, labels, _alike(float(alike[at])))
        for at in comparison.extremes(ordered)
    ]


def _alike(value: float) -> str:
    return f" · similarity {hundredths(value)}"
