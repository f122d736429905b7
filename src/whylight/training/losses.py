"""What is made small: cross-entropy, or the squared hinge of one-against-rest support vector machines.

    cross_entropy   −Σ_c q_c log softmax(s)_c            q: 1 − ε on the label, plus ε / labels everywhere
    l2_svm          Σ_c max(0, 1 − t_c s_c)²             t: +1 on the label, −1 elsewhere
                    + ‖W‖² / (2 C N)                     W: the last layer's weights, N: pictures to train with

The second is ½ ‖W‖² + C Σ_n Σ_c max(0, 1 − t s)² divided by C N: the primal problem of a linear SVM on the features that the
network learns at the same time.

Szegedy et al., 2015, arXiv:1512.00567, section 7. Tang, 2013, arXiv:1306.0239, equations 6 and 10.
"""

from torch import Tensor, nn
from torch.nn import functional

from whylight.errors import ModelError
from whylight.training.hyperparameters import Hyperparameters
from whylight.types import Logits, Scores, Targets


def losses(logits: Logits, targets: Targets, given: Hyperparameters) -> Scores:
    """The loss of each picture, without what depends on the weights alone."""
    if given.loss == "l2_svm":
        return squared_hinge(logits, targets)
    return functional.cross_entropy(logits, targets, reduction="none", label_smoothing=given.smoothing)


def squared_hinge(logits: Logits, targets: Targets) -> Scores:
    """Σ_c max(0, 1 − t_c s_c)² of each picture."""
    signs = functional.one_hot(targets, logits.shape[1]).to(logits) * 2 - 1
    return (1 - signs * logits).clamp_min(0).square().sum(dim=1)


def margin_penalty(head: nn.Module, given: Hyperparameters, pictures: int) -> Tensor | None:
    """‖W‖² / (2 C N) of the last layer for ``l2_svm``; None for another loss."""
    if given.loss != "l2_svm":
        return None
    return head.get_parameter("weight").square().sum() / (2 * given.penalty * pictures)


def head_of(network: nn.Module, classes: int) -> tuple[str, nn.Linear | nn.Conv2d]:
    """The name of the last layer and the layer: a linear one, or a 1 × 1 convolution, with one output for each label.

    Raises ModelError when there is none.
    """
    found = [
        (name, module)
        for name, module in network.named_modules()
        if (isinstance(module, nn.Linear) and module.out_features == classes)
        or (isinstance(module, nn.Conv2d) and module.out_channels == classes and module.kernel_size == (1, 1))
    ]
    if not found:
        raise ModelError(
            f"the network ends in no linear layer with one output for each of {classes} labels, so its head can be neither "
            "trained alone nor given a margin; train all of it with cross_entropy"
        )
    return found[-1]
