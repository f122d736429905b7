"""whylight: which pixels make an image classifier decide, which stand in its way, and whether to believe the picture.

    import whylight

    classifier = whylight.load()
    image, frame = classifier.fit(whylight.read_picture("cat.jpg"))
    explanation = whylight.explain(classifier, whylight.read_method("grad_cam"), image[None])

The names below are imported when they are first used: importing whylight alone loads nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whylight.classifier import Access as Access
    from whylight.classifier import Classifier as Classifier
    from whylight.classifiers import from_function as from_function
    from whylight.classifiers import from_module as from_module
    from whylight.classifiers import load as load
    from whylight.comparison.agreement import Agreement as Agreement
    from whylight.comparison.agreement import compare as compare
    from whylight.dataset import Dataset as Dataset
    from whylight.dataset import Sample as Sample
    from whylight.errors import DataError as DataError
    from whylight.errors import LayerError as LayerError
    from whylight.errors import MethodError as MethodError
    from whylight.errors import MetricError as MetricError
    from whylight.errors import MissingExtraError as MissingExtraError
    from whylight.errors import ModelError as ModelError
    from whylight.errors import PictureError as PictureError
    from whylight.errors import RunError as RunError
    from whylight.errors import SpecError as SpecError
    from whylight.errors import StoreError as StoreError
    from whylight.errors import TargetError as TargetError
    from whylight.errors import WhylightError as WhylightError
    from whylight.explanation import Explanation as Explanation
    from whylight.explanation import explain as explain
    from whylight.method import Evidence as Evidence
    from whylight.method import Method as Method
    from whylight.metric import Measured as Measured
    from whylight.metric import Metric as Metric
    from whylight.metric import Truth as Truth
    from whylight.perturb import Execution as Execution
    from whylight.perturb import execution as execution
    from whylight.pictures import read_picture as read_picture
    from whylight.pictures import sample_picture as sample_picture
    from whylight.plots.overlay import overlay as overlay
    from whylight.registry import read_method as read_method
    from whylight.store import Store as Store
    from whylight.verdict import Verdict as Verdict

__version__ = "0.1.0"

_HOMES = {
    "whylight.classifier": ("Access", "Classifier"),
    "whylight.classifiers": ("from_function", "from_module", "load"),
    "whylight.comparison.agreement": ("Agreement", "compare"),
    "whylight.dataset": ("Dataset", "Sample"),
    "whylight.errors": (
        "DataError",
        "LayerError",
        "MethodError",
        "MetricError",
        "MissingExtraError",
        "ModelError",
        "PictureError",
        "RunError",
        "SpecError",
        "StoreError",
        "TargetError",
        "WhylightError",
    ),
    "whylight.explanation": ("Explanation", "explain"),
    "whylight.method": ("Evidence", "Method"),
    "whylight.metric": ("Measured", "Metric", "Truth"),
    "whylight.perturb": ("Execution", "execution"),
    "whylight.pictures": ("read_picture", "sample_picture"),
    "whylight.plots.overlay": ("overlay",),
    "whylight.registry": ("read_method",),
    "whylight.store": ("Store",),
    "whylight.verdict": ("Verdict",),
}

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, "__version__"])  # noqa: PLE0605


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
