"""LIME, Kernel SHAP and RISE as others compute them, on the segments, fills and classifier of ours."""

from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.methods.perturbation._soft_masks import SoftMasks
from whylight.methods.perturbation.rise import RISE
from whylight.methods.surrogate.kernel_shap import KernelSHAP
from whylight.methods.surrogate.lime import LIME
from whylight.segments import segment
from whylight.tensors import generator, target_output
from whylight.types import Images, Maps, Targets

Rival = Callable[[Classifier, Images, Targets, int, int], Maps]
"""From classifier, picture, target, passes and seed to a map."""


def answers_of(classifier: Classifier, targets: Targets, pictures: Images) -> NDArray[np.float64]:
    """The target's probability of each picture, in batches of the size that we take ourselves."""
    parts = pictures.split(perturb.batch_size_for(pictures))
    given = [target_output(perturb.forward(classifier.predict, part), targets.expand(len(part))) for part in parts]
    found: NDArray[np.float64] = torch.cat(given).double().numpy()
    return found


def lime_package(classifier: Classifier, images: Images, targets: Targets, passes: int, seed: int) -> Maps:
    """``lime.lime_image`` with its own sampling, kernel and ridge."""
    from lime.lime_image import LimeImageExplainer

    numbers = segment(images, LIME().segments, LIME().count)[0]
    picture = images[0].permute(1, 2, 0).double().numpy()

    def answer(given: NDArray[Any]) -> NDArray[np.float64]:
        pictures = torch.from_numpy(np.asarray(given)).permute(0, 3, 1, 2).float()
        return answers_of(classifier, targets, pictures)[:, None]

    with redirect_stderr(StringIO()):  # it draws a bar
        found = LimeImageExplainer(random_state=seed).explain_instance(
            picture,
            answer,
            labels=(0,),
            top_labels=None,
            num_features=int(numbers.max()) + 1,
            num_samples=passes,
            batch_size=perturb.batch_size_for(images),
            segmentation_fn=lambda _: numbers.numpy(),
        )
    slopes = torch.zeros(int(numbers.max()) + 1)
    for number, slope in found.local_exp[0]:
        slopes[number] = slope
    return slopes[numbers][None]


def captum_kernel_shap(classifier: Classifier, images: Images, targets: Targets, passes: int, seed: int) -> Maps:
    """``captum.attr.KernelShap``."""
    from captum.attr import KernelShap

    numbers, fills = _players(images)
    torch.manual_seed(seed)
    with torch.no_grad():
        found: Maps = KernelShap(lambda given: classifier.predict(given).softmax(dim=1)).attribute(
            images,
            baselines=fills,
            target=targets,
            feature_mask=numbers[:, None].expand_as(images),
            n_samples=passes,
            perturbations_per_eval=perturb.batch_size_for(images),
        )
    return found[:, 0].float()


def shap_kernel_explainer(classifier: Classifier, images: Images, targets: Targets, passes: int, seed: int) -> Maps:
    """``shap.KernelExplainer`` without its selection of features, which would leave most segments at 0."""
    import shap

    numbers, fills = _players(images)
    count, size = int(numbers.max()) + 1, perturb.batch_size_for(images)

    def answer(rows: NDArray[Any]) -> NDArray[np.float64]:
        parts = []
        for part in torch.from_numpy(np.asarray(rows)).float().split(size):
            mixed = masking.mix(images, fills, part[:, numbers[0]][:, None])
            parts.append(answers_of(classifier, targets, mixed))
        return np.concatenate(parts)

    np.random.seed(seed)
    explainer = shap.KernelExplainer(answer, np.zeros((1, count)), link="identity")
    values = explainer.shap_values(np.ones((1, count)), nsamples=passes, l1_reg=False, silent=True)
    return torch.from_numpy(np.asarray(values)).float().reshape(-1)[numbers]


def rise_formula(classifier: Classifier, images: Images, targets: Targets, passes: int, seed: int) -> Maps:
    """The paper's sum, Σ f m / (N p)."""
    method, total = RISE(), torch.zeros_like(images[:, 0])
    fills = masking.fill(images, method.fill)
    for number, samples in enumerate(_ranges(passes, 128)):
        masks = SoftMasks.draw(samples, method.cells, method.keep, images, generator(seed, number, 7))
        for chunk in perturb.stream(classifier.predict, images, fills, masks, samples):
            answers = target_output(chunk.logits, targets[chunk.pictures])
            total += torch.einsum("b,bhw->hw", answers, chunk.keep[:, 0])
    return total / (passes * method.keep)


def rivals_of(method: str) -> dict[str, Rival]:
    """Those that are installed."""
    known: dict[str, dict[str, tuple[str, Rival]]] = {
        "lime": {"lime package": ("lime", lime_package)},
        "kernel_shap": {"captum": ("captum", captum_kernel_shap), "shap": ("shap", shap_kernel_explainer)},
        "rise": {"the paper's sum": ("torch", rise_formula)},
    }
    return {name: rival for name, (package, rival) in known[method].items() if find_spec(package)}


def _players(images: Images) -> tuple[Any, Images]:
    method = KernelSHAP()
    numbers = segment(images, method.segments, method.count)
    return numbers, masking.fill(images, method.fill, numbers)


def _ranges(count: int, step: int) -> Iterator[range]:
    return (range(start, min(count, start + step)) for start in range(0, count, step))
