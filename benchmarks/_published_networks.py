"""Published weights of CIFAR networks as checkpoints of whylight.

The weights are those of the tests' data: safetensors with the names of Chen's pytorch-cifar-models, pictures normalised by
ImageNet's means.
"""

from pathlib import Path

from safetensors.torch import load_file

from whylight.classifiers import checkpoint, networks
from whylight.datasets.cifar10 import LABELS, SIDE

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def write_published(name: str, data: Path, path: Path) -> None:
    """Writes ``resnet20`` or ``resnet56`` to ``path``, unless it is there."""
    if path.exists():
        return
    network = networks.build(name, len(LABELS), len(MEAN), (SIDE, SIDE)).eval()
    weights = load_file(data / "models" / f"{name}.cifar10.safetensors")
    network.load_state_dict({key.replace("linear.", "fc."): tensor for key, tensor in weights.items()})
    recipe = checkpoint.Recipe(
        network=name,
        labels=LABELS,
        size=(SIDE, SIDE),
        shorter=SIDE,
        interpolation="bilinear",
        mean=MEAN,
        std=STD,
        layer=networks.layer_of(network),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(path, network, recipe)
