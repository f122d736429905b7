"""Everything that whylight raises for a user's mistake. The message says what was expected, what came and what would work.

WhylightError
├── PictureError      a file that cannot be read as a picture
├── ModelError        a classifier that cannot be loaded or gives unusable answers
│   └── LayerError    a layer that does not exist, is not reached or has no grid
├── MethodError       a method that cannot work on this classifier or with these settings
├── MetricError       a metric that cannot work on this explanation, classifier or data set
├── DataError         a data set that is not there or is not what its format says
├── RunError          results that belong to another plan, or cannot be gone on with
├── StoreError        a store that cannot be opened, or that cannot keep or find what it is asked to
├── TargetError       a label that the classifier does not know
├── SpecError         a part's description that cannot be read (`name:key=value`)
└── MissingExtraError an optional dependency that is not installed
"""


class WhylightError(Exception):
    """The root: catching it catches every mistake that a user can mend."""


class PictureError(WhylightError):
    """A file that cannot be read as a picture."""


class ModelError(WhylightError):
    """A classifier that cannot be loaded or whose answers cannot be used."""


class LayerError(ModelError):
    """A layer that does not exist, is not reached, or whose output is no grid."""


class MethodError(WhylightError):
    """A method that cannot work on this classifier or with these settings."""


class MetricError(WhylightError):
    """A metric that cannot work on this explanation, classifier or data set."""


class DataError(WhylightError):
    """A data set that is not there, or is not what its format says."""


class RunError(WhylightError):
    """Results in a folder that belong to another plan, or that cannot be gone on with."""


class StoreError(WhylightError):
    """A store that cannot be opened, or that cannot keep or find what it is asked to."""


class TargetError(WhylightError):
    """A label that the classifier does not know."""


class SpecError(WhylightError):
    """A description of a part (`name:key=value`) that cannot be read."""


class MissingExtraError(WhylightError):
    """An optional dependency that is not installed; the message names the extra."""

    def __init__(self, package: str, extra: str, wanted_for: str) -> None:
        super().__init__(
            f"{wanted_for} needs the package {package}, which is not installed; "
            f"`pip install 'whylight[{extra}]'` installs it"
        )
