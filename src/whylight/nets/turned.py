"""A network whose concepts are seen afterwards: one layer's channels are turned and turned back, and its answers stay.

    I → J = U I → Uᵀ J = I → the rest of the network

For a network that averages I and ends in one linear layer with weights A this is the same as averaging J and giving that
layer the weights A Uᵀ (EPIC, arXiv:2505.12897); written this way it holds for every network with a grid. What concept k adds
to a logit is Σ_u J_k(u) ∂logit/∂J_k(u): for that linear layer A Uᵀ times the mean of J, exactly.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from whylight.errors import LayerError
from whylight.nets.concept_basis import Basis
from whylight.types import Features, Images, Logits


class Turned(nn.Module):
    """``network``: holds the layer. ``predict``: runs it on pictures in [0, 1]. ``layer``: its name in ``network``.
    ``to_grid``: takes a grid out of the layer's output; it may drop and reorder numbers, and not change them. ``on``: 0 for
    a concept that a person has switched off."""

    on: Float[Tensor, " concept"]

    def __init__(
        self,
        network: nn.Module,
        predict: Callable[[Images], Logits],
        layer: str,
        to_grid: Callable[[Tensor], Features],
        basis: Basis,
    ) -> None:
        super().__init__()
        self.network, self.predict, self.layer, self.to_grid, self.basis = network, predict, layer, to_grid, basis
        self.register_buffer("on", torch.ones(basis.features))

    def forward(self, images: Images) -> Logits:
        """The network's own logits, but for rounding."""

        def turn(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
            grid = self.to_grid(output)
            places = places_of(self.to_grid, output)
            back = self.basis.back(self.basis(grid) * self.on[:, None, None]).to(output)
            flat = output.reshape(len(output), -1)
            return flat.index_copy(1, places, back.reshape(len(output), -1)).reshape(output.shape)

        hook = self.network.get_submodule(self.layer).register_forward_hook(turn)
        try:
            return self.predict(images)
        finally:
            hook.remove()


def places_of(to_grid: Callable[[Tensor], Features], output: Tensor) -> Int[Tensor, " place"]:
    """Where each number of the grid stands in one row of a layer's output, in the grid's order.

    Raises LayerError when ``to_grid`` does more than choose and reorder.
    """
    count = output[0].numel()
    numbered = torch.arange(count, dtype=torch.float64, device=output.device).reshape(1, *output.shape[1:])
    found = to_grid(numbered).flatten()
    places = found.round().long()
    if bool((places != found).any()) or len(places.unique()) != len(places):
        raise LayerError(
            "expected a to_grid that only chooses and reorders a layer's numbers; got one that changes them"
        )
    return places
