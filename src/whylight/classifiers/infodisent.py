"""``infodisent:FOLDER`` is a classifier that decides by a short sum of concepts, or shows another's decision as one.

with_head(classifier, head)     a head of concepts on the network up to its last grid
post_hoc(classifier, basis)     the classifier itself, its layer seen in another basis: the answers stay
"""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from whylight.classifier import Classifier, as_grid
from whylight.classifiers import _concept_folder, _zoo
from whylight.classifiers._concept_edits import Edits, read_edits
from whylight.classifiers._concept_folder import Description
from whylight.classifiers._layers import find_last_grid
from whylight.classifiers._network_below import can_be_copied, check_probe, load_below, probe
from whylight.errors import LayerError, ModelError, SpecError
from whylight.nets.concept_basis import Basis
from whylight.nets.concepts import ConceptHead, ConceptNet
from whylight.nets.pooled import Pooled
from whylight.nets.turned import Turned
from whylight.spec import Spec

PREFIX = "infodisent"


@dataclass(frozen=True, eq=False)
class ConceptClassifier(Classifier):
    """``below``: the classifier whose layer the concepts come from. ``edits``: what a person has said of them.
    ``folder``: where it lies, None for one that is not on disk."""

    below: Classifier | None = None
    edits: Edits = field(default_factory=Edits)
    folder: Path | None = None


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier, with ``edits=none`` as it was before a person changed its concepts; raises ModelError when the folder
    is missing, not complete, of a newer format, or its network has changed."""
    settings = dict(given.settings)
    wanted = settings.pop("edits", None)
    for key in settings:
        raise SpecError(f"{given.name} has no setting {key!r}; it has edits")
    if wanted not in (None, "none"):
        raise SpecError(f"{given.name}:edits can only be none, for the concepts as they were learnt; got {wanted!r}")
    folder = Path(_zoo.name_of(given)).expanduser()
    description = _concept_folder.read(folder)
    basis, head = _concept_folder.read_head(folder, description)
    below = load_below(folder, description.model, copied=description.copied, device=device)
    found = with_head(below, head, description.layer) if head is not None else post_hoc(below, basis, description.layer)
    changed = {"changed": description.model, "again": "train the concepts again"}
    check_probe(found, description.probe, made="trained", **changed)
    edits = Edits() if wanted == "none" else read_edits(folder, basis.features)
    return replace(edited(found, edits), labels=description.labels, name=f"{PREFIX}:{given.value}", folder=folder)


def save(folder: Path, classifier: ConceptClassifier, fit: dict[str, Any] | None = None) -> None:
    """Writes a folder that ``load`` reads, with all concepts switched on; ``fit``: how it was learnt, for people.

    Raises ModelError for a network below that has no name to load it by.
    """
    network, below = classifier.module, classifier.below
    if below is None or not isinstance(network, ConceptNet | Turned):
        raise ModelError(f"expected a classifier of concepts; got {classifier.name}")
    head = network.head if isinstance(network, ConceptNet) else None
    on = network.head.on if isinstance(network, ConceptNet) else network.on
    switched = on.clone()
    on.fill_(1.0)
    description = Description(
        kind="turned" if head is None else "head",
        labels=classifier.labels,
        model=below.name,
        layer=network.features.layer if isinstance(network, ConceptNet) else network.layer,
        recipe={} if head is None else asdict(head.recipe),
        copied=can_be_copied(below.name),
        probe=probe(classifier),
        fit=fit or {},
    )
    on.copy_(switched)
    basis = network.basis if isinstance(network, Turned) else network.head.basis
    _concept_folder.write(folder, description, basis, head)


def with_head(
    classifier: Classifier, head: ConceptHead, layer: str | None = None, *, labels: tuple[str, ...] | None = None
) -> ConceptClassifier:
    """A classifier that decides by ``head`` on the grid of ``layer``, the last grid of the network unless it is named.

    ``labels``: one name a logit, where they are others than the classifier's. The network stays as it is.

    Raises ModelError for a black box or labels of another number, LayerError where there is no such layer or its channels
    are not those of the head.
    """
    named = labels or classifier.labels
    if len(named) != len(head.weight):
        raise ModelError(f"the head has {len(head.weight)} logits but there are {len(named)} labels")
    features = features_of(classifier, layer)
    net = ConceptNet(features, head.to(classifier.device).requires_grad_(requires_grad=False))
    _evaluate(net, features, head)
    found = ConceptClassifier(
        name=f"concepts of {classifier.name}",
        labels=named,
        predict=net,
        module=net,
        layer="head.basis",
        to_grid=as_grid,
        resizing=classifier.resizing,
        below=classifier,
    )
    _check(found, features)
    return found


def post_hoc(classifier: Classifier, basis: Basis, layer: str | None = None) -> ConceptClassifier:
    """The classifier with its layer, or the one that is named, seen in another basis; its answers stay but for rounding.

    Raises ModelError for a black box, LayerError where there is no such layer or its channels are not those of the basis.
    """
    module, name = _network(classifier), classifier.layer_name(layer)
    turned = Turned(module, classifier.predict, name, classifier.to_grid, basis.to(classifier.device))
    turned.basis.requires_grad_(requires_grad=False)
    _evaluate(turned, turned.basis)
    found = ConceptClassifier(
        name=f"concepts of {classifier.name}",
        labels=classifier.labels,
        predict=turned,
        module=turned,
        layer="basis",
        to_grid=as_grid,
        resizing=classifier.resizing,
        below=classifier,
    )
    _check(found, features_of(classifier, layer or classifier.layer))
    return found


def edited(classifier: ConceptClassifier, edits: Edits) -> ConceptClassifier:
    """The classifier with exactly these concepts off; the network that it shares with the one before is changed too."""
    network = classifier.module
    on = network.head.on if isinstance(network, ConceptNet) else network.on if isinstance(network, Turned) else None
    if on is None:
        raise ModelError(f"{classifier.name} has no concepts")
    on.fill_(1.0)
    on[torch.tensor(sorted(edits.off), dtype=torch.long, device=on.device)] = 0.0
    return replace(classifier, edits=edits)


def features_of(classifier: Classifier, layer: str | None = None) -> Pooled:
    """The network up to a layer, the last grid unless it is named; raises as ``with_head`` does."""
    module, name = _network(classifier), layer or find_last_grid(classifier)
    if name is None:
        raise LayerError(f"no layer with a grid was found in {classifier.name}; name one with layer=")
    return Pooled(module, classifier.predict, classifier.layer_name(name), classifier.to_grid)


def _network(classifier: Classifier) -> nn.Module:
    if classifier.module is None:
        raise ModelError(
            f"{classifier.name} is a black box, and concepts need the features of a torch network; name one, such as "
            "timm:NAME, torchvision:NAME or file:CHECKPOINT"
        )
    classifier.check_mode()
    return classifier.module


def _evaluate(*own: nn.Module) -> None:
    """Evaluation mode for our own parts; `.eval()` would reach into the user's network."""
    for each in own:
        each.training = False
    for part in own[-1].modules():
        part.training = False


def _check(found: ConceptClassifier, features: Pooled) -> None:
    """Raises LayerError where the layer's grid has another number of channels than the basis, or is none."""
    basis = next(part for part in (found.module or nn.Module()).modules() if isinstance(part, Basis))
    picture = torch.rand(1, found.resizing.channels, *found.input_size, generator=torch.Generator().manual_seed(0))
    picture = picture.to(found.device)
    with torch.inference_mode(), found.explained_failures(picture):
        grid = features.look(picture)[0]
    if grid.ndim != 4 or grid.shape[1] != basis.features:
        raise LayerError(
            f"the basis has {basis.features} channels, but the layer {features.layer!r} gives {tuple(grid.shape[1:])}"
        )
    found.logits(picture)
