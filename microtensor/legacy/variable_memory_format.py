"""Programs from the time before ``dtype=``: ``x.type("torch.FloatTensor")`` and `Variable`.

The old tensor types themselves are in `legacy_types`.
"""

from __future__ import annotations

import warnings
from typing import Any

from ..engine.tensor import Tensor


class _VariableType(type):
    @property
    def _execution_engine(cls) -> Any:
        """Where a callback is queued for the end of a backward pass."""
        from ..autograd.running_pass import ExecutionEngine

        return ExecutionEngine()

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableType):
    """A tensor, as since PyTorch 0.4: ``Variable(x)`` is ``x.detach()``, and every tensor is a Variable.

    >>> x = mt.autograd.Variable(mt.ones(2), requires_grad=True)
    >>> isinstance(x, mt.autograd.Variable), x.requires_grad
    (True, True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        """`data` as a leaf; the old option `volatile` warns that it does nothing."""
        if volatile:
            warnings.warn(
                "volatile was removed (Variable.volatile is always False): use no_grad()",
                UserWarning,
                stacklevel=2,
            )
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)
