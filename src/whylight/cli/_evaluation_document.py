"""``results.json`` of an evaluation: every number that was printed, with the plan and the versions that led to it.

It has the keys of every ``results.json``; ``items`` is empty, since every score stands in ``results.parquet``.
"""

from dataclasses import asdict
from typing import Any

from whylight.report import results
from whylight.runs.setup import Setup
from whylight.runs.summary import Summary


def document(setup: Setup, workers: int, summary: Summary) -> dict[str, Any]:
    """All of ``results.json`` as plain data."""
    lines = [asdict(line) for line in summary.lines]
    return results.document(setup.plan.to_plain(), []) | {
        "run": {"device": setup.device, "workers": workers, "batch_size": setup.batch_size},
        "pictures": summary.pictures,
        "metrics": [line for line in lines if not line["control"]],
        "controls": [line for line in lines if line["control"]],
        "pairs": [asdict(pair) for pair in summary.pairs],
        "overall": [asdict(each) for each in summary.overall],
        "warnings": list(summary.warnings),
        "advice": summary.advice,
        "failures": [asdict(failure) for failure in summary.failures],
    }
