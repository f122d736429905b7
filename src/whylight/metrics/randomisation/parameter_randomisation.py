"""Parameter randomisation (MPRT): how much of the map is left when the network's weights are drawn anew, layer by layer.

    score = mean over stages l of similarity( map, map_l )        map_l: the same target, layers up to stage l drawn anew

A map that stays as it is explains the picture, not the classifier. ``order``: ``top_down`` begins at the logits and
``bottom_up`` at the picture, both keeping what is drawn; ``independent`` draws the layers of one stage at a time.

Adebayo et al., 2018, arXiv:1810.03307; the order from below: Binder et al., 2023, arXiv:2211.12486.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from whylight.classifier import Access
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._explaining import maps_of
from whylight.metrics.randomisation._cascade import check_settings, compared, randomised_maps
from whylight.types import Maps


@dataclass(frozen=True)
class ParameterRandomisation(Metric):
    """``order``: which layers lose their weights first. ``stages``: the most groups that the layers are put in, one map
    each. ``kind``: the similarity of two maps. ``absolute``: whether only magnitudes are compared. ``seed``: of the
    weights."""

    order: Literal["top_down", "bottom_up", "independent"] = "top_down"
    stages: int = 10
    kind: Literal["spearman", "ssim", "pearson"] = "spearman"
    absolute: bool = False
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = False
    needs: ClassVar[Access] = Access.FEATURES

    def __post_init__(self) -> None:
        check_settings("parameter_randomisation", self.stages)

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``stages`` times the cost of the map. Signed, unless ``absolute``. A map that became constant is like nothing: 0;
        NaN where the map itself is constant. Curve: ``similarity``, stage by stage."""
        self.check(explanation, truth)

        def explain() -> Maps:
            return maps_of(explanation, explanation.images)

        after = randomised_maps(explanation, explain, self.order, self.stages, self.seed)
        return compared(explanation.maps, after, self.order, self.kind, absolute=self.absolute)
