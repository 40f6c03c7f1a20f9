"""PyTorch's ``torch.jit``: TorchScript's names, behind which Python runs the program as it is.

There is no second language here, and no machine for one.  `script` and `trace` give objects of PyTorch's
classes, with the same outputs, parameters and methods, and say once in the log that Python runs them.  Their
`code` and `graph` are those of `microtensor.fx`, where it can follow the program.  What would need
TorchScript itself, reading and writing its archives, refuses.

| module | what is in it |
|---|---|
| `scripting` | ``script``, ``trace``, and what they give |
| `marks` | decorators and names that tell TorchScript something |
| `archives` | reading and writing: refused |
| `tasks` | ``fork`` and ``wait`` |
"""

from typing import Final

from .archives import load, save
from .marks import (
    Attribute,
    Error,
    ScriptWarning,
    TracerWarning,
    annotate,
    enable_onednn_fusion,
    export,
    fuser,
    ignore,
    interface,
    is_scripting,
    is_tracing,
    isinstance,
    onednn_fusion_enabled,
    script_method,
    set_fusion_strategy,
    strict_fusion,
    unused,
)
from .marks import _get_trace_graph as _get_trace_graph
from .marks import _overload as _overload
from .marks import _overload_method as _overload_method
from .scripting import (
    RecursiveScriptModule,
    ScriptFunction,
    ScriptModule,
    TopLevelTracedModule,
    freeze,
    optimize_for_inference,
    run_frozen_optimizations,
    script,
    script_if_tracing,
    trace,
    trace_module,
)
from .tasks import Future, fork, wait

_fork, _wait, _script_if_tracing, _isinstance = fork, wait, script_if_tracing, isinstance

__all__ = [
    "Attribute", "Error", "Final", "Future", "RecursiveScriptModule", "ScriptFunction", "ScriptModule",
    "ScriptWarning", "TopLevelTracedModule", "TracerWarning", "annotate", "enable_onednn_fusion", "export",
    "fork", "freeze", "fuser", "ignore", "interface", "is_scripting", "is_tracing", "isinstance", "load",
    "onednn_fusion_enabled", "optimize_for_inference", "run_frozen_optimizations", "save", "script",
    "script_if_tracing", "script_method", "set_fusion_strategy", "strict_fusion", "trace", "trace_module",
    "unused", "wait",
]  # fmt: skip
