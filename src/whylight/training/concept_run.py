"""From what is asked of a classifier of concepts to a folder that ``infodisent:FOLDER`` loads, and its scores.

FOLDER/infodisent.json, …     the classifier
FOLDER/prototypes.safetensors the pictures in which its concepts are strongest
FOLDER/training.json          what was asked, the curve, the scores beside those of the network below, measures, versions
FOLDER/events/                for TensorBoard
FOLDER/state.safetensors      while it is at work: what a killed training goes on with, beside the best head so far and the
                              network's grids
"""

import hashlib
import json
from contextlib import nullcontext
from dataclasses import asdict, replace
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
from whylight.training.concept_fit import Side, logits_of
from whylight.training.concept_purity import purify
from whylight.training.concept_training import ConceptTraining, plan_of, take_up
from whylight.training.concept_wish import ConceptWish
from whylight.training.course import Course
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.folder import MODEL, PLAN, STATE, TRAINING, read_training, write_json
from whylight.training.prepare import check_labels, check_patience, content_of, training_part
from whylight.training.session import Setup, Sides
from whylight.training.split import split
from whylight.training.testing import read_test
from whylight.training.world import World
from whylight.whole import check_writable

MEASURED = 256
"""So many pictures are measured."""
MOVED = 32
"""So many are changed outside of a concept's box."""
Document = dict[str, Any]


def carry_out(wish: ConceptWish, setup: Setup, read: Progress = lambda _done, _whole: None) -> Document:
    """Trains, scores and writes; returns what ``training.json`` holds, with ``finished`` False when it was stopped before.

    ``read``: told of pictures that are read and of grids that are made. What is finished is not begun again; of several
    processes the one that leads has the scores. Raises RunError when the folder holds something else, WhylightError for what
    cannot be trained.
    """
    out, leads = setup.folder, setup.world.leads
    check_writable(out)
    done = read_training(out)
    if done is not None:
        if done.get("wish") != wish.to_plain():
            raise RunError(f"{out} holds concepts that were trained otherwise; name another folder with --out")
        return done
    if wish.post_hoc and setup.world.size > 1:
        raise RunError("--post-hoc is learnt in one process; leave torchrun out")
    check_patience(wish.fit.patience, wish.validation)
    model = classifiers.load(wish.model, device=str(setup.device))
    out.mkdir(parents=True, exist_ok=True)
    with locked(out) if leads else nullcontext():
        document = _Run(wish, setup, read, model).to_the_end()
        if document["finished"] and leads:
            write_json(out / TRAINING, document)
            for name in (STATE, MODEL):
                (out / name).unlink(missing_ok=True)
            forget(out)
    return document


class _Run:
    """A wish at work."""

    def __init__(self, wish: ConceptWish, setup: Setup, read: Progress, model: Classifier) -> None:
        self.wish, self.setup, self.tell, self.model = wish, setup, read, model
        self.out, self.device = setup.folder, setup.device
        self.dataset = training_part(wish.data, wish.data_root)
        places = None if wish.limit is None else _drawn(len(self.dataset), wish.limit, wish.fit.seed)
        found = labelled(self.dataset, model.resizing, self.tell, places)
        if not wish.post_hoc:
            check_labels(found, wish.data)
        test = None if wish.test is None else read_test(wish.test, wish.data_root, found, model.resizing, self.tell)
        self.places = range(len(self.dataset)) if places is None else places
        self.matched = _matched(found, model)
        self.pictures = _relabelled(found, self.matched, model)
        self.test = None if test is None else _relabelled(test.pictures, self.matched, model)
        self._check_plan(content_of(found, model))
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
            "run": {"device": str(self.device), "processes": self.setup.world.size},
            "data": {
                "labels": list(self.pictures.classes),
                "training": self.pictures.counts(),
                "left_out": [{"name": name, "reason": reason} for name, reason in self.pictures.unread],
            },
        }
        if wish.post_hoc:
            classifier, notes = self._turned()
        else:
            classifier, notes = self._head()
        document |= notes
        if not (document["finished"] and self.setup.world.leads):
            return document
        save(self.out, classifier, wish.to_plain())
        return document | self._shown(classifier)

    def _head(self) -> tuple[ConceptClassifier, Document]:
        """The best head; that of the last step when it was stopped before."""
        wish, fit = self.wish, self.wish.fit
        kept = self._kept("pictures", self.pictures)
        watched = None if self.validation is None else self._side(self.rest)
        head = new_head(fit.recipe, kept.shape[0], len(self.pictures.classes), fit.seed).to(self.device)
        resizing = self.model.resizing
        plan = plan_of(fit, wish.data, resizing.size, resizing.channels, wish.validation)
        sides, grids = Sides(self.training, self.validation), (self._side(self.chosen), watched)
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            course = Course(self.setup, ConceptTraining(self.setup, plan, fit, head, sides, grids))
            finished = course.to_the_end()
        if finished and self.setup.world.leads:
            take_up(head, self.out / MODEL)
        position = course.position
        notes = {"finished": finished, "curve": position.curve, "best": position.best, "ended_early": position.ended}
        classifier = with_head(self.model, head.eval(), wish.layer, labels=self.pictures.classes)
        return classifier, notes | {"layer": self.features.layer, "cached": kept.cached}

    def _turned(self) -> tuple[ConceptClassifier, Document]:
        kept, fit = self._kept("pictures", self.pictures), self.wish.purification
        basis = Basis(kept.shape[0], self.wish.fit.recipe.parametrisation).to(self.device)
        step = lambda done, _purity: self.setup.progress(done, fit.rounds)  # noqa: E731
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
            return search(classifier, self.dataset, places=self.places, tell=self.tell)
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
            what = [
                content_of(pictures, self.model),
                self.features.layer,
            ]  # test pictures are the same in all trainings
            of = hashlib.sha256(json.dumps(what).encode()).hexdigest()
            path = (self.wish.grids or self.out) / f"grids-{of[:16]}"
            world = World() if name == "test" else self.setup.world  # the test is for the process that leads
            self.kept[name] = grids_of(
                self.features, pictures, self.device, path, content=of, tell=self.tell, world=world
            )
        return self.kept[name]

    def _check_plan(self, content: str) -> None:
        """Raises RunError when the folder holds the state of something else."""
        path, plain = self.out / PLAN, {"wish": self.wish.to_plain(), "content": content}
        known = read_plan(path)
        if known is not None and known != plain:
            raise RunError(f"{self.out} holds a training of other concepts; name another folder with --out")
        self.setup.world.wait()
        if self.setup.world.leads:
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
