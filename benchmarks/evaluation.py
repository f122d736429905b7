"""Which explanations of a network can be believed: eight methods and three controls on real pictures, by eight metrics.

    python benchmarks/evaluation.py run --data $WHYLIGHT_DATA --work FOLDER [--workers 2]
    python benchmarks/evaluation.py page

``run`` carries out one ``whylight evaluate``, goes on where it was stopped, and adds up what all attempts cost. ``page``
writes docs/evaluate-measured.md.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from _evaluation_page import write_page

RESULTS = Path(__file__).parent / "results" / "evaluation.json"
MODEL = "torchvision:mobilenet_v2,weights={root}/models/mobilenet_v2.imagenet1k_tfsame.safetensors,resize=227"
METHODS = (
    *("grad_cam", "grad_cam_plus_plus", "layer_cam", "saliency", "integrated_gradients", "smooth_grad", "occlusion"),
    "lime:samples=300",
)
METRICS = (
    *("deletion", "insertion", "hindering_faithfulness", "average_drop", "relevance_mass", "relevance_rank"),
    *("pointing_game", "gini"),
)
LIMIT = 200


def command(root: Path, out: Path, workers: int) -> list[str]:
    """The words of the whole command."""
    parts = [word for name in METHODS for word in ("--method", name)]
    parts += [word for name in METRICS for word in ("--metric", name)]
    asked = ["evaluate", "--data", "imagenet", "--limit", str(LIMIT), "--model", MODEL.format(root=root), *parts]
    return [sys.executable, "-m", "whylight", *asked, "--out", str(out), "--workers", str(workers), "--quiet"]


def cpu_seconds() -> float:
    """Of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(root: Path, work: Path, workers: int) -> None:
    """Evaluates, and keeps the summary with the cost of all attempts."""
    work.mkdir(parents=True, exist_ok=True)
    attempts = work / "attempts.jsonl"
    began = time.monotonic()
    try:
        subprocess.run(command(root, work / "out", workers), check=True)  # noqa: S603 - our own command
    finally:
        cost = {"workers": workers, "seconds": round(time.monotonic() - began), "cpu": round(cpu_seconds())}
        with attempts.open("a", encoding="utf-8") as file:
            file.write(json.dumps(cost) + "\n")
    keep(work, root)


def keep(work: Path, root: Path) -> None:
    """The numbers without single pictures, and the machine, beside the script."""
    text = (work / "out" / "results.json").read_text(encoding="utf-8").replace(f"{root}/", "")
    answers: dict[str, Any] = json.loads(text)
    kept = {key: answers[key] for key in ("plan", "metrics", "controls", "overall", "warnings", "advice")}
    lines = (work / "attempts.jsonl").read_text(encoding="utf-8").splitlines()
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    about = {"machine": f"{os.cpu_count()}-core {processor}", "torch": version("torch")}
    RESULTS.write_text(
        json.dumps({"about": about, "attempts": [json.loads(line) for line in lines], **kept}, indent=1) + "\n",
        encoding="utf-8",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--data", type=Path, help="where data and weights lie")
    parser.add_argument("--work", type=Path, help="where the run goes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(json.loads(RESULTS.read_text(encoding="utf-8")), args.docs)
    elif args.data is None or args.work is None:
        parser.error("run needs --data FOLDER and --work FOLDER")
    else:
        run(args.data.resolve(), args.work.resolve(), args.workers)


if __name__ == "__main__":
    main()
