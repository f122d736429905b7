"""What the page Explain offers, and what it shows of a picture that was explained."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from whylight import registry
from whylight.classifier import Access, Classifier
from whylight.errors import SpecError
from whylight.feedback.showing import finding_in
from whylight.plots.finding import Finding
from whylight.store import Store, StoredExplanation
from whylight.verdict import FLAGS
from whylight.web.summaries import summary_of
from whylight.web.views.judging import words_of

CHOSEN = ("grad_cam", "integrated_gradients", "lime")
CHOSEN_OF_BLACK_BOX = ("occlusion", "lime")
"""What is marked when the page comes: views that fail in different ways."""
FAMILIES = {"cam": "Layers", "gradient": "Gradients", "perturbation": "Perturbations", "surrogate": "Surrogates"}
LONG_TAIL = re.compile(" of any | without ")
"""Where the name of a method becomes a sentence."""
NAMED = "Named at the start"


@dataclass(frozen=True)
class Offered:
    """A method that can be chosen. ``text``: as on the command line; ``summary``: what it does, in a sentence."""

    text: str
    name: str
    summary: str
    is_chosen: bool


@dataclass(frozen=True)
class Found:
    """An explanation of the picture. ``judgement``: whether it can be believed; ``rank``: of the label."""

    key: str
    method: str
    settings: str
    label: str
    rank: int
    probability: float
    finding: Finding | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class ByModel:
    """What one model's explanations of the picture are."""

    model: str
    found: tuple[Found, ...]


def offered_for(classifier: Classifier, named: Sequence[str]) -> dict[str, tuple[Offered, ...]]:
    """Every method that needs no settings and suits the classifier, by family; those of the command line first."""
    is_open = classifier.access >= Access.FEATURES
    chosen = named or (CHOSEN if is_open else CHOSEN_OF_BLACK_BOX)
    groups: dict[str, list[Offered]] = {NAMED: [], **{words: [] for words in FAMILIES.values()}}
    for text in named:
        groups[NAMED].append(_offered(text, chosen))
    for name, module in registry.modules("methods").items():
        family = FAMILIES.get(module.split(".")[2])
        if family and name not in named and _suits(name, classifier):
            groups[family].append(_offered(name, chosen))
    return {words: tuple(methods) for words, methods in groups.items() if methods}


def _offered(text: str, chosen: Sequence[str]) -> Offered:
    name, settings = words_of(text)
    name = LONG_TAIL.split(name)[0]
    summary = summary_of(text.partition(":")[0]).partition(": ")[2]
    return Offered(text, f"{name} ({settings})" if settings else name, summary, text in chosen)


def _suits(name: str, classifier: Classifier) -> bool:
    try:
        return registry.read_method(name).access_needed <= classifier.access
    except SpecError:
        return False


def found_of(store: Store, picture: str, models: Sequence[tuple[str, str]]) -> tuple[ByModel, ...]:
    """What was found for a picture by each model (its name and its key), in the order in which it was asked for."""
    shown = []
    for name, key in models:
        found = tuple(_found(seen.explanation) for seen in store.candidates(picture, key))
        if found:
            shown.append(ByModel(name, found))
    return tuple(shown)


def _found(row: StoredExplanation) -> Found:
    name, settings = words_of(row.method)
    return Found(
        row.key,
        name,
        settings,
        row.label,
        row.rank,
        row.probability,
        finding_in(row),
        tuple(FLAGS.get(flag, flag) for flag in row.flags),
    )
