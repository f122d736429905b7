"""What a person has said of a classifier's concepts: names, those that are switched off, those that are spurious.

``concepts.json`` in the classifier's folder: {"format": 1, "concepts": {"17": {"name": "wheel", "off": true,
"spurious": true}}}. A spurious concept is one that should not decide, such as a watermark; it decides until it is switched
off.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from whylight.errors import ModelError, SpecError
from whylight.whole import written_whole

FILE = "concepts.json"
FORMAT = 1
LONGEST = 60


@dataclass(frozen=True)
class Edits:
    """By the concepts' numbers from 0."""

    names: dict[int, str] = field(default_factory=dict)
    off: frozenset[int] = frozenset()
    spurious: frozenset[int] = frozenset()

    def named(self, concept: int, name: str) -> "Edits":
        """With a name for a concept; an empty one takes the name away. Raises SpecError for one that is too long."""
        text = " ".join(name.split())
        if len(text) > LONGEST:
            raise SpecError(f"a concept's name has at most {LONGEST} letters; got {len(text)}")
        kept = {known: word for known, word in self.names.items() if known != concept}
        return replace(self, names=kept | ({concept: text} if text else {}))

    def switched(self, concept: int, *, off: bool) -> "Edits":
        """With a concept off, or on."""
        return replace(self, off=self.off | {concept} if off else self.off - {concept})

    def marked(self, concept: int, *, spurious: bool) -> "Edits":
        """With a concept marked as spurious, or not."""
        return replace(self, spurious=self.spurious | {concept} if spurious else self.spurious - {concept})

    def title(self, concept: int) -> str:
        """A concept in words."""
        return self.names.get(concept, f"concept {concept}")


def read_edits(folder: Path, concepts: int) -> Edits:
    """The edits in a folder, none where there is no file; raises ModelError when they are damaged or of other concepts."""
    path = folder / FILE
    if not path.exists():
        return Edits()
    wrong = f"{path} does not say what this whylight needs to know of concepts; remove it to begin again"
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        found = {int(number): said for number, said in plain["concepts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(wrong) from error
    said_well = all(isinstance(said, dict) and isinstance(said.get("name", ""), str) for said in found.values())
    if plain.get("format") != FORMAT or not said_well or not all(0 <= number < concepts for number in found):
        raise ModelError(wrong)
    return Edits(
        {number: said["name"] for number, said in found.items() if said.get("name")},
        frozenset(number for number, said in found.items() if said.get("off")),
        frozenset(number for number, said in found.items() if said.get("spurious")),
    )


def write_edits(folder: Path, edits: Edits) -> None:
    """Writes the edits, whole or not at all."""
    said: dict[int, dict[str, Any]] = {}
    for concept in sorted({*edits.names, *edits.off, *edits.spurious}):
        name = {"name": edits.names[concept]} if concept in edits.names else {}
        marks = {key: True for key, chosen in (("off", edits.off), ("spurious", edits.spurious)) if concept in chosen}
        said[concept] = name | marks
    plain = {"format": FORMAT, "concepts": said}
    with written_whole(folder / FILE) as file:
        file.write(f"{json.dumps(plain, ensure_ascii=False, indent=2)}\n".encode("utf-8", "replace"))
