"""Heads on another network's features: one layer's output, averaged over its grid, is what the new head is given.

    φ_k = mean_u F_k(u)        logits = head(φ)

The network and the head are one module, so that whatever looks into a network looks into both.
"""

from collections.abc import Callable

from torch import Tensor, nn

from whylight.errors import LayerError
from whylight.types import Features, Images, Logits


class Pooled(nn.Module):
    """A network whose own head is left out of account.

    ``network``: holds the layer. ``predict``: runs it on pictures in [0, 1]. ``layer``: its name in ``network``.
    ``to_grid``: turns the layer's output into (batch, feature, row, column).
    """

    def __init__(
        self,
        network: nn.Module,
        predict: Callable[[Images], Logits],
        layer: str,
        to_grid: Callable[[Tensor], Features],
    ) -> None:
        super().__init__()
        self.network, self.predict, self.to_grid, self.layer = network, predict, to_grid, layer

    def look(self, images: Images) -> tuple[Features, Logits]:
        """The layer's grid, and what the network itself answers."""
        seen: list[Tensor] = []

        def note(_module: nn.Module, _inputs: object, output: object) -> None:
            if not isinstance(output, Tensor):
                raise LayerError(f"expected a layer whose output is one tensor; got {type(output).__name__}")
            seen.append(output.clone())  # an in-place operation that follows would change it

        hook = self.network.get_submodule(self.layer).register_forward_hook(note)
        try:
            logits = self.predict(images)
        finally:
            hook.remove()
        if not seen:
            raise LayerError(f"the layer {self.layer!r} was not reached in a forward pass")
        return self.to_grid(seen[-1]), logits

    def forward(self, images: Images) -> Tensor:
        """The averaged features, (batch, feature)."""
        return self.look(images)[0].mean(dim=(2, 3))


class Headed(nn.Module):
    """Averaged features with a head. ``typical``: the mean of the features that the head was fitted to."""

    typical: Tensor

    def __init__(self, features: Pooled, head: nn.Module, typical: Tensor) -> None:
        super().__init__()
        self.features, self.head = features, head
        self.register_buffer("typical", typical.detach().clone(), persistent=False)

    def forward(self, images: Images) -> Logits:
        """The head's logits of pictures in [0, 1]."""
        logits: Tensor = self.head(self.features(images))
        return logits


def typical_features(network: nn.Module) -> Tensor | None:
    """The mean of the features that a head was fitted to; None where the network has no such head."""
    found = next((part for part in network.modules() if isinstance(part, Headed)), None)
    return None if found is None else found.typical
