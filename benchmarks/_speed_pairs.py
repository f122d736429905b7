"""What is compared with what: a row for each of ours beside a rival's, and why where they are not the same method."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

import _speed_rivals as rivals
from _metric_pairs import Sizes as MetricSizes
from _metric_pairs import ours as metric_work
from _speed_case import ALL, FEW_CHANNELS, Case
from _speed_rivals import Work

import whylight

Kind = Literal["forward", "gradients", "layer"]
"""What passes are made: forward only; back to the pixels; back to a layer."""


@dataclass(frozen=True)
class Pair:
    """``ours``: a method as it is written on the command line, with the names of sizes, or a metric. ``cuts``: whether ours
    cuts the picture into segments. ``partial``: whether ours runs the last layers only. ``unlike``: how the two differ where
    they are not the same method."""

    name: str
    ours: str
    library: str
    rival: str
    theirs: Callable[[Case], Work]
    kind: Kind = "forward"
    networks: tuple[str, ...] = ALL
    metric: bool = False
    cuts: bool = False
    partial: bool = False
    unlike: str = ""

    def work(self, case: Case) -> Work:
        """Ours: the method itself, without the verdict, which no rival has."""
        if self.metric:
            return metric_work(self.ours, case.saliency, MetricSizes(case.sizes.flips, case.sizes.moves))
        method = whylight.read_method(self.ours.format(layer=case.layer, **asdict(case.sizes)))
        return lambda: method(case.classifier, case.images, case.targets)


KRIGED = "lime:tolerance=0,samples={samples},count={segments}"
LIME = f"{KRIGED},kriging=false"
SHAP = "kernel_shap:tolerance=0,samples={samples},count={segments},kriging=false"
IG = "integrated_gradients:steps={steps},most={steps}"
CAM, CAPTUM, SHAPS = "grad-cam", "captum", "shap"
NEAREST = "nearest"

PAIRS = (
    Pair("grad_cam", "grad_cam:layer={layer}", CAM, "GradCAM", rivals.grad_cam_library("GradCAM"), "layer"),
    Pair(
        "score_cam",
        "score_cam:layer={layer}",
        CAM,
        "ScoreCAM",
        rivals.grad_cam_library("ScoreCAM"),
        networks=FEW_CHANNELS,
    ),
    Pair(
        "ablation_cam",
        "ablation_cam:layer={layer}",
        CAM,
        "AblationCAM",
        rivals.grad_cam_library("AblationCAM"),
        networks=FEW_CHANNELS,
        partial=True,
    ),
    Pair("saliency", "saliency", CAPTUM, "Saliency", rivals.captum_saliency, "gradients"),
    Pair("integrated_gradients", IG, CAPTUM, "IntegratedGradients", rivals.captum_ig, "gradients"),
    Pair(
        "smooth_grad",
        "smooth_grad:samples={noisy}",
        CAPTUM,
        "NoiseTunnel(Saliency)",
        rivals.captum_smooth_grad,
        "gradients",
    ),
    Pair("occlusion", "occlusion:window={window},stride={stride}", CAPTUM, "Occlusion", rivals.captum_occlusion),
    Pair("lime", LIME, "lime", "LimeImageExplainer", rivals.lime, cuts=True),
    Pair("lime_kriged", KRIGED, "lime", "LimeImageExplainer", rivals.lime, cuts=True, unlike="with kriging"),
    Pair("lime_captum", f"{LIME},fill=black", CAPTUM, "Lime", rivals.captum_surrogate("Lime"), cuts=True),
    Pair("kernel_shap", f"{SHAP},fill=black", SHAPS, "KernelExplainer", rivals.shap_kernel, cuts=True),
    Pair(
        "kernel_shap_captum",
        f"{SHAP},fill=black",
        CAPTUM,
        "KernelShap",
        rivals.captum_surrogate("KernelShap"),
        cuts=True,
    ),
    Pair(
        "partition",
        SHAP,
        SHAPS,
        "PartitionExplainer",
        rivals.shap_partition,
        cuts=True,
        unlike=NEAREST,
    ),
    Pair("rise", "rise:tolerance=0,samples={samples}", "reference", "RISE", rivals.rise_reference),
    Pair(
        "pixel_flipping",
        "pixel_flipping",
        "quantus",
        "PixelFlipping",
        rivals.quantus_metric("pixel_flipping"),
        metric=True,
    ),
    Pair(
        "max_sensitivity",
        "max_sensitivity",
        "quantus",
        "MaxSensitivity",
        rivals.quantus_metric("max_sensitivity"),
        "gradients",
        metric=True,
    ),
)
