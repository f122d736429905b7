"""Train the bundled classifier on CIFAR-10 and write its checkpoint.

    python zoo/train_compact.py --data $WHYLIGHT_DATA/cifar-10-batches-bin --out compact_cifar10.safetensors

48,000 pictures train, the last 2,000 of the training files watch the training; the test file is not read here
(``zoo/score_compact.py`` reads it, once the weights are final). Each epoch ends with a checkpoint beside ``--out``:
the same command goes on from there. About 35 minutes on two free cores with bfloat16 units.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from whylight.classifiers.checkpoint import Recipe, save
from whylight.nets.compact import INPUT_SIZE, MEAN, STD, Compact

BATCH = 250
HELD_OUT = 2_000
PEAK_RATE = 0.25
LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
WEIGHT_DECAY = 5e-4
ENLARGEMENTS = ("bilinear", "bicubic", "nearest")  # so that no single resampling kernel is learnt


def read_training_set(folder: Path) -> tuple[Tensor, Tensor]:
    """The five training files: pictures (50000, 3, 32, 32) as bytes, labels (50000,)."""
    rows = np.concatenate(
        [np.fromfile(folder / f"data_batch_{i}.bin", dtype=np.uint8).reshape(-1, 3073) for i in range(1, 6)]
    )
    return torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32)), torch.from_numpy(rows[:, 0].astype(np.int64))


def normalise(pictures: Tensor) -> Tensor:
    """Display space [0, 1] to the network's own scale."""
    return (pictures - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


def enlarge(pictures: Tensor) -> Tensor:
    """Bytes (n, 3, 32, 32) to floats (n, 3, 64, 64) as the classifier's own resizing would make them."""
    large = functional.interpolate(pictures.float() / 255, size=INPUT_SIZE, mode="bicubic", antialias=True)
    return large.clamp(0, 1)


def augment(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Bytes (n, 3, 32, 32) to normalised floats (n, 3, 64, 64): flipped, scaled, moved, lit and coloured at random."""
    count = len(pictures)

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=random)

    mirror = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0)
    zoom = torch.exp(draw(-0.22, 0.14))
    zeros = torch.zeros(count)
    rows = [torch.stack([zoom * mirror, zeros, draw(-0.22, 0.22)], 1), torch.stack([zeros, zoom, draw(-0.22, 0.22)], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), [count, 3, INPUT_SIZE, INPUT_SIZE], align_corners=False)
    kernel = ENLARGEMENTS[int(torch.multinomial(torch.tensor([0.4, 0.45, 0.15]), 1, generator=random))]
    large = functional.grid_sample(
        pictures.float() / 255, grid, mode=kernel, padding_mode="reflection", align_corners=False
    )
    grey = large.mean(dim=1, keepdim=True)
    coloured = grey + (large - grey) * draw(0.7, 1.3, 1, 1, 1)
    lit = coloured * draw(0.8, 1.2, 1, 1, 1) + draw(-0.1, 0.1, 1, 1, 1)
    return normalise(lit.clamp(0, 1))


def rate(progress: float, warm_up: float = 0.2) -> float:
    """The learning rate's share of its peak: a straight rise, then a straight fall to nothing."""
    return progress / warm_up if progress < warm_up else (1 - progress) / (1 - warm_up)


def build_optimiser(network: nn.Module) -> torch.optim.SGD:
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim == 1]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=PEAK_RATE, momentum=0.9, nesterov=True)


@torch.inference_mode()
def accuracy(network: nn.Module, pictures: Tensor, labels: Tensor) -> float:
    network.eval()
    hits = [(network(normalise(enlarge(p))).argmax(1) == y) for p, y in zip(pictures.split(500), labels.split(500))]
    return torch.cat(hits).float().mean().item()


def train_epoch(
    network: nn.Module,
    optimiser: torch.optim.SGD,
    data: tuple[Tensor, Tensor],
    epoch: int,
    args: argparse.Namespace,
) -> float:
    """One pass over the training pictures in an order fixed by seed and epoch; returns the mean loss."""
    pictures, labels = data
    random = torch.Generator().manual_seed(args.seed * 1_000 + epoch)
    order = torch.randperm(len(pictures), generator=random)
    steps, total = len(order) // BATCH, 0.0
    network.train()
    for step, chosen in enumerate(order[: steps * BATCH].view(steps, BATCH)):
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE * rate((epoch + step / steps) / args.epochs)
        images = augment(pictures[chosen], random)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
            logits = network(images.contiguous(memory_format=torch.channels_last)).float()
        loss = functional.cross_entropy(logits, labels[chosen], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item()
    return total / steps


def write(network: nn.Module, path: Path) -> None:
    """Half precision is enough for the weights of a network this size: 2.1 MB."""
    size = (INPUT_SIZE, INPUT_SIZE)
    recipe = Recipe("compact", LABELS, size, INPUT_SIZE, "bicubic", MEAN, STD, layer="features.7")
    save(path, network.half(), recipe)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bfloat16", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    pictures, labels = read_training_set(args.data)
    network = Compact()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own signature lacks it
    optimiser = build_optimiser(network)
    training = pictures[:-HELD_OUT]
    checkpoint, start = args.out.with_suffix(".checkpoint.pt"), 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        start = state["epoch"]
    for epoch in range(start, args.epochs):
        began = time.monotonic()
        loss = train_epoch(network, optimiser, (training, labels[:-HELD_OUT]), epoch, args)
        score = accuracy(network, pictures[-HELD_OUT:], labels[-HELD_OUT:])
        print(f"epoch {epoch + 1} loss {loss:.4f} held out {score:.4f} {time.monotonic() - began:.0f} s", flush=True)
        state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch + 1}
        torch.save(state, checkpoint.with_suffix(".part"))
        checkpoint.with_suffix(".part").replace(checkpoint)
    write(network, args.out)


if __name__ == "__main__":
    main()
