"""Compare methods
===============

Methods ask different questions, so they give different maps. Where they agree, believe them more.
"""

# %%
# One picture, six methods. Each is a description as on the command line; each explanation has the verdict with it.
import matplotlib.pyplot as plt
import torch

import whylight
from whylight.tensors import correlation, scale_to_unit

classifier = whylight.load()
name, picture = whylight.sample_picture()
image, frame = classifier.fit(picture)
descriptions = ["grad_cam", "integrated_gradients", "occlusion", "rise:samples=1000", "lime", "kernel_shap"]
explanations = {
    description: whylight.explain(classifier, whylight.read_method(description), image[None])
    for description in descriptions
}

# %%
# The maps at the classifier's own size, each scaled to its largest value: red supports, blue hinders. Blurring what
# supports should cost more than blurring the same shape elsewhere.
figure, axes = plt.subplots(2, 3, figsize=(9, 6.6), layout="constrained")
for panel, (description, explanation) in zip(axes.flat, explanations.items(), strict=True):
    verdict = explanation.verdict
    panel.imshow(scale_to_unit(explanation.maps)[0], cmap="RdBu_r", vmin=-1, vmax=1)
    panel.set_title(
        f"{description}\n{verdict.probability[0]:.2f} → {verdict.without_supporting[0]:.2f} "
        f"(elsewhere {verdict.without_elsewhere[0]:.2f})",
        fontsize=9,
    )
    panel.axis("off")

# %%
# How much two maps agree, as the correlation of their pixels.
maps = torch.cat([explanation.maps for explanation in explanations.values()])
for description, row in zip(descriptions, maps, strict=True):
    agreements = correlation(row.expand_as(maps), maps)
    print(f"{description:22}", *(f"{agreement:6.2f}" for agreement in agreements))

# %%
# What each one cost, in pictures passed forward and backward.
for description, explanation in explanations.items():
    print(f"{description:22} {explanation.forward:5.0f} forward {explanation.backward:4.0f} backward")
