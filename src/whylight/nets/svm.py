"""Support vector machines: their decision values as a torch module, differentiable, in double precision inside.

    one against the rest   s_c  = w_c · z + b_c            or  Σ_n α_cn K(z, x_n) + b_c
    one against one        d_ij = Σ_n α_ijn K(z, x_n) + b_ij > 0 where i wins over j,   d_ji = -d_ij
                           s_c  = min over j ≠ c of d_cj   (the margin against its strongest rival)
    K(z, x)                linear z · x        rbf exp(-γ |z - x|²)        poly (γ z · x + r)^p

Whoever wins all of its duels has the only s_c above 0, so that the largest s_c and the vote differ in nothing but circles,
where nobody does. Between two changes of the strongest rival r the score is one hyperplane, w_cr · z + b_cr.

Cortes and Vapnik, 1995, Machine Learning 20; Hsu and Lin, 2002, IEEE Transactions on Neural Networks 13, on many labels.
"""

from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from whylight.types import Logits

Kernel = Literal["linear", "rbf", "poly"]
KERNELS: tuple[str, ...] = get_args(Kernel)
Rival = Literal["strongest", "mean"]
"""What stands for a label's duels: the one that it comes closest to losing, or the mean of all."""

Rows = Float[Tensor, "batch feature"]


def _fixed(numbers: Tensor) -> nn.Parameter:
    """Numbers that move with the module, and that are counted among its weights."""
    return nn.Parameter(numbers.detach().double().clone(), requires_grad=False)


class Standardised(nn.Module):
    """(z - mean) / scale, one number of each a feature."""

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.mean, self.scale = _fixed(mean), _fixed(scale)

    def forward(self, rows: Rows) -> Rows:
        """Features of about mean 0 and variance 1."""
        return (rows - self.mean) / self.scale


class UnitLength(nn.Module):
    """z / |z|; a row of zeros stays."""

    def forward(self, rows: Rows) -> Rows:
        """Rows of length 1."""
        squares = rows.square().sum(dim=1, keepdim=True)
        return rows / torch.where(squares > 0, squares, 1.0).sqrt()


class Affine(nn.Linear):
    """A linear layer in double precision, of given weights (output, feature) and bias."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        # on no device: nothing is drawn, so that the global random state is left alone
        super().__init__(weight.shape[1], weight.shape[0], device="meta", dtype=torch.float64)
        self.weight, self.bias = _fixed(weight), _fixed(bias)

    def forward(self, rows: Tensor) -> Tensor:
        """Decision values."""
        return functional.linear(rows, self.weight, self.bias)


class KernelMachine(nn.Module):
    """Weighted kernels between the rows and the support vectors, for several outputs at once.

    ``support``: (vector, feature). ``weight``: (output, vector), α with the label's sign. ``bias``: (output).
    """

    def __init__(
        self,
        kernel: Kernel,
        support: Tensor,
        weight: Tensor,
        bias: Tensor,
        *,
        gamma: float = 1.0,
        offset: float = 0.0,
        degree: int = 3,
    ) -> None:
        super().__init__()
        self.kernel, self.gamma, self.offset, self.degree = kernel, gamma, offset, degree
        self.support, self.weight, self.bias = _fixed(support), _fixed(weight), _fixed(bias)

    def forward(self, rows: Rows) -> Tensor:
        """Decision values, (batch, output)."""
        return functional.linear(self.similarity(rows), self.weight, self.bias)

    def similarity(self, rows: Rows) -> Float[Tensor, "batch vector"]:
        """The kernel between each row and each support vector."""
        products = rows @ self.support.T
        if self.kernel == "linear":
            return products
        if self.kernel == "poly":
            return (self.gamma * products + self.offset).pow(self.degree)
        squares = rows.square().sum(dim=1, keepdim=True) + self.support.square().sum(dim=1)
        return torch.exp(-self.gamma * (squares - 2 * products))


class Duels(nn.Module):
    """Scores of labels from the decisions between every two of them, in the order (0, 1), (0, 2), …, (1, 2), …

    ``rival``: which of a label's duels is its score, the one against its strongest rival or their mean.
    """

    index: Tensor
    sign: Tensor

    def __init__(self, labels: int, rival: Rival = "strongest") -> None:
        super().__init__()
        self.rival = rival
        pairs = torch.combinations(torch.arange(labels), 2).tolist()
        number = {(first, second): place for place, (first, second) in enumerate(pairs)}
        rivals = [[other for other in range(labels) if other != label] for label in range(labels)]
        index = [[number[min(label, other), max(label, other)] for other in rivals[label]] for label in range(labels)]
        sign = [[1.0 if label < other else -1.0 for other in rivals[label]] for label in range(labels)]
        self.register_buffer("index", torch.tensor(index), persistent=False)
        self.register_buffer("sign", torch.tensor(sign, dtype=torch.float64), persistent=False)

    def forward(self, pairs: Float[Tensor, "batch pair"]) -> Logits:
        """One score a label."""
        duels = pairs[:, self.index] * self.sign
        return duels.amin(dim=2) if self.rival == "strongest" else duels.mean(dim=2)


class SVM(nn.Module):
    """Preparation of the features, decisions, and scores, one after the other; numbers in and out are single precision."""

    def __init__(self, *stages: nn.Module) -> None:
        super().__init__()
        self.stages = nn.Sequential(*stages)

    def forward(self, rows: Rows) -> Logits:
        """The decision values of rows of features, one a label."""
        decisions: Tensor = self.stages(rows.double())
        return decisions.to(rows.dtype)
