"""The effect on held-out verdicts: judges with a planted taste and judges without one, and orders counted by hand."""

import random
from dataclasses import replace
from datetime import UTC, datetime

from whylight.classifier import Access
from whylight.feedback.candidates import Candidate, Context, Trial, candidates_for
from whylight.feedback.held_out import (
    FEWEST,
    PARTS,
    Episode,
    by_rank,
    downs_in,
    effect_of,
    episodes_of,
    in_source_order,
    part_of,
    stretches,
)
from whylight.feedback.trials import details_of
from whylight.store import Judged, Model, Picture, Record, StoredExplanation, Verdict

CONTEXT = Context("cat", (0.6, 0.2, 0.1, 0.05, 0.02))
OPTIONS = candidates_for(10, Access.OUTPUTS)
GRID = Candidate(1, "lime:segments=grid")


def episode(name: str, *said: tuple[Candidate, bool]) -> Episode:
    rejected: list[Candidate] = []
    trials = []
    for candidate, up in said:
        trials.append(Trial(CONTEXT, candidate, tuple(rejected), up))
        rejected += [] if up else [candidate]
    return Episode(name, tuple(trials))


def judged(name: str, *, liked: Candidate | None, seed: int) -> Episode:
    """Three explanations in random order and, by the one that is liked, or in one of four, accepted."""
    draw = random.Random(seed)  # noqa: S311
    shown = draw.sample([option for option in OPTIONS if option != liked], 3) + ([liked] if liked else [])
    draw.shuffle(shown)
    said = [(each, each == liked if liked else draw.random() < 0.25) for each in shown]
    return episode(name, *said)


def test_a_taste_that_can_be_learned_helps_on_pictures_that_were_held_out() -> None:
    found = effect_of([judged(f"{place}", liked=GRID, seed=place) for place in range(60)])
    assert found is not None
    assert found.pictures == 60
    assert found.learned.first.mean > 0.9
    assert found.learned.downs.mean < 0.1
    assert found.gain.downs.high < 0
    assert found.gain.first.low > 0
    assert found.next_rank.downs.mean > 0.5


def test_where_there_is_nothing_to_learn_nothing_is_claimed() -> None:
    found = effect_of([judged(f"{place}", liked=None, seed=place) for place in range(100)])
    assert found is not None
    assert found.gain.first.low < 0 < found.gain.first.high
    assert found.gain.downs.low < 0 < found.gain.downs.high


def test_a_picture_is_never_learned_from_for_itself() -> None:
    """Each picture has a taste of its own: whoever peeked would be right every time."""
    pictures = [judged(f"{place}", liked=OPTIONS[place % len(OPTIONS)], seed=place) for place in range(50)]
    found = effect_of(pictures)
    assert found is not None
    assert found.learned.first.mean < 0.7


def test_too_few_pictures_say_nothing() -> None:
    some = [judged(f"{place}", liked=GRID, seed=place) for place in range(FEWEST - 1)]
    assert effect_of(some) is None
    assert effect_of([*some, episode("rejected", (OPTIONS[0], False))]) is None
    assert effect_of(()) is None


def test_the_schemes_are_counted_as_by_hand() -> None:
    second, third = Candidate(2, "lime"), Candidate(1, "occlusion")
    seen = episode("a", (GRID, False), (third, False), (second, True))
    assert seen.downs == 2
    assert downs_in(seen, by_rank(OPTIONS)) == 0  # lime's second rank comes before every other method
    assert downs_in(episode("b", (GRID, False), (third, False)), by_rank(OPTIONS)) == 2
    assert in_source_order([third, second, GRID]) == (second, GRID, third)


def test_the_parts_are_about_even_and_lasting() -> None:
    sizes = [sum(part_of(f"picture {place}") == part for place in range(1000)) for part in range(PARTS)]
    assert min(sizes) > 150
    assert [part_of(name) for name in ("a", "b", "c")] == [2, 2, 1]


def test_how_it_went() -> None:
    good, bad = episode("a", (GRID, True)), episode("b", (OPTIONS[0], False), (GRID, True))
    assert [(each.begin, each.end, each.first, each.downs) for each in stretches([good, bad, bad], 2)] == [
        (1, 2, 0.5, 0.5),
        (3, 3, 0.0, 1.0),
    ]


def row(picture: str, person: str, *, up: bool, undone: bool = False) -> Judged:
    explanation = StoredExplanation(picture, "m", {}, GRID.method, 0, "cat", 1, 0.5, details=details_of(CONTEXT))
    record = Record(0, "u", "e", person, datetime.now(UTC), Verdict(up=up), undone)
    return Judged(record, explanation, Picture(picture, picture, 1, 1), Model("m", "v", ("cat",)))


def test_what_belongs_together() -> None:
    rows = [row("a", "Ada", up=False), row("b", "Ada", up=True), row("a", "Ben", up=True), row("a", "Ada", up=True)]
    found = episodes_of([*rows, row("c", "Ada", up=True, undone=True)])
    assert [(each.picture, [trial.up for trial in each.trials]) for each in found] == [
        ("a", [False, True]),
        ("b", [True]),
        ("a", [True]),
    ]
    assert found[0].trials[1].rejected == (GRID,)
    without = replace(rows[0], explanation=replace(rows[0].explanation, details={}))
    assert episodes_of([without]) == []
