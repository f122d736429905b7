"""Many pictures by several methods, a few pictures at a time: what fails alone fails alone, the rest goes on."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.cli._progress import Bars, bars
from whylight.explanation import Explanation, explain
from whylight.frame import Frame
from whylight.method import Method
from whylight.pictures import on_white
from whylight.plots import panels
from whylight.plots.region_words import MARKED
from whylight.precision.stand_in import StandIn
from whylight.preparation import Preparation, Prepared, doubts_of, fit, undecided
from whylight.regions import Region, regions
from whylight.types import Images, Targets

AT_ONCE = 8
"""Pictures in memory at the same time."""


@dataclass(frozen=True)
class Source:
    """A picture to explain: its place in the order, its name for people, the stem of its files, and how to get it."""

    place: int
    name: str
    stem: str
    read: Callable[[], Image.Image]


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture that was read: as the classifier sees it, as it is shown, and the frames of both; and what its preparation
    made of it, where there was one."""

    source: Source
    image: Tensor
    frame: Frame
    shown: Image.Image
    seen: Frame
    prepared: Prepared | None = None


Choose = Callable[[Float[Tensor, "picture label"], Sequence[Source]], Int[Tensor, "picture rank"]]
"""The labels to explain from the logits of some pictures, the most probable first."""


@dataclass(frozen=True)
class Work:
    """What is done to every picture; ``methods``: each by the text that described it; ``regions``: whether each region of
    a map is tested by itself; ``preparation``: what brings pictures into the classifier's form; ``stand_in``: what methods
    ask in the classifier's place."""

    classifier: Classifier
    methods: dict[str, Method]
    choose: Choose
    regions: bool = True
    preparation: Preparation | None = None
    stand_in: StandIn | None = None


@dataclass(frozen=True, eq=False)
class Explained:
    """One picture by one method for the target of one rank. ``undecided``: the two labels that the classifier cannot decide
    between for a prepared picture, in words; None where it is decided, or the picture was taken as it is."""

    opened: Opened
    method: str
    rank: int
    explanation: Explanation
    index: int
    seconds: float
    regions: Sequence[Region] | None = None
    undecided: str | None = None

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the answer for a prepared picture should not be relied on; none for a picture that was taken as it is, which
        has the form that its user wants."""
        prepared = self.opened.prepared
        return () if prepared is None else doubts_of(prepared, self.undecided)


@dataclass(frozen=True)
class Failed:
    """A picture that could not be read (``method`` is None), or a method that failed on it."""

    source: Source
    method: str | None
    error: Exception


def go_through(
    work: Work,
    sources: Sequence[Source],
    take: Callable[[Explained | Failed], None],
    settings: perturb.Execution,
    *,
    quiet: bool,
) -> bool:
    """Hands each result to ``take``, with progress on stderr unless ``quiet``. Whether it was stopped by Ctrl-C."""
    with bars(len(sources) * len(work.methods), quiet=quiet) as shown:
        try:
            with perturb.execution(replace(settings, progress=shown.passes)):
                for result in run(work, sources, shown):
                    take(result)
        except KeyboardInterrupt:
            return True
    return False


def run(work: Work, sources: Sequence[Source], bars: Bars) -> Iterator[Explained | Failed]:
    """Explains the pictures in their order, a few at a time."""
    for start in range(0, len(sources), AT_ONCE):
        opened: list[Opened] = []
        for source in sources[start : start + AT_ONCE]:
            try:
                opened.append(_open(work, source))
            except Exception as error:  # one bad picture must not stop thousands of good ones
                yield Failed(source, None, error)
                bars.done(len(work.methods))
        for text, method in work.methods.items() if opened else ():
            bars.begin(text)
            yield from _together_or_alone(work, text, method, opened)
            bars.done(len(opened))


def _open(work: Work, source: Source) -> Opened:
    picture = source.read()
    image, frame, prepared = fit(work.classifier, picture, work.preparation)
    return Opened(source, image, frame, *panels.prepared(on_white(picture), frame), prepared)


def _together_or_alone(
    work: Work, text: str, method: Method, pictures: Sequence[Opened]
) -> Iterator[Explained | Failed]:
    """All pictures in one batch; when that fails each on its own, so that only those that cannot be explained fail."""
    try:
        results = _explain(work, text, method, pictures)
    except Exception as error:  # a method may meet anything inside a foreign network
        if len(pictures) == 1:
            yield Failed(pictures[0].source, text, error)
            return
        for picture in pictures:
            yield from _together_or_alone(work, text, method, [picture])
    else:
        yield from results


def _explain(work: Work, text: str, method: Method, pictures: Sequence[Opened]) -> list[Explained]:
    images = torch.stack([picture.image for picture in pictures]).to(work.classifier.device)
    logits = work.classifier.logits(images)
    targets = work.choose(logits, [picture.source for picture in pictures])
    labels = work.classifier.labels
    between = [undecided(each.softmax(dim=0), labels) if work.preparation else None for each in logits]
    results = []
    for rank in range(targets.shape[1]):
        began = time.perf_counter()
        explanation = _map(work, method, images, targets[:, rank])
        seconds = (time.perf_counter() - began) / len(pictures)
        found = regions(explanation, most=MARKED) if work.regions else [None] * len(pictures)
        results += [
            Explained(picture, text, rank, explanation, index, seconds, found[index], between[index])
            for index, picture in enumerate(pictures)
        ]
    return results


def _map(work: Work, method: Method, images: Images, targets: Targets) -> Explanation:
    if work.stand_in is None:
        return explain(work.classifier, method, images, targets)
    return work.stand_in.explain(method, images, targets)
