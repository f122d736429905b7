"""The one spelling of a part, on the command line and everywhere else: ``name:key=value,key=value``.

A value that holds a comma or another part stands in brackets: ``smooth_grad:of=(grad_cam:layer=layer4),samples=20``.
"""

from dataclasses import dataclass

from whylight.errors import SpecError

BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Spec:
    """A part's name, the first value that had no key (``timm:resnet18``), and the settings as text."""

    name: str
    value: str | None
    settings: dict[str, str]


def parse(text: str) -> Spec:
    """Reads a description; raises SpecError for an empty name, unbalanced brackets or a setting given twice."""
    name, _, rest = text.partition(":")
    if not name.strip():
        raise SpecError(f"expected name:key=value,key=value; got {text!r}")
    value, settings = None, {}
    for position, piece in enumerate(split(rest)):
        key, equals, setting = piece.partition("=")
        if not equals or not key.strip().isidentifier():
            if position > 0:
                raise SpecError(f"expected key=value after the first comma of {text!r}; got {piece!r}")
            value = strip_brackets(piece.strip())
        elif key.strip() in settings:
            raise SpecError(f"{key.strip()!r} is given twice in {text!r}")
        else:
            settings[key.strip()] = strip_brackets(setting.strip())
    return Spec(name.strip(), value, settings)


def split(text: str) -> list[str]:
    """The pieces between the commas that stand in no bracket; empty for an empty text."""
    pieces, open_brackets, piece = [], [], ""
    for letter in text:
        if letter in BRACKETS:
            open_brackets.append(BRACKETS[letter])
        elif letter in BRACKETS.values() and (not open_brackets or open_brackets.pop() != letter):
            raise SpecError(f"the brackets of {text!r} do not match")
        if letter == "," and not open_brackets:
            pieces.append(piece)
            piece = ""
        else:
            piece += letter
    if open_brackets:
        raise SpecError(f"the brackets of {text!r} do not match")
    return [*pieces, piece] if text.strip() else []


def strip_brackets(text: str) -> str:
    """A value without the one pair of round brackets around the whole of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for position, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and position < len(text) - 1:
            return text
    return text[1:-1]


def name_of(part: object) -> str:
    """The name that a part has on the command line, its file's; the name of its class where a user's own code defines it."""
    package, _, name = type(part).__module__.rpartition(".")
    return name if package.startswith("whylight.") else type(part).__name__
