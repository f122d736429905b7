"""Session: a person judges explanations of a data set, picture after picture; the terminal and a page share this loop.

Everything that is said stands in the store before the next thing is shown, so that a session which ends in any way goes on
where it was: a picture that was accepted, or of which every candidate was rejected, does not come again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from whylight.classifier import Classifier
from whylight.dataset import Dataset
from whylight.errors import MethodError, PictureError
from whylight.feedback.acceptance import MOST_TRIALS, learn
from whylight.feedback.candidates import Candidate, next_rank
from whylight.feedback.showing import Opened, Showing, make, map_of, open_picture, picture_of, row_of, segments_of
from whylight.feedback.trials import candidate_of, trials_of
from whylight.feedback.version import version_of
from whylight.store import Filter, Model, Shown, Store, Verdict
from whylight.tensors import generator

LEARNED = "candidates"
"""What the store calls what this loop learns."""


@dataclass(eq=False)
class Session:
    """``source``: the data set's description. ``options``: the candidates, in the order of the source's scheme.
    ``learning``: whether earlier verdicts choose what is shown; without it the next label rank is shown after each thumb
    down. ``seed``: another one brings the pictures in another order."""

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
    _next: int = 0

    @cached_property
    def model(self) -> str:
        """The classifier's key in the store."""
        return self.store.add_model(Model(self.classifier.name, version_of(self.classifier), self.classifier.labels))

    def next(self) -> Showing | None:
        """Shows the first candidate of the next picture that is not done, in random order; None when all are."""
        done = self._done()
        while self._next < len(self.dataset):
            place = self._order[self._next]
            self._next += 1
            if (self.source, place) in done:
                continue
            opened = self._open(place)
            if opened is not None and opened.sample.key not in done and self._show(opened) is not None:
                return self.shown
        self.shown = None
        return None

    def judge(self, *, up: bool) -> Showing | None:
        """Keeps the verdict on what is shown; then shows the next candidate after a thumb down, else the next picture."""
        assert self.shown is not None
        self.store.note(self.shown.key, Verdict(up=up), person=self.person)
        return (None if up else self._show(self.shown.opened)) or self.next()

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
        if self.shown is not None and self.shown.opened.place != opened.place:
            self._next = max(0, self._next - 1)  # what is before the person now comes again after this picture
        return self._show(opened, candidate_of(explanation))

    @cached_property
    def _order(self) -> list[int]:
        return torch.randperm(len(self.dataset), generator=generator(self.seed)).tolist()

    def _done(self) -> set[object]:
        """The pictures that need no verdict any more: by their keys, and by where they lie."""
        tallies = self.store.tallies(self.model, person=self.person)
        done = [tally.picture for tally in tallies if tally.ups or tally.downs >= len(self.options)]
        return {picture.key for picture in done} | {(picture.source, picture.place) for picture in done}

    def _open(self, place: int) -> Opened | None:
        try:
            return open_picture(self.classifier, self.dataset[place], place)
        except PictureError as error:
            self.problems.append(str(error))
            return None

    def _show(self, opened: Opened, again: Candidate | None = None) -> Showing | None:
        """Makes and keeps the next candidate of a picture; None when every one was rejected or cannot be made."""
        self.store.add_picture(picture_of(opened, self.source))
        seen = self.store.candidates(opened.sample.key, self.model, person=self.person)
        rejected = tuple(candidate_of(each.explanation) for each in seen if each.downs)
        refused = {each.explanation.key for each in seen if each.downs}
        unusable: list[Candidate] = []
        while (candidate := again or self._choose(opened, rejected, unusable)) is not None:
            try:
                explanation = make(self.classifier, opened, candidate)
            except MethodError as error:
                self.problems.append(str(error))
                unusable.append(candidate)
                again = None
                continue
            row = row_of(opened, candidate, explanation, self.model)
            if row.key in refused:  # other words for what was rejected already
                unusable.append(candidate)
                continue
            key = self.store.add(row, evidence=map_of(explanation), segments=segments_of(explanation))
            self.store.note(key, Shown(), person=self.person)
            self.shown = Showing(opened, candidate, explanation, key, rejected)
            return self.shown
        return None

    def _choose(
        self, opened: Opened, rejected: tuple[Candidate, ...], unusable: Sequence[Candidate]
    ) -> Candidate | None:
        options = [option for option in self.options if option not in unusable]
        if not self.learning:
            return next_rank(options, rejected)
        counted = Filter(since=self.store.counts_since(LEARNED))
        verdicts = self.store.history(counted, limit=MOST_TRIALS)[::-1]
        belief = learn(trials_of(verdicts), options)
        return belief.choose(options, opened.context, rejected, seed=self.seed)
