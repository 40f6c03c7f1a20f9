"""The files of TensorBoard's embedding projector: points, their labels, and a picture of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .images import as_bytes, encoded, make_grid, make_np
from .protos import load

__all__ = ["make_mat", "make_sprite", "make_tsv", "record", "write"]


def write(folder: Path, points: Any, metadata: Any, pictures: Any, header: Any) -> None:
    """Write all files of one embedding; ``AssertionError`` for another number of labels or pictures."""
    if points.ndim != 2:
        raise AssertionError("mat should be 2D, where mat.size(0) is the number of data points")
    if metadata is not None and len(metadata) != len(points):
        raise AssertionError("#labels should equal with #data points")
    if pictures is not None and len(pictures) != len(points):
        raise AssertionError("#images should equal with #data points")
    folder.mkdir(parents=True, exist_ok=True)
    make_mat(points, folder)
    if metadata is not None:
        make_tsv(metadata, folder, header)
    if pictures is not None:
        make_sprite(pictures, folder)


def make_mat(points: Any, folder: Path) -> None:
    """One point a line."""
    lines = ["\t".join(str(x.item()) for x in point) for point in points]
    (folder / "tensors.tsv").write_bytes("".join(f"{line}\n" for line in lines).encode())


def make_tsv(metadata: Sequence[Any], folder: Path, header: Sequence[str] | None = None) -> None:
    """One label a line, or several columns under a header."""
    if header and len(header) != len(metadata[0]):
        raise AssertionError("len of header must be equal to the number of columns in metadata")
    rows = ["\t".join(map(str, row)) for row in (header, *metadata)] if header else map(str, metadata)
    (folder / "metadata.tsv").write_bytes("".join(f"{row}\n" for row in rows).encode())


def make_sprite(pictures: Any, folder: Path) -> None:
    """All pictures in one square, row by row."""
    array = make_np(pictures)
    laid = make_grid(array, math.ceil(len(array) ** 0.5)).transpose(1, 2, 0)
    square = np.zeros((laid.shape[1], laid.shape[1], 3))
    square[: laid.shape[0]] = laid
    (folder / "sprite.png").write_bytes(encoded(as_bytes(square)))


def record(subfolder: str, tag: str, step: int, metadata: Any, pictures: Any) -> Any:
    """What the projector's configuration says of one embedding."""
    made = load("plugins.projector.projector_config_pb2").EmbeddingInfo(
        tensor_name=f"{tag}:{step:05}", tensor_path=f"{subfolder}/tensors.tsv"
    )
    if metadata is not None:
        made.metadata_path = f"{subfolder}/metadata.tsv"
    if pictures is not None:
        made.sprite.image_path = f"{subfolder}/sprite.png"
        made.sprite.single_image_dim.extend([pictures.shape[3], pictures.shape[2]])
    return made
