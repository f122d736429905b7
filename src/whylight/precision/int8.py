"""8-bit numbers: weights and activations of an ONNX file as whole numbers, with ranges that were measured beforehand.

    q = round( x / scale ) + zero        scale and zero: of each channel of a weight, of each activation as a whole

The ranges of activations are the extremes that calibration pictures reached, so that an answer depends on its own picture
only; ranges that are measured as pictures pass would let a batch's pictures change each other's answers.

Jacob et al., 2018, arXiv:1712.05877, section 2.1; ONNX Runtime's static quantisation in its QDQ form.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from whylight.precision.export import INPUT
from whylight.types import Images

AT_ONCE = 4
WITH_WEIGHTS = ("Conv", "Gemm", "MatMul")


def quantise(source: Path, images: Images, target: Path, *, singly: bool = False) -> None:
    """Writes the network of ``source`` in 8-bit numbers to ``target``; ``images``: those that calibrate it;
    ``singly``: whether it takes one picture a pass."""
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = source.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantization.quantize_static(
        str(prepared),
        str(target),
        _Reader(images, 1 if singly else AT_ONCE),
        quant_format=quantization.QuantFormat.QDQ,
        per_channel=True,
        reduce_range=not multiplies_bytes(),
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        **_kinds(prepared),
    )


def multiplies_bytes() -> bool:
    """Whether this processor adds up products of bytes without overflow (VNNI); without it weights take 7 bits."""
    known = getattr(torch.cpu, "_is_vnni_supported", lambda: False)
    return bool(known())


def _kinds(path: Path) -> dict[str, list[str] | None]:
    """Which operations are done in 8-bit numbers: all that can be; in a network with attention only those with weights, as
    its softmax, its norms and its products of activations lose too much by it (deit_tiny: the correlation of probabilities
    is 0.98 instead of 0.89, and a pass takes 20 instead of 23 ms)."""
    import onnx

    graph = onnx.load(str(path)).graph
    if not {"Softmax", "MatMul"} <= {node.op_type for node in graph.node}:
        return {"op_types_to_quantize": None, "nodes_to_exclude": None}
    weights = {each.name for each in graph.initializer}
    free = [node.name for node in graph.node if node.op_type == "MatMul" and not weights & set(node.input)]
    return {"op_types_to_quantize": list(WITH_WEIGHTS), "nodes_to_exclude": free}


class _Reader:
    """Hands pictures over as ONNX Runtime asks for them, a few at a time."""

    def __init__(self, images: Images, at_once: int) -> None:
        self._left: Iterator[Images] = iter(images.split(at_once))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next pictures; None after the last."""
        some = next(self._left, None)
        return None if some is None else {INPUT: some.cpu().float().contiguous().numpy()}

    def __iter__(self) -> Iterator[Any]:
        return iter(self.get_next, None)
