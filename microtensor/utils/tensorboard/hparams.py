"""The three records of TensorBoard's page of hyperparameters: the experiment, a session's start, its end."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ...engine.tensor import Tensor
from .images import make_np
from .protos import load, plugin_metadata, summary

__all__ = ["hparams"]

_KINDS = (
    ((bool, int, float), "DATA_TYPE_FLOAT64", "number_value"),
    ((str,), "DATA_TYPE_STRING", "string_value"),
)
"""TensorBoard's types by Python's; a truth value is stored as a number, as PyTorch does."""


def hparams(
    hparam_dict: dict[str, Any], metric_dict: dict[str, Any],
    hparam_domain_discrete: dict[str, list[Any]] | None = None,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """The records of hyperparameters and of the metrics that are to be compared.

    Raises ``TypeError`` for what is no dictionary, or a domain of values of another type; ``ValueError`` for
    a value that is no number, text or tensor of one number.
    """
    for name, given in (("hparam_dict", hparam_dict), ("metric_dict", metric_dict)):
        if not isinstance(given, dict):
            raise TypeError(f"parameter: {name} should be a dictionary, nothing logged.")
    domains = hparam_domain_discrete or {}
    _check_domains(hparam_dict, domains)
    api, data = load("plugins.hparams.api_pb2"), load("plugins.hparams.plugin_data_pb2")
    tags = load("plugins.hparams.metadata")
    start, infos = data.SessionStartInfo(), []
    for name, value in hparam_dict.items():
        if value is not None:
            kind, field, plain = _kind(value)
            setattr(start.hparams[name], field, plain)
            domain = _domain(domains[name], field) if name in domains else None
            infos.append(api.HParamInfo(name=name, type=api.DataType.Value(kind), domain_discrete=domain))
    metrics = [api.MetricInfo(name=api.MetricName(tag=name)) for name in metric_dict]
    experiment = api.Experiment(hparam_infos=infos, metric_infos=metrics)
    end = data.SessionEndInfo(status=api.Status.Value("STATUS_SUCCESS"))
    contents = {
        tags.EXPERIMENT_TAG: {"experiment": experiment},
        tags.SESSION_START_INFO_TAG: {"session_start_info": start},
        tags.SESSION_END_INFO_TAG: {"session_end_info": end},
    }
    made = (
        summary(tag, plugin_metadata(tags.PLUGIN_NAME, data.HParamsPluginData(version=0, **content)))
        for tag, content in contents.items()
    )
    return tuple(made)


def _check_domains(values: dict[str, Any], domains: dict[str, list[Any]]) -> None:
    if not isinstance(domains, dict):
        raise TypeError("parameter: hparam_domain_discrete should be a dictionary, nothing logged.")
    for name, domain in domains.items():
        known = name in values and isinstance(domain, list)
        if not known or not all(isinstance(item, type(values[name])) for item in domain):
            raise TypeError(
                f"parameter: hparam_domain_discrete[{name}] should be a list of same type as "
                f"hparam_dict[{name}]."
            )


def _kind(value: Any) -> tuple[str, str, Any]:
    """TensorBoard's type, the field that holds the value, and the value itself."""
    if isinstance(value, Tensor):
        return "DATA_TYPE_FLOAT64", "number_value", float(make_np(value).reshape(-1)[0])
    for types, kind, field in _KINDS:
        if isinstance(value, types):
            return kind, field, value
    raise ValueError("value should be one of int, float, str, bool, or torch.Tensor")


def _domain(values: list[Any], field: str) -> Any:
    struct_pb2 = import_module("google.protobuf.struct_pb2")
    return struct_pb2.ListValue(values=[struct_pb2.Value(**{field: value}) for value in values])
