"""Every candidate of every picture, made once: what a simulated judge would say of it, and how faithful it is.

Explaining is nearly all of the cost, so the explanations are made in advance; the loops of judging then read a table.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight import classifiers, registry
from whylight.classifier import Access, Classifier
from whylight.datasets._truth import truth_of
from whylight.explanation import explain
from whylight.feedback.candidates import Candidate, Context, candidates_for
from whylight.feedback.showing import Opened, open_picture
from whylight.feedback.simulated import overlap
from whylight.types import Images, Logits

Predict = Callable[[Images], Logits]
LEAST_SHARE = 0.01
"""Objects below this share of what the classifier sees are left out: no map of segments can mark them."""


@dataclass(frozen=True)
class World:
    """Pictures with known evidence, a classifier, the methods that are candidates, and how many pictures are taken."""

    name: str
    data: str
    model: str
    methods: tuple[str, ...]
    count: int


@dataclass(frozen=True, eq=False)
class Cases:
    """``contexts``: one a picture. ``options``: the candidates. ``overlaps``: the IoU of the map's strongest pixels with the
    truth, ``deletions``: the normalised deletion score, lower is better (both: picture, option). ``shares``: of the
    truth."""

    contexts: tuple[Context, ...]
    options: tuple[Candidate, ...]
    overlaps: NDArray[np.float64]
    deletions: NDArray[np.float64]
    shares: NDArray[np.float64]


def worlds(root: Path) -> tuple[World, ...]:
    """Made pictures, and real ones with the outlines of their objects."""
    lime = "lime:samples={},count={}"
    cuts = ("", ",segments=quickshift", ",segments=felzenszwalb", ",segments=grid")
    small = [f"{lime.format(150, 50)}{cut}" for cut in cuts]
    large = [f"{lime.format(120, 30)}{cut}" for cut in cuts]
    return (
        World(
            "planted",
            "planted:count=120,hard=true,seed=7",
            "planted",
            (*small, "occlusion", "grad_cam", "integrated_gradients:steps=8"),
            120,
        ),
        World(
            "coco",
            f"coco:folder={root / 'coco'}",
            "bundled",
            (*large, "occlusion", "grad_cam", "integrated_gradients:steps=5"),
            64,
        ),
    )


def load_cases(world: World, work: Path) -> Cases:
    """What ``make_cases`` left; raises FileNotFoundError where it was not run."""
    rows = [np.load(path) for path in sorted((work / world.name).glob("*.npz"))]
    if not rows:
        raise FileNotFoundError(f"{work / world.name} has no explanations; run `explain` first")
    classifier = classifiers.load(world.model)
    contexts = tuple(Context(str(row["label"]), tuple(row["probabilities"].tolist())) for row in rows)
    overlaps, deletions = (np.stack([row[key] for row in rows]) for key in ("overlaps", "deletions"))
    shares = np.array([float(row["share"]) for row in rows])
    return Cases(contexts, options_of(world, classifier), overlaps, deletions, shares)


def make_cases(world: World, work: Path) -> None:
    """One file a picture; pictures that have theirs are passed over."""
    dataset, classifier = registry.read("datasets", world.data), classifiers.load(world.model)
    options = options_of(world, classifier)
    folder = work / world.name
    folder.mkdir(parents=True, exist_ok=True)
    for place in range(min(world.count, len(dataset))):
        path = folder / f"{place:05d}.npz"
        if path.exists():
            continue
        sample = dataset[place]
        truth = truth_of([sample], classifier)
        if truth is None or float(truth.supporting.float().mean()) < LEAST_SHARE:
            continue
        region = truth.supporting[0].cpu().numpy()
        opened = open_picture(classifier, sample, place)
        overlaps, deletions = measure(classifier, opened, options, region)
        known = opened.context
        np.savez(
            path,
            label=known.label,
            probabilities=np.array(known.probabilities),
            overlaps=overlaps,
            deletions=deletions,
            share=region.mean(),
        )
        print(world.name, place, flush=True)


def options_of(world: World, classifier: Classifier) -> tuple[Candidate, ...]:
    """The candidates, in the order of the source's scheme."""
    return candidates_for(len(classifier.labels), classifier.access, world.methods)


def measure(
    classifier: Classifier, opened: Opened, options: Sequence[Candidate], region: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The overlap and the deletion score of every candidate of one picture."""
    deletion = registry.read("metrics", "deletion:normalise=true,steps=7")
    remembering = replace(classifier, predict=remembered(classifier.predict))
    overlaps, deletions = np.zeros(len(options)), np.full(len(options), np.nan)
    for column, option in enumerate(options):
        method = registry.read_method(option.method)
        asked = remembering if method.access_needed == Access.OUTPUTS else classifier
        made = explain(asked, method, opened.image[None], opened.ranked[option.rank - 1])
        overlaps[column] = overlap(made.maps[0].cpu().numpy(), region)
        deletions[column] = float(deletion(made).scores[0])
    return overlaps, deletions


def remembered(predict: Predict) -> Predict:
    """The same answers; what was asked before costs no pass. A method hides the same parts whatever the label."""
    known: dict[bytes, Logits] = {}

    def answer(images: Images) -> Logits:
        key = hashlib.blake2b(images.detach().cpu().numpy().tobytes(), digest_size=16).digest()
        if key not in known:
            known[key] = predict(images)
        return known[key].clone()

    return answer
