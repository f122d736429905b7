"""F-TC and F-NTC on real ImageNet pictures: the paper's two tables, and what the paper leaves open.

    python benchmarks/undesirable.py run --data $WHYLIGHT_DATA --out undesirable-results [--part tables …] [--pictures 500]
    python benchmarks/undesirable.py page --out undesirable-results --docs docs

``run`` appends one line a picture and setting to rows.jsonl and goes on where it stopped; ``page`` writes tables and
a plot. The default settings were chosen on 200 other pictures.
"""

import argparse
import json
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import torch
from _imagenet import NETWORKS, network, read_batch, split
from _undesirable_page import write_page

from whylight import registry
from whylight.classifier import Classifier
from whylight.explanation import choose_targets
from whylight.methods.perturbation._undesirable import UndesirableMask

CHOSEN_ON = 200
SEED = 0
BATCH = 16
TRIALS = 5
METHODS = ("undesirable", "f_tc", "f_ntc")


@dataclass(frozen=True)
class Setting:
    """One method with its settings, as part of one question."""

    part: str
    method: str


ABLATIONS: dict[str, tuple[object, ...]] = {
    "gamma": (0, 0.03, 0.1, 0.3, 1, 3),
    "area": (0.3, 1, 3, 10),
    "side": (7, 14, 28, 56),
    "sigma": (2, 5, 10),
    "norm": ("mean", "sum"),
}


def tables() -> Iterator[Setting]:
    """Each method at the paper's constants and at ours, last and best iterate."""
    for name, preset, keep in product(METHODS, ("paper", "default"), ("last", "best")):
        yield Setting("tables", f"{name}:preset={preset},keep={keep}")


def consistency() -> Iterator[Setting]:
    """Trials that begin at random masks, with noise on the pictures."""
    for name, seed in product(METHODS, range(TRIALS)):
        yield Setting("consistency", f"{name}:start=random,noise=0.04,seed={seed}")


def ablation() -> Iterator[Setting]:
    """One setting changed at a time."""
    for name in ("f_tc", "f_ntc"):
        for key, values in ABLATIONS.items():
            yield from (Setting("ablation", f"{name}:{key}={value}") for value in values)


PARTS = {"tables": tables, "consistency": consistency, "ablation": ablation}


def measure(classifier: Classifier, setting: Setting, files: list[Path]) -> Iterator[dict[str, object]]:
    """One row a picture: the ledger of its mask, and the mask itself at 28 × 28 for the comparison of trials."""
    method: UndesirableMask = registry.read("methods", setting.method)
    images = read_batch(classifier, files)
    targets = choose_targets(classifier, images)
    began = time.monotonic()
    evidence = method(classifier, images, targets)
    seconds = (time.monotonic() - began) / len(files)
    coarse = torch.nn.functional.adaptive_avg_pool2d(-evidence.maps[:, None], 28)[:, 0]
    for i, path in enumerate(files):
        details = {name: round(float(numbers[i]), 6) for name, numbers in evidence.details.items()}
        mask = (coarse[i] * 255).round().to(torch.uint8).flatten().tolist() if setting.part == "consistency" else None
        yield {"picture": path.name, "target": int(targets[i]), "seconds": round(seconds, 3), "mask": mask, **details}


def run(args: argparse.Namespace) -> None:
    """Everything of the chosen parts that rows.jsonl lacks."""
    args.out.mkdir(parents=True, exist_ok=True)
    rows_file = args.out / "rows.jsonl"
    done = {key_of(row) for row in read_rows(rows_file)}
    _, files = split(args.data, chosen_on=CHOSEN_ON, seed=SEED)
    for name in args.network:
        classifier = network(name, args.data)
        for part in args.part:
            for setting in PARTS[part]():
                left = [path for path in files[: args.pictures] if (name, part, setting.method, path.name) not in done]
                for start in range(0, len(left), BATCH):
                    rows = measure(classifier, setting, left[start : start + BATCH])
                    append(
                        rows_file, [{"network": name, "part": part, "method": setting.method, **row} for row in rows]
                    )
                    print(name, setting.method, min(start + BATCH, len(left)), "of", len(left), flush=True)
    about = {"machine": platform.processor() or platform.machine(), "torch": torch.__version__, "seed": SEED}
    (args.out / "about.json").write_text(json.dumps(about), encoding="utf-8")


def append(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def read_rows(path: Path) -> list[dict[str, object]]:
    """The rows that are written whole; a line that was cut off by an interruption is left out and measured again."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def key_of(row: dict[str, object]) -> tuple[object, ...]:
    return row["network"], row["part"], row["method"], row["picture"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    parser.add_argument("--part", nargs="+", default=["tables"], choices=list(PARTS))
    parser.add_argument("--network", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--pictures", type=int, default=500)
    args = parser.parse_args()
    if args.what == "run":
        run(args)
    else:
        write_page(read_rows(args.out / "rows.jsonl"), json.loads((args.out / "about.json").read_text()), args.docs)


if __name__ == "__main__":
    main()
