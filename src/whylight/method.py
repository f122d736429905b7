"""A method: a value made of settings that turns a classifier's decision into signed maps."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, cast

from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.spec import name_of
from whylight.types import Images, Maps, Scores, Targets


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a method found.

    ``maps``: signed, at the pictures' size. ``details``: named numbers, one per picture. Names with a meaning for the
    verdict: ``r2`` (fit of a surrogate, at most 1), ``completeness`` (relative residual, 0 is exact), ``seed_agreement``
    (Pearson's correlation of the maps from two seeds with half of the samples each), ``samples``.
    ``perturbed``: from a method that searches for a mask, what the classifier saw in the end, in [0, 1]; ``fill``: what it
    put in the place of what it took away, where the map's magnitude is the share that is taken.
    """

    maps: Maps
    details: dict[str, Scores] = field(default_factory=dict)
    perturbed: Images | None = None
    fill: Images | None = None

    def __getitem__(self, chosen: slice) -> "Evidence":
        details = {name: numbers[chosen] for name, numbers in self.details.items()}
        perturbed = None if self.perturbed is None else self.perturbed[chosen]
        return Evidence(self.maps[chosen], details, perturbed, None if self.fill is None else self.fill[chosen])


class Method(ABC):
    """A frozen dataclass of settings that holds no model; calling it explains a batch.

    A picture's map does not depend on the pictures beside it, nor on the global random state: a random method has a
    ``seed`` field, and draws the same pattern for every picture.
    """

    needs: ClassVar[Access] = Access.OUTPUTS

    @abstractmethod
    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """Evidence for each picture's target."""

    @property
    def access_needed(self) -> Access:
        """What it needs of a classifier: the most that it or a method inside it needs."""
        settings = (getattr(self, setting.name) for setting in fields(cast(Any, self)))
        return max([self.needs, *(part.access_needed for part in settings if isinstance(part, Method))])

    def check_access(self, classifier: Classifier) -> None:
        """Raises MethodError when the classifier does not give what the method needs."""
        if self.access_needed > classifier.access:
            raise MethodError(
                f"{name_of(self)} needs the {self.access_needed.name.lower()} of a torch network, but "
                f"{classifier.name} is a black box that gives outputs only; methods that work on it: "
                "occlusion, rise, lime, kernel_shap"
            )
