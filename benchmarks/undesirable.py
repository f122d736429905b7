"""F-TC and F-NTC on real ImageNet pictures: the paper's two tables, and what the paper leaves open.

    python benchmarks/undesirable.py run --data $WHYLIGHT_DATA [--part tables …] [--pictures 500]
    python benchmarks/undesirable.py pack
    python benchmarks/undesirable.py page

``run`` appends one line a picture, setting and iterate to rows.NETWORK.jsonl and goes on where it stopped; ``pack`` moves
them into rows.NETWORK.jsonl.gz; ``page`` writes tables and plots from both. The settings were chosen on the 200 pictures
of the same split that are never measured here.
Masks are searched for in the precision that is asked for; every figure is measured in float32.
"""

import argparse
import gzip
import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from _equal_area import equal_area
from _imagenet import NETWORKS, network, read_batch, split
from _undesirable_page import write_page
from _undesirable_parts import PARTS, Setting

from whylight import perturb, registry
from whylight.classifier import Classifier
from whylight.explanation import choose_targets
from whylight.methods.perturbation._mask_search import Iterates
from whylight.methods.perturbation._undesirable import UndesirableMask
from whylight.types import Images, Targets

CHOSEN_ON = 200
SEED = 0
BATCH = 8
KEPT = ("before", "after", "gain", "area", "blurred", "second_fill_share", "others_mean_before", "others_mean_after")
KEPT_TOO = ("target_logit_before", "target_logit_after", "others_max_before", "others_max_after")

RESULTS = Path(__file__).parent / "results" / "undesirable"

Row = dict[str, object]


def measure(classifier: Classifier, setting: Setting, files: list[Path], precision: str) -> Iterator[Row]:
    """One row a picture and iterate: the ledger of the mask, and what the part of the question adds to it."""
    method: UndesirableMask = registry.read("methods", setting.method)
    images = read_batch(classifier, files)
    targets = choose_targets(classifier, images)
    began = time.process_time()
    with perturb.metered() as meter, perturb.execution(perturb.Execution(precision=precision)):  # type: ignore[arg-type]  # argparse checks it
        iterates = method.find(classifier, images, targets)
    cost = {
        "seconds": round((time.process_time() - began) / len(files), 3),
        "passes": round((meter.forward + meter.backward) / len(files), 1),
    }
    for keep in iterates:
        rows = ledger_rows(classifier, method, images, targets, iterates, keep)
        for path, target, row in zip(files, targets.tolist(), rows, strict=True):
            yield {"picture": path.name, "target": target, "keep": keep, **cost, **row}


def ledger_rows(
    classifier: Classifier,
    method: UndesirableMask,
    images: Images,
    targets: Targets,
    iterates: Iterates,
    keep: str,
) -> list[Row]:
    """The numbers of one iterate's masks; the masks themselves at 28 × 28, as bytes in hexadecimal."""
    evidence = method.evidence(classifier, images, targets, iterates[keep])
    rivals = equal_area(classifier, images, targets, evidence) if keep == "last" else {}
    coarse = torch.nn.functional.adaptive_avg_pool2d(-evidence.maps[:, None], 28).flatten(1)
    cells = (coarse * 255).round().to(torch.uint8)
    numbers = {name: evidence.details[name] for name in (*KEPT, *KEPT_TOO)} | rivals
    return [
        {
            "mask": cells[i].numpy().tobytes().hex(),
            **{name: round(float(values[i]), 6) for name, values in numbers.items()},
        }
        for i in range(len(images))
    ]


def run(args: argparse.Namespace) -> None:
    """Everything of the chosen parts that the rows lack."""
    args.out.mkdir(parents=True, exist_ok=True)
    _, files = split(args.data, chosen_on=CHOSEN_ON, seed=SEED)
    for name in args.network:
        rows_file = args.out / f"rows.{name}.jsonl"
        done = {(row["method"], row["picture"]) for row in read_rows(args.out, name)}
        classifier = network(name, args.data, folded=True)
        for setting in (setting for part in args.part for setting in PARTS[part]()):
            if args.only and not setting.method.startswith(tuple(args.only)):
                continue
            left = [path for path in files[: args.pictures] if (setting.method, path.name) not in done]
            for start in range(0, len(left), BATCH):
                rows = measure(classifier, setting, left[start : start + BATCH], args.precision)
                about = {"network": name, "part": setting.part, "group": setting.group, "method": setting.method}
                append(rows_file, [{**about, **row} for row in rows])
                print(name, setting.method, min(start + BATCH, len(left)), "of", len(left), flush=True)
    about = {
        "machine": f"{platform.processor() or platform.machine()}, one thread a process",
        "torch": torch.__version__,
        "seed": SEED,
        "precision": args.precision,
    }
    (args.out / "about.json").write_text(json.dumps(about), encoding="utf-8")


def append(path: Path, rows: list[Row]) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def read_rows(folder: Path, name: str) -> list[Row]:
    """The rows of a network that are written whole; a line that was cut off by an interruption is left out and measured
    again."""
    packed, fresh = folder / f"rows.{name}.jsonl.gz", folder / f"rows.{name}.jsonl"
    text = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else ""
    text += fresh.read_text(encoding="utf-8") if fresh.exists() else ""
    rows = []
    for line in text.splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def pack(folder: Path) -> None:
    """All rows in one small file a network; masks are kept where trials are compared."""
    for name in NETWORKS:
        rows = read_rows(folder, name)
        for row in rows:
            if row["part"] != "consistency":
                row.pop("mask", None)
        if rows:
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"rows.{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
            (folder / f"rows.{name}.jsonl").unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "pack", "page"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    parser.add_argument("--part", nargs="+", default=["tables"], choices=list(PARTS))
    parser.add_argument("--only", nargs="+", help="settings that begin like this")
    parser.add_argument("--network", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"])
    args = parser.parse_args()
    if args.what == "run":
        torch.set_num_threads(1)
        run(args)
    elif args.what == "pack":
        pack(args.out)
    else:
        rows = [row for name in NETWORKS for row in read_rows(args.out, name)]
        write_page(rows, json.loads((args.out / "about.json").read_text()), args.docs)


if __name__ == "__main__":
    main()
