"""``script`` and ``trace``: what they give is Python's, in PyTorch's classes."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, NoReturn

from microtensor import nn
from microtensor.nn.modules.module_parts.attributes import show_registries

from .archives import save

__all__ = [
    "RecursiveScriptModule", "ScriptFunction", "ScriptModule", "TopLevelTracedModule", "freeze",
    "optimize_for_inference", "run_frozen_optimizations", "script", "script_if_tracing", "trace",
    "trace_module",
]  # fmt: skip

_log = logging.getLogger("microtensor.jit")


@functools.cache
def _say_so() -> None:
    """One line in the log of a process, however much is scripted."""
    _log.warning(
        "torch.jit: there is no TorchScript here: what is scripted or traced is run by Python as it is"
    )


def _traced(program: Any, called: str) -> Any:
    """The program as `microtensor.fx` sees it.

    Raises ``RuntimeError`` if it cannot follow the program.
    """
    from ..fx import symbolic_trace

    try:
        return symbolic_trace(program)
    except Exception as error:
        raise RuntimeError(
            f"{called}: Python runs this program, and microtensor.fx, which would show it, cannot follow it: "
            f"{error}"
        ) from error


class ScriptFunction:
    """A function that was scripted or traced: the function, called as ever.

    `code` and `graph` are what `microtensor.fx` sees of it; ``RuntimeError`` where it sees nothing.

    >>> @mt.jit.script
    ... def double(x):
    ...     return mt.add(x, x)
    >>> double(mt.ones(2))
    tensor([2., 2.])
    >>> print(double.code.strip())
    def forward(self, x):
        add = torch.add(x, x);  x = None
        return add
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self.name = getattr(function, "__name__", repr(function))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives."""
        return self._function(*args, **kwargs)

    def __reduce__(self) -> Any:
        return self.__qualname__ if _is_public(self) else (ScriptFunction, (self._function,))  # type: ignore[attr-defined]

    @property
    def code(self) -> str:
        """The source that `microtensor.fx` writes of the function."""
        return str(_traced(self._function, "ScriptFunction.code").code)

    @property
    def graph(self) -> Any:
        """The graph that `microtensor.fx` sees in the function."""
        return _traced(self._function, "ScriptFunction.graph").graph

    def save(self, f: Any, **options: Any) -> NoReturn:
        """Raises ``RuntimeError``: see `save`."""
        save(self, f)


def _is_public(function: Any) -> bool:
    """Whether a name of its module means the scripted function."""
    module = inspect.getmodule(function._function)
    return getattr(module, function.__qualname__, None) is function


class ScriptModule(nn.Module):
    """The class of modules that were scripted or traced, and a base for modules that say so of themselves."""

    @property
    def code(self) -> str:
        """The source that `microtensor.fx` writes of ``forward``; ``RuntimeError`` if it cannot."""
        return str(_traced(self, "ScriptModule.code").code)

    @property
    def graph(self) -> Any:
        """The graph that `microtensor.fx` sees in ``forward``; ``RuntimeError`` if it sees none."""
        return _traced(self, "ScriptModule.graph").graph

    def save(self, f: Any, **options: Any) -> NoReturn:
        """Raises ``RuntimeError``: see `save`."""
        save(self, f)


class RecursiveScriptModule(ScriptModule):
    """What `script` gives for a module: a module of the same class with the same parameters."""

    @property
    def original_name(self) -> str:
        """The name of the class of the module that was scripted."""
        return str(type(self)._original.__name__)  # type: ignore[attr-defined]

    def extra_repr(self) -> str:
        """The name of the module's class."""
        return f"original_name={self.original_name}"

    def _get_name(self) -> str:
        return "RecursiveScriptModule"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _restored, (type(self)._original, type(self)._kind, vars(self))  # type: ignore[attr-defined]


class TopLevelTracedModule(RecursiveScriptModule):
    """What `trace` gives for a module."""

    def _get_name(self) -> str:
        return self.original_name


@functools.cache
def _scripted_class(original: Any, kind: Any) -> Any:
    """`original` as a class of scripted modules."""
    return type(
        kind.__name__, (kind, original), {"_original": original, "_kind": kind, "__module__": __name__}
    )


def _restored(original: type, kind: type, state: dict[str, Any]) -> Any:
    made: Any = object.__new__(_scripted_class(original, kind))
    made.__setstate__(state)
    return made


def _scripted(module: nn.Module, kind: type, made: dict[int, Any]) -> Any:
    """A module that shares `module`'s parameters and buffers, with children of its own kind."""
    if isinstance(module, ScriptModule):
        return module
    if id(module) not in made:
        original: Any = type(module)
        twin: Any = object.__new__(_scripted_class(original, kind))
        made[id(module)] = twin
        shared = {k: v for k, v in vars(module).items() if k not in ("_parameters", "_buffers", "_modules")}
        vars(twin).update({k: v.copy() if type(v) is dict else v for k, v in shared.items()})
        show_registries(twin)
        for name, child in module.named_children():
            vars(twin)[name] = _scripted(child, RecursiveScriptModule, made)
    return made[id(module)]


def script(
    obj: Any, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None
) -> Any:
    """A module or function that does the same, of TorchScript's class; Python runs it.

    Parameters and buffers are shared with the original.  A class, a list or a dictionary comes back as it
    is.  Says once in the log (`microtensor.jit`) that there is no TorchScript.

    >>> scripted = mt.jit.script(mt.nn.Linear(2, 1))
    >>> scripted
    RecursiveScriptModule(original_name=Linear)
    >>> isinstance(scripted, mt.jit.ScriptModule), list(scripted.state_dict())
    (True, ['weight', 'bias'])
    """
    if isinstance(obj, (type, list, dict, ScriptFunction, ScriptModule)):
        return obj
    _say_so()
    return _scripted(obj, RecursiveScriptModule, {}) if isinstance(obj, nn.Module) else ScriptFunction(obj)


def trace(
    func: Any, example_inputs: Any = None, *args: Any, example_kwarg_inputs: Any = None, **options: Any
) -> Any:
    """The same as `script` for a program that is shown an example: it is run on it once.

    Unlike a trace of PyTorch's it does not keep to the way that the example took.  Raises ``RuntimeError``
    without an example, and whatever the program raises on it.

    >>> traced = mt.jit.trace(lambda x: x * 2, mt.ones(2))
    >>> traced(mt.ones(3))
    tensor([2., 2., 2.])
    """
    if example_inputs is None and example_kwarg_inputs is None:
        raise RuntimeError(
            "jit.trace: example_inputs or example_kwarg_inputs is needed: arguments to call it with"
        )
    _run(func, example_inputs, example_kwarg_inputs)
    if isinstance(func, (ScriptFunction, ScriptModule)):
        return func
    _say_so()
    return _scripted(func, TopLevelTracedModule, {}) if isinstance(func, nn.Module) else ScriptFunction(func)


def _run(function: Any, inputs: Any, named: Any) -> None:
    given = () if inputs is None else tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    function(*given, **(named or {}))


def trace_module(mod: nn.Module, inputs: dict[str, Any], *args: Any, **options: Any) -> Any:
    """The same as `trace` for several methods: `inputs` are their examples, by name.

    Raises ``AttributeError`` for a method that the module does not have.
    """
    for name, example in inputs.items():
        _run(mod if name == "forward" else getattr(mod, name), example, None)
    _say_so()
    return _scripted(mod, TopLevelTracedModule, {})


def script_if_tracing(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, since nothing is traced in TorchScript's sense."""
    return fn


def freeze(mod: Any, preserved_attrs: Any = None, optimize_numerics: bool = True) -> Any:
    """The module itself: there are no constants to be worked out in a program that Python runs.

    Raises ``RuntimeError`` for a module that was not scripted, or that is in training, as PyTorch does.

    >>> mt.jit.freeze(mt.jit.script(mt.nn.ReLU()).eval())
    RecursiveScriptModule(original_name=ReLU)
    """
    if not isinstance(mod, ScriptModule):
        raise RuntimeError(f"jit.freeze: expected what script or trace gives, got {type(mod).__name__}")
    if mod.training:
        raise RuntimeError("jit.freeze: the module is in training: call eval() first")
    return mod


def optimize_for_inference(mod: Any, other_methods: Any = None) -> Any:
    """The module itself, as `freeze`."""
    return freeze(mod.eval() if isinstance(mod, ScriptModule) else mod)


def run_frozen_optimizations(mod: Any, *args: Any, **options: Any) -> None:
    """Nothing: Python runs the module."""
