r"""Train the bundled classifier on CIFAR-10 and write its weights.

    D=$WHYLIGHT_DATA/cifar-10-batches-bin
    python zoo/train_compact.py --data $D --out first.safetensors --epochs 18
    python zoo/train_compact.py --data $D --out compact_cifar10.safetensors --epochs 14 --peak-rate 0.08 \
        --start first.safetensors --teacher $WHYLIGHT_DATA/models/resnet56.cifar10.safetensors

The first command trains on the labels alone; the second goes on from there and also learns what a larger network
answers (Hinton et al., 2015, arXiv:1503.02531). 48,000 pictures train, the last 2,000 of the training files watch the
training; the test file is not read here (``zoo/score_compact.py`` reads it, once the weights are final). Each epoch ends
with a checkpoint beside ``--out``: the same command goes on from there.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from whylight.nets.cifar_resnet import CifarResNet
from whylight.nets.compact import INPUT_SIZE, MEAN, STD, Compact

BATCH = 250
HELD_OUT = 2_000
TEMPERATURE = 4.0
TEACHER_SHARE = 0.7
TEACHER_MEAN, TEACHER_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
WEIGHT_DECAY = 5e-4
ENLARGEMENTS = ("bilinear", "bicubic", "nearest")  # so that no single resampling kernel is learnt


def read_training_set(folder: Path) -> tuple[Tensor, Tensor]:
    """The five training files: pictures (50000, 3, 32, 32) as bytes, labels (50000,)."""
    rows = np.concatenate(
        [np.fromfile(folder / f"data_batch_{i}.bin", dtype=np.uint8).reshape(-1, 3073) for i in range(1, 6)]
    )
    return torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32)), torch.from_numpy(rows[:, 0].astype(np.int64))


def normalise(pictures: Tensor, mean: tuple[float, ...] = MEAN, std: tuple[float, ...] = STD) -> Tensor:
    """Display space [0, 1] to the network's own scale."""
    return (pictures - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def enlarge(pictures: Tensor) -> Tensor:
    """Bytes (n, 3, 32, 32) to floats (n, 3, 64, 64) as the classifier's own resizing would make them."""
    large = functional.interpolate(pictures.float() / 255, size=INPUT_SIZE, mode="bicubic", antialias=True)
    return large.clamp(0, 1)


def augment(pictures: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Bytes (n, 3, 32, 32) to normalised floats (n, 3, 64, 64): flipped, scaled, moved, lit and coloured at random; and
    which of them are flipped."""
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
    return normalise(lit.clamp(0, 1)), mirror < 0


def rate(progress: float, warm_up: float = 0.2) -> float:
    """The learning rate's share of its peak: a straight rise, then a straight fall to nothing."""
    return progress / warm_up if progress < warm_up else (1 - progress) / (1 - warm_up)


@torch.inference_mode()
def ask_teacher(weights: Path, pictures: Tensor) -> Tensor:
    """The teacher's logits (2, n, 10): for the pictures as they are, and flipped."""
    teacher = CifarResNet(depth=56).eval()
    teacher.load_state_dict(load_file(weights))
    answers = []
    for flipped in (False, True):
        parts = []
        for part in pictures.split(500):
            images = normalise(part.float() / 255, TEACHER_MEAN, TEACHER_STD)
            images = images.flip(3) if flipped else images
            parts.append(teacher(images.contiguous(memory_format=torch.channels_last)))
        answers.append(torch.cat(parts))
    return torch.stack(answers).clone()


def loss_of(logits: Tensor, labels: Tensor, teacher: Tensor | None) -> Tensor:
    """Cross-entropy, or its mixture with the divergence from the teacher's softened answer."""
    if teacher is None:
        return functional.cross_entropy(logits, labels, label_smoothing=0.1)
    soft = functional.log_softmax(logits / TEMPERATURE, dim=1)
    wanted = functional.log_softmax(teacher / TEMPERATURE, dim=1)
    distance = functional.kl_div(soft, wanted, reduction="batchmean", log_target=True) * TEMPERATURE**2
    return TEACHER_SHARE * distance + (1 - TEACHER_SHARE) * functional.cross_entropy(logits, labels)


def build_optimiser(network: nn.Module) -> torch.optim.SGD:
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim == 1]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True)


@torch.inference_mode()
def accuracy(network: nn.Module, pictures: Tensor, labels: Tensor) -> float:
    network.eval()
    hits = [(network(normalise(enlarge(p))).argmax(1) == y) for p, y in zip(pictures.split(500), labels.split(500))]
    return torch.cat(hits).float().mean().item()


def train_epoch(
    network: nn.Module,
    optimiser: torch.optim.SGD,
    data: tuple[Tensor, Tensor, Tensor | None],
    epoch: int,
    args: argparse.Namespace,
) -> float:
    """One pass over the training pictures in an order fixed by seed and epoch; returns the mean loss."""
    pictures, labels, teacher = data
    random = torch.Generator().manual_seed(args.seed * 1_000 + epoch)
    order = torch.randperm(len(pictures), generator=random)
    steps, total = len(order) // BATCH, 0.0
    network.train()
    for step, chosen in enumerate(order[: steps * BATCH].view(steps, BATCH)):
        for group in optimiser.param_groups:
            group["lr"] = args.peak_rate * rate((epoch + step / steps) / args.epochs)
        images, flipped = augment(pictures[chosen], random)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
            logits = network(images.contiguous(memory_format=torch.channels_last)).float()
        loss = loss_of(logits, labels[chosen], None if teacher is None else teacher[flipped.long(), chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item()
    return total / steps


def write_weights(network: nn.Module, path: Path) -> None:
    """Half precision is enough for the weights of a network this size: 2.1 MB."""
    tensors = {
        name: value.half().contiguous() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    save_file(tensors, path, metadata={"format": "pt", "network": "compact", "data": "CIFAR-10"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--peak-rate", type=float, default=0.25)
    parser.add_argument("--start", type=Path, default=None, help="weights to go on from")
    parser.add_argument("--teacher", type=Path, default=None, help="weights of a CIFAR-10 ResNet-56")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bfloat16", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    pictures, labels = read_training_set(args.data)
    network = Compact()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own signature lacks it
    if args.start is not None:
        network.load_state_dict(load_file(args.start))
    optimiser = build_optimiser(network)
    training = pictures[:-HELD_OUT]
    teacher = None if args.teacher is None else ask_teacher(args.teacher, training)
    checkpoint, start = args.out.with_suffix(".checkpoint.pt"), 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        start = state["epoch"]
    for epoch in range(start, args.epochs):
        began = time.monotonic()
        loss = train_epoch(network, optimiser, (training, labels[:-HELD_OUT], teacher), epoch, args)
        score = accuracy(network, pictures[-HELD_OUT:], labels[-HELD_OUT:])
        print(f"epoch {epoch + 1} loss {loss:.4f} held out {score:.4f} {time.monotonic() - began:.0f} s", flush=True)
        state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch + 1}
        torch.save(state, checkpoint.with_suffix(".part"))
        checkpoint.with_suffix(".part").replace(checkpoint)
    write_weights(network, args.out)


if __name__ == "__main__":
    main()
