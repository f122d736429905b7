"""Which concepts a label has, and which labels a concept has: a classifier's weights told in words and numbers.

worth_yk = A_yk · mean |v_k|      the mean of |v_k| over the pictures that the prototypes were looked for in
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.classifiers.infodisent import ConceptClassifier
from whylight.concepts.prototypes import Prototypes
from whylight.errors import ModelError
from whylight.nets.concepts import concept_head


@dataclass(frozen=True)
class Worth:
    """A concept's worth to a label: what it adds on average where it has its usual strength."""

    label: str
    concept: int
    title: str
    weight: float
    worth: float
    off: bool = False
    spurious: bool = False


def worths(classifier: ConceptClassifier, prototypes: Prototypes | None = None) -> list[Worth]:
    """Every weight that is not 0, also of concepts that are switched off; labels in their order, the largest worth first.

    Raises ModelError for a network without a head of concepts, whose own last layers are no such weights.
    """
    found = concept_head(classifier.module)
    if found is None:
        raise ModelError(
            f"{classifier.name} shows another network's own decision, which has no weights of concepts; name one of "
            "`whylight train infodisent` without --post-hoc"
        )
    head = found[1]
    weight = (head.signed() * head.kept).detach().cpu()
    size = torch.ones(weight.shape[1]) if prototypes is None else prototypes.magnitude
    worth: Float[Tensor, "label concept"] = weight * size
    edits = classifier.edits
    return [
        Worth(
            label,
            concept,
            edits.title(concept),
            float(weight[number, concept]),
            float(worth[number, concept]),
            concept in edits.off,
            concept in edits.spurious,
        )
        for number, label in enumerate(classifier.labels)
        for concept in worth[number].abs().argsort(descending=True).tolist()
        if weight[number, concept] != 0
    ]
