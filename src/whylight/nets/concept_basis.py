"""An orthogonal change of a layer's channels: each new channel, a concept, is a direction in the space of the old ones.

    J_u = U I_u    at each cell u of the grid        U Uᵀ = 1        U = R(S) · U₀

    expm         R = exp(S - Sᵀ)                       S of shape (d, d), 0 at first: R is the identity
    cayley       R = (1 - K)(1 + K)⁻¹                  K = S - Sᵀ
    householder  R = Π_i (1 - 2 s_i s_iᵀ / |s_i|²)     S of shape (reflections, d), in pairs of equal rows at first

U₀ is the identity, a random rotation, or one that was learnt before. Weights are float32: half precision would not stay
orthogonal.

Struski, Rymarczyk and Tabor, 2024, arXiv:2409.10329. Joffrain et al., 2006, "Accumulating Householder transformations,
revisited", for the product of reflections as one matrix.
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from whylight.tensors import generator
from whylight.types import Features

Parametrisation = Literal["expm", "cayley", "householder"]
Matrix = Float[Tensor, "concept feature"]
REFLECTIONS = 64


class Basis(nn.Module):
    """``features``: d. ``parametrisation``: how the rotation is learnt; None learns none. ``start``: U₀, None for the
    identity. ``reflections``: how many, an even number, for ``householder``."""

    start: Tensor | None

    def __init__(
        self,
        features: int,
        parametrisation: Parametrisation | None = "expm",
        start: Matrix | None = None,
        reflections: int = REFLECTIONS,
    ) -> None:
        super().__init__()
        self.features, self.parametrisation = features, parametrisation
        self.register_buffer("start", None if start is None else start.detach().clone().float())
        self.turn = None if parametrisation is None else nn.Parameter(_still(parametrisation, features, reflections))
        self._known: tuple[tuple[int, torch.device], Tensor] | None = None

    def matrix(self) -> Matrix:
        """U; kept between calls as long as nothing learns."""
        learns = torch.is_grad_enabled() and self.turn is not None and self.turn.requires_grad
        if learns:
            return self._made()
        at = self.turn if self.turn is not None else self.start
        state = (-1, torch.device("cpu")) if at is None else (at._version, at.device)  # noqa: SLF001 - torch's own count
        if self._known is None or self._known[0] != state:
            with torch.inference_mode(mode=False), torch.no_grad():
                self._known = state, self._made().detach()
        return self._known[1]

    def forward(self, grid: Features) -> Features:
        """J: the grid in the new channels, in its own precision."""
        turned: Tensor = torch.einsum("kf,nfrc->nkrc", self.matrix().to(grid), grid)
        return turned

    def back(self, concepts: Features) -> Features:
        """The grid in the old channels."""
        turned: Tensor = torch.einsum("kf,nkrc->nfrc", self.matrix().to(concepts), concepts)
        return turned

    def error(self) -> float:
        """The largest deviation of U Uᵀ from the identity, in float64."""
        matrix = self.matrix().detach().double()
        return (matrix @ matrix.T - torch.eye(len(matrix)).to(matrix)).abs().max().item()

    def _made(self) -> Matrix:
        if self.turn is None:
            return torch.eye(self.features) if self.start is None else self.start
        with torch.autocast(self.turn.device.type, enabled=False):
            made = _rotation(self.turn.float(), self.parametrisation)
            return made if self.start is None else made @ self.start


def random_basis(features: int, seed: int) -> Matrix:
    """An orthogonal matrix that is drawn evenly (Haar): QR of normal numbers, with the signs of R's diagonal."""
    drawn = torch.randn(features, features, generator=generator(seed), dtype=torch.float64)
    orthogonal, upper = torch.linalg.qr(drawn)
    matrix: Tensor = orthogonal * upper.diagonal().sign()
    return matrix.float()


def _still(parametrisation: Parametrisation, features: int, reflections: int) -> Tensor:
    if parametrisation != "householder":
        return torch.zeros(features, features)
    if reflections < 2 or reflections % 2:
        raise ValueError(f"expected an even number of reflections; got {reflections}")
    pairs = torch.randn(reflections // 2, features, generator=generator(0, features))
    return pairs.repeat_interleave(2, dim=0)


def _rotation(turn: Tensor, parametrisation: Parametrisation | None) -> Matrix:
    if parametrisation == "householder":
        return _reflected(turn)
    skew = turn - turn.T
    if parametrisation == "expm":
        exponential: Tensor = torch.matrix_exp(skew)
        return exponential
    one = torch.eye(len(skew)).to(skew)
    solved: Tensor = torch.linalg.solve(one + skew, one - skew)
    return solved


def _reflected(rows: Tensor) -> Matrix:
    """The product of the reflections, 1 - Vᵀ T⁻¹ V with T the upper triangle of V Vᵀ and half of its diagonal."""
    products = rows @ rows.T
    triangle = products.triu(1) + products.diagonal().diag() / 2
    product: Tensor = rows.T @ torch.linalg.solve_triangular(triangle, rows, upper=True)
    return torch.eye(len(product)).to(rows) - product
