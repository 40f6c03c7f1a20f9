"""Arrays as pictures: from any order of dimensions to height, width and colour, and into a PNG file.

A PNG is written here, and not by Pillow, as long as nothing is resized or drawn: pixels in rows, each row
after a zero byte, compressed (W3C, *Portable Network Graphics*, https://www.w3.org/TR/png-3/).
"""

from __future__ import annotations

import struct
import zlib
from importlib import import_module
from typing import Any

import numpy as np

from ...engine.tensor import Tensor

__all__ = ["as_bytes", "encoded", "figure_to_image", "make_grid", "make_np", "to_hwc"]

Array = np.ndarray[Any, Any]


def make_np(x: Any) -> Array:
    """A tensor, an array or a number as an array; ``NotImplementedError`` for anything else.

    >>> from microtensor.utils.tensorboard.images import make_np
    >>> make_np(mt.ones(2)), make_np(3)
    (array([1., 1.], dtype=float32), array([3]))
    """
    if isinstance(x, np.ndarray):
        return x
    if np.isscalar(x):
        return np.array([x])
    if isinstance(x, Tensor):
        low = str(x.dtype) == "torch.bfloat16"
        return (x.float() if low else x).detach().numpy()
    raise NotImplementedError(f"Got {type(x)}, but numpy array or torch tensor are expected.")


def to_hwc(array: Array, order: str) -> Array:
    """An image with its dimensions in an order such as ``"CHW"``, as height, width, colour.

    Several images (``"NCHW"``) become one, eight in a row; a grey one gets three equal colours.

    Raises ``AssertionError`` for an order of another length, or with a dimension twice.
    """
    order = order.upper()
    if len(set(order)) != len(order):
        raise AssertionError(f"You can not use the same dimension shorthand twice. input_format: {order}")
    if array.ndim != len(order):
        raise AssertionError(
            "size of input tensor and input format are different. "
            f"tensor shape: {array.shape}, input_format: {order}"
        )
    if array.ndim == 4:
        return make_grid(array.transpose([order.index(c) for c in "NCHW"])).transpose(1, 2, 0)
    if array.ndim == 2:
        return np.repeat(array.transpose([order.index(c) for c in "HW"])[:, :, None], 3, axis=2)
    image = array.transpose([order.index(c) for c in "HWC"])
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def make_grid(images: Array, columns: int = 8) -> Array:
    """Images (number, colour, height, width) in rows of `columns`, as one (colour, height, width)."""
    images = np.repeat(images, 3, axis=1) if images.shape[1] == 1 else images
    if images.ndim != 4 or images.shape[1] != 3:
        raise AssertionError("Input should be a 4D numpy array with 3 channels")
    count, colours, height, width = images.shape
    columns = min(count, columns)
    rows = -(-count // columns)
    canvas = np.zeros((rows * columns, colours, height, width), images.dtype)
    canvas[:count] = images
    laid = canvas.reshape(rows, columns, colours, height, width).transpose(2, 0, 3, 1, 4)
    return laid.reshape(colours, rows * height, columns * width)


def as_bytes(image: Array) -> Array:
    """Numbers from 0 to 1, or bytes, as bytes; what lies outside is clipped."""
    factor = 1 if image.dtype == np.uint8 else 255
    return (image.astype(np.float32) * factor).clip(0, 255).astype(np.uint8)


_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's numbers for grey, grey with alpha, RGB, and RGB with alpha."""


def encoded(image: Array) -> bytes:
    """A PNG file of bytes (height, width, colour)."""
    height, width, colours = image.shape
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[colours], 0, 0, 0)
    rows = np.zeros((height, 1 + width * colours), np.uint8)
    rows[:, 1:] = image.reshape(height, width * colours)
    parts = _chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows.tobytes())), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def figure_to_image(figures: Any, close: bool = True) -> Array:
    """A figure of Matplotlib as bytes (colour, height, width); several as (number, colour, height, width)."""
    if isinstance(figures, list):
        return np.stack([figure_to_image(figure, close) for figure in figures])
    canvas = import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figures)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
    if close:
        import_module("matplotlib.pyplot").close(figures)
    return np.moveaxis(pixels, 2, 0)
