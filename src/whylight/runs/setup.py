"""What a process needs before it can work on a plan: the plan's parts, loaded."""

from dataclasses import dataclass
from pathlib import Path

from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.dataset import Dataset
from whylight.errors import DataError, MetricError
from whylight.method import Method
from whylight.metric import Metric
from whylight.runs.plan import Plan


@dataclass(frozen=True)
class Setup:
    """A plan and how it is carried out here; it can be sent to another process. ``folder``: where the shards go. ``root``:
    where data sets lie. ``device``: where torch runs the classifier. ``batch_size``: pictures for each pass."""

    folder: Path
    plan: Plan
    root: Path | None = None
    device: str = "cpu"
    batch_size: int | None = None


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a plan. ``methods``: with the controls behind them, by the names that they have in rows. ``meanings``:
    for each label of the data set the indices of the classifier's labels that mean it."""

    dataset: Dataset
    classifier: Classifier
    methods: dict[str, Method]
    controls: frozenset[str]
    metrics: dict[str, Metric]
    meanings: tuple[tuple[int, ...], ...]


def load(setup: Setup) -> Parts:
    """Loads the parts; raises WhylightError for what cannot be loaded."""
    dataset = datasets.open_dataset(setup.plan.data, setup.root)
    return parts_of(setup.plan, dataset, classifiers.load(setup.plan.model, device=setup.device))


def parts_of(plan: Plan, dataset: Dataset, classifier: Classifier) -> Parts:
    """A plan's parts around a data set and a classifier that are loaded already."""
    controls = plan.build_controls()
    return Parts(
        dataset,
        classifier,
        plan.build_methods() | controls,
        frozenset(controls),
        plan.build_metrics(),
        datasets.labels_of(dataset.labels, classifier.labels),
    )


def check(parts: Parts, plan: Plan) -> None:
    """Raises WhylightError, before any work is done, for what could not work on any picture."""
    for method in parts.methods.values():
        method.check_access(parts.classifier)
    for name, metric in parts.metrics.items():
        if metric.needs_truth and not parts.dataset.has_truth:
            raise MetricError(
                f"{name} compares with where the evidence is known to be, but {plan.data} has neither masks nor boxes; "
                "take data that has them, such as coco or planted, or leave the metric out"
            )
        if metric.needs > parts.classifier.access:
            raise MetricError(
                f"{name} needs the {metric.needs.name.lower()} of a torch network, but {plan.model} is a black box that "
                "gives outputs only; leave the metric out, or load the network itself"
            )
    if len(parts.dataset) == 0:
        raise DataError(f"{plan.data} has no pictures; name other data")
    if plan.target == "label" and not any(parts.meanings):
        raise DataError(
            f"no label of {plan.data} is one of {plan.model}, so there is no true label to explain; "
            "leave --target label out, or take a model for these labels"
        )
