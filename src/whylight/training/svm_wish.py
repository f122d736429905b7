"""What is asked of an SVM, as plain data: on which rows, how it is fitted, and what it is scored with."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from whylight.errors import ModelError
from whylight.training.svm_fit import Recipe

SELF = "self"
"""The mask of an SVM's own weight maps."""


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``features``: the model whose features are taken; None takes pixels. ``mask``: the model whose maps
    are masks, or ``self``; ``keeps``: the shares of pixels that are kept; ``controls``: whether masks are compared with
    others. ``limit``: at most so many pictures, the same share of each label."""

    data: str
    recipe: Recipe
    features: str | None = None
    layer: str | None = None
    mask: str | None = None
    keeps: tuple[float, ...] = ()
    controls: bool = False
    size: tuple[int, int] | None = None
    validation: float = 0.1
    seed: int = 0
    limit: int | None = None
    test: str | None = None
    data_root: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.mask is not None and (not self.keeps or not all(0 < keep <= 1 for keep in self.keeps)):
            raise ModelError(f"a mask keeps shares of the pixels above 0 and at most 1; got {list(self.keeps)}")
        if not 0 <= self.validation < 1:
            raise ModelError(f"the share for validation is at least 0 and below 1; got {self.validation}")

        if self.validation == 0 and len(self.recipe.costs) > 1:
            raise ModelError(
                f"choosing among {len(self.recipe.costs)} values of C needs validation pictures; give one --c, or a "
                "--validation above 0"
            )

    def to_plain(self) -> dict[str, Any]:
        """Everything that decides the result."""
        plain = asdict(self) | {"keeps": list(self.keeps), "size": None if self.size is None else list(self.size)}
        plain["recipe"]["costs"] = list(self.recipe.costs)
        del plain["data_root"]
        return plain
