"""Every method on every architecture of three zoos, as a table for the manual: docs/support.md is written from what ran.

    python benchmarks/support.py                 # goes on where it stopped; build/support.json keeps what ran
    python benchmarks/support.py --only timm     # one zoo, or one architecture

The networks have random weights, made from a seed, so that none has to be fetched: what is tested is that a method runs,
that its map is finite and not zero everywhere, and that its sum is right where it should be.
"""

import argparse
import json
import os
import platform
import re
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from skimage import data
from torch import nn
from torch.nn import functional

import whylight
from whylight import registry
from whylight.classifier import Classifier
from whylight.classifiers import torchvision as torchvision_zoo
from whylight.classifiers._torchvision import import_torchvision
from whylight.errors import WhylightError
from whylight.types import Images, Logits

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "support.json"
PAGE = ROOT / "docs" / "support.md"
WORKS = "✓"

TORCHVISION = [
    *("resnet18", "vgg11_bn", "densenet121", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0"),
    *("convnext_tiny", "squeezenet1_1", "inception_v3", "vit_b_16", "swin_t"),
]
TIMM = [
    *("resnet18", "vgg11_bn", "densenet121", "mobilenetv2_100", "mobilenetv3_small_100", "efficientnet_b0"),
    *("convnext_atto", "inception_v3", "vit_tiny_patch16_224", "deit_tiny_patch16_224", "swin_tiny_patch4_window7_224"),
    *("deit_tiny_distilled_patch16_224", "vit_small_patch14_reg4_dinov2"),
]
TRANSFORMERS: dict[str, dict[str, Any]] = {
    "resnet": {"depths": [2, 2, 2, 2], "hidden_sizes": [64, 128, 256, 512], "layer_type": "basic"},
    "mobilenet_v2": {},
    "efficientnet": {"width_coefficient": 1.0, "depth_coefficient": 1.0, "hidden_dim": 1280, "image_size": 224},
    "convnext": {},
    "vit": {"hidden_size": 192, "num_attention_heads": 3, "intermediate_size": 768},
    "deit": {
        "hidden_size": 192,
        "num_attention_heads": 3,
        "intermediate_size": 768,
        "architectures": ["DeiTForImageClassification"],
    },
    "swin": {},
}

MASK_SEARCHES = ("f_ntc", "f_tc", "undesirable", "meaningful_perturbation")
"""They look for pixels that may not exist: a map of zeros is an answer."""

SETTINGS = {
    "smooth_grad": ":samples=4",
    "occlusion": ":window=56,stride=56",
    "rise": ":samples=32",
    "lime": ":samples=128,count=20",
    "bayesian_lime": ":samples=128,count=20",
    "kernel_shap": ":samples=128,count=20",
    "captum": ":InputXGradient",
    **dict.fromkeys(MASK_SEARCHES, ":iterations=5"),
}
"""Few samples: this is about whether a method runs."""

SMALL = 96
PASS_A_CHANNEL = ("score_cam", "ablation_cam")
"""Methods that cost a pass a channel, and so ran with inputs of this side."""

OWN_SIZE_ONLY = ("swin",)
"""Architectures whose windows do not fit a small input."""


def from_torchvision(name: str, side: int) -> nn.Module:
    """An architecture of torchvision."""
    return torchvision_zoo.build(name, 1000, (side, side))


def from_timm(name: str, side: int) -> nn.Module:
    """An architecture of timm; transformers are built for one size."""
    import_torchvision("timm")
    import timm

    tokens = {"img_size": side} if any(part in name for part in ("vit", "deit", "swin")) else {}
    network: nn.Module = timm.create_model(name, pretrained=False, num_classes=1000, **tokens)
    return network


def from_transformers(name: str, side: int) -> nn.Module:
    """A small configuration of an architecture of transformers."""
    import_torchvision("transformers")
    from transformers import AutoConfig, AutoModelForImageClassification

    settings = {"image_size": side, "num_labels": 1000, **TRANSFORMERS[name]}
    network: nn.Module = AutoModelForImageClassification.from_config(AutoConfig.for_model(name, **settings))
    return network


ZOOS: dict[str, tuple[list[str], Callable[[str, int], nn.Module]]] = {
    "torchvision": (TORCHVISION, from_torchvision),
    "timm": (TIMM, from_timm),
    "transformers": (list(TRANSFORMERS), from_transformers),
}


def side_of(name: str) -> int:
    """The input's side: the architecture's own."""
    return 299 if "inception" in name else 224


def classifier_of(zoo: str, name: str, side: int) -> Classifier:
    """The architecture with random weights that give distinct answers."""
    torch.manual_seed(zlib.crc32(f"{zoo}:{name}".encode()))
    network = ZOOS[zoo][1](name, side)
    calibrate(network, side)
    labels = [str(index) for index in range(1000)]
    return whylight.from_module(
        network.eval(), labels, name=f"{zoo}:{name}", mean=[0.45] * 3, std=[0.22] * 3, size=side
    )


def calibrate(network: nn.Module, side: int) -> None:
    """Batch norm's statistics taken from a few pictures, since fresh ones let activations of deep networks vanish; and a
    last layer that does not begin with zeros, as some transformers' do."""
    network.eval()
    for module in network.modules():
        if isinstance(module, nn.Linear) and not module.weight.any():
            nn.init.trunc_normal_(module.weight, std=0.05)
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
            module.train()
    with torch.no_grad():
        answers(network, (pictures(side).repeat(4, 1, 1, 1) + 0.3 * torch.randn(4, 3, side, side) - 0.45) / 0.22)
    network.eval()
    rescale(network, (pictures(side) - 0.45) / 0.22)


def rescale(network: nn.Module, picture: Images) -> None:
    """Another scale of the last layer where the network is certain by chance, or has nothing to say: no perturbation would
    move its probability."""
    with torch.no_grad():
        logits = answers(network, picture)
        if logits.softmax(dim=1).max() > 0.9 or logits.std() < 0.01:
            [*(module for module in network.modules() if isinstance(module, nn.Linear))][-1].weight /= logits.std()


def answers(network: nn.Module, images: Images) -> Logits:
    """The logits, whether the network gives them bare or inside an output of transformers."""
    given = network(images)
    logits: Logits = getattr(given, "logits", given)
    return logits


def pictures(side: int) -> Images:
    """scikit-image's cat, squashed to the input."""
    pixels = torch.from_numpy(data.chelsea()).permute(2, 0, 1)[None].float() / 255
    return functional.interpolate(pixels, (side, side), mode="bilinear", antialias=True)


def outcome(method: str, classifier: Classifier, images: Images) -> str:
    """A tick, or in one sentence why not."""
    part = whylight.read_method(method + SETTINGS.get(method, ""))
    try:
        part.check_access(classifier)
        targets = classifier.logits(images).argmax(dim=1)
        evidence = part(classifier, images, targets)
    except WhylightError as error:
        return str(error).replace(classifier.name, "the network")
    except RuntimeError as error:
        return f"a fault of whylight: {str(error).splitlines()[0]}"
    if not torch.isfinite(evidence.maps).all():
        return "the map is not finite"
    if not evidence.maps.any() and method not in MASK_SEARCHES:
        return "the map is zero everywhere"
    residual = evidence.details.get("completeness")
    if residual is not None and float(residual.max()) > 0.05:
        return "it runs, but the map's sum misses the change of the logit by more than 5 %, which is flagged"
    return WORKS


def run(only: str | None) -> dict[str, str]:
    """What happened, by zoo, architecture and method; written down after every method."""
    found: dict[str, str] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for zoo, (names, _) in ZOOS.items():
        for name in names:
            if only not in (None, zoo, name):
                continue
            wanted = [method for method in registry.names("methods") if f"{zoo}:{name} {method}" not in found]
            classifiers: dict[int, Classifier] = {}
            for method in wanted:
                side = SMALL if method in PASS_A_CHANNEL and name not in OWN_SIZE_ONLY else side_of(name)
                if side not in classifiers:
                    classifiers[side] = classifier_of(zoo, name, side)
                found[f"{zoo}:{name} {method}"] = outcome(method, classifiers[side], pictures(side))
                keep(found)
            if classifiers:
                found[f"{zoo}:{name} layer"] = str(classifiers[max(classifiers)].layer)
                keep(found)
            print(f"{zoo}:{name}", flush=True)
    return found


def keep(found: dict[str, str]) -> None:
    """Written beside and moved into place, so that an interruption leaves the last whole file."""
    KEPT.parent.mkdir(exist_ok=True)
    beside = KEPT.with_suffix(".part")
    beside.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    beside.replace(KEPT)


def page(found: dict[str, str]) -> str:
    """The manual's page."""
    methods = [method for method in registry.modules("methods") if any(key.endswith(f" {method}") for key in found)]
    reasons: list[str] = []
    lines = []
    for zoo, (names, _) in ZOOS.items():
        lines += [
            "",
            f"## {zoo}",
            "",
            ":::{container} support",
            "",
            "| architecture | " + " | ".join(f"`{method}`" for method in methods) + " | layer |",
        ]
        lines += ["|---" + "|:-:" * len(methods) + "|---|"]
        for name in (name for name in names if f"{zoo}:{name} layer" in found):
            cells = [cell(found.get(f"{zoo}:{name} {method}", ""), reasons) for method in methods]
            layer = found.get(f"{zoo}:{name} layer", "")
            lines.append(f"| {name} | " + " | ".join(cells) + f" | `{layer}` |")
        lines += ["", ":::"]
    notes = ["", "## Reasons", "", *(f"{number}. {reason}" for number, reason in enumerate(reasons, start=1))]
    return "\n".join([*HEAD.format(**versions()).strip().splitlines(), *lines, *(notes if reasons else []), ""])


def cell(result: str, reasons: list[str]) -> str:
    """A tick, or the number of the reason below."""
    if result in ("", WORKS):
        return result
    result = re.sub(r"'[^']+'", "its layer", result)
    if result not in reasons:
        reasons.append(result)
    return f"({reasons.index(result) + 1})"


def versions() -> dict[str, str]:
    """What it ran with."""
    names = ("torch", "torchvision", "timm", "transformers", "captum")
    return {**{name: version(name) for name in names}, "python": platform.python_version(), "small": str(SMALL)}


HEAD = """
# Support

What ran, method by architecture: `python benchmarks/support.py` writes this page. A tick says that the method ran on one
picture, that its map is finite and not zero everywhere, and that its sum is right within 5 % where it has one (CAM,
integrated gradients, Kernel SHAP). A number stands for a reason, below. *layer* is where the CAM family looked, found by
itself.

Networks have random weights, so this says nothing about how good a map looks. Inputs are of the architecture's own size
(224 or 299 pixels); Score-CAM and Ablation-CAM, which cost a pass for each channel, ran at {small} pixels where the
architecture allows. Python {python}, torch {torch},
torchvision {torchvision}, timm {timm}, transformers {transformers}, captum {captum}.
"""


def main() -> None:
    """Runs what is missing and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--only", help="a zoo or an architecture")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    PAGE.write_text(page(run(parser.parse_args().only)), encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
