"""Comparing: one picture by several models and methods for labels that mean the same, as a job."""

import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from PIL import Image
from starlette.exceptions import HTTPException

from whylight.classifier import Classifier
from whylight.comparison.answers import meanings, translated
from whylight.dataset import Sample
from whylight.errors import MethodError, PictureError, TargetError, WhylightError
from whylight.feedback.showing import open_picture
from whylight.pictures import sample_picture
from whylight.store import Picture
from whylight.web.drawing import picture_of
from whylight.web.explaining import Asked, explain_all, sample_file
from whylight.web.jobs import Job
from whylight.web.state import State
from whylight.web.uploads import take

Target = Literal["own", "first"]
FROM_DATA, SAMPLE = "data", "sample"
"""What may stand in the place of a picture's key: a random one of the data, and the one that is always there."""


@dataclass(frozen=True)
class Question:
    """``picture``: its key. ``target``: each model's own most probable label, or what the first one finds most probable, for
    all of them. ``label``: one by its name instead."""

    picture: str
    models: tuple[str, ...]
    methods: tuple[str, ...]
    target: Target = "own"
    label: str = ""

    @property
    def address(self) -> str:
        """Where its answer stands."""
        asked = [("models", each) for each in self.models] + [("methods", each) for each in self.methods]
        asked += [("target", self.target)] + ([("label", self.label)] if self.label else [])
        return f"/compare/{self.picture}?{urlencode(asked)}"


def given(state: State, content: bytes, name: str, key: str) -> Picture:
    """The picture that is meant: what was sent, a random one of the data, the sample, or one of the store.

    Raises PictureError for none at all and for what is no picture.
    """
    if content:
        return take(state.store, content, name, state.settings)
    if key == FROM_DATA:
        return _from_data(state)
    if key == SAMPLE:
        known, picture = sample_picture()
        return take(state.store, sample_file(picture), f"{known}.png", state.settings)
    if not key:
        raise PictureError("choose a picture first, or drop one on the page")
    return state.store.picture(key)


def _from_data(state: State) -> Picture:
    place = secrets.randbelow(len(state.dataset))
    sample = state.dataset[place]
    size = sample.picture.size
    row = Picture(sample.key, sample.name, *size, state.settings.data, place)
    state.store.add_picture(row)
    return row


def at_hand(state: State, row: Picture) -> Image.Image:
    """The pixels of a picture of the store; raises PictureError where the server has neither its data nor its file."""
    try:
        return picture_of(state, row)
    except HTTPException:
        raise PictureError(f"{row.name} is not at hand: it belongs to other data than this server has") from None


def compare_all(state: State, row: Picture, question: Question, person: str, job: Job) -> None:
    """Makes and keeps every explanation that the question asks for; what fails is left out, and said at the end."""
    problems = dict[str, None]()
    groups: dict[str, list[str]] = {}
    sample = Sample(row.name, at_hand(state, row), None, row.key)
    wanted, own = _wanted(state, sample, question, job)
    for name in question.models:
        try:
            label = wanted and _best_of(names_of(wanted, own, state.models[name].labels), state.models[name], sample)
            groups.setdefault(label, []).append(name)
        except WhylightError as error:
            problems[f"{name}: {error}"] = None
    for label, names in groups.items():
        try:
            explain_all(state, row, Asked(tuple(names), question.methods, label), person, job)
        except WhylightError as error:
            problems[str(error)] = None
    if problems:
        raise MethodError("; ".join(problems))


def _wanted(state: State, sample: Sample, question: Question, job: Job) -> tuple[str, tuple[str, ...]]:
    """The label for all, empty where each model has its own; and the labels of the first model."""
    first = question.models[0]
    job.begin(0, 1, f"asks {first}")
    labels = state.models[first].labels
    if question.label or question.target == "own":
        return question.label, labels
    return open_picture(state.models[first], sample, 0).context.label, labels


def names_of(label: str, own: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str, ...]:
    """What a model with ``labels`` calls a label of the model with the labels ``own``: several where it has kinds of it, one
    where it is a kind of that; raises TargetError where nothing means it."""
    if label in labels:
        return (label,)
    known = meanings(own, labels)[own.index(label)] if label in own else meanings((label,), labels)[0]
    if not known and label in own:
        known = tuple(place for place in translated([own.index(label)], own, labels).tolist() if place >= 0)
    if not known:
        raise TargetError(f"no label means {label[:80]!r}")
    return tuple(labels[place] for place in known)


def _best_of(names: tuple[str, ...], classifier: Classifier, sample: Sample) -> str:
    """The most probable one."""
    if len(names) == 1:
        return names[0]
    image, _ = classifier.fit(sample.picture)
    chances = classifier.probabilities(image[None].to(classifier.device))[0]
    return max(names, key=lambda name: float(chances[classifier.labels.index(name)]))
