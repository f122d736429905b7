"""Segment evidence on held-out pictures: what a prior learned from votes does for acceptance, and for faithfulness."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from _feedback_cases import LEAST_SHARE, World
from _feedback_loop import JUDGES, split_of
from numpy.typing import NDArray

from whylight import classifiers, registry
from whylight.classifier import Classifier
from whylight.datasets._truth import truth_of
from whylight.descriptors import descriptors, segment_means
from whylight.explanation import Explanation, explain
from whylight.feedback.evidence import Observation, learn_evidence
from whylight.feedback.evidence_observed import most_shown
from whylight.feedback.simulated import SimulatedJudge, overlap
from whylight.methods.surrogate.bayesian_lime import BayesianLIME
from whylight.segments import segment
from whylight.types import Images

METHOD = BayesianLIME(samples=200, count=30, tolerance=0.0)
Region = NDArray[np.bool_]
Row = dict[str, float]


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture, where its object is, and LIME's explanation of its most probable label."""

    image: Images
    region: Region
    plain: Explanation


def look(world: World) -> tuple[Classifier, list[Seen]]:
    """Every picture with an object, explained without a prior."""
    dataset, classifier = registry.read("datasets", world.data), classifiers.load(world.model)
    found = []
    for place in range(min(world.count, len(dataset))):
        sample = dataset[place]
        truth = truth_of([sample], classifier)
        if truth is None or float(truth.supporting.float().mean()) < LEAST_SHARE:
            continue
        image = classifier.fit(sample.picture)[0][None]
        found.append(Seen(image, truth.supporting[0].cpu().numpy(), explain(classifier, METHOD, image)))
    return classifier, found


def observed(seen: Seen, noise: float, random: np.random.Generator) -> Observation:
    """A vote on every shown segment (it belongs when at least half of it lies on the object), and a thumb; each is turned
    round with the probability ``noise``, or tossed where that is 1."""
    cut = segment(seen.image, METHOD.segments, METHOD.count)
    numbers = segment_means(seen.plain.maps, cut)
    shown = most_shown(numbers[0].numpy())
    inside = segment_means(torch.from_numpy(seen.region)[None].double(), cut)[0].numpy() >= 0.5
    up = accepted(seen.plain, seen.region)
    said = np.full(len(inside), np.nan)

    def say(true: bool) -> bool:  # noqa: FBT001
        return bool(random.random() < 0.5) if noise == 1 else bool(true != (random.random() < noise))

    for number in shown:
        said[number] = say(bool(inside[number]))
    return Observation(descriptors(seen.image, cut, numbers)[0].numpy(), said, shown, say(up))


def accepted(made: Explanation, region: Region) -> bool:
    """By a judge who is right."""
    return SimulatedJudge().verdict(made.maps[0].numpy(), region)


def row_of(made: Sequence[Explanation], regions: Sequence[Region]) -> Row:
    """Means over some pictures."""
    deletion = registry.read("metrics", "deletion:normalise=true,steps=14")
    return {
        "accepted": float(np.mean([accepted(each, region) for each, region in zip(made, regions)])),
        "iou": float(np.mean([overlap(each.maps[0].numpy(), region) for each, region in zip(made, regions)])),
        "deletion": float(np.nanmedian([float(deletion(each).scores[0]) for each in made])),
        "heldout_r2": float(np.mean([float(each.evidence.details["heldout_r2"][0]) for each in made])),
        "kept": float(np.mean([float(each.evidence.details["prior_kept"][0]) for each in made])),
    }


def measure_evidence(world: World, held_out: int, seeds: int) -> list[Row]:
    """For each judge and seed: without a prior, and with one that was learned from the other pictures, guarded or not."""
    classifier, seen = look(world)
    rows: list[Row] = []
    for seed in range(seeds):
        split = split_of(len(seen), held_out, seed)
        held = [seen[place] for place in split.held_out]
        regions = [each.region for each in held]
        rows.append({"seed": seed, "judge": "", "prior": "none", **row_of([each.plain for each in held], regions)})  # type: ignore[dict-item]
        for judge, noise in JUDGES.items():
            random = np.random.default_rng([seed, 2])
            learned = learn_evidence([observed(seen[place], noise, random) for place in split.judged])
            for name, allowed in (("guarded", METHOD.allowed), ("unguarded", 1e9)):
                if name == "unguarded" and judge == "noisy":
                    continue
                method = learned.prior_of(replace(METHOD, allowed=allowed))
                made = [explain(classifier, method, each.image, each.plain.targets) for each in held]
                rows.append({"seed": seed, "judge": judge, "prior": name, **row_of(made, regions)})  # type: ignore[dict-item]
                print(rows[-1], flush=True)
    return rows
