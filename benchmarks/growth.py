"""How cost and memory grow: with the picture's size, its segments, samples, pictures and classes.

    python benchmarks/growth.py run [--axis size segments samples classes pictures] [--most-pictures 10000]
    python benchmarks/growth.py page

Each point is a process of its own, with one thread and a tiny network, so that what is ours shows: processor seconds of the
call, and the most memory that the process held (``ru_maxrss``). Very many pictures are those of a folder, as the command
line explains them. What is measured is kept in benchmarks/results/growth.json; runs go on where they stopped.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _commands import machine

RESULTS = Path(__file__).parent / "results" / "growth.json"
ABOUT = RESULTS.with_name("growth.about.json")
DOCS = Path(__file__).parents[1] / "docs"
METHODS = ("lime", "kernel_shap", "rise")
AXES: dict[str, tuple[int, ...]] = {
    "size": (32, 64, 128, 256, 512),
    "segments": (10, 25, 50, 100, 200),
    "samples": (100, 300, 1000, 3000, 10_000),
    "classes": (2, 10, 100, 1000, 10_000),
    "batch": (1, 4, 16, 64),
    "pictures": (100, 1000, 10_000),
}
FIXED = {"size": 64, "segments": 40, "samples": 500, "classes": 10, "batch": 1}
MEBI = 1024


def point(asked: dict[str, int], method: str) -> dict[str, float]:
    """One call in this process: its processor seconds and the peak of memory since the process began, in MB."""
    import torch

    from whylight import explain, from_module, registry

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(3, 8, 8, 8), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten()]
    module = torch.nn.Sequential(*layers, torch.nn.Linear(128, asked["classes"])).eval()
    labels = [str(label) for label in range(asked["classes"])]
    classifier = from_module(module, labels, name="tiny", mean=0.5, std=0.5, size=asked["size"])
    cut = "" if method == "rise" else f",segments=grid,count={asked['segments']}"
    settings = registry.read("methods", f"{method}:samples={asked['samples']},tolerance=0{cut}")
    images = torch.rand(asked["batch"], 3, asked["size"], asked["size"])
    targets = torch.zeros(len(images), dtype=torch.long)
    settings(classifier, images[:1, :, :32, :32].repeat(1, 1, asked["size"] // 32, asked["size"] // 32), targets[:1])
    began = time.process_time()
    explain(classifier, settings, images, targets)
    return {"seconds": time.process_time() - began, "memory": _peak(resource.RUSAGE_SELF)}


def folder(count: int) -> dict[str, float]:
    """Maps of so many pictures by the command line, one worker: processor seconds, and the peak of its largest process."""
    import numpy as np
    from PIL import Image

    with tempfile.TemporaryDirectory() as work:
        pictures, drawn = Path(work) / "pictures", np.random.default_rng(0)
        pictures.mkdir()
        Image.fromarray(drawn.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(pictures / "00000.png")
        for number in range(1, count):
            os.link(pictures / "00000.png", pictures / f"{number:05d}.png")
        command = [
            sys.executable,
            "-m",
            "whylight",
            "explain",
            str(pictures),
            "--method",
            "grad_cam",
            "--engine",
            "local",
        ]
        command += ["--workers", "1", "--out", f"{work}/maps", "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": used.ru_utime + used.ru_stime, "memory": _peak(resource.RUSAGE_CHILDREN)}


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / MEBI


def run(axes: list[str], most_pictures: int) -> None:
    """Every point that the results lack."""
    known: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for axis in axes:
        for method in ("grad_cam",) if axis == "pictures" else METHODS:
            for value in AXES[axis]:
                name = f"{axis} {method} {value}"
                if (
                    name in known
                    or (axis == "segments" and method == "rise")
                    or (axis == "pictures" and value > most_pictures)
                ):
                    continue
                command = [sys.executable, __file__, "point", "--axis", axis, "--value", str(value), "--method", method]
                answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
                known[name] = json.loads(answer.splitlines()[-1])
                RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
                print(time.strftime("%H:%M"), name, known[name], flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page", "point"])
    parser.add_argument("--axis", nargs="+", default=list(AXES), choices=list(AXES))
    parser.add_argument("--most-pictures", type=int, default=AXES["pictures"][-1])
    parser.add_argument("--value", type=int)
    parser.add_argument("--method")
    args = parser.parse_args()
    if args.what == "run":
        ABOUT.write_text(json.dumps(machine(("whylight", "torch"))), encoding="utf-8")
        run(args.axis, args.most_pictures)
    elif args.what == "page":
        from _growth_page import write_page

        known, about = (json.loads(path.read_text(encoding="utf-8")) for path in (RESULTS, ABOUT))
        write_page(known, FIXED, about, DOCS)
    elif args.axis == ["pictures"]:
        print(json.dumps(folder(args.value)))
    else:
        print(json.dumps(point({**FIXED, args.axis[0]: args.value}, args.method)))


if __name__ == "__main__":
    main()
