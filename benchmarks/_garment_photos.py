"""Photos made of Fashion-MNIST pictures: larger, in colour, off centre, on a background, compressed as JPEG.

A picture of the set is a negative, so the photo's garment has 255 minus its levels as its lightness, with a random tint. The
background is at least 20 Lab units from the garment's median colour, except for ``white``: white garments on white are part
of the question.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage.color import lab2rgb

Numbers = NDArray[np.float64]

BACKGROUNDS = ("white", "light", "dark", "coloured", "gradient", "shadow", "textured")
LEAST_DIFFERENCE = 20.0


def garment_photo(pixels: NDArray[np.uint8], kind: str, random: np.random.Generator) -> Image.Image:
    """A photo of one 28 × 28 picture."""
    side = int(random.integers(150, 601))
    across, down = (int(side * random.uniform(1.1, 1.6)) for _ in range(2))
    left, top = (int(random.uniform(0.2, 0.8) * (whole - side)) for whole in (across, down))
    grey = _enlarged(255 - pixels.astype(np.float64), side)
    mask = np.zeros((down, across))
    solid = ndimage.binary_closing(np.pad(pixels > 10, 2))[2:-2, 2:-2] | (pixels > 10)
    mask[top : top + side, left : left + side] = _enlarged(solid.astype(np.float64), side).clip(0, 1)
    mask = 1 / (1 + np.exp(-12 * (mask - 0.5)))
    garment = np.zeros((down, across, 3))
    garment[top : top + side, left : left + side, 0] = grey.clip(0, 255) / 2.55
    garment[..., 1:] = random.uniform(-30, 30, 2)
    middle = np.median(garment[mask > 0.5], axis=0)
    background = _background(kind, (down, across), middle, mask, random)
    lab = garment * mask[..., None] + background * (1 - mask[..., None])
    lab[..., 0] += random.normal(0, 1, mask.shape)
    photo = Image.fromarray((255 * lab2rgb(lab).clip(0, 1)).round().astype(np.uint8))
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=int(random.integers(60, 96)))
    return Image.open(file).convert("RGB")


def _enlarged(numbers: NDArray[np.float64], side: int) -> Numbers:
    picture = Image.fromarray(numbers.astype(np.float32))
    return np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC)).astype(np.float64)


def _colour(kind: str, random: np.random.Generator) -> Numbers:
    low, high, chroma = {
        "white": (99, 100, 0.5),
        "light": (85, 96, 4),
        "shadow": (85, 96, 4),
        "dark": (3, 22, 4),
        "coloured": (35, 80, 45),
    }.get(kind, (30, 92, 20))
    return np.array([random.uniform(low, high), *random.uniform(-chroma, chroma, 2)])


def _background(
    kind: str, size: tuple[int, int], garment: Numbers, mask: Numbers, random: np.random.Generator
) -> Numbers:
    for _ in range(100):
        colour = _colour(kind, random)
        if kind == "white" or np.linalg.norm(colour - garment) >= LEAST_DIFFERENCE:
            break
    background = np.broadcast_to(colour, (*size, 3)).copy()
    rows, columns = np.mgrid[-0.5 : 0.5 : size[0] * 1j, -0.5 : 0.5 : size[1] * 1j]
    if kind == "gradient":
        angle, steep = random.uniform(0, 2 * np.pi), random.uniform(10, 30)
        background[..., 0] += steep * (np.cos(angle) * rows + np.sin(angle) * columns)
    if kind == "shadow":
        moved = ndimage.shift(mask, [0.03 * size[0], 0.02 * size[1]], order=1)
        background[..., 0] -= random.uniform(5, 15) * ndimage.gaussian_filter(moved, 0.025 * max(size))
    if kind == "textured":
        for scale, strength in ((1.5, 3.0), (6.0, 3.0)):
            grain = ndimage.gaussian_filter(random.normal(size=size), scale)
            background[..., 0] += strength * grain / grain.std()
    return background
