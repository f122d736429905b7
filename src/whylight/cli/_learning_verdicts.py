"""What verdicts teach without moving a model: which explanations are accepted, and which segments belong into one."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.descriptors import DESCRIPTORS
from whylight.errors import DataError, PictureError, SpecError, StoreError
from whylight.feedback.acceptance import MOST_TRIALS, learn
from whylight.feedback.evidence import learn_evidence
from whylight.feedback.evidence_held_out import observations_by_part, segment_effect
from whylight.feedback.evidence_observed import Opened
from whylight.feedback.held_out import FEWEST, effect_of, episodes_of
from whylight.feedback.learned import sentences, standings
from whylight.feedback.session import LEARNED
from whylight.feedback.trials import trials_of
from whylight.methods.surrogate.bayesian_lime import BayesianLIME
from whylight.registry import describe
from whylight.store import Filter, Picture, Store

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
    groups = observations_by_part(store, judged, opener(classifier, root))
    every = [each for group in groups for each in group]
    evidence = learn_evidence(every)
    if not evidence.explanations:
        raise StoreError(
            f"nobody has said anything of an explanation in {store.where} whose picture can be opened; judge some with "
            "whylight judge or whylight serve"
        )
    effect = segment_effect(groups)
    told = [f"Learned from {evidence.explanations} explanations."]
    if effect is not None:
        told.append(effect.words)
    return {
        "explanations": evidence.explanations,
        "weights": dict(zip(DESCRIPTORS, evidence.weights)),
        "method": describe(evidence.prior_of(BayesianLIME())),
        "effect": effect and asdict(effect),
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
