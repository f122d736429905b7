"""The same seed gives the same map in another process, with another global random state."""

import subprocess
import sys

CODE = """
import random, sys
import numpy, torch
torch.set_num_threads(1)
for seed in (random.seed, numpy.random.seed, torch.manual_seed):
    seed(int(sys.argv[1]))
from whylight import registry
from whylight.classifier import Classifier
images = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))
weights = torch.linspace(-1, 1, 3 * 12 * 12).view(-1, 1) * torch.tensor([[1.0, -0.5]])
classifier = Classifier("linear", ("a", "b"), lambda given: given.flatten(1) @ weights)
for text in ("rise:samples=60", "lime:samples=60", "kernel_shap:samples=60"):
    maps = registry.read("methods", text)(classifier, images, torch.tensor([0, 1])).maps
    print(text, maps.numpy().tobytes().hex())
"""


def run(state: int) -> str:
    command = [sys.executable, "-c", CODE, str(state)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def test_the_same_seed_gives_the_same_map_in_another_process() -> None:
    first = run(1)
    assert len(first.splitlines()) == 3
    assert first == run(2)
