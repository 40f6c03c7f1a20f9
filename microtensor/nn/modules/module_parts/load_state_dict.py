"""State dicts on the way in.

Errors are PyTorch's, all keys in one message, and loading is all or nothing, which PyTorch's is
not: whatever goes wrong, every parameter and buffer is afterwards what it was.  Since a module
may do as it likes in ``_load_from_state_dict``, that takes a copy of the tensors, for as long as
the loading lasts.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from ....creation import from_data
from ....engine.calls.users_line import users_level
from ....engine.grad_mode import no_grad
from ....engine.hook_handle import RemovableHandle
from ....engine.tensor import Tensor
from ...parameter import Parameter
from .state_dict import EXTRA_STATE, Saving, has_extra_state, own_state, register_state_hook, run_hooks

if TYPE_CHECKING:
    from ..module import Module

ASSIGN = "assign_to_params_buffers"


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns: the module's keys that were not given, and the reverse."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Loading(Saving):
    """The part of `Module` that takes state in."""

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the tensors of a state dict into this module and its descendants.

        With ``strict`` the keys must be exactly the module's own.  With ``assign`` the given
        tensors take the place of the module's instead of being copied into them, with their
        dtype; make the optimizer afterwards.  Arrays, NumPy's or others', are taken like tensors.

        Returns the missing and the unexpected keys.  Raises ``RuntimeError`` that names every
        missing, unexpected and misshapen key, and then nothing has been copied; ``TypeError`` for
        what is not a mapping.

        >>> a, b = mt.nn.Linear(2, 1), mt.nn.Linear(2, 1)
        >>> a.load_state_dict(b.state_dict())
        <All keys matched successfully>
        >>> a.weight.tolist() == b.weight.tolist()
        True
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        visit = _Visit(getattr(state_dict, "_metadata", {}), assign)
        with _all_or_nothing(self):
            visit.load(cast("Module", self), "", OrderedDict(state_dict))
            visit.raise_errors(type(self).__name__, strict)
        return visit.keys

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """Take this module's own state, without its children's, out of `state_dict`.

        To be extended by a module whose state changed between versions of its class.  What is
        wrong goes into the three lists, and is raised by the caller all together.
        """
        lists = missing_keys, unexpected_keys, error_msgs
        run_hooks(self, "load_pre", state_dict, prefix, local_metadata, strict, *lists)
        own = own_state(self)
        known = own.keys() | ({EXTRA_STATE} if has_extra_state(self) else set())
        for name, held in own.items():
            if prefix + name in state_dict and not _both_lazy(state_dict[prefix + name], held):
                value, error = _fitting(state_dict[prefix + name], held, prefix + name)
                if value is None:
                    error_msgs.append(error)
                else:
                    _put(self, prefix, name, held, value, assign=local_metadata.get(ASSIGN, False))
        if prefix + EXTRA_STATE in state_dict and EXTRA_STATE in known:
            self.set_extra_state(state_dict[prefix + EXTRA_STATE])
        if strict:
            names = [*own, *(known - own.keys())]
            missing_keys.extend(prefix + n for n in names if prefix + n not in state_dict)
            unexpected_keys.extend(k for k in state_dict if _is_unexpected(self, k, prefix, known))

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        """What older programs call: the hook is not given the module unless asked."""
        return register_state_hook(self, "load_pre", hook if with_module else _WithoutModule(hook))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook` before this module's own state is taken, to change the dict or the lists.

        It is called as ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys,
        unexpected_keys, error_msgs)``; for example to rename the keys of an older version.

        >>> layer = mt.nn.Linear(1, 1, bias=False)
        >>> def rename(module, state, prefix, *rest):
        ...     state[prefix + "weight"] = state.pop(prefix + "w")
        >>> handle = layer.register_load_state_dict_pre_hook(rename)
        >>> layer.load_state_dict({"w": mt.ones(1, 1)})
        <All keys matched successfully>
        """
        return register_state_hook(self, "load_pre", hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` when this module and its children are loaded.

        It may change the two lists, and clearing them makes a strict load succeed; it must return
        None, else ``AssertionError``.

        >>> layer = mt.nn.Linear(1, 1)
        >>> def forgive(module, keys):
        ...     keys.missing_keys.clear()
        >>> handle = layer.register_load_state_dict_post_hook(forgive)
        >>> layer.load_state_dict({})
        <All keys matched successfully>
        """
        return register_state_hook(self, "load_post", hook)


class _Visit:
    """One call of `load_state_dict`, walking down the modules and collecting what is wrong."""

    def __init__(self, metadata: Mapping[str, Any], assign: bool) -> None:
        self.metadata, self.assign = metadata, assign
        self.keys = IncompatibleKeys([], [])
        self.errors: list[str] = []

    def load(self, module: Module, prefix: str, state: dict[str, Any]) -> None:
        """Load `module`, then its children, each from its own part of `state`."""
        metadata = dict(self.metadata.get(prefix[:-1], {}))
        if self.assign:
            metadata[ASSIGN] = True
        module._load_from_state_dict(state, prefix, metadata, True, *self.keys, self.errors)
        for name, child in module._modules.items():
            if child is not None:
                inner = f"{prefix}{name}."
                self.load(child, inner, {k: v for k, v in state.items() if k.startswith(inner)})
        if run_hooks(module, "load_post", self.keys):
            raise AssertionError(
                "Hooks registered with register_load_state_dict_post_hook are not expected to "
                "return new values: change the lists of incompatible_keys in place."
            )

    def raise_errors(self, name: str, strict: bool) -> None:
        """Raise one error for everything that was wrong, if anything was."""
        errors = [*self._key_errors(), *self.errors] if strict else self.errors
        if errors:
            lines = "\n\t".join([*errors, "Nothing was loaded."])
            raise RuntimeError(f"Error(s) in loading state_dict for {name}:\n\t{lines}")

    def _key_errors(self) -> Iterator[str]:
        for word, keys in zip(("Missing", "Unexpected"), self.keys, strict=True):
            if keys:
                quoted = ", ".join(f'"{key}"' for key in keys)
                yield f"{word} key(s) in state_dict: {quoted}. "


@contextmanager
def _all_or_nothing(root: Saving) -> Iterator[None]:
    """On an exception, put every parameter and buffer below `root` back as it was."""
    registries: list[MutableMapping[str, Any]] = [
        registry for module in root.modules() for registry in (module._parameters, module._buffers)
    ]
    held = [dict(registry) for registry in registries]
    tensors = {id(t): t for values in held for t in values.values() if t is not None}
    dense = [tensor for tensor in tensors.values() if tensor._is_strided and not tensor.is_meta]
    copies = [(tensor, type(tensor), tensor.array, tensor.array.copy()) for tensor in dense]
    sparse = [(tensor, tensor.clone()) for tensor in tensors.values() if not tensor._is_strided]
    try:
        yield
    except BaseException:
        for tensor, kind, array, copy in copies:
            # Past the version counter: most of these were never written to.
            array[...] = copy
            if type(tensor) is not kind:  # a lazy parameter, which was given a shape
                tensor.data, tensor.__class__ = from_data.from_numpy(array), kind
        for tensor, twin in sparse:
            tensor.data = twin
        for registry, values in zip(registries, held, strict=True):
            registry.clear()
            registry.update(values)
        raise


def _is_unexpected(module: Loading, key: str, prefix: str, known: set[str]) -> bool:
    name, dot, _ = key.removeprefix(prefix).partition(".")
    return key.startswith(prefix) and name not in (module._modules if dot else known)


def _both_lazy(value: Any, held: Tensor) -> bool:
    """Whether neither has a shape yet, so that there is nothing to load."""
    return all(hasattr(type(x), "materialize") for x in (value, held))


def _fitting(value: Any, held: Tensor, key: str) -> tuple[Tensor | None, str]:
    """`value` as a tensor that can be put in the place of `held`; or None, and why not."""
    if not isinstance(value, Tensor):
        if not hasattr(value, "__array__"):
            return None, (
                f'While copying the parameter named "{key}", expected a tensor or an array from '
                f"checkpoint but received {type(value)}"
            )
        value = from_data.tensor(np.asarray(value))
    if tuple(value.shape) == (1,) and not held.ndim:  # as files of PyTorch before 0.4 have numbers
        value = value[0]
    if value.shape != held.shape:
        return None, (
            f"size mismatch for {key}: copying a param with shape {tuple(value.shape)} from "
            f"checkpoint, the shape in current model is {tuple(held.shape)}."
        )
    return value, ""


_NO_OP = (
    "for {}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, "
    "which is a no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their "
    "corresponding key in the module instead of copying them in place?)"
)


def _put(module: Loading, prefix: str, name: str, held: Tensor, value: Tensor, assign: bool) -> None:
    if not assign:
        if held.is_meta and not value.is_meta:
            warnings.warn(_NO_OP.format(prefix + name), stacklevel=users_level())
        with no_grad():
            held.copy_(value)
        return
    if isinstance(held, Parameter):
        value = value if isinstance(value, Parameter) else Parameter(value, held.requires_grad)
        value.requires_grad_(held.requires_grad)
    setattr(module, name, value)


class _WithoutModule:
    """A hook that is not given the module; one that can be pickled with it, if `hook` can."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self.hook = hook

    def __call__(self, module: Any, *rest: Any) -> Any:
        return self.hook(*rest)
