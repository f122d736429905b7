"""Which segments people want in an explanation, learned from verdicts, strokes and votes, in words."""

from whylight.classifier import Classifier
from whylight.descriptors import DESCRIPTORS
from whylight.errors import PictureError
from whylight.feedback.evidence import Observation, learn_evidence
from whylight.feedback.evidence_held_out import observations_by_part, segment_effect
from whylight.feedback.evidence_observed import Opened
from whylight.store import Filter, Picture
from whylight.web.comparing import at_hand
from whylight.web.state import State
from whylight.web.views.sections import Section, Table

NAME = "segments"
KINDS = ("verdict", "stroke", "segment_vote")
MOST = 300
"""The latest records that count here: each explanation is cut into its segments again."""
UNMEASURED = "Too little was painted or voted, or of too few pictures, to measure it on held-out ones."
WORDS = {
    "across": ("to the right", "to the left"),
    "down": ("low in the picture", "high in the picture"),
    "from_middle": ("away from the middle", "near the middle"),
    "at_border": ("at the border", "not at the border"),
    "area": ("large", "small"),
    "light": ("light", "dark"),
    "red_green": ("red rather than green", "green rather than red"),
    "blue_yellow": ("blue rather than yellow", "yellow rather than blue"),
    "saturation": ("colourful", "grey"),
    "contrast": ("unlike the rest of the picture", "like the rest of the picture"),
    "texture": ("textured", "smooth"),
    "evidence": ("supporting the label in the map", "hindering the label in the map"),
}
"""What is said of a segment whose descriptor is high, and low."""


def segments(state: State) -> Section:
    """How much was said of segments; what was learned from it comes with ``/learning/segments``."""
    counts = {kind: state.store.count(_wanted(state, kind)) for kind in KINDS}
    told = (
        f"Learned from {counts['stroke']} strokes of the brush, {counts['segment_vote']} votes on segments and "
        f"{counts['verdict']} verdicts: a prior for the method bayesian_lime.",
        "The prior shrinks where the map would become less faithful to the classifier.",
    )
    return Section(NAME, "Which parts of a picture belong into an explanation", told, resets=NAME, effect=True)


def segments_learned(state: State) -> Section:
    """The weights of what was learned, the strongest first, and how well it is known of held-out pictures."""
    parts = parts_of(state)
    found = learn_evidence([each for part in parts for each in part])
    if not found.explanations:
        nothing = "Nobody has said anything about an explanation whose picture is at hand."
        return Section(NAME, "What makes a segment belong", (nothing,))
    rows = sorted(zip(DESCRIPTORS, found.weights), key=lambda each: -abs(each[1]))
    table = Table(
        "A segment belongs rather when it is …, with the weight in log-odds",
        ("Segments that are", "Weight"),
        tuple((WORDS[name][weight < 0], f"{abs(weight):.2f}") for name, weight in rows if name in WORDS),
    )
    effect = segment_effect(parts)
    told = (
        f"Learned from {found.explanations} explanation{'' if found.explanations == 1 else 's'}.",
        UNMEASURED if effect is None else effect.words,
    )
    return Section(NAME, "What makes a segment belong", told, (table,))


def parts_of(state: State) -> list[list[Observation]]:
    """What the latest records say of segments, of the pictures that are at hand, in the parts that they are held out in."""
    classifier = state.models.first
    model = state.models.key_of(state.models.names[0])
    judged = state.store.history(_wanted(state, *KINDS, model=model), limit=MOST)[::-1]
    return observations_by_part(state.store, judged, lambda picture: _opened(state, classifier, picture))


def _opened(state: State, classifier: Classifier, picture: Picture) -> Opened | None:
    try:
        return classifier.fit(at_hand(state, picture))
    except PictureError:
        return None


def _wanted(state: State, *kinds: str, model: str | None = None) -> Filter:
    return Filter(kinds=kinds, since=state.store.counts_since(NAME), model=model)
