"""Every method with settings that make it quick, and what it is tried on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec

import pytest
import torch
from torch import Tensor, nn

from whylight import registry
from whylight.classifier import Classifier
from whylight.method import Method
from whylight.types import Images

CHEAP = {
    "bayesian_lime": "bayesian_lime:samples=60,count=9",
    "captum": "captum:IntegratedGradients(n_steps=5)",
    "f_ntc": "f_ntc:iterations=4,area=0,tv=0",
    "f_tc": "f_tc:iterations=4,area=0,tv=0",
    "integrated_gradients": "integrated_gradients:steps=5",
    "kernel_shap": "kernel_shap:samples=60,count=9",
    "lime": "lime:samples=60,count=9",
    "meaningful_perturbation": "meaningful_perturbation:iterations=4",
    "rise": "rise:samples=40",
    "smooth_grad": "smooth_grad:samples=5",
    "undesirable": "undesirable:iterations=4,area=0,tv=0",
}
"""Settings that make a method quick and, within so few steps, let the classifier decide; others run with their defaults."""

DRAWING = {
    "captum": "captum:GradientShap()",
    "f_ntc": "f_ntc:iterations=4,start=random",
    "f_tc": "f_tc:iterations=4,start=random",
    "kernel_shap": "kernel_shap:samples=60,count=30",
    "undesirable": "undesirable:iterations=4,start=random",
}
"""Settings that make a method draw random numbers, where its quick ones do not."""


@pytest.fixture(params=registry.names("methods"))
def name(request: pytest.FixtureRequest) -> str:
    chosen = str(request.param)
    if chosen == "captum" and find_spec("captum") is None:
        pytest.skip("captum is not installed")
    return chosen


@pytest.fixture
def method(name: str) -> Method:
    return read(CHEAP.get(name, name))


@pytest.fixture
def drawing(name: str) -> Method:
    """The method with settings that draw random numbers, if any do."""
    return read(DRAWING.get(name, CHEAP.get(name, name)))


@pytest.fixture
def targets(convolution: Classifier, images: Images) -> Tensor:
    return convolution.logits(images).argmax(dim=1)


def read(text: str) -> Method:
    part = registry.read("methods", text)
    assert isinstance(part, Method)
    return part


@pytest.fixture(scope="session")
def quick() -> dict[str, Method]:
    """All methods that can run here."""
    known = [name for name in registry.names("methods") if name != "captum" or find_spec("captum")]
    return {name: read(CHEAP.get(name, name)) for name in known}


@pytest.fixture
def left_alone() -> Callable[[nn.Module], AbstractContextManager[None]]:
    """A block after which a network must be what it was, and the global random state too."""

    def look(network: nn.Module) -> dict[str, object]:
        tensors = {**dict(network.named_parameters()), **dict(network.named_buffers())}
        seen: dict[str, object] = {
            name: (id(tensor), tensor.data_ptr(), tensor.detach().numpy().tobytes(), tensor.requires_grad, tensor.grad)
            for name, tensor in tensors.items()
        }
        for name, module in network.named_modules():
            hooks = {key: len(value) for key, value in vars(module).items() if "hooks" in key and value is not None}
            seen[f"{name}:"] = (sorted(vars(module)), hooks, module.training)
        seen["random"] = (torch.get_rng_state().numpy().tobytes(), torch.is_grad_enabled())
        return seen

    @contextmanager
    def block(network: nn.Module) -> Iterator[None]:
        before = look(network)
        yield
        assert look(network) == before

    return block
