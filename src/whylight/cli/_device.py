"""The device that ``--device`` means."""

import torch


def device_for(text: str) -> str:
    """``auto`` is the graphics card if torch can use one, else the processor."""
    if text != "auto":
        return text
    return "cuda" if torch.cuda.is_available() else "cpu"
