"""The rivals, each as its own documentation uses it: batch sizes are their defaults, whatever that costs them.

Every function takes a case and returns the work that is timed. What is drawn or built once for all pictures stands before
it. Progress bars are on by default in some and are sent nowhere.
"""

import contextlib
import io
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch
from _metric_pairs import Sizes as MetricSizes
from _metric_pairs import theirs as quantus_work
from _speed_case import SEED, Case
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from whylight.segments import segment
from whylight.types import Images

Work = Callable[[], object]
Array = NDArray[Any]
RISE_BATCH = 100
"""What the reference code of RISE passes at once."""
CELLS, KEEP = 7, 0.5


def quiet(work: Work) -> Work:
    """Without progress bars."""

    def run() -> object:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            return work()

    return run


def probabilities(case: Case) -> Callable[[Tensor], Tensor]:
    """What methods explain that hide parts."""
    return lambda images: case.model(images).softmax(dim=1)


def of_arrays(case: Case) -> Callable[[Array], Array]:
    """The same for libraries that work on arrays (picture, row, column, colour)."""

    def answer(pictures: Array) -> Array:
        images = torch.from_numpy(np.ascontiguousarray(pictures, dtype=np.float32)).permute(0, 3, 1, 2)
        with torch.no_grad():
            answers: Array = case.model(images.contiguous()).softmax(dim=1).numpy()
        return answers

    return answer


def picture_array(images: Images) -> Array:
    """One picture, colours last."""
    return images.permute(1, 2, 0).contiguous().numpy()


def captum_saliency(case: Case) -> Work:
    made = import_module("captum.attr").Saliency(case.model)
    return lambda: made.attribute(case.images, target=case.targets, abs=False)


def captum_ig(case: Case) -> Work:
    """With the sum's error, which ours always tells."""
    made = import_module("captum.attr").IntegratedGradients(case.model)
    given = {"n_steps": case.sizes.steps, "return_convergence_delta": True}
    return lambda: made.attribute(case.images, target=case.targets, **given)


def captum_smooth_grad(case: Case) -> Work:
    library = import_module("captum.attr")
    made = library.NoiseTunnel(library.Saliency(case.model))
    given = {"nt_samples": case.sizes.noisy, "stdevs": 0.15, "abs": False}
    return lambda: made.attribute(case.images, target=case.targets, **given)


def captum_occlusion(case: Case) -> Work:
    made = import_module("captum.attr").Occlusion(probabilities(case))
    colours, window, stride = case.images.shape[1], case.sizes.window, case.sizes.stride
    given = {"sliding_window_shapes": (colours, window, window), "strides": (colours, stride, stride), "baselines": 0.5}
    return lambda: made.attribute(case.images, target=case.targets, **given)


def captum_surrogate(name: str) -> Callable[[Case], Work]:
    """LIME or Kernel SHAP: one picture at a time, on our segments, black where hidden."""

    def prepare(case: Case) -> Work:
        made = getattr(import_module("captum.attr"), name)(probabilities(case))

        def run() -> list[Tensor]:
            found = []
            for image, target in zip(case.images.split(1), case.targets.tolist(), strict=True):
                parts = segment(image, "slic", case.sizes.segments)[:, None]
                given = {"feature_mask": parts, "n_samples": case.sizes.samples}
                found.append(made.attribute(image, target=target, **given))
            return found

        return run

    return prepare


def lime(case: Case) -> Work:
    """Superpixels as ours, by its own words for them."""
    library = import_module("lime.lime_image")
    cut = import_module("lime.wrappers.scikit_image").SegmentationAlgorithm(
        "slic", n_segments=case.sizes.segments, compactness=10, sigma=1, max_num_iter=5, start_label=0
    )
    answer = of_arrays(case)

    def run() -> list[Any]:
        found = []
        for image, target in zip(case.images, case.targets.tolist(), strict=True):
            made = library.LimeImageExplainer(random_state=SEED)
            given = {"labels": (target,), "top_labels": None, "num_samples": case.sizes.samples}
            picture = picture_array(image).astype(np.float64)
            found.append(made.explain_instance(picture, answer, segmentation_fn=cut, **given))
        return found

    return quiet(run)


def shap_partition(case: Case) -> Work:
    library, answer = import_module("shap"), of_arrays(case)
    side = max(2, case.images.shape[-1] // 14)

    def run() -> list[Any]:
        found = []
        for image, target in zip(case.images, case.targets.tolist(), strict=True):
            picture = picture_array(image)
            masker = library.maskers.Image(f"blur({side},{side})", picture.shape)
            made = library.PartitionExplainer(answer, masker)
            given = {"max_evals": case.sizes.samples, "outputs": np.array([target]), "silent": True}
            found.append(made(picture[None], **given))
        return found

    return quiet(run)


def shap_kernel(case: Case) -> Work:
    """The masking is the user's own, all samples in one array, as its example of images does it."""
    library, answer = import_module("shap"), of_arrays(case)

    def run() -> list[Any]:
        found = []
        for image, target in zip(case.images, case.targets.tolist(), strict=True):
            picture = picture_array(image)
            parts = segment(image[None], "slic", case.sizes.segments)[0].numpy()
            count = int(parts.max()) + 1

            def masked(
                kept: Array, picture: Array = picture, parts: NDArray[np.int64] = parts, label: int = target
            ) -> Array:
                shown = np.where(kept[:, parts][..., None] > 0, picture, 0.0)
                return np.asarray(answer(shown)[:, label])

            made = library.KernelExplainer(masked, np.zeros((1, count)))
            found.append(made.shap_values(np.ones((1, count)), nsamples=case.sizes.samples, silent=True))
        return found

    return quiet(run)


def grad_cam_library(name: str) -> Callable[[Case], Work]:
    """A class of pytorch-grad-cam, made and released around each call, as it advises."""

    def prepare(case: Case) -> Work:
        library, wanted = import_module("pytorch_grad_cam"), import_module("pytorch_grad_cam.utils.model_targets")
        layers = [case.classifier.submodule(case.layer)]
        labels = [wanted.ClassifierOutputTarget(target) for target in case.targets.tolist()]

        def run() -> object:
            with getattr(library, name)(model=case.model, target_layers=layers) as made:
                return made(input_tensor=case.images, targets=labels)

        return quiet(run)

    return prepare


def rise_masks(case: Case) -> Tensor:
    """Grids of cells, enlarged and cut at a random shift, as one stack (paper, section 3.2)."""
    source = torch.Generator().manual_seed(SEED)
    side = case.images.shape[-1]
    step = -(-side // CELLS)
    masks = []
    for _ in range(case.sizes.samples):
        grid = (torch.rand(1, 1, CELLS, CELLS, generator=source) < KEEP).float()
        large = functional.interpolate(grid, size=(CELLS + 1) * step, mode="bilinear", align_corners=False)
        top, left = torch.randint(step, (2,), generator=source).tolist()
        masks.append(large[0, :, top : top + side, left : left + side])
    return torch.stack(masks)


def rise_reference(case: Case) -> Work:
    """The paper's sum (equation 6) as its authors run it: masks are made once and kept, all masked pictures are made, and
    go through in batches."""
    masks = rise_masks(case)

    def run() -> list[Tensor]:
        found = []
        for image, target in zip(case.images, case.targets.tolist(), strict=True):
            masked = masks * image
            with torch.no_grad():
                answers = torch.cat([case.model(part).softmax(dim=1)[:, target] for part in masked.split(RISE_BATCH)])
            found.append((answers @ masks.flatten(1)).reshape(image.shape[1:]) / (len(masks) * KEEP))
        return found

    return run


def quantus_metric(metric: str) -> Callable[[Case], Work]:
    """A metric of Quantus at our number of passes."""

    def prepare(case: Case) -> Work:
        sizes = MetricSizes(case.sizes.flips, case.sizes.moves)
        return quiet(quantus_work(metric, case.saliency, sizes))

    return prepare
