"""A black box
===========

Anything that answers with numbers can be explained: an ONNX file, a server, or a function without any network in it.
"""

# %%
# This one calls a picture *round* when its edges turn, and *straight* otherwise, by counting edge directions with numpy.
import numpy as np
import torch
from PIL import Image
from skimage import data

import whylight


def edge_directions(images: torch.Tensor) -> np.ndarray:
    """Logits (batch, 2) of pictures (batch, 3, height, width) in [0, 1]."""
    grey = images.mean(dim=1).numpy()
    down, across = np.gradient(grey, axis=(1, 2))
    slanted = np.abs(down * across).mean(axis=(1, 2))
    upright = np.abs(down**2 - across**2).mean(axis=(1, 2))
    ratio = 2 * np.log((slanted + 1e-6) / (upright + 1e-6))
    return np.stack([ratio, -ratio], axis=1)


labels = ["round", "straight"]
classifier = whylight.from_function(edge_directions, labels, name="edges", size=96)
print(classifier.access.name)

# %%
# A cup of coffee. Methods that need outputs only work on it. What speaks for *round*?
picture = Image.fromarray(data.coffee())
image, frame = classifier.fit(picture)
method = whylight.read_method("kernel_shap:count=40")
explanation = whylight.explain(classifier, method, image[None], targets=0)
cup = whylight.overlay(explanation, picture, frame, method="Kernel SHAP")

# %%
# The values of all segments add up to the change from the blurred picture to the picture itself, and two seeds agree.
for name, numbers in explanation.evidence.details.items():
    print(f"{name:22} {numbers[0]:.4g}")

# %%
# A method that needs gradients says what would work instead.
try:
    whylight.explain(classifier, whylight.read_method("saliency"), image[None])
except whylight.WhylightError as error:
    print(error)
