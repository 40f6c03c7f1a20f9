"""TensorBoard's records, a function for each kind of value.

Tags, plugins and fields are those that PyTorch's writer uses: the same pages of TensorBoard show them.
"""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from ...creation.from_data import as_tensor
from ...engine.tensor import Tensor
from .hparams import hparams
from .images import as_bytes, encoded, make_np, to_hwc
from .protos import load, plugin_metadata, summary
from .protos import tensor as _tensor

__all__ = [
    "audio", "compute_curve", "custom_scalars", "histogram", "histogram_raw", "hparams", "image",
    "image_boxes", "make_histogram", "mesh", "pr_curve", "pr_curve_raw", "scalar", "tensor_proto", "text",
]  # fmt: skip


def scalar(
    name: str, tensor: Any, collections: Any = None, new_style: bool = False, double_precision: bool = False
) -> Any:  # fmt: skip
    """A number; ``AssertionError`` for more than one."""
    value = make_np(tensor).squeeze()
    if value.ndim:
        raise AssertionError(
            "Tensor should contain one element (0 dimensions). "
            f"Was given size: {value.size} and {value.ndim} dimensions."
        )
    if not new_style:
        return summary(name, simple_value=float(value))
    kind = ("DT_DOUBLE", "double_val") if double_precision else ("DT_FLOAT", "float_val")
    return summary(name, plugin_metadata("scalars"), tensor=_tensor(*kind, [float(value)]))


_FIELDS = {
    "float16": ("DT_HALF", "half_val"),
    "bfloat16": ("DT_BFLOAT16", "half_val"),
    "float32": ("DT_FLOAT", "float_val"),
    "float64": ("DT_DOUBLE", "double_val"),
    "int8": ("DT_INT8", "int_val"),
    "uint8": ("DT_UINT8", "uint32_val"),
    "int16": ("DT_INT16", "int_val"),
    "int32": ("DT_INT32", "int_val"),
    "int64": ("DT_INT64", "int64_val"),
    "complex64": ("DT_COMPLEX64", "scomplex_val"),
    "complex128": ("DT_COMPLEX128", "dcomplex_val"),
    "bool": ("DT_BOOL", "bool_val"),
}
"""TensorBoard's types by dtype, with the field that holds the values."""


def tensor_proto(tag: str, tensor: Tensor) -> Any:
    """A whole tensor; ``ValueError`` for one of two gigabytes, or of a dtype that TensorBoard has not."""
    if tensor.numel() * tensor.element_size() >= 1 << 31:
        raise ValueError("tensor is bigger than protocol buffer's hard limit of 2GB in size")
    kind = str(tensor.dtype).removeprefix("torch.")
    if kind not in _FIELDS:
        raise ValueError(f"{tag} has unsupported tensor dtype {tensor.dtype}")
    values = tensor.detach().numpy().ravel()
    if values.dtype.kind == "c":
        values = values.view(values.real.dtype)
    elif "half_val" in _FIELDS[kind]:
        values = values.view(np.uint16)
    made = _tensor(*_FIELDS[kind], values.tolist(), tuple(tensor.shape))
    return summary(tag, plugin_metadata("tensor"), tensor=made)


# ---------------------------------------------------------------- histograms


def histogram_raw(
    name: str, min: Any, max: Any, num: Any, sum: Any, sum_squares: Any, bucket_limits: Any,
    bucket_counts: Any,
) -> Any:  # fmt: skip
    """A histogram of which all is known: each bucket's upper limit and its count."""
    made = load("compat.proto.histogram_pb2").HistogramProto(
        min=min, max=max, num=num, sum=sum, sum_squares=sum_squares, bucket_limit=bucket_limits,
        bucket=bucket_counts,
    )  # fmt: skip
    return summary(name, histo=made)


def histogram(name: str, values: Any, bins: Any, max_bins: int | None = None) -> Any:
    """The histogram of values over these bins, or bins that `numpy.histogram` chooses."""
    return summary(name, histo=make_histogram(make_np(values).astype(float), bins, max_bins))


def make_histogram(values: np.ndarray[Any, Any], bins: Any, max_bins: int | None = None) -> Any:
    """TensorBoard's histogram, without the empty bins at its ends; ``ValueError`` for no values."""
    if not values.size:
        raise ValueError("The input has no element.")
    values = values.ravel()
    counts, limits = np.histogram(values, bins=bins)
    if max_bins is not None and len(counts) > max_bins:
        counts, limits = _coarser(counts, limits, len(counts) // max_bins)
    filled = np.flatnonzero(counts)
    if not filled.size:
        raise ValueError("The histogram is empty: no value lies in its bins")
    first, last = int(filled[0]), int(filled[-1])
    kept = [0, *counts[: last + 1]] if first == 0 else counts[first - 1 : last + 1]
    raw = histogram_raw(
        "", values.min(), values.max(), len(values), values.sum(), values.dot(values),
        limits[first : last + 2].tolist(), [int(n) for n in kept],
    )  # fmt: skip
    return raw.value[0].histo


def _coarser(counts: Any, limits: Any, step: int) -> tuple[Any, Any]:
    """Every `step` bins as one."""
    rest = len(counts) % step
    padded = np.pad(counts, (0, step - rest)) if rest else counts
    merged = padded.reshape(-1, step).sum(axis=-1)
    return merged, np.concatenate([limits[:-1:step], limits[-1:]])


# ---------------------------------------------------------------- pictures, sound, text


def image(tag: str, tensor: Any, rescale: float = 1, dataformats: str = "NCHW") -> Any:
    """A picture of numbers from 0 to 1, or of bytes."""
    return _picture(tag, as_bytes(to_hwc(make_np(tensor), dataformats)), rescale)


def image_boxes(
    tag: str, tensor_image: Any, tensor_boxes: Any, rescale: float = 1, dataformats: str = "CHW",
    labels: Sequence[str] | None = None,
) -> Any:  # fmt: skip
    """A picture with boxes (xmin, ymin, xmax, ymax) and their labels, which Pillow draws."""
    drawn = _pillow("Image").fromarray(as_bytes(to_hwc(make_np(tensor_image), dataformats)))
    pen = _pillow("ImageDraw").Draw(drawn)
    for number, box in enumerate(make_np(tensor_boxes).tolist()):
        pen.rectangle(box, outline="Red", width=2)
        if labels is not None:
            pen.text((box[0] + 2, box[3] - 12), labels[number], fill="black")
    return _picture(tag, np.asarray(drawn), rescale)


def _picture(tag: str, pixels: np.ndarray[Any, Any], rescale: float) -> Any:
    height, width, colours = pixels.shape
    if rescale != 1:
        pillow, size = _pillow("Image"), (int(width * rescale), int(height * rescale))
        pixels = np.asarray(pillow.fromarray(pixels).resize(size, pillow.Resampling.LANCZOS))
    kind = load("compat.proto.summary_pb2").Summary.Image
    made = kind(height=height, width=width, colorspace=colours, encoded_image_string=encoded(pixels))
    return summary(tag, image=made)


def _pillow(module: str) -> Any:
    """A module of Pillow; ``ImportError`` if it is not installed."""
    try:
        return import_module(f"PIL.{module}")
    except ModuleNotFoundError as error:
        raise ImportError("boxes and other sizes are drawn with Pillow: pip install pillow") from error


def audio(tag: str, tensor: Any, sample_rate: int = 44100) -> Any:
    """A sound of one channel, of numbers from -1 to 1, as a WAV file of 16 bits."""
    samples = make_np(tensor).squeeze()
    if samples.ndim != 1:
        raise AssertionError("input tensor should be 1 dimensional.")
    data = (samples.clip(-1, 1) * np.iinfo(np.int16).max).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writing:
        writing.setnchannels(1)
        writing.setsampwidth(2)
        writing.setframerate(sample_rate)
        writing.writeframes(data.tobytes())
    made = load("compat.proto.summary_pb2").Summary.Audio(
        sample_rate=sample_rate, num_channels=1, length_frames=len(data),
        encoded_audio_string=file.getvalue(), content_type="audio/wav",
    )  # fmt: skip
    return summary(tag, audio=made)


def text(tag: str, text: str) -> Any:
    """A text in Markdown."""
    plugin = plugin_metadata("text", load("plugins.text.plugin_data_pb2").TextPluginData(version=0))
    made = _tensor("DT_STRING", "string_val", [text.encode()], (1,))
    return summary(f"{tag}/text_summary", plugin, tensor=made)


# ---------------------------------------------------------------- charts


def custom_scalars(layout: dict[str, dict[str, Any]]) -> Any:
    """Charts of several scalars: ``{category: {title: ["Multiline" or "Margin", tags]}}``."""
    protos = load("plugins.custom_scalar.layout_pb2")
    categories = [
        protos.Category(title=title, chart=[_chart(protos, name, *chart) for name, chart in charts.items()])
        for title, charts in layout.items()
    ]
    content = protos.Layout(category=categories).SerializeToString()
    made = _tensor("DT_STRING", "string_val", [content], ())
    return summary("custom_scalars__config__", plugin_metadata("custom_scalars"), tensor=made)


def _chart(protos: Any, title: str, kind: str, tags: Sequence[str]) -> Any:
    if kind != "Margin":
        return protos.Chart(title=title, multiline=protos.MultilineChartContent(tag=tags))
    value, lower, upper = tags
    series = protos.MarginChartContent.Series(value=value, lower=lower, upper=upper)
    return protos.Chart(title=title, margin=protos.MarginChartContent(series=[series]))


def pr_curve_raw(
    tag: str, tp: Any, fp: Any, tn: Any, fn: Any, precision: Any, recall: Any, num_thresholds: int = 127,
    weights: Any = None,
) -> Any:  # fmt: skip
    """A curve of precision and recall, of which all is known."""
    data = np.stack([np.asarray(row) for row in (tp, fp, tn, fn, precision, recall)])
    kind = load("plugins.pr_curve.plugin_data_pb2").PrCurvePluginData
    plugin = plugin_metadata("pr_curves", kind(version=0, num_thresholds=min(num_thresholds, 127)))
    return summary(tag, plugin, tensor=_tensor("DT_FLOAT", "float_val", data.ravel().tolist(), data.shape))


def pr_curve(
    tag: str, labels: Any, predictions: Any, num_thresholds: int = 127, weights: Any = None
) -> Any:  # fmt: skip
    """The curve of precision and recall of predictions, over at most 127 thresholds."""
    num_thresholds = min(num_thresholds, 127)
    tp, fp, tn, fn, precision, recall = compute_curve(labels, predictions, num_thresholds, weights)
    return pr_curve_raw(tag, tp, fp, tn, fn, precision, recall, num_thresholds)


def compute_curve(
    labels: np.ndarray[Any, Any], predictions: np.ndarray[Any, Any], num_thresholds: int, weights: Any = None
) -> np.ndarray[Any, Any]:  # fmt: skip
    """True and false positives, true and false negatives, precision and recall, by threshold."""
    places = np.floor(predictions * (num_thresholds - 1)).astype(np.int32)
    truth, weight = labels.astype(np.float64), 1.0 if weights is None else weights

    def above(share: Any) -> Any:
        found = np.histogram(places, num_thresholds, (0, num_thresholds - 1), weights=share * weight)[0]
        return np.cumsum(found[::-1])[::-1]

    tp, fp = above(truth), above(1.0 - truth)
    fn = tp[0] - tp
    return np.stack((tp, fp, fp[0] - fp, fn, tp / np.maximum(1e-7, tp + fp), tp / np.maximum(1e-7, tp + fn)))


def mesh(
    tag: str, vertices: Any, colors: Any, faces: Any, config_dict: dict[str, Any] | None = None,
    display_name: str | None = None, description: str | None = None,
) -> Any:  # fmt: skip
    """Points or a mesh in space, (batch, number, 3) each."""
    metadata, kinds = load("plugins.mesh.metadata"), load("plugins.mesh.plugin_data_pb2").MeshPluginData
    parts = [(vertices, kinds.VERTEX), (faces, kinds.FACE), (colors, kinds.COLOR)]
    parts = [(as_tensor(part), kind) for part, kind in parts if part is not None]
    mask = metadata.get_components_bitmask([kind for _, kind in parts])
    config = "{}" if config_dict is None else json.dumps(config_dict, sort_keys=True)
    made = load("compat.proto.summary_pb2").Summary()
    for part, kind in parts:
        shape = list(part.shape)
        plugin = metadata.create_summary_metadata(
            tag, display_name, kind, mask, shape, description, json_config=config
        )
        value = _tensor("DT_FLOAT", "float_val", part.reshape(-1).tolist(), shape)
        name = metadata.get_instance_name(tag, kind)
        made.value.extend(summary(name, plugin, tensor=value).value)
    return made
