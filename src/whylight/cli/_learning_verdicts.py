"""What verdicts teach without moving a model: which explanations are accepted, and which segments belong into one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.descriptors import DESCRIPTORS
from whylight.errors import DataError, PictureError, SpecError, StoreError
from whylight.feedback.acceptance import MOST_TRIALS, learn
from whylight.feedback.evidence import Observation, SegmentEvidence, learn_evidence
from whylight.feedback.evidence_observed import Opened, observations
from whylight.feedback.held_out import FEWEST, PARTS, effect_of, episodes_of, part_of
from whylight.feedback.learned import sentences, standings
from whylight.feedback.session import LEARNED
from whylight.feedback.trials import trials_of
from whylight.methods.surrogate.bayesian_lime import BayesianLIME
from whylight.registry import describe
from whylight.store import Filter, Judged, Picture, Store

KINDS = ("verdict", "stroke", "segment_vote")
MOST = 10_000
"""The latest records that count."""

Results = dict[str, Any]


def learned_candidates(store: Store) -> Results:
    """Which candidates people accept, and what knowing it does for pictures that it was not learned from; raises StoreError
    where nobody judged anything."""
    verdicts = store.history(Filter(since=store.counts_since(LEARNED)), limit=MOST_TRIALS)[::-1]
    trials = trials_of(verdicts)
    if not trials:
        raise StoreError(
            f"nobody has judged an explanation in {store.where}; whylight judge and whylight serve ask for it"
        )
    found = standings(learn(trials), trials)
    effect = effect_of(episodes_of(verdicts))
    told = sentences(found)
    if effect is None:
        told.append(
            f"With fewer than {FEWEST} pictures of which an explanation was accepted its effect is not measured."
        )
    else:
        told.append(
            f"On {effect.pictures} held-out pictures the first explanation is accepted of {effect.learned.first.mean:.0%} "
            f"instead of {effect.next_rank.first.mean:.0%} by the next label rank (change "
            f"{100 * effect.gain.first.low:+.0f} to {100 * effect.gain.first.high:+.0f} points), with "
            f"{effect.learned.downs.mean:.2f} instead of {effect.next_rank.downs.mean:.2f} thumbs down before it."
        )
    rows = [asdict(each) for each in found]
    return {"verdicts": len(trials), "candidates": rows, "effect": effect and asdict(effect), "sentences": told}


def learned_segments(store: Store, model: str | None, root: Path | None, device: str) -> Results:
    """Which segments people want in an explanation, as a prior for Bayesian LIME, and how well it is known of held-out
    pictures; raises SpecError without a model, StoreError where nothing was said."""
    if model is None:
        raise SpecError("segments are looked at with the model that was judged; give --model MODEL")
    classifier = classifiers.load(model, device=device)
    judged = store.history(Filter(kinds=KINDS, since=store.counts_since("segments")), limit=MOST)[::-1]
    groups = _by_part(store, judged, opener(classifier, root))
    every = [each for group in groups for each in group]
    evidence = learn_evidence(every)
    if not evidence.explanations:
        raise StoreError(
            f"nobody has said anything of an explanation in {store.where} whose picture can be opened; judge some with "
            "whylight judge or whylight serve"
        )
    effect = held_out_effect(groups)
    told = [f"Learned from {evidence.explanations} explanations."]
    if effect is not None:
        told.append(
            f"Of {effect['segments']} held-out segments that somebody spoke of, it knows {effect['right']:.0%}; always "
            f"saying what is said most knows {effect['most']:.0%}."
        )
    return {
        "explanations": evidence.explanations,
        "weights": dict(zip(DESCRIPTORS, evidence.weights)),
        "method": describe(evidence.prior_of(BayesianLIME())),
        "effect": effect,
        "sentences": told,
    }


def opener(classifier: Classifier, root: Path | None) -> Callable[[Picture], Opened | None]:
    """Opens the pictures of a store from the data sets that they were judged in."""
    opened: dict[str, Any] = {}

    def open_picture(picture: Picture) -> Opened | None:
        try:
            if picture.source not in opened:
                opened[picture.source] = datasets.open_dataset(picture.source, root)
            dataset = opened[picture.source]
            sample = None if picture.place is None or picture.place >= len(dataset) else dataset[picture.place]
        except (DataError, SpecError, PictureError):
            return None
        return None if sample is None or sample.key != picture.key else classifier.fit(sample.picture)

    return open_picture


def _by_part(
    store: Store, judged: list[Judged], open_picture: Callable[[Picture], Opened | None]
) -> list[list[Observation]]:
    """The observations of each part of the pictures, which are divided as those of ``held_out`` are."""
    parts: list[list[Judged]] = [[] for _ in range(PARTS)]
    for each in judged:
        parts[part_of(each.picture.key)].append(each)
    return [observations(store, part, open_picture) for part in parts]


def held_out_effect(groups: list[list[Observation]]) -> Results | None:
    """The share of the segments with a vote or a stroke of which what was learned from the other parts is right; None where
    there are none."""
    right, said = [], []
    for number, group in enumerate(groups):
        rest = [each for other, part in enumerate(groups) if other != number for each in part]
        evidence: SegmentEvidence = learn_evidence(rest)
        for each in group:
            known = ~np.isnan(each.said)
            answers = each.said[known] > 0.5
            right += ((evidence.belongs(each.given[known]) > 0.5) == answers).tolist()
            said += answers.tolist()
    if not said:
        return None
    most = Counter(said).most_common(1)[0][1]
    return {"segments": len(said), "right": float(np.mean(right)), "most": most / len(said)}
