"""State dicts on the way out: parameters and persistent buffers by dotted name.

Keys and their order are PyTorch's, so that checkpoints move between the two.  Beside the tensors
a state dict carries, as its attribute ``_metadata``, the version of each module's class, by which
a later version can tell what it has to convert.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ....engine.hook_handle import RemovableHandle
from ....engine.tensor import Tensor
from .traversal import Tree

EXTRA_STATE = "_extra_state"

Hook = Callable[..., Any]


class StateHooks:
    """The state-dict hooks of one module, by the moment at which they run."""

    def __init__(self) -> None:
        self.save_pre: OrderedDict[int, Hook] = OrderedDict()
        self.save_post: OrderedDict[int, Hook] = OrderedDict()
        self.save_replacing: OrderedDict[int, Hook] = OrderedDict()
        self.load_pre: OrderedDict[int, Hook] = OrderedDict()
        self.load_post: OrderedDict[int, Hook] = OrderedDict()


class Saving(Tree):
    """The part of `Module` that hands out its state."""

    _version = 1
    _state_hooks: StateHooks | None = None

    def state_dict(
        self, *, destination: OrderedDict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> OrderedDict[str, Any]:
        """All parameters and persistent buffers by dotted name, as detached tensors.

        They share memory with the module: a later training step changes them, so deepcopy the
        dict to keep a moment.  With ``keep_vars`` they are the Parameters themselves.  They go
        into `destination`, a new dict if None, under names that begin with `prefix`.

        >>> mt.nn.BatchNorm1d(2, affine=False).state_dict()["running_mean"]
        tensor([0., 0.])
        """
        state = _blank_state_dict() if destination is None else destination
        metadata = {"version": self._version}
        getattr(state, "_metadata", {})[prefix[:-1]] = metadata
        run_hooks(self, "save_pre", prefix, keep_vars)
        self._save_to_state_dict(state, prefix, keep_vars)
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        if run_hooks(self, "save_post", state, prefix, metadata):
            raise RuntimeError("state_dict post-hook must return None")
        hooks = () if self._state_hooks is None else tuple(self._state_hooks.save_replacing.values())
        for hook in hooks:
            answer = hook(self, state, prefix, metadata)
            state = state if answer is None else answer
        return state

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Put this module's own state, without its children's, into `destination`.

        To be extended by a module that saves something else.
        """
        for name, tensor in own_state(self).items():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if has_extra_state(self):
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def get_extra_state(self) -> Any:
        """State that is not a tensor, saved under ``_extra_state``: to be overridden.

        Override `set_extra_state` with it, which receives what this returns.

        >>> class Counter(mt.nn.Module):
        ...     def get_extra_state(self):
        ...         return 3
        >>> Counter().state_dict()["_extra_state"]
        3
        """
        raise NotImplementedError(f"{type(self).__name__} overrides set_extra_state but not get_extra_state")

    def set_extra_state(self, state: Any) -> None:
        """Receive what `get_extra_state` returned when the module was saved: to be overridden.

        >>> mt.nn.Identity().set_extra_state(3)
        Traceback (most recent call last):
        NotImplementedError: Identity overrides get_extra_state but not set_extra_state
        """
        raise NotImplementedError(f"{type(self).__name__} overrides get_extra_state but not set_extra_state")

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before this module's state is collected.

        >>> layer = mt.nn.Identity()
        >>> handle = layer.register_state_dict_pre_hook(lambda *args: print(args))
        >>> state = layer.state_dict()
        (Identity(), '', False)
        """
        return register_state_hook(self, "save_pre", hook)

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` when its state is collected.

        It may change the dict, and must return None, else ``RuntimeError``.

        >>> layer = mt.nn.Linear(1, 1)
        >>> handle = layer.register_state_dict_post_hook(lambda module, state, *_: state.clear())
        >>> len(layer.state_dict())
        0
        """
        return register_state_hook(self, "save_post", hook)

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        """What older programs call: a dict that the hook returns takes the place of the collected one."""
        return register_state_hook(self, "save_replacing", hook)


def own_state(module: Saving) -> dict[str, Tensor]:
    """The parameters and persistent buffers of this module alone, those that are not None."""
    named = itertools.chain(module._parameters.items(), module._buffers.items())
    hidden = module._non_persistent_buffers_set
    return {name: t for name, t in named if t is not None and name not in hidden}


def has_extra_state(module: Saving) -> bool:
    """Whether the module's class says that it has state other than tensors."""
    return type(module).get_extra_state is not Saving.get_extra_state


def register_state_hook(module: Saving, moment: str, hook: Hook) -> RemovableHandle:
    """File a state-dict hook of this module."""
    if module._state_hooks is None:
        module._state_hooks = StateHooks()
    hooks: OrderedDict[int, Hook] = getattr(module._state_hooks, moment)
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def run_hooks(module: Saving, moment: str, *args: Any) -> bool:
    """Run the hooks of this moment, and say whether one returned something."""
    hooks = () if module._state_hooks is None else getattr(module._state_hooks, moment).values()
    answers = [hook(module, *args) for hook in tuple(hooks)]
    return any(answer is not None for answer in answers)


def _blank_state_dict() -> OrderedDict[str, Any]:
    state: OrderedDict[str, Any] = OrderedDict()
    state._metadata = OrderedDict()  # type: ignore[attr-defined]
    return state
