"""Stand-in: a classifier that is asked by methods in the place of another, and the other's own word on what they find.

Methods that need outputs only are given the quick classifier. The label that is explained, the verdict and all that is
measured afterwards come from the exact one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from whylight import explanation
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.explanation import Explanation
from whylight.method import Method
from whylight.methods.perturbation._undesirable import UndesirableMask
from whylight.precision.pilot import Pilot, pilot
from whylight.precision.runtime import Route, in_runtime
from whylight.spec import name_of
from whylight.types import Images, Targets
from whylight.verdict import judge


@dataclass(frozen=True, eq=False)
class StandIn:
    """``exact``: the classifier in torch. ``quick``: the same, run otherwise. ``pilots``: what was tried so far."""

    exact: Classifier
    quick: Classifier
    route: Route
    pilots: list[Pilot] = field(default_factory=list)

    def explain(
        self,
        method: Method,
        images: Images,
        targets: Targets | Sequence[int] | Sequence[str] | int | str | None = None,
    ) -> Explanation:
        """As ``whylight.explain`` explains, which a method that looks inside the network is left to. In 8-bit numbers the
        first picture is tried in both ways before.

        Raises MethodError where that shows too small a correlation, and as ``check`` and ``whylight.explain`` do.
        """
        check(self.route, [method])
        if looks_inside(method):
            return explanation.explain(self.exact, method, images, targets)
        images = explanation.check_images(images)
        chosen = explanation.choose_targets(self.exact, images, targets)
        if self.route == "int8":
            self.pilots.append(pilot(self.exact, self.quick, method, images[:1], chosen[:1]))
        found = explanation.explain(self.quick, method, images, chosen)
        verdict = judge(self.exact, found.images, found.targets, found.evidence)
        return replace(found, classifier=self.exact, verdict=verdict)


def stand_in(classifier: Classifier, images: Images, route: Route) -> StandIn:
    """What stands in for a classifier; ``images`` and errors as for ``in_runtime``."""
    return StandIn(classifier, in_runtime(classifier, images, route), route)


def check(route: str, methods: Iterable[Method]) -> None:
    """Raises MethodError for a method that looks further than outputs, which 8-bit numbers do not give."""
    for method in methods:
        if route == "int8" and looks_inside(method):
            raise MethodError(
                f"{name_of(method)} needs more of a network than its outputs, which is all that 8-bit numbers give; use "
                "--precision float32, or methods such as occlusion, rise, lime and kernel_shap"
            )


def looks_inside(method: Method) -> bool:
    """Whether a method uses gradients or layers; some that can do without use them where they are."""
    by_gradients = isinstance(method, UndesirableMask) and method.route != "outputs"
    return by_gradients or method.access_needed > Access.OUTPUTS
