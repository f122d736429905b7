"""Engines by the name that ``--engine`` gives them: ``local``, ``ray``, ``ray:ADDRESS``."""

from whylight.errors import RunError, SpecError
from whylight.runs.job import Engine
from whylight.runs.local import Local
from whylight.runs.on_ray import Ray

NAMES = ("local", "ray", "ray:ADDRESS")


def choose(text: str, device: str = "auto", gpus: float | None = None) -> Engine:
    """The engine that is meant.

    ``device``: as on the command line. ``gpus``: graphics cards of each worker on Ray, below 1 for several workers on one.

    Raises RunError for an engine that there is not, SpecError for settings that contradict each other, MissingExtraError
    without Ray.
    """
    name, colon, address = text.partition(":")
    if name == "ray" and not (colon and not address):
        return Ray.of(address or None, device, gpus)
    if text != "local":
        raise RunError(f"there is no engine {text!r}; there is {', '.join(NAMES)}")
    if gpus is not None:
        raise SpecError("--gpus is of --engine ray; on one machine --workers and --device say what is used")
    return Local(device)
