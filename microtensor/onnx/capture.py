"""From a model and example arguments to a `Graph`: runs it, compares the runs, and says each call in ONNX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from ..func.pytree import flatten
from ..nn.modules.module import Module
from .builder import Builder
from .dynamic import Dynamic
from .errors import OnnxExporterError
from .graph import Graph, Info, pruned
from .lowering.registry import accepts
from .merge import merged
from .sizes import Runs
from .trace import Slot, Trace, memory_of
from .traced_tensor import TracedTensor
from .twin import twin_of

__all__ = ["capture"]


def capture(
    model: Any, args: Sequence[Any], kwargs: Mapping[str, Any], dynamic: Dynamic, opset: int,
    output_names: Sequence[str] | None = None,
) -> Graph:  # fmt: skip
    """The graph of ``model(*args, **kwargs)``, whose tensors among the arguments are its inputs."""
    module = model if isinstance(model, Module) else _Function(model)
    program = _Program(module, args, kwargs, dynamic, _names_of(module))
    with no_grad():
        sizes, traced = program.all_runs()
    calls = merged([trace.calls for trace, _ in traced], Runs(sizes))
    graph = Graph(type(model).__name__ if isinstance(model, Module) else _plain_name(model), opset)
    builder = Builder(graph, dynamic.sources, program.names)
    for call in sorted(calls, key=lambda call: call.name != "parameter"):  # whose names come first
        builder.take(call) if call.name in ("input", "parameter") else builder.say(call)
    _outputs(builder, [slots for _, slots in traced], calls, output_names)
    return pruned(graph)


def _plain_name(function: Any) -> str:
    return str(getattr(function, "__name__", "function")).strip("<>")


class _Function(Module):
    """A function as a module without parameters."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself."""
        return self.function(*args, **kwargs)


def _names_of(module: Module) -> dict[Any, str]:
    """The name of the memory of each parameter and buffer; of one that has several, the first."""
    names: dict[Any, str] = {}
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        names.setdefault(memory_of(tensor.array), name)
    names.pop(None, None)
    return names


class _Program:
    """A model with its example arguments, which is run with inputs of several sizes."""

    def __init__(
        self, module: Module, args: Any, kwargs: Any, dynamic: Dynamic, names: dict[Any, str]
    ) -> None:
        self.module, self.dynamic, self.names = module, dynamic, names
        self.leaves, self.rebuild = flatten((tuple(args), dict(kwargs)))

    def all_runs(self) -> tuple[list[dict[str, int]], list[Any]]:
        """The sizes and traces of all runs: the example's, one for each dynamic size, one to test with."""
        base = self.dynamic.base
        sizes, traced = [base], [self.run(base)]
        chosen = {}
        for name in base:
            changed, trace = self._first([{**base, name: n} for n in _others(base[name])], name)
            chosen[name] = changed[name]
            sizes.append(changed)
            traced.append(trace)
        if base:
            last = [{name: _after(base[name], chosen[name], k) for name in base} for k in range(1, 5)]
            changed, trace = self._first(last, "all dynamic sizes")
            sizes.append(changed)
            traced.append(trace)
        return sizes, traced

    def _first(self, candidates: Sequence[dict[str, int]], what: str) -> tuple[dict[str, int], Any]:
        """The first sizes with which the program runs."""
        failed: Exception | None = None
        for sizes in candidates:
            try:
                return sizes, self.run(sizes)
            except OnnxExporterError:
                raise
            except Exception as error:  # of whatever kind: the program is the user's
                failed = failed or error
        raise OnnxExporterError(
            f"export: the model runs with the example, but with no other {what} that was tried "
            f"({', '.join(map(str, candidates))}): {failed}; leave it out of dynamic_shapes"
        ) from failed

    def run(self, sizes: Mapping[str, int]) -> Any:
        """A trace with these sizes, and what stands for each output."""
        trace = Trace(self.names, lambda call: accepts(call.name, call.params))
        leaves = [
            trace.input(self.dynamic.resized(i, x, sizes), self.dynamic.names[i])
            if isinstance(x, Tensor)
            else x
            for i, x in enumerate(self.leaves)
        ]
        args, kwargs = self.rebuild(leaves)
        twin = twin_of(self.module, trace)
        with trace.running():
            out = twin(*args, **kwargs)
            found = [_slot(trace, x) for x in flatten(out)[0] if isinstance(x, Tensor)]
        return trace, found


def _slot(trace: Trace, x: Tensor) -> Slot:
    """What stands for an output, which may be a constant."""
    traced = x if isinstance(x, TracedTensor) else trace.constant(x)
    traced.refresh()
    return Slot(traced.slot)


def _others(n: int) -> list[int]:
    """Other sizes to try: multiples first, since windows and heads may have to divide them."""
    found = dict.fromkeys([2 * n, 3 * n, n // 2, n // 3, n - 1, n - 2, n + 1])
    return [m for m in found if m > 1 and m != n]


def _after(n: int, chosen: int, k: int) -> int:
    others = _others(n)
    return others[(others.index(chosen) + k) % len(others)]


def _outputs(
    builder: Builder, found: Sequence[Any], calls: Sequence[Any], names: Sequence[str] | None
) -> None:
    """The graph's outputs, under the names that are given, or those of what computes them."""
    values = {value.slot: (value, call.name) for call in calls for value in call.results}
    taken: set[str] = set()
    given = list(names or [])
    for slot in found[0]:
        value, made_by = values[slot.number]
        name = builder.name(value)
        if name in taken or name in {info.name for info in builder.graph.inputs} | {
            *builder.graph.initializers
        }:
            name = builder.Identity(name)
        wish = given.pop(0) if given else builder.unique(made_by.strip("_").rpartition(".")[2] or "output")
        builder.graph.rename(name, wish)
        builder.assign(value, wish)
        taken.add(wish)
        builder.graph.outputs.append(Info(wish, value.dtype, value.shape))
    if given:
        raise OnnxExporterError(f"export: {len(names or [])} output_names for {len(found[0])} outputs")
