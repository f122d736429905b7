"""Writes ``typical_garments.json``: what the training pictures of Fashion-MNIST look like, in simple numbers.

    python zoo/typical_garments.py --data $WHYLIGHT_DATA

The first 55,000 training pictures are used; the last 5,000 are left to check with, the test pictures untouched. No random
draw is made: the same files give the same bytes.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import whylight.preparations
from whylight.datasets.fashion_mnist import LABELS, NUMBERS, PICTURES, read_idx
from whylight.preparations._typical import describe, nearest

USED = 55_000
LIMIT = 99.0
SHRINKAGE = 0.02
"""The covariance is moved so far towards its own diagonal: numbers that hardly vary must not rule."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "fashion-mnist"
    pictures = read_idx(folder / "train-images-idx3-ubyte.gz", PICTURES)
    labels = read_idx(folder / "train-labels-idx1-ubyte.gz", NUMBERS)
    described = describe(pictures)
    means, whitenings = [], []
    for label in range(len(LABELS)):
        own = described[:USED][labels[:USED] == label]
        covariance = np.cov(own, rowvar=False)
        covariance = (
            (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(np.diag(covariance)) + 1e-5 * np.eye(len(covariance))
        )
        means.append(own.mean(axis=0).round(5).tolist())
        whitenings.append(np.linalg.cholesky(np.linalg.inv(covariance)).round(3).tolist())
    limit = float(np.percentile(nearest(described[:USED], np.array(means), np.array(whitenings)), LIMIT))
    held = nearest(described[USED:], np.array(means), np.array(whitenings)) / limit
    known = {
        "source": "Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017; MIT licence), training pictures 0 to 54,999",
        "made_by": "zoo/typical_garments.py",
        "labels": list(LABELS),
        "limit": round(limit, 4),
        "means": means,
        "whitenings": whitenings,
    }
    path = Path(str(whylight.preparations.__file__)).parent / "typical_garments.json"
    path.write_text(json.dumps(known, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path}: {path.stat().st_size} bytes; of the 5,000 held back {(held > 1).mean():.2%} are untypical")


if __name__ == "__main__":
    main()
