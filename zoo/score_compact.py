"""Score the bundled classifier on the CIFAR-10 test set and on scikit-image's cat, through the same path that users take.

    python zoo/score_compact.py --data $WHYLIGHT_DATA/cifar-10-batches-bin [--model file:WEIGHTS]

Prints the accuracy over the 10,000 test pictures, the accuracy of each class, and the probability of "cat" for the photo.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from whylight.classifier import Classifier
from whylight.classifiers import load
from whylight.pictures import sample_picture


def read_test_set(folder: Path) -> tuple[list[Image.Image], torch.Tensor]:
    """The 10,000 test pictures as they would lie in files, and their labels."""
    rows = np.fromfile(folder / "test_batch.bin", dtype=np.uint8).reshape(-1, 3073)
    pictures = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return [Image.fromarray(pixels) for pixels in pictures], torch.from_numpy(rows[:, 0].astype(np.int64))


def predictions(classifier: Classifier, pictures: list[Image.Image], batch: int = 500) -> torch.Tensor:
    """The most probable label of each picture, after the classifier's own resizing."""
    found = []
    for start in range(0, len(pictures), batch):
        images = torch.stack([classifier.fit(picture)[0] for picture in pictures[start : start + batch]])
        found.append(classifier.logits(images).argmax(dim=1))
    return torch.cat(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default=None)
    args = parser.parse_args()

    classifier = load(args.model)
    pictures, labels = read_test_set(args.data)
    right = predictions(classifier, pictures) == labels
    print(f"CIFAR-10 test set: {int(right.sum())} of {len(right)} right, {100 * right.float().mean():.2f} %")
    for index, name in enumerate(classifier.labels):
        print(f"  {name:<12}{100 * right[labels == index].float().mean():6.1f} %")
    _, cat = sample_picture()
    probabilities = classifier.probabilities(classifier.fit(cat)[0][None])[0]
    print(f"scikit-image's cat: cat {probabilities[classifier.labels.index('cat')]:.3f}")


if __name__ == "__main__":
    main()
