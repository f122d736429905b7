"""One picture through one class of captum, with everything put back afterwards."""

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError, WhylightError
from whylight.methods._completeness import relative_residual
from whylight.methods.bridge._call import arguments, takes_away
from whylight.methods.bridge._restored import own_randomness, restored
from whylight.segments import segment
from whylight.tensors import resize_maps
from whylight.types import Images, Logits, Maps, Scores, Targets


@dataclass(frozen=True, eq=False)
class Task:
    """One class of captum with its settings, for one classifier."""

    classifier: Classifier
    name: str
    found: Any
    making: dict[str, Any]
    asking: dict[str, Any]
    seed: int

    def explain(self, image: Images, target: Targets) -> tuple[Maps, Scores | None]:
        """The map of one picture, and how incomplete it is where that can be said."""
        device = image.device
        with (
            restored(self.classifier.module),
            own_randomness(self.seed, device),
            self._explained(),
            warnings.catch_warnings(),
            torch.inference_mode(mode=False),
            torch.enable_grad(),
        ):
            warnings.simplefilter("ignore")  # captum announces the hooks it sets, which are gone when it returns
            answer = self._ask(image.detach().clone(), target)
        raw, delta = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
        raw = (raw[0] if isinstance(raw, tuple) else raw).detach()
        return self._to_map(raw, image), self._residual(raw, delta, image)

    def _ask(self, image: Images, target: Targets) -> Any:
        making, network = dict(self.making), Display(self.classifier)
        if "layer" in arguments(self.found.__init__):
            making["layer"] = self.classifier.submodule(making.get("layer"))
        method = self.found(network, **making)
        return method.attribute(image, **self._filled(image, target))

    def _filled(self, image: Images, target: Targets) -> dict[str, Any]:
        """The settings of ``attribute``: those that were named, and what a picture needs for the others."""
        known, given = arguments(self.found.attribute), dict(self.asking)
        at_once, (height, width) = perturb.batch_size_for(image), image.shape[-2:]
        window = max(1, min(height, width) // 7)
        defaults: dict[str, Any] = {
            "target": target,
            "abs": False,
            "internal_batch_size": at_once,
            "perturbations_per_eval": at_once,
            "sliding_window_shapes": (image.shape[1], window, window),
            "strides": (image.shape[1], max(1, window // 2), max(1, window // 2)),
        }
        given = {key: value for key, value in defaults.items() if key in known} | given
        if "feature_mask" in known and "feature_mask" not in given:
            given["feature_mask"] = segment(image)[:, None]
        if "baselines" in known:
            given |= _baselines(image, given, required=known["baselines"].default is known["baselines"].empty)
        if "baselines" in known and "return_convergence_delta" in known:
            given["return_convergence_delta"] = True
        return given

    def _explained(self) -> "Explained":
        return Explained(self.name, self.classifier.name)

    def _to_map(self, raw: Tensor, image: Images) -> Maps:
        if "layer" in arguments(self.found.__init__) and raw.shape != image.shape:
            grid = raw if raw.ndim == 4 and raw.shape[1] == 1 else self.classifier.to_grid(raw)
            return resize_maps(grid.sum(dim=1), (image.shape[-2], image.shape[-1]))
        if raw.ndim != 4 or raw.shape[-2:] != image.shape[-2:]:
            raise MethodError(f"captum's {self.name} gives no map of a picture but shape {tuple(raw.shape)}")
        return raw.mean(dim=1) if takes_away(self.found) else raw.sum(dim=1)

    def _residual(self, raw: Tensor, delta: Tensor | None, image: Images) -> Scores | None:
        """The residual: captum's delta is the map's sum less the change of the logit."""
        if delta is None or delta.numel() != 1:
            return None
        total = raw.sum().reshape(1).float()
        return relative_residual(total, total - delta.detach().reshape(1).float(), self.classifier.logits(image))


def _baselines(image: Images, given: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """``baselines`` as captum wants them: a tensor for a word, and three pictures where several are required."""
    named = given.get("baselines")
    if isinstance(named, str):
        return {"baselines": masking.fill(image, named)}
    if named is None and required:
        return {"baselines": torch.cat([masking.fill(image, kind) for kind in ("black", "grey", "white")])}
    return {}


class Display(nn.Module):
    """The classifier as captum wants it: a module that takes pictures in [0, 1] and whose parts can be hooked."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.module = classifier.module
        self.classifier = classifier
        self.training = False

    def forward(self, images: Images) -> Logits:
        """Checked logits; passes are counted, backward ones wherever gradients are recorded."""
        perturb.count_passes(forward=len(images), backward=len(images) if torch.is_grad_enabled() else 0)
        return self.classifier.check_logits(self.classifier.predict(images))


@dataclass(frozen=True)
class Explained:
    """A failure inside captum, said in one sentence; running out of memory is left to the engine."""

    name: str
    classifier: str

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, WhylightError) or perturb.is_out_of_memory(error):
            return
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise MethodError(f"captum's {self.name} cannot explain {self.classifier}: {reason}") from error
