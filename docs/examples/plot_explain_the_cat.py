"""Explain the cat
===============

One picture, one classifier, one method, and what to make of the answer.
"""

# %%
# The bundled classifier knows ten labels. The picture is scikit-image's cat.
import whylight

classifier = whylight.load()
name, picture = whylight.sample_picture()
image, frame = classifier.fit(picture)

probabilities = classifier.probabilities(image[None])[0]
for index in probabilities.argsort(descending=True)[:3].tolist():
    print(f"{classifier.labels[index]:12} {probabilities[index]:.3f}")

# %%
# Without a target, the most probable label is explained. The overlay shows what supports it in orange and what hinders it
# in blue, and says above what happens when these pixels are blurred.
method = whylight.read_method("grad_cam")
explanation = whylight.explain(classifier, method, image[None])
overlay = whylight.overlay(explanation, picture, frame, method="Grad-CAM")

# %%
# The verdict is there as numbers too. Blurring the same shape elsewhere is the control: a map that marks the right place
# costs more probability than a map that marks any place.
verdict = explanation.verdict
print(f"as it is            {verdict.probability[0]:.3f}")
print(f"without supporting  {verdict.without_supporting[0]:.3f}")
print(f"without hindering   {verdict.without_hindering[0]:.3f}")
print(f"the same elsewhere  {verdict.without_elsewhere[0]:.3f}")
print(f"flags               {', '.join(verdict.flags[0]) or 'none'}")

# %%
# Any label can be asked about. Why not a *dog*? The face speaks against it.
dog = classifier.labels.index("dog")
explanation = whylight.explain(classifier, method, image[None], targets=dog)
why_not_a_dog = whylight.overlay(explanation, picture, frame, method="Grad-CAM")
