"""Reading ``NAME(setting=literal, …)``: a class of captum.attr and its settings, of which nothing is executed."""

import ast
import inspect
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from whylight.errors import MethodError, MissingExtraError, SpecError

REFUSED = {
    "NoiseTunnel": "smooth_grad:of=(captum:NAME(...)) does the same for every method",
    "FeaturePermutation": "it mixes the pictures of a batch, so that a map would depend on the pictures beside it",
    "LayerFeaturePermutation": "it mixes the pictures of a batch, so that a map would depend on the pictures beside it",
    "DataLoaderAttribution": "whole data sets are explained picture by picture here",
    "ShapleyValues": "it tries every order of the segments, which takes forever; ShapleyValueSampling draws some",
    "LimeBase": "it takes functions for settings; Lime is the class to name",
}
"""Classes that explain pictures in captum, and why they do not here."""

PICTURE = ("self", "forward_func", "model", "inputs", "target")
COUNTS = ("n_samples", "n_steps", "perturbations_per_eval", "internal_batch_size")
"""Settings that captum does not check: 0 ends in a message about its own tensors."""

OTHER = ("device_ids", "additional_forward_args", "custom_attribution_func", "grad_kwargs", "show_progress")
ANSWER = ("return_convergence_delta", "return_input_shape")
OURS = (*PICTURE, *OTHER, *ANSWER)
"""What is given to captum here, or has no plain value."""


@dataclass(frozen=True)
class Call:
    """A class's name and its settings."""

    name: str
    settings: dict[str, Any]


def read_call(text: str) -> Call:
    """What ``text`` says; raises SpecError when it is not a name with settings that are plain values."""
    expected = f"expected captum:NAME(setting=value, …) as in captum:IntegratedGradients(n_steps=20); got {text!r}"
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise SpecError(expected) from None
    if isinstance(body, ast.Name):
        return Call(body.id, {})
    if (
        not isinstance(body, ast.Call)
        or not isinstance(body.func, ast.Name)
        or body.args
        or not all(each.arg for each in body.keywords)
    ):
        raise SpecError(expected)
    return Call(body.func.id, {str(keyword.arg): _literal(keyword, text) for keyword in body.keywords})


def _literal(keyword: ast.keyword, text: str) -> Any:
    try:
        return ast.literal_eval(keyword.value)
    except ValueError:
        raise SpecError(
            f"{keyword.arg} of {text!r} must be a number, 'text', True, False, None or a tuple of them"
        ) from None


def find_class(name: str) -> Any:
    """The class of captum.attr.

    Raises MethodError for one that does not explain a label, MissingExtraError when captum is not installed.
    """
    try:
        from captum import attr
    except ModuleNotFoundError as error:
        raise MissingExtraError("captum", "captum", f"the method captum:{name}") from error
    known = {each: getattr(attr, each) for each in attr.__all__ if _explains_labels(attr, getattr(attr, each))}
    if name in REFUSED:
        raise MethodError(f"this class of captum is not offered: {REFUSED[name]}")
    if name not in known:
        near = get_close_matches(name, known, n=3)
        named = f"did you mean {', '.join(near)}?" if near else f"it has {', '.join(sorted(known))}"
        raise MethodError(f"captum.attr has no class {name!r} that explains a label; {named}")
    return known[name]


def _explains_labels(attr: Any, found: Any) -> bool:
    return (
        isinstance(found, type)
        and issubclass(found, attr.Attribution)
        and not issubclass(found, attr.NeuronAttribution)
        and hasattr(found, "attribute")
        and "LLM" not in found.__name__
        and found.__name__ not in REFUSED
    )


def arguments(function: Any) -> dict[str, inspect.Parameter]:
    """What a constructor or ``attribute`` can be given by name."""
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)}


def share_out(name: str, found: Any, settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of the constructor and those of ``attribute``; raises MethodError for one that neither knows,
    and for a count below 1."""
    making, asking = arguments(found.__init__), arguments(found.attribute)
    known = [each for each in (*making, *asking) if each not in OURS]
    for key, value in settings.items():
        if key not in known:
            raise MethodError(
                f"captum's {name} has no setting {key!r} that can be given here; it has {', '.join(known)}"
            )
        if key in COUNTS and not is_count(value):
            raise MethodError(f"captum's {name} expects {key} to be a whole number of at least 1; got {value!r}")
    return (
        {key: value for key, value in settings.items() if key in making},
        {key: value for key, value in settings.items() if key not in making},
    )


def is_count(value: object) -> bool:
    """Whether a value says how many, or, as None, leaves it to captum."""
    return value is None or (isinstance(value, int) and value >= 1)


def takes_away(found: Any) -> bool:
    """Whether a class only takes pixels away and reads the outputs."""
    return any(parent.__name__ == "PerturbationAttribution" for parent in found.__mro__)
