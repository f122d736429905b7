"""How long the program takes before it does anything: seconds of the processor, so that other work does not count in.

    python benchmarks/startup.py [--times 9]

``import whylight`` should take less than 0.3 s, the help of any command less than 1 s. torch, which neither of them imports,
stands below for comparison.
"""

import argparse
import resource
import statistics
import subprocess
import sys

WHAT = {
    "python": ("-c", ""),
    "import whylight": ("-c", "import whylight"),
    "whylight --help": ("-m", "whylight", "--help"),
    "whylight explain --help": ("-m", "whylight", "explain", "--help"),
    "whylight train enhancer --help": ("-m", "whylight", "train", "enhancer", "--help"),
    "whylight list methods": ("-m", "whylight", "list", "methods"),
    "import torch": ("-c", "import torch"),
}


def seconds(words: tuple[str, ...]) -> float:
    """Of the processor, in user and system mode, of one Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=9, help="of each, in turn; the median is told")
    rounds = range(parser.parse_args().times)
    measured = [{name: seconds(words) for name, words in WHAT.items()} for _ in rounds]
    for name in WHAT:
        found = [each[name] for each in measured]
        print(f"{name:32} {statistics.median(found):5.2f} s  ({min(found):.2f} to {max(found):.2f})")


if __name__ == "__main__":
    main()
