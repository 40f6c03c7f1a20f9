"""The Tensor: an array, and where its gradient goes.  No arithmetic lives here.

Every operation is an op (see `microtensor.engine.op`), and installs itself as a function and a method
when its module is imported.  What is here is what a tensor *is*: memory, history, and the
properties that read them.

Slots, all set by whoever makes a Tensor on the hot path:

``_data``  an ndarray, or a NumPy scalar that `array` turns into a 0-d ndarray on demand: NumPy's
           ufuncs return scalars, and arithmetic on those is nine times faster than on 0-d arrays;
``_rg``    whether it requires a gradient;
``_node``  the Node that made it, None for a leaf;
``_grad``  the gradient that a backward pass left, for a leaf;
``_view``  ``(root, root's node when seen, parent, op, params)`` for a view, else None: an in-place
           operation anywhere in a family of views gives the root a new node, so that a view can
           see that its own history is out of date (`refresh`);
``_extras``  a dict of rare facts (hooks, retained gradient, ...), None for nearly all tensors.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InPlaceError
from . import dtypes, printing, versions
from .arrays import memory_format as formats
from .attributes.dtype_objects import OF, dtype, of
from .attributes.layout_format import layout, strided
from .calls.users_line import users_level
from .grad_mode import enable_grad, inference_depth, is_inference_mode_enabled, mark_inference, recording
from .guarded_views import refuse_stale
from .overriding import dispatch, overridable
from .size_device import CPU, Size
from .size_device import device as _device

if TYPE_CHECKING:
    from ._tensor_methods import TensorMethods
else:
    TensorMethods = object

Array = np.ndarray[Any, Any]


class Tensor(TensorMethods):
    """An n-dimensional array that knows how it was computed.

    ``Tensor(data)`` and ``Tensor(2, 3)`` are PyTorch's legacy constructors (default dtype;
    uninitialised for sizes).  Use `microtensor.engine.tensor` to make one from data.

    >>> mt.Tensor([1, 2])
    tensor([1., 2.])
    """

    __slots__ = ("__dict__", "__weakref__", "_data", "_extras", "_grad", "_node", "_rg", "_view")
    _data: Any
    _grad: Any
    _node: Any
    _extras: dict[str, Any] | None
    _rg: bool
    _view: Any
    _prefix = "tensor("

    if TYPE_CHECKING:  # methods and operators are installed by the ops' own modules

        def __getattr__(self, name: str) -> Any: ...

        def _binary(self, other: Any) -> Tensor: ...

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _binary
        __truediv__ = __rtruediv__ = __floordiv__ = __pow__ = __rpow__ = __mod__ = _binary
        __matmul__ = __rmatmul__ = __and__ = __or__ = __xor__ = _binary
        __lt__ = __le__ = __gt__ = __ge__ = _binary

        def __neg__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __getitem__(self, key: Any) -> Tensor: ...
        def __setitem__(self, key: Any, value: Any) -> None: ...

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A tensor of the default dtype: from sizes, uninitialised; from data, a copy."""
        data = args[0] if len(args) == 1 else None
        if isinstance(data, Tensor):
            return cls._alias(data, False)
        if data is None or (isinstance(data, int) and not isinstance(data, bool)) or type(data) is Size:
            shape = data if type(data) is Size else args
            return cls._of(np.empty(shape if args else (0,), dtypes.default_dtype()))
        if isinstance(data, (bool, float)):
            raise TypeError(
                f"Tensor(): data must be a sequence (got {type(data).__name__}); use tensor({data})"
            )
        return cls._of(np.array(data, dtypes.default_dtype()))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_prefix" not in vars(cls):
            cls._prefix = f"{cls.__name__}("
        overridable.subclassed(cls, Tensor)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What subclasses answer a call with: the function's result, as a tensor of the subclass.

        >>> class Length(mt.Tensor): ...
        >>> type(Length([3.0]) * 2).__name__
        'Length'
        """
        return dispatch.default(cls, func, types, args, kwargs or {})

    @classmethod
    def _of(cls, data: Any) -> Any:
        """A constant leaf of this class around `data`, which is not copied."""
        self = object.__new__(cls)
        self._data = data
        self._rg = False
        self._node = self._grad = self._view = self._extras = None
        if inference_depth[0]:
            mark_inference(self)
        return self

    @classmethod
    def _alias(cls, tensor: Tensor, requires_grad: bool) -> Any:
        """A leaf of this class that shares `tensor`'s memory and nothing of its history."""
        self = cls._of(tensor.array)
        self.requires_grad = requires_grad
        return self

    @classmethod
    def _like(cls, tensor: Tensor) -> Any:
        """`tensor` as one of this class: its memory, its history, and what it is a view of."""
        self = cls._of(tensor._data)
        self._rg, self._node, self._view = tensor._rg, tensor._node, tensor._view
        return self

    # ---------------------------------------------------------------- memory

    @property
    def array(self) -> Array:
        """The ndarray behind this tensor, writable and shared: the engine does not see writes to it.

        >>> mt.tensor([1.0, 2.0]).array
        array([1., 2.], dtype=float32)
        """
        data = self._data
        if type(data) is not np.ndarray and isinstance(data, np.generic):
            self._data = data = np.asarray(data)
        return data  # type: ignore[no-any-return]

    @property
    def dtype(self) -> dtype:
        """The type of the elements.

        >>> mt.tensor([1.0]).dtype
        torch.float32
        """
        try:
            return OF[self._data.dtype]
        except KeyError:
            return of(self._data.dtype)

    @property
    def shape(self) -> Size:
        """The length of each dimension."""
        return Size(self._data.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim  # type: ignore[no-any-return]

    @property
    def device(self) -> _device:
        """Always the CPU."""
        return CPU

    @property
    def layout(self) -> layout:
        """Always ``torch.strided``."""
        return strided

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._data.itemsize  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._data.nbytes  # type: ignore[no-any-return]

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of dimension `dim`.

        >>> mt.zeros(2, 3).size(1)
        3
        """
        if dim is None:
            return Size(self._data.shape)
        if not -self.ndim <= dim < self.ndim:
            raise IndexError(
                f"size: dim {dim} is out of range for shape {tuple(self.shape)}: "
                f"expected {-self.ndim} to {self.ndim - 1}"
            )
        return self._data.shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return self.ndim

    def numel(self) -> int:
        """The number of elements."""
        return int(self._data.size)

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """Steps between neighbours, in elements, of every dimension or of one."""
        steps = tuple(step // self.itemsize for step in self.array.strides)
        return steps if dim is None else steps[dim]

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self.array.ctypes.data)

    def storage_offset(self) -> int:
        """Elements between the start of the memory and the first element of this view."""
        start = versions.owner(self.array).ctypes.data
        return (self.data_ptr() - start) // self.itemsize

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in memory in C order, or in that of a memory format.

        >>> mt.ones(1, 2, 3, 4).is_contiguous(memory_format=mt.channels_last)
        False
        """
        if memory_format is None:
            return bool(self.array.flags.c_contiguous)
        name = formats.name_of(memory_format, "is_contiguous")
        return name != "preserve_format" and formats.is_in(self.array, name)

    def is_floating_point(self) -> bool:
        """Whether the dtype is that of real numbers with a point."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the dtype is complex."""
        return self.dtype.is_complex

    is_cpu = True
    is_cuda = is_sparse = is_sparse_csr = is_quantized = is_mps = is_meta = is_mkldnn = is_nested = False
    _is_strided = True
    is_xla = is_xpu = is_mtia = is_ipu = is_maia = is_vulkan = False

    def get_device(self) -> int:
        """-1: the CPU has no index."""
        return -1

    # --------------------------------------------------------------- history

    @property
    def requires_grad(self) -> bool:
        """Whether a backward pass sends a gradient here.  Settable on leaves of real or complex dtype."""
        if self._view is not None:
            try:
                refresh(self)
            except InPlaceError:  # what uses its history says so
                return True
        return self._rg

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` in place and return self.

        Raises ``RuntimeError`` for integer and bool tensors, and for turning it off on a non-leaf.

        >>> mt.tensor([1, 2]).requires_grad_()
        Traceback (most recent call last):
        RuntimeError: only Tensors of floating point and complex dtype can require gradients, and this one \
is torch.int64 (2,): convert it first, for example with x.float()
        """
        if requires_grad and not self._rg and self._is_guarded_inference():
            raise RuntimeError(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed. Make a "
                "clone() first."
            )
        if requires_grad and not dtypes.is_differentiable(self.dtype):
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients, and this one is "
                f"{self.dtype} {tuple(self.shape)}: convert it first, for example with x.float()"
            )
        if self.grad_fn is not None and not requires_grad:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed "
                "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach(): "
                f"this one was computed by {self.grad_fn.name()}"
            )
        self._rg = bool(requires_grad)
        return self

    @property
    def grad_fn(self) -> Any:
        """The node of the graph that computed this tensor; None for a leaf.

        >>> w = mt.ones(2, requires_grad=True)
        >>> (w * 2).grad_fn.name()
        'MulBackward0'
        """
        refresh(self)
        node = self._node
        return node if node is None else node.public()

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation computed this tensor."""
        refresh(self)
        return self._node is None

    @property
    def output_nr(self) -> int:
        """Which output of its node this tensor is."""
        refresh(self)
        return 0 if self._node is None else self._node.output_nr

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have added up so far.

        >>> w = mt.ones(2, requires_grad=True)
        >>> (3 * w).sum().backward()
        >>> w.grad
        tensor([3., 3.])
        """
        if self._grad is None and self._node is not None and not self.retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed: it was "
                f"computed by {self._node.public().name()}, and backward() leaves its .grad None. Call "
                ".retain_grad() before to keep its gradient, or ask the leaf.",
                stacklevel=users_level(),
            )
        return self._grad  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            _check_grad(self, value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Tensor:
        """The same memory without history, whose writes the version counter does not see."""
        alias = self.detach()
        alias._extras = {**(alias._extras or {}), "untracked": True}
        return alias

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"x.data takes a tensor, not {type(value).__name__}")
        if self._rg and not dtypes.is_differentiable(value.dtype):
            raise RuntimeError(
                f"x.data = {value.dtype} tensor: x requires a gradient, so the new data must be "
                "floating point or complex"
            )
        self._data = value.array

    def detach(self) -> Tensor:
        """The same memory as a constant: a leaf that requires no gradient.

        >>> w = mt.ones(2, requires_grad=True)
        >>> w.detach().requires_grad
        False
        """
        alias = Tensor._of(self.array)
        inference = self._extras is not None and "inference" in self._extras
        if inference or alias._extras is not None:
            alias._extras = {"inference": True} if inference else None
        return alias  # type: ignore[no-any-return]

    def _is_guarded_inference(self) -> bool:
        """Whether this is an inference tensor, and inference mode has ended."""
        return self._extras is not None and "inference" in self._extras and not is_inference_mode_enabled()

    def _constant(self) -> Tensor:
        """`detach`, but for the tangent of a dual tensor, which stays."""
        return self.detach()

    def detach_(self) -> Tensor:
        """Forget the history of this tensor itself; raises ``RuntimeError`` for a view."""
        if self._view is not None:
            raise RuntimeError("detach_: a view cannot be detached in place; use x.detach()")
        self._node, self._rg = None, False
        return self

    @property
    def retains_grad(self) -> bool:
        """Whether a non-leaf was asked to keep its gradient, with `retain_grad`."""
        return bool(self._node is not None and self._extras and self._extras.get("retain"))

    @property
    def _version(self) -> int:
        if self._extras is not None and "inference" in self._extras:
            raise RuntimeError("Inference tensors do not track version counter.")
        return versions.version(self._data)

    @property
    def _cdata(self) -> int:
        return id(self)

    @property
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view[0]

    def _is_view(self) -> bool:
        return self._view is not None

    # ------------------------------------------------------ Python and NumPy

    def item(self) -> Any:
        """The one element as a Python number; ``RuntimeError`` if there is not exactly one.

        >>> mt.tensor([2.5]).item()
        2.5
        """
        if self._data.size != 1:
            raise RuntimeError(
                f"a Tensor with {self.numel()} elements cannot be converted to Scalar: item() needs exactly "
                f"one, and the shape is {tuple(self.shape)}; use x.tolist() for all of them"
            )
        return self._data.item()

    def tolist(self) -> Any:
        """Nested lists of Python numbers.

        >>> mt.arange(3).tolist()
        [0, 1, 2]
        """
        return self._data.tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """The ndarray that shares this tensor's memory.

        Raises ``RuntimeError`` if a gradient is required, since the array would lose it; ``force=True``
        and ``no_grad()`` say that this is meant.

        >>> mt.ones(2).numpy()
        array([1., 1.], dtype=float32)
        """
        if self.requires_grad and not force and recording() is not False:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        return self.array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __float__(self) -> float:
        return float(_real_number(self._number(), "double"))

    def __int__(self) -> int:
        return int(_real_number(self._number(), "int64_t"))

    def __complex__(self) -> complex:
        return complex(self._number())

    def _number(self) -> Any:
        if self._data.size != 1:
            raise ValueError(
                "only one element tensors can be converted to Python scalars, and this one has shape "
                f"{tuple(self.shape)}"
            )
        return self._data.item()

    def __index__(self) -> int:
        if self.dtype.kind not in "iub" or self.numel() != 1:
            raise TypeError(
                f"an index must be one integer, and this tensor is {self.dtype} {tuple(self.shape)}"
            )
        return int(self.item())

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {self.numel() or 'no'} values is ambiguous: "
                f"shape {tuple(self.shape)}; use x.any() or x.all()"
            )
        return bool(self._data)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, value: Any) -> bool:
        if not isinstance(value, (Tensor, np.generic, *dtypes.Number)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value)}."
            )
        return bool((self._data == getattr(value, "_data", value)).any())

    def __repr__(self) -> str:
        default = dtypes.default_dtype()
        return printing.format_tensor(self.array, self._notes(), default_dtype=default, prefix=self._prefix)

    def _notes(self) -> list[str]:
        """What `repr` says besides the values."""
        if self.grad_fn is not None:
            return [f"grad_fn=<{self.grad_fn.name().rpartition('::')[2]}>"]
        return ["requires_grad=True"] if self._rg else []

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.ndim == 0 else object.__format__(self, spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self.grad_fn is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
                f"at the moment, and this one was computed by {self.grad_fn.name()}: copy x.detach() instead"
            )
        twin = memo[id(self)] = type(self)._of(self.array.copy("K"))
        twin._rg = self._rg
        twin._grad = copy.deepcopy(self._grad, memo)
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    def __reduce_ex__(self, protocol: Any) -> Any:
        """The values, and whether a gradient is required: what was computed comes back as a leaf."""
        kind = None if type(self) is Tensor else type(self)
        return _rebuild, (kind, self.array, self._rg, self.__dict__)


def _rebuild(cls: type[Tensor] | None, array: Array, requires_grad: bool, state: dict[str, Any]) -> Tensor:
    tensor = (cls or Tensor)._of(array)
    tensor._rg = requires_grad
    tensor.__dict__.update(state)
    return tensor  # type: ignore[no-any-return]


def gradients_of(tensors: Sequence[Tensor], arrays: Sequence[Array]) -> list[Any] | None:
    """The arrays of the gradients of `tensors`; None if one has none, or is not around its array.

    This is how an optimizer asks, all of its parameters at once: property by property takes thrice the time.
    """
    found = []
    for tensor, array in zip(tensors, arrays):  # noqa: B905 - of one length, and strict= costs
        grad = tensor._grad
        if grad is None or tensor._data is not array:
            return None
        found.append(grad._data)
    return found


def _real_number(value: Any, kind: str) -> Any:
    """`value` without its imaginary part, which must be 0."""
    if isinstance(value, complex) and value.imag:
        raise RuntimeError(
            f"value cannot be converted to type {kind} without overflow: {value} has an imaginary part; "
            "use complex(x), or x.real"
        )
    return value.real if isinstance(value, complex) else value


def _check_grad(tensor: Tensor, value: Any) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"x.grad takes a tensor or None, not {type(value).__name__}")
    if value is tensor:
        raise RuntimeError("can't assign Variable as its own grad: x.grad = x")
    if value.shape != tensor.shape or value.dtype != tensor.dtype:
        what = "size" if value.shape != tensor.shape else "type"
        raise RuntimeError(
            f"assigned grad has data of a different {what}: x.grad must look like x, which is {tensor.dtype} "
            f"{tuple(tensor.shape)}, and the gradient is {value.dtype} {tuple(value.shape)}"
        )


dispatch.add_plain(Tensor)


class Diverted(Exception):
    """Raised by the `_data` of a tensor that is no ordinary one: the op is then run by `divert`."""


def array_of(x: Tensor) -> Array | None:
    """The array behind an ordinary tensor; None for an example of a batch, or what stands in a trace."""
    try:
        return x.array
    except Diverted:
        return None


def is_stale(tensor: Tensor) -> bool:
    """Whether this view's history is out of date.

    It is when an in-place operation on a relative gave the root a new node, and when the root came to require
    a gradient after the view was made (or the view was made under ``no_grad``): then it is a leaf.
    """
    view = tensor._view
    return view is not None and (view[0]._node is not view[1] or (view[0]._rg and not tensor._rg))


def refresh(tensor: Tensor) -> None:
    """Bring the history of a view up to date, by replaying how it was made from its root."""
    if not is_stale(tensor):
        return
    chain = []
    while is_stale(tensor):
        chain.append(tensor)
        tensor = tensor._view[2]
    with enable_grad():
        for view in reversed(chain):
            root, seen, parent, op, params = view._view
            if view._extras is not None and "guarded" in view._extras:
                refuse_stale(view)
            if not root._rg:  # the root was detached in place: what was computed from it stands
                view._view = (root, root._node, parent, op, params)
            elif root._node is seen:  # made before the root required a gradient: a leaf of its own
                view._rg = True
            else:
                twin = op(parent, *params)
                view._view = twin._view
                set_history(view, twin._node)


def install(**methods: Any) -> None:
    """Give Tensor these methods; ops call this when their module is imported."""
    for name, function in methods.items():
        setattr(Tensor, name, function)
        overridable.method(name, function)


def set_history(tensor: Tensor, node: Any) -> None:
    """Give a tensor a new node; a gradient that it was asked to retain is retained there."""
    extras = tensor._extras
    if extras is not None and "retain" in extras:
        reference = tensor._node.extras.pop("retain")
        node.extras = {**(node.extras or {}), "retain": reference}
    tensor._node, tensor._rg = node, True
