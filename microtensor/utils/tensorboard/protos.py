"""The classes of TensorBoard's records, which are the package ``tensorboard``'s."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["load", "plugin_metadata", "summary", "tensor"]


def load(module: str) -> Any:
    """A module of the package ``tensorboard``; ``ImportError`` if it is not installed.

    >>> from microtensor.utils.tensorboard.protos import load
    >>> load("no.such.module")
    Traceback (most recent call last):
    ImportError: ...
    """
    try:
        return import_module(f"tensorboard.{module}")
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("tensorboard"):
            raise
        raise ImportError(
            "torch.utils.tensorboard writes with the package tensorboard, which is not installed: "
            'pip install "microtensor[tensorboard]", or log with the package tensorboardX'
        ) from error


def summary(tag: str, plugin: Any = None, **value: Any) -> Any:
    """A record of one value, and the plugin of TensorBoard that shows it."""
    protos = load("compat.proto.summary_pb2")
    return protos.Summary(value=[protos.Summary.Value(tag=tag, metadata=plugin, **value)])


def plugin_metadata(name: str, content: Any = None) -> Any:
    """What names a plugin, with its own data."""
    metadata = load("compat.proto.summary_pb2").SummaryMetadata
    data = {} if content is None else {"content": content.SerializeToString()}
    return metadata(plugin_data=metadata.PluginData(plugin_name=name, **data))


def tensor(dtype: str, field: str, values: Any, shape: Any = None) -> Any:
    """A tensor as TensorBoard has it: its values in the field of their type."""
    size = load("compat.proto.tensor_shape_pb2").TensorShapeProto
    shown = {} if shape is None else {"tensor_shape": size(dim=[size.Dim(size=n) for n in shape])}
    return load("compat.proto.tensor_pb2").TensorProto(dtype=dtype, **{field: values}, **shown)
