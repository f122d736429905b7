"""Model versions: a hash by which a classifier with these very weights is known again.

Of a torch module it is a hash of its weights. Of a black box, whose weights nobody sees, it is a hash of its answers to four
made pictures, rounded to a hundredth of a logit: another machine may round to another version.
"""

import hashlib

import torch

from whylight.classifier import Classifier
from whylight.tensors import generator

PROBES = 4


def version_of(classifier: Classifier) -> str:
    """The hash, in hexadecimal; of weights alone it is the same on every machine and device."""
    digest = hashlib.sha256()
    if classifier.module is None:
        height, width = classifier.input_size
        shape = (PROBES, classifier.resizing.channels, height, width)
        answers = classifier.logits(torch.rand(shape, generator=generator(0)).to(classifier.device))
        digest.update((answers.double() * 100).round().long().cpu().numpy().tobytes())
    else:
        for name, weight in sorted(classifier.module.state_dict().items()):
            values = weight.detach().cpu().contiguous()
            digest.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
            digest.update(values.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
