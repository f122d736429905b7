"""Where a training begins: the network with drawn weights, or with those of a model that is gone on with.

Of a model for other labels all weights are taken but those of its last layer, which is drawn anew.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.classifiers import checkpoint, networks
from whylight.classifiers.networks import normalisation_of
from whylight.errors import ModelError
from whylight.training.batches import INIT, seed_for
from whylight.training.losses import head_of
from whylight.training.plan import Plan
from whylight.training.standardised import Statistics

SHOWN = 3


def starting_model(text: str | None) -> Classifier | None:
    """The model whose weights are gone on with; None for None. Raises WhylightError when it cannot be loaded, ModelError
    when it has no network."""
    if text is None:
        return None
    model = classifiers.load(text)
    if model.module is None:
        raise ModelError(
            f"{text} is a black box without weights to go on with; start from file:, torchvision: or timm:"
        )
    return model


def network_of(text: str) -> str | None:
    """The network inside a checkpoint of whylight; None for a model of another kind."""
    prefix, _, path = text.partition(":")
    return checkpoint.recipe_of(Path(path).expanduser()).network if prefix == checkpoint.PREFIX else None


def first_network(plan: Plan, model: Classifier | None, labels: tuple[str, ...]) -> nn.Module:
    """The network of a plan as its training begins; torch's random state is left as it was.

    Raises ModelError for a network that cannot be built, or weights that are not of this network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(plan.seed, INIT))
        network = networks.build(plan.network, len(labels), plan.channels, plan.size)
    if model is not None and model.module is not None:
        _take_over(network, model.module.state_dict(), plan, same_labels=model.labels == labels, classes=len(labels))
    if plan.frozen:
        _, head = head_of(network, len(labels))
        network.requires_grad_(requires_grad=False)
        head.requires_grad_()
    return network


def _take_over(network: nn.Module, given: Mapping[str, Tensor], plan: Plan, *, same_labels: bool, classes: int) -> None:
    """Copies weights into the network, those of the head only when they mean the same labels."""
    head = "" if same_labels else f"{head_of(network, classes)[0]}."
    own = network.state_dict()
    wanted = [name for name in own if same_labels or not name.startswith(head)]
    wrong = [name for name in wanted if name not in given or given[name].shape != own[name].shape]
    if wrong:
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise ModelError(
            f"the weights of {plan.start} are not those of a {plan.network} for pictures of {plan.channels} channels: "
            f"{', '.join(wrong[:SHOWN])}{more} do not fit; name the network that they are of with --network"
        )
    network.load_state_dict(own | {name: given[name] for name in wanted})


def statistics_in(model: Classifier | None) -> Statistics | None:
    """The normalisation that the weights of a model are used to; None without a model, or where it does not say."""
    return None if model is None else normalisation_of(model)
