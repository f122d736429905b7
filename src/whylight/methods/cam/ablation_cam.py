"""Ablation-CAM: each feature channel counts as much as the target's logit loses when that channel alone is set to 0.

    map = Σ_k w_k · A_k        w_k = y - y_k        y the target's logit, y_k the same without channel k

No gradients, so that a classifier that is sure of its answer is no trouble. Only what follows the layer is run for each
channel. The paper divides by y, which changes no picture's map but for its scale, and turns it into its opposite where the
logit is negative; it keeps the positive part only (``relu=true``).

Desai and Ramaswamy, 2020, doi:10.1109/WACV45572.2020.9093360, equations 4 and 5.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Int
from torch import Tensor

from whylight import perturb
from whylight.classifier import Access, Classifier
from whylight.errors import LayerError
from whylight.method import Evidence, Method
from whylight.nets.turned import places_of
from whylight.partial.passes import Cut, PartialPasses
from whylight.tensors import pick, resize_maps
from whylight.types import Images, Targets


@dataclass(frozen=True)
class AblationCAM(Method):
    """``layer``: where to look; None takes the classifier's own. ``relu``: keep supporting evidence only."""

    layer: str | None = None
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass, and for each channel of the layer a pass of what follows it.

        Details: ``partial``, 0 where the network is such that whole passes were needed.
        """
        passes, size = PartialPasses(classifier, self.layer), (images.shape[-2], images.shape[-1])
        partial: list[bool] = []

        def run(start: int, stop: int) -> Tensor:
            cut = passes.at(images[start:stop])
            grid = classifier.to_grid(cut.output)
            losses = channel_losses(cut, targets[start:stop], (start, len(images)))
            coarse = torch.einsum("k,nkrc->nrc", losses, grid)
            partial.append(cut.partial)
            return resize_maps(coarse.clamp_min(0) if self.relu else coarse, size)

        with torch.inference_mode(mode=False), torch.no_grad():
            maps = torch.cat([part for _, _, part in perturb.in_batches(run, len(images), 1)])
        return Evidence(maps, {"partial": torch.tensor(partial).to(maps)})


def channel_losses(cut: Cut, target: Targets, progress: tuple[int, int]) -> Tensor:
    """What the target's logit loses without each channel of one picture, (channel,).

    ``progress``: (pictures done, pictures in all).
    """
    places = channel_places(cut)
    channels = len(places)

    def run(start: int, stop: int) -> Tensor:
        logits = cut(without(cut.output, places[start:stop]))
        return pick(logits, target.expand(stop - start))

    found, (done, pictures) = [], progress
    for _, stop, scores in perturb.in_batches(run, channels, cut.at_once):
        found.append(scores)
        report = perturb.current_execution().progress
        if report is not None:
            report(done * channels + stop, pictures * channels)
    unchanged = cut(cut.output.clone()) if perturb.is_reduced() else cut.logits
    return pick(unchanged, target) - torch.cat(found)


def channel_places(cut: Cut) -> Int[Tensor, "channel cell"]:
    """Where the numbers of each channel of the grid stand in the layer's output; a class token is in no channel.

    Raises LayerError when the grid is more than a choice of them.
    """
    grid = cut.classifier.to_grid(cut.output)
    places = places_of(cut.classifier.to_grid, cut.output)
    if not torch.equal(cut.output.flatten().take(places.clamp_max(cut.output.numel() - 1)), grid.flatten()):
        raise LayerError(
            "expected a to_grid that only chooses and reorders a layer's numbers; got one that changes them"
        )
    return places.reshape(grid.shape[1], -1)


def without(output: Tensor, places: Tensor) -> Tensor:
    """A version of a layer's output, (1, …), for each row of places, with 0 there; in the output's memory format."""
    shape = (len(places), *output.shape[1:])
    wide = output.ndim == 4 and output.is_contiguous(memory_format=torch.channels_last)
    layout = torch.channels_last if wide else torch.contiguous_format
    versions = torch.empty(shape, dtype=output.dtype, device=output.device, memory_format=layout).copy_(output)
    cells = torch.unravel_index(places, output.shape[1:])
    versions[(torch.arange(len(places), device=output.device)[:, None], *cells)] = 0.0
    return versions
