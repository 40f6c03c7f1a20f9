"""The base of passes over graphs, with a check before and after."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["PassBase", "PassResult"]


class PassResult(NamedTuple):
    """What a pass gives: the module, and whether it was changed."""

    graph_module: Any
    modified: bool


class PassBase:
    """A pass: subclass it and define `call`; `requires` and `ensures` check the module before and after.

    >>> from microtensor.fx.passes.infra.pass_base import PassBase, PassResult
    >>> class Lean(PassBase):
    ...     def call(self, graph_module):
    ...         return PassResult(graph_module, graph_module.graph.eliminate_dead_code())
    >>> Lean()(mt.fx.symbolic_trace(lambda x: (x + 1, x)[1])).modified
    True
    """

    def __call__(self, graph_module: Any) -> PassResult | None:
        """The pass, between its checks."""
        self.requires(graph_module)
        result = self.call(graph_module)
        self.ensures(graph_module)
        return result

    def call(self, graph_module: Any) -> PassResult | None:
        """What the pass does: to be defined by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} is a pass without call")

    def requires(self, graph_module: Any) -> None:
        """Raise if the module is not what the pass needs."""

    def ensures(self, graph_module: Any) -> None:
        """Raise if the module is not what the pass promises."""
