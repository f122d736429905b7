"""Session: a person judges explanations of a data set, picture after picture; the terminal and a page share this loop.

Everything that is said stands in the store before the next thing is shown, so that a session which ends in any way goes on
where it was: a picture that was accepted, or of which every candidate was rejected, does not come again.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import torch

from whylight.classifier import Classifier
from whylight.dataset import Dataset
from whylight.errors import MethodError, PictureError
from whylight.explanation import Explanation
from whylight.feedback.acceptance import MOST_TRIALS, Belief, learn
from whylight.feedback.candidates import Candidate, next_rank
from whylight.feedback.choosing import most_informative
from whylight.feedback.showing import Opened, Showing, make, map_of, open_picture, picture_of, row_of, segments_of
from whylight.feedback.trials import candidate_of, trials_of
from whylight.feedback.version import version_of
from whylight.store import Filter, Judged, Model, Picture, Record, Shown, Store, Verdict
from whylight.tensors import generator

LEARNED = "candidates"
"""What the store calls what this loop learns."""
MOST_READY = 2
"""Explanations that were made ahead and are kept: what a thumb down brings, and what a thumb up does."""


@dataclass(eq=False)
class Session:
    """``source``: the data set's description. ``options``: the candidates, in the order of the source's scheme.
    ``learning``: whether earlier verdicts choose what is shown; without it the next label rank is shown after each thumb
    down. ``seed``: another one brings the pictures in another order. ``ahead``: among how many of the next pictures the one
    is taken of which a verdict teaches most; 1 leaves them in random order. ``elsewhere``: gives the places of pictures
    that stand before the same person in another window."""

    store: Store
    dataset: Dataset
    source: str
    classifier: Classifier
    options: Sequence[Candidate]
    person: str
    seed: int = 0
    learning: bool = True
    shown: Showing | None = None
    problems: list[str] = field(default_factory=list)
    """Pictures that could not be read and methods that could not be used, in one sentence each."""
    ahead: int = 1
    elsewhere: Callable[[], Collection[int]] = tuple
    _passed: set[int] = field(default_factory=set)
    _near: dict[int, Opened] = field(default_factory=dict)
    _ready: dict[tuple[int, Candidate], Explanation] = field(default_factory=dict)

    @cached_property
    def model(self) -> str:
        """The classifier's key in the store."""
        return self.store.add_model(Model(self.classifier.name, version_of(self.classifier), self.classifier.labels))

    def next(self) -> Showing | None:
        """Shows the first candidate of the next picture that is not done; None when all are."""
        while (opened := self._next_picture()) is not None:
            self._passed.add(opened.place)
            if self._show(opened) is not None:
                return self.shown
        self.shown = None
        return None

    def judge(self, *, up: bool) -> Showing | None:
        """Keeps the verdict on what is shown; then shows the next candidate after a thumb down, else the next picture."""
        self.say(up=up)
        return self.go_on()

    def say(self, *, up: bool) -> None:
        """Keeps the verdict on what is shown, which stays before the person."""
        assert self.shown is not None
        self.store.note(self.shown.key, Verdict(up=up), person=self.person)

    def go_on(self) -> Showing | None:
        """Shows what comes next: another candidate of the picture, or another picture where this one is done."""
        if self.shown is not None and self.shown.opened.sample.key not in self._done():
            another = self._show(self.shown.opened)
            if another is not None:
                return another
        return self.next()

    def resume(self) -> Showing | None:
        """Shows what was before the person when the last session ended, where that still waits for a verdict."""
        wanted = Filter(person=self.person, kinds=("shown",), model=self.model)
        for last in self.store.history(wanted, limit=1):
            opened = self._again(last.picture)
            if opened is not None:
                self._passed.add(opened.place)
                candidate = candidate_of(last.explanation)
                self._show(opened, candidate if candidate in self.options else None)
        return self.shown or self.next()

    def undo(self) -> Showing | None:
        """Takes back the person's last verdict and shows again what it was about; None when there is none.

        What was said of other pictures than this session's is taken back too; then the same explanation stays before the
        person.
        """
        record = self.store.undo(person=self.person)
        if record is None:
            return None
        explanation = self.store.load(record.explanation)
        picture = self.store.picture(explanation.picture)
        if explanation.model != self.model or picture.source != self.source or picture.place is None:
            return self.shown
        opened = self._open(picture.place)
        if opened is None:
            return self.shown
        if self.shown is not None:
            self._passed.discard(
                self.shown.opened.place
            )  # what is before the person now comes again after this picture
        self._passed.add(opened.place)
        return self._show(opened, candidate_of(explanation))

    def prepare(self, check: Callable[[], None] = lambda: None) -> None:
        """Makes what a thumb down and a thumb up are going to bring, so that it is there at once. What is shown stays the
        same with and without it. ``check``: is called between the steps; what it raises ends the work."""
        if self.shown is None:
            return
        told = len(self.problems)
        try:
            for up in (False, True):
                check()
                self._prepare(self.shown, check, up=up)
        finally:
            del self.problems[told:]  # they are said when it is asked for
            for stale in list(self._ready)[:-MOST_READY]:
                del self._ready[stale]

    def _prepare(self, shown: Showing, check: Callable[[], None], *, up: bool) -> None:
        foreseen = self._after(shown, check, up=up)
        if foreseen is None:
            return
        opened, candidate = foreseen
        check()
        with suppress(MethodError):  # another candidate is shown in its place
            made = self._made(opened, candidate)
            self._ready.pop((opened.place, candidate), None)  # the latest last
            self._ready[opened.place, candidate] = made

    def _after(self, shown: Showing, check: Callable[[], None], *, up: bool) -> tuple[Opened, Candidate] | None:
        """What a verdict on what is shown is going to bring, where nobody else says anything before it."""
        belief = self._belief(self.options, Verdict(up=up)) if self.learning else None
        rejected = shown.rejected if up else (*shown.rejected, shown.candidate)
        candidate = None if up else self._best(belief, self.options, shown.opened, rejected)
        if candidate is not None:
            return shown.opened, candidate
        done = self._done() | {shown.opened.sample.key, (self.source, shown.opened.place)}
        near, _ = self._look_ahead(done, self.elsewhere(), check)
        self._near |= near
        opened = self._most_informative(near, belief)
        if opened is None:
            return None
        candidate = self._best(belief, self.options, opened, self._seen(opened)[0])
        return None if candidate is None else (opened, candidate)

    @cached_property
    def _order(self) -> list[int]:
        return torch.randperm(len(self.dataset), generator=generator(self.seed)).tolist()

    def _done(self) -> set[object]:
        """The pictures that need no verdict any more: by their keys, and by where they lie."""
        tallies = self.store.tallies(self.model, person=self.person)
        done = [tally.picture for tally in tallies if tally.ups or tally.downs >= len(self.options)]
        return {picture.key for picture in done} | {(picture.source, picture.place) for picture in done}

    def _again(self, picture: Picture) -> Opened | None:
        """A picture that was shown before, if it is of this data, not done and in no other window."""
        place = picture.place
        if picture.source != self.source or place is None or place >= len(self.dataset) or place in self.elsewhere():
            return None
        opened = None if picture.key in self._done() else self._open(place)
        return opened if opened is not None and opened.sample.key == picture.key else None

    def _next_picture(self) -> Opened | None:
        """Of the next pictures that are not done, the one of which a verdict teaches most."""
        done = self._done()
        for avoided in (self.elsewhere(), ()):
            self._near, passed = self._look_ahead(done, avoided)
            self._passed |= passed
            if self._near:
                break
        learns = self.learning and len(self._near) > 1
        return self._most_informative(self._near, self._belief(self.options) if learns else None)

    def _most_informative(self, near: dict[int, Opened], belief: Belief | None) -> Opened | None:
        """The picture of which a verdict teaches most, the first without a belief; None of none."""
        if belief is None or len(near) < 2:
            return next(iter(near.values()), None)
        contexts = {place: opened.context for place, opened in near.items()}
        return near[most_informative(belief, self.options, contexts)]

    def _look_ahead(
        self, done: set[object], avoided: Collection[int], check: Callable[[], None] = lambda: None
    ) -> tuple[dict[int, Opened], set[int]]:
        """Opens the next pictures in random order, as many as are looked at; and the places that were passed, since those
        are done or damaged."""
        near: dict[int, Opened] = {}
        passed: set[int] = set()
        for place in self._order:
            if len(near) == self.ahead:
                break
            if place in self._passed or place in avoided or (self.source, place) in done:
                continue
            check()
            opened = self._near.get(place) or self._open(place)
            if opened is None or opened.sample.key in done:
                passed.add(place)
            else:
                near[place] = opened
        return near, passed

    def _open(self, place: int) -> Opened | None:
        try:
            return open_picture(self.classifier, self.dataset[place], place)
        except PictureError as error:
            self.problems.append(str(error))
            return None

    def _show(self, opened: Opened, again: Candidate | None = None) -> Showing | None:
        """Makes and keeps the next candidate of a picture; None when every one was rejected or cannot be made."""
        self.store.add_picture(picture_of(opened, self.source))
        rejected, refused = self._seen(opened)
        unusable: list[Candidate] = []
        while (candidate := again or self._choose(opened, rejected, unusable)) is not None:
            try:
                explanation = self._made(opened, candidate)
            except MethodError as error:
                self.problems.append(str(error))
                unusable.append(candidate)
                again = None
                continue
            row = row_of(opened, candidate, explanation, self.model)
            if row.key in refused:  # other words for what was rejected already
                unusable.append(candidate)
                again = None
                continue
            segments = segments_of(explanation)
            key = self.store.add(row, evidence=map_of(explanation), segments=segments)
            self.store.note(key, Shown(), person=self.person)
            self.shown = Showing(opened, candidate, explanation, key, rejected, segments)
            return self.shown
        return None

    def _seen(self, opened: Opened) -> tuple[tuple[Candidate, ...], set[str]]:
        """What the person rejected of a picture: the candidates, and the keys of the explanations."""
        seen = self.store.candidates(opened.sample.key, self.model, person=self.person)
        rejected = [each.explanation for each in seen if each.downs]
        return tuple(candidate_of(each) for each in rejected), {each.key for each in rejected}

    def _made(self, opened: Opened, candidate: Candidate) -> Explanation:
        ready = self._ready.get((opened.place, candidate))
        return make(self.classifier, opened, candidate) if ready is None else ready

    def _choose(
        self, opened: Opened, rejected: tuple[Candidate, ...], unusable: Sequence[Candidate]
    ) -> Candidate | None:
        options = [option for option in self.options if option not in unusable]
        return self._best(self._belief(options) if self.learning else None, options, opened, rejected)

    def _best(
        self, belief: Belief | None, options: Sequence[Candidate], opened: Opened, rejected: tuple[Candidate, ...]
    ) -> Candidate | None:
        if belief is None:
            return next_rank(options, rejected)
        return belief.choose(options, opened.context, rejected, seed=self.seed)

    def _belief(self, options: Sequence[Candidate], foreseen: Verdict | None = None) -> Belief:
        """What everybody's verdicts teach so far; ``foreseen``: with this verdict on what is shown."""
        counted = Filter(since=self.store.counts_since(LEARNED))
        verdicts = self.store.history(counted, limit=MOST_TRIALS)[::-1]
        more = [] if foreseen is None else [self._judged(foreseen)]
        return learn(trials_of([*verdicts, *more][-MOST_TRIALS:]), options)

    def _judged(self, said: Verdict) -> Judged:
        """A verdict on what is shown, as the history is going to have it."""
        assert self.shown is not None
        row = self.store.load(self.shown.key)
        record = Record(0, "", self.shown.key, self.person, datetime.now(UTC), said)
        return Judged(record, row, self.store.picture(row.picture), self.store.model(row.model))
