"""Explaining: one picture by several models and methods, as a job; each result is kept as soon as it is there."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from whylight import registry
from whylight.classifier import Classifier
from whylight.dataset import Sample
from whylight.errors import MethodError, WhylightError
from whylight.explanation import Explanation, explain
from whylight.feedback.candidates import Candidate
from whylight.feedback.showing import Opened, make, map_of, open_picture, row_of, segments_of
from whylight.store import Picture, Shown
from whylight.web.drawing import picture_of
from whylight.web.jobs import Job
from whylight.web.state import State

MOST_AT_ONCE = 40
"""Explanations that one post may ask for."""


@dataclass(frozen=True)
class Asked:
    """``models``, ``methods``: as the page offers them. The label is the one of that name, or of that ``rank`` (from 1)
    among the probable ones where there is no name."""

    models: tuple[str, ...]
    methods: tuple[str, ...]
    label: str = ""
    rank: int = 1


def check(asked: Asked, state: State, offered: tuple[str, ...]) -> None:
    """Raises MethodError for nothing, too much, or what the page does not offer."""
    count = len(asked.models) * len(asked.methods)
    if not 1 <= count <= MOST_AT_ONCE:
        raise MethodError(
            f"choose at least one model and one method, and at most {MOST_AT_ONCE} explanations at once; got {count}"
        )
    unknown = [name for name in asked.models if name not in state.models.names]
    unknown += [name for name in asked.methods if name not in offered]
    if unknown:
        raise MethodError(f"the page does not offer {unknown[0][:60]!r}")


def explain_all(state: State, row: Picture, asked: Asked, person: str, job: Job) -> None:
    """Makes and keeps every explanation that was asked for; what fails is left out, and said at the end."""
    picture, problems = picture_of(state, row), dict[str, None]()
    steps = len(asked.models) * len(asked.methods)
    for place, name in enumerate(asked.models):
        job.begin(place * len(asked.methods), steps, f"loads {name}")
        try:
            classifier, model = state.models[name], state.models.key_of(name)
            opened = open_picture(classifier, Sample(row.name, picture, None, row.key), 0)
        except WhylightError as error:
            problems[str(error)] = None
            continue
        for step, method in enumerate(asked.methods, start=place * len(asked.methods)):
            job.begin(step, steps, f"{method} on {name}, {step + 1} of {steps}")
            try:
                _keep(state, opened, method, asked, model, person, classifier=classifier)
            except WhylightError as error:
                problems[str(error)] = None
    if problems:
        raise MethodError("; ".join(problems))


def _keep(
    state: State, opened: Opened, method: str, asked: Asked, model: str, person: str, *, classifier: Classifier
) -> None:
    explanation = _explain(classifier, opened, method, asked)
    target = int(explanation.targets[0])
    candidate = Candidate(_rank_of(classifier, opened, target), method)
    row = row_of(opened, candidate, explanation, model)
    key = state.store.add(row, evidence=map_of(explanation), segments=segments_of(explanation))
    state.store.note(key, Shown(), person=person)


def _explain(classifier: Classifier, opened: Opened, method: str, asked: Asked) -> Explanation:
    if not asked.label:
        rank = min(asked.rank, len(opened.ranked))
        return make(classifier, opened, Candidate(rank, method))
    return explain(classifier, registry.read_method(method), opened.image[None], asked.label)


def _rank_of(classifier: Classifier, opened: Opened, target: int) -> int:
    if target in opened.ranked:
        return opened.ranked.index(target) + 1
    logits = classifier.logits(opened.image[None].to(classifier.device))[0]
    return int((logits > logits[target]).sum()) + 1


def sample_file(picture: Image.Image) -> bytes:
    """A picture as the bytes of a PNG file."""
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
