"""From what is asked of a classifier of concepts to a folder that ``infodisent:FOLDER`` loads, and its scores.

FOLDER/infodisent.json, …     the classifier
FOLDER/prototypes.safetensors the pictures in which its concepts are strongest
FOLDER/training.json          what was asked, the curve, the scores beside those of the network below, measures, versions
FOLDER/state.safetensors      while it is at work: what a killed training goes on with, beside the network's grids
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.classifiers.infodisent import ConceptClassifier, features_of, post_hoc, save, with_head
from whylight.concepts.measures import measure
from whylight.concepts.misalignment import misalignment
from whylight.concepts.prototypes import Prototypes, of_grids, search
from whylight.concepts.stored import write_prototypes
from whylight.errors import RunError
from whylight.lock import locked
from whylight.nets.concept_basis import Basis
from whylight.nets.concepts import basis_of, concept_head, new_head
from whylight.tensors import generator
from whylight.training.concept_features import Kept, forget, grids_of
from whylight.training.concept_fit import Fit, Side, Watch, fit_head, logits_of
from whylight.training.concept_purity import Purification, purify
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.folder import TRAINING, read_training, write_json
from whylight.training.prepare import check_labels, content_of, training_part
from whylight.training.split import split
from whylight.training.testing import read_test
from whylight.whole import check_writable

STATE, PLAN = "state.safetensors", "plan.json"
MEASURED = 256
"""So many pictures are measured."""
MOVED = 32
"""So many are changed outside of a concept's box."""
Document = dict[str, Any]


@dataclass(frozen=True)
class ConceptWish:
    """What is asked for. ``model``: the network whose grids are taken; ``layer``: of which layer, None for the last grid, or
    with ``post_hoc`` for the one where maps are made. ``post_hoc``: the network's own decision is kept and only a basis is
    learnt. ``grids``: a folder where the network's grids are kept for other trainings; None keeps them only meanwhile."""

    data: str
    model: str | None = None
    layer: str | None = None
    post_hoc: bool = False
    fit: Fit = field(default_factory=Fit)
    purification: Purification = field(default_factory=Purification)
    validation: float = 0.1
    limit: int | None = None
    test: str | None = None
    data_root: Path | None = field(default=None, compare=False)
    grids: Path | None = field(default=None, compare=False)

    def to_plain(self) -> Document:
        """Everything that decides the result."""
        plain = asdict(self)
        del plain["data_root"], plain["grids"]
        return plain


@dataclass(frozen=True, eq=False)
class Told:
    """What a run says: pictures ``read``, and of a training ``watch``."""

    read: Progress = lambda _done, _whole: None
    watch: Watch = field(default_factory=Watch)


def carry_out(wish: ConceptWish, out: Path, device: torch.device, told: Told | None = None) -> Document:
    """Trains, scores and writes; returns what ``training.json`` holds, with ``finished`` False when it was stopped before.

    What is finished is not begun again. Raises RunError when the folder holds something else, WhylightError for what cannot
    be trained.
    """
    check_writable(out)
    done = read_training(out)
    if done is not None:
        if done.get("wish") != wish.to_plain():
            raise RunError(f"{out} holds concepts that were trained otherwise; name another folder with --out")
        return done
    model = classifiers.load(wish.model, device=str(device))
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        run = _Run(wish, out, device, told or Told(), model)
        document = run.to_the_end()
        if document["finished"]:
            write_json(out / TRAINING, document)
            (out / STATE).unlink(missing_ok=True)
            forget(out)
    return document


class _Run:
    """A wish at work."""

    def __init__(self, wish: ConceptWish, out: Path, device: torch.device, told: Told, model: Classifier) -> None:
        self.wish, self.out, self.device, self.told, self.model = wish, out, device, told, model
        self.dataset = training_part(wish.data, wish.data_root)
        places = None if wish.limit is None else _drawn(len(self.dataset), wish.limit, wish.fit.seed)
        read = labelled(self.dataset, model.resizing, told.read, places)
        if not wish.post_hoc:
            check_labels(read, wish.data)
        test = None if wish.test is None else read_test(wish.test, wish.data_root, read, model.resizing, told.read)
        self.places = range(len(self.dataset)) if places is None else places
        self.matched = _matched(read, model)
        self.pictures = _relabelled(read, self.matched, model)
        self.test = None if test is None else _relabelled(test.pictures, self.matched, model)
        self.content = content_of(read, model)
        self._check_plan(self.content)
        layer = wish.layer or (model.layer if wish.post_hoc else None)
        self.features, self.kept = features_of(model, layer), dict[str, Kept]()
        self.chosen, self.rest = torch.arange(len(self.pictures)), torch.arange(0)
        if wish.validation > 0:
            self.chosen, self.rest = split(self.pictures.labels, self.pictures.keys, wish.validation, wish.fit.seed)
        self.validation = self.pictures.take(self.rest) if len(self.rest) else None
        self.training = self.pictures.take(self.chosen)

    def to_the_end(self) -> Document:
        """Everything, as plain data."""
        wish = self.wish
        document: Document = {
            "whylight": version("whylight"),
            "finished": True,
            "wish": wish.to_plain(),
            "versions": {"torch": torch.__version__},
            "data": {
                "labels": list(self.pictures.classes),
                "training": self.pictures.counts(),
                "left_out": [{"name": name, "reason": reason} for name, reason in self.pictures.unread],
            },
        }
        if wish.post_hoc:
            classifier, notes = self._turned()
        else:
            made = self._head()
            if made is None:
                return document | {"finished": False}
            classifier, notes = made
        save(self.out, classifier, wish.to_plain())
        return document | notes | self._shown(classifier)

    def _head(self) -> tuple[ConceptClassifier, Document] | None:
        wish, fit = self.wish, self.wish.fit
        kept = self._kept("pictures", self.pictures)
        watched = None if self.validation is None else self._side(self.rest)
        head = new_head(fit.recipe, kept.shape[0], len(self.pictures.classes), fit.seed).to(self.device)
        with torch.random.fork_rng(devices=[]):
            position = fit_head(head, fit, self._side(self.chosen), watched, self.out / STATE, self.told.watch)
        if position is None:
            return None
        classifier = with_head(self.model, head.eval(), wish.layer, labels=self.pictures.classes)
        return classifier, {"curve": position.curve, "layer": self.features.layer, "cached": kept.cached}

    def _turned(self) -> tuple[ConceptClassifier, Document]:
        kept, fit = self._kept("pictures", self.pictures), self.wish.purification
        basis = Basis(kept.shape[0], self.wish.fit.recipe.parametrisation).to(self.device)
        step = lambda done, _purity: self.told.watch.step(done, fit.rounds)  # noqa: E731
        curve = purify(basis, self._side(self.chosen).grids, len(self.training), fit, step)
        classifier = post_hoc(self.model, basis, self.features.layer)
        images = self.training.images(range(min(MEASURED, len(self.training)))).to(self.device)
        before, after = self.model.logits(images), classifier.logits(images)
        moved = ((after - before).abs().amax(dim=1) / before.abs().amax(dim=1).clamp_min(1e-12)).max().item()
        notes = {"curve": curve, "layer": self.features.layer, "cached": kept.cached, "largest_change": moved}
        return classifier, notes

    def _shown(self, classifier: ConceptClassifier) -> Document:
        """Prototypes, scores beside the network's own, measures."""
        found = self._prototypes(classifier)
        write_prototypes(self.out, found, self.wish.data)
        side = self.test if self.test is not None else self.validation
        document: Document = {} if side is None else {"score": self._score(classifier)}
        shown = side if side is not None else self.pictures
        images = shown.images(range(min(MEASURED, len(shown)))).to(self.device)
        measures = asdict(measure(classifier, images, found, self.wish.fit.seed))
        moved = misalignment(classifier, images[:MOVED])
        for name in ("activation_change", "location_change", "label_kept"):
            measures[name] = getattr(moved, name).mean().item()
        return document | {"measures": measures}

    def _score(self, classifier: ConceptClassifier) -> Document:
        """On the test, or else on the validation pictures."""
        test = self.test is not None
        kept = self._kept("test", self.test) if self.test is not None else self._kept("pictures", self.pictures)
        labels = self.test.labels if self.test is not None else self.pictures.labels
        chosen = torch.arange(len(labels)) if test else self.rest
        below = (kept.answers()[chosen] == labels[chosen]).float().mean().item() if self.matched is not None else None
        own, head = below, concept_head(classifier.module)
        if head is not None:
            logits = logits_of(head[1], Side(lambda places: kept.grids(chosen[places]), labels[chosen]))
            own = (logits.argmax(dim=1) == labels[chosen]).float().mean().item()
        return {"pictures": len(chosen), "accuracy": own, "below": below, "test": test}

    def _prototypes(self, classifier: ConceptClassifier) -> Prototypes:
        """Among the pictures to train with; of those with one content the first."""
        basis = basis_of(classifier.module)
        if self.pictures.unread or basis is None:
            return search(classifier, self.dataset, places=self.places, tell=self.told.read)
        known: set[str] = set()
        places = torch.full((len(self.training),), -1)
        for number, (key, place) in enumerate(zip(self.training.keys, self.chosen.tolist())):
            if key not in known:
                known.add(key)
                places[number] = self.places[place]
        return of_grids(basis[1], self._side(self.chosen).grids, places)

    def _side(self, chosen: Int[Tensor, " picture"]) -> Side:
        """Some of the pictures."""
        kept = self._kept("pictures", self.pictures)
        return Side(lambda places: kept.grids(chosen[places]), self.pictures.labels[chosen])

    def _kept(self, name: str, pictures: Labelled) -> Kept:
        if name not in self.kept:
            of = hashlib.sha256(json.dumps([self.content, self.features.layer, pictures.keys]).encode()).hexdigest()
            path = (self.wish.grids or self.out) / f"grids-{of[:16]}"
            self.kept[name] = grids_of(self.features, pictures, self.device, path, content=of, tell=self.told.read)
        return self.kept[name]

    def _check_plan(self, content: str) -> None:
        """Raises RunError when the folder holds the state of something else."""
        path, plain = self.out / PLAN, {"wish": self.wish.to_plain(), "content": content}
        known = read_plan(path)
        if known is not None and known != plain:
            raise RunError(f"{self.out} holds a training of other concepts; name another folder with --out")
        write_json(path, plain)


def read_plan(path: Path) -> Document | None:
    """The plan that a folder began with; None where there is none."""
    if not path.exists():
        return None
    try:
        plain: Document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is damaged; start again in another folder") from error
    return plain


def _drawn(count: int, limit: int, seed: int) -> list[int]:
    return sorted(torch.randperm(count, generator=generator(seed, 1))[:limit].tolist())


def _matched(pictures: Labelled, model: Classifier) -> tuple[int, ...] | None:
    """The network's label of each label of the data; None where the network has not all of them."""
    found = datasets.match_labels(pictures.classes, model.labels)
    known = [each for each in found if each is not None]
    return tuple(known) if len(known) == len(found) else None


def _relabelled(pictures: Labelled, matched: tuple[int, ...] | None, model: Classifier) -> Labelled:
    """With the network's labels, where it has those of the data."""
    if matched is None:
        return pictures
    return replace(pictures, labels=torch.tensor(matched)[pictures.labels], classes=model.labels)
