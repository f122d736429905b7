"""What people say of segments: a planted taste that is found, in votes, in strokes and in thumbs alone."""

from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import roc_auc_score

from whylight.descriptors import DESCRIPTORS
from whylight.errors import StoreError
from whylight.feedback import evidence as learning
from whylight.feedback.evidence import Observation, SegmentEvidence, expected, learn_evidence, log_posterior
from whylight.feedback.evidence_observed import most_shown, observations
from whylight.frame import Resizing
from whylight.methods.surrogate.bayesian_lime import BayesianLIME
from whylight.store import Filter, Model, Picture, SegmentVote, Store, StoredExplanation, Stroke, Verdict

ACROSS, EVIDENCE = DESCRIPTORS.index("across"), DESCRIPTORS.index("evidence")


def drawn(random: np.random.Generator, segments: int = 12) -> NDArray[np.float64]:
    given = random.uniform(-1, 1, (segments, len(DESCRIPTORS)))
    given[:, 0] = 1.0
    return given


def liked(given: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The planted taste: what lies on the right."""
    return np.asarray(given[:, ACROSS] > 0)


def judged(random: np.random.Generator, count: int, *, votes: bool) -> list[Observation]:
    """Explanations with five shown segments, by thumbs that go up when nearly all shown ones are liked."""
    found = []
    for _ in range(count):
        given = drawn(random)
        likes = liked(given)
        inside, outside = np.flatnonzero(likes), np.flatnonzero(~likes)
        wrong = min(int(random.integers(0, 3)), len(outside))
        shown = [*random.permutation(inside)[: 5 - wrong], *random.permutation(outside)[:wrong]]
        given[shown, EVIDENCE] = np.abs(given[shown, EVIDENCE])
        said = np.full(len(given), np.nan)
        if votes:
            said[shown] = likes[shown]
        found.append(Observation(given, said, tuple(map(int, shown)), None if votes else wrong == 0))
    return found


@pytest.mark.parametrize(("votes", "least"), [(True, 0.95), (False, 0.9)])
def test_a_taste_is_found_and_holds_for_other_pictures(votes: bool, least: float) -> None:
    random = np.random.default_rng(0)
    evidence = learn_evidence(judged(random, 60, votes=votes))
    assert evidence.explanations == 60
    others = [drawn(random) for _ in range(200)]
    right = [roc_auc_score(liked(given), evidence.belongs(given)) for given in others if 0 < liked(given).mean() < 1]
    assert np.mean(right) > least


def test_with_wrong_words_less_is_believed() -> None:
    random = np.random.default_rng(1)
    clean = judged(random, 40, votes=True)
    noisy = [
        Observation(each.given, np.where(random.random(len(each.said)) < 0.2, 1 - each.said, each.said), each.shown)
        for each in clean
    ]
    sure, unsure = learn_evidence(clean).weights[ACROSS], learn_evidence(noisy).weights[ACROSS]
    assert 0 < unsure < sure


def test_expectation_counts_every_way_in_which_not_all_belong() -> None:
    chances = np.array([0.9, 0.5, 0.2])
    ways = {
        way: float(np.prod([p if up else 1 - p for p, up in zip(chances, way)])) for way in product((0, 1), repeat=3)
    }
    left = {way: p for way, p in ways.items() if not all(way)}
    slow = [sum(p for way, p in left.items() if way[place]) / sum(left.values()) for place in range(3)]
    assert expected(chances) == pytest.approx(slow)
    assert expected(np.ones(3)).tolist() == [0, 0, 0]


def test_more_rounds_never_make_it_less_probable(monkeypatch: pytest.MonkeyPatch) -> None:
    told = judged(np.random.default_rng(2), 30, votes=False)
    found = []
    for rounds in (1, 2, 4, 8, 20):
        monkeypatch.setattr(learning, "ROUNDS", rounds)
        found.append(log_posterior(learn_evidence(told), told))
    assert all(later >= earlier - 1e-3 for earlier, later in pairwise(found))
    nudged = SegmentEvidence(tuple(weight + 0.05 for weight in learn_evidence(told).weights), 30)
    assert log_posterior(nudged, told) < found[-1]


def test_nothing_said_is_nothing_learned() -> None:
    silent = Observation(drawn(np.random.default_rng(0)), np.full(12, np.nan), (0, 1))
    assert learn_evidence([silent]) == learn_evidence([]) == SegmentEvidence()
    method = SegmentEvidence().prior_of(BayesianLIME(samples=50))
    assert method.prior == ()
    assert method.worth == 0


def test_the_prior_is_worth_more_the_more_was_said() -> None:
    method = BayesianLIME(worth=300.0)
    worth = [SegmentEvidence((0.0,) * 13, said).prior_of(method).worth for said in (1, 10, 990)]
    assert worth == pytest.approx([300 / 11, 150, 297], abs=0.1)


def test_what_was_learned_can_be_kept_and_read_again() -> None:
    evidence = learn_evidence(judged(np.random.default_rng(3), 5, votes=True))
    assert SegmentEvidence.from_json(evidence.to_json()) == evidence
    for text, words in (
        ("{}", "expected segment evidence"),
        ("[", "expected segment evidence"),
        (evidence.to_json().replace('"form": 1', '"form": 9'), "of form 9 with 13 weights"),
        (SegmentEvidence((1.0,), 3).to_json(), "with 1 weights"),
    ):
        with pytest.raises(StoreError, match=words):
            SegmentEvidence.from_json(text)


def test_only_what_supports_is_shown() -> None:
    assert most_shown(np.array([0.1, -1, 3, 0, 2.0])) == (2, 4, 0)
    assert len(most_shown(np.ones(9))) == 5


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "said.db") as opened:
        yield opened


def test_a_history_is_read_as_what_was_meant(store: Store) -> None:
    """A picture of 4 × 4 quarters: a vote, two strokes of which the later wins, a verdict, and what was taken back."""
    image = Image.fromarray(np.full((40, 40, 3), 128, np.uint8))
    tensor, frame = Resizing((16, 16), None)(image)
    segments = (np.arange(16) // 8)[:, None] * 2 + np.arange(16) // 8
    evidence = np.array([3.0, -1.0, 0.0, 1.0], np.float32)[segments]
    picture = Picture("ab" * 32, "grey.png", 40, 40)
    store.add_picture(picture)
    model = store.add_model(Model("made", "1", ("a", "b")))
    row = StoredExplanation(picture.key, model, {"method": {"name": "lime"}}, "lime", 0, "a", 1, 0.5)
    key = store.add(row, evidence=evidence, segments=segments.astype(np.int32))
    for said in (
        SegmentVote(0, belongs=False),
        Stroke(matters=True, width=1.0, points=((0.75, 0.25),)),
        Stroke(matters=False, width=0.5, points=((0.75, 0.1), (0.75, 0.5))),
        Verdict(up=True),
    ):
        store.note(key, said, person="Ada")
    store.note(key, Verdict(up=False), person="Ben")
    store.undo(person="Ben")
    store.note(key, SegmentVote(3, belongs=True), person="Ben")
    every = ("verdict", "stroke", "segment_vote")
    history = store.since(0, Filter(kinds=every))
    found = observations(store, history, lambda row: (tensor, frame) if row.key == picture.key else None)
    assert len(found) == 2
    ada, ben = found
    assert ada.up is True
    assert ada.shown == (0, 3)
    assert ada.said[:2].tolist() == [0, 0]
    assert np.isnan(ada.said[2])
    assert ben.up is None
    assert np.isnan(ben.said[:3]).all()
    assert ben.said[3] == 1
    assert ada.given[:, EVIDENCE].tolist() == pytest.approx([1, -1 / 3, 0, 1 / 3])
    assert observations(store, history, lambda _: None) == []
