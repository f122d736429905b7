"""The shapes that every part speaks of. Shapes are checked at run time in the tests, and cost nothing in production."""

from jaxtyping import Bool, Float, Int
from torch import Tensor

Images = Float[Tensor, "batch channel height width"]
"""Pictures in display space: values in [0, 1], whatever normalisation the classifier does inside."""

Logits = Float[Tensor, "batch label"]
"""What a classifier answers before the softmax."""

Targets = Int[Tensor, " batch"]
"""The index of the label that is explained, one per picture."""

Maps = Float[Tensor, "batch height width"]
"""Signed evidence, one number per pixel: above 0 supports the target, below 0 hinders it."""

Masks = Float[Tensor, "batch 1 height width"]
"""What is kept of each pixel: 1 keeps it, 0 replaces it by the fill."""

Features = Float[Tensor, "batch feature row column"]
"""A layer's activations as a grid."""

Segments = Int[Tensor, "batch height width"]
"""The number of the segment (from 0, without gaps) that each pixel belongs to."""

Scores = Float[Tensor, " batch"]
"""One number per picture."""

Flags = Bool[Tensor, " batch"]
"""One yes or no per picture."""
