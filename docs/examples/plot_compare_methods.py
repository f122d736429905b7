"""Compare methods
===============

Methods ask different questions, so they give different maps. Where they agree, believe them more.
"""

# %%
# One picture, six methods. Each is a description as on the command line; each explanation has the verdict with it.
import matplotlib.pyplot as plt
import torch

import whylight
from whylight.plots.colours import limit_of, paint
from whylight.tensors import correlation

classifier = whylight.load()
name, picture = whylight.sample_picture()
image, frame = classifier.fit(picture)
descriptions = ["grad_cam", "integrated_gradients", "occlusion"]
descriptions += ["rise:samples=1000", "lime", "kernel_shap"]
explanations = {}
for description in descriptions:
    method = whylight.read_method(description)
    explanations[description] = whylight.explain(classifier, method, image[None])

# %%
# The maps at the classifier's own size, each with its own scale: orange supports, blue hinders. Blurring what supports
# should cost more than blurring the same shape elsewhere.
figure, axes = plt.subplots(2, 3, figsize=(9, 7), layout="constrained")
for panel, (description, explanation) in zip(axes.flat, explanations.items(), strict=True):
    evidence, verdict = explanation.maps[0].numpy(), explanation.verdict
    before, after = verdict.probability[0], verdict.without_supporting[0]
    elsewhere = verdict.without_elsewhere[0]
    panel.imshow(paint(evidence, limit_of(evidence)))
    panel.set_title(f"{description}\n{before:.2f} → {after:.2f} (elsewhere {elsewhere:.2f})")
    panel.set(xticks=[], yticks=[])

# %%
# How much two maps agree, as the correlation of their pixels.
maps = torch.cat([explanation.maps for explanation in explanations.values()])
for description, row in zip(descriptions, maps, strict=True):
    agreements = correlation(row.expand_as(maps), maps)
    print(f"{description:22}", *(f"{agreement:6.2f}" for agreement in agreements))

# %%
# What each one cost, in pictures passed forward and backward.
for description, explanation in explanations.items():
    forward, backward = explanation.forward, explanation.backward
    print(f"{description:22} {forward:5.0f} forward {backward:4.0f} backward")
