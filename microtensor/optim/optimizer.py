"""What all optimizers share that is not arithmetic: groups of parameters, state, hooks, saving.

A program may derive from `Optimizer` as it would from PyTorch's and write its own ``step`` over
``self.param_groups`` and ``self.state``; the algorithms that come with the package derive from
`microtensor.optim.updates.elementwise.Elementwise`, which writes ``step`` for them.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

from ..engine.hook_handle import RemovableHandle
from ..engine.tensor import Tensor
from .common import state_dict as saving
from .common.param_groups import Group, ParamsT, as_groups, named, require_leaf, required
from .common.step_hooks import with_hooks

Hook = Callable[..., Any]

_HOOKS = (
    "step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre",
    "load_state_dict_post",
)  # fmt: skip


class Optimizer:
    """The base of all optimizers.

    Args:
        params: tensors, or ``(name, tensor)`` pairs as ``named_parameters()`` yields them, or
            dictionaries that hold either under ``"params"`` beside options of their own.
        defaults: the options of every group that does not set them itself.

    ``param_groups`` is the list of those dictionaries, completed by the defaults, and its options
    may be changed at any time; ``state`` maps each parameter to what the algorithm remembers of it.

    Raises ``TypeError`` for anything but leaf tensors in an ordered collection, and ``ValueError``
    for an empty one, for a tensor that was computed, and for one that is in two groups.

    >>> w = mt.zeros(2, requires_grad=True)
    >>> class Descent(mt.optim.Optimizer):
    ...     @mt.no_grad()
    ...     def step(self, closure=None):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 p -= group["lr"] * p.grad
    >>> optimizer = Descent([w], {"lr": 0.5})
    >>> (w - 1).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([-0.5000, -0.5000], requires_grad=True)
    """

    # Of the class, since some optimizers that wrap another never call ``super().__init__``.
    _hooks: Any = MappingProxyType(dict.fromkeys(_HOOKS, MappingProxyType({})))
    takes_sparse_gradients = False
    _opt_called: bool | None = None
    """False while a scheduler waits for the first step."""

    def __init__(self, params: ParamsT, defaults: Group) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got one {type(params).__name__} of shape {tuple(params.shape)}: "
                "put it into a list"
            )
        self.defaults = defaults
        self.state: Any = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._hooks = _no_hooks()
        for group in as_groups(params):
            self.add_param_group(group)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = with_hooks(cls.step)  # type: ignore[method-assign]

    # --------------------------------------------------------------- training

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; return what `closure` returned, if given.

        Args:
            closure: computes the loss anew, with its gradients. It runs with recording on.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define step()")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros where they exist.

        A parameter without a gradient is left out of the next step; one with a gradient of zeros
        takes part in it, and may move by momentum or weight decay.

        >>> w = mt.ones(2, requires_grad=True)
        >>> optimizer = mt.optim.SGD([w], lr=0.1)
        >>> w.sum().backward()
        >>> optimizer.zero_grad()
        >>> print(w.grad)
        None
        """
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none or p._grad is None:
                    p._grad = None
                else:
                    _ = p.grad.requires_grad_(False) if p.grad.grad_fn is None else p.grad.detach_()
                    p.grad.zero_()

    def _patch_step_function(self) -> None:
        """Nothing: the class that defines a step gave it its hooks.  Libraries call it when they make one."""

    def _parameters(self) -> Iterator[Tensor]:
        for group in self.param_groups:
            yield from group["params"]

    # ----------------------------------------------------------------- groups

    def add_param_group(self, param_group: Group) -> None:
        """Add a group of parameters, for example layers that were frozen until now.

        Raises what the constructor raises, and then nothing has changed.

        >>> a, b = mt.zeros(1, requires_grad=True), mt.zeros(1, requires_grad=True)
        >>> optimizer = mt.optim.SGD([a], lr=0.1)
        >>> optimizer.add_param_group({"params": [b], "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        found = named(param_group["params"])
        self._check_options(param_group)
        self._check_parameters(found["params"], "param_names" in found)
        param_group.update(found)
        self._complete(param_group)
        self.param_groups.append(param_group)

    def _complete(self, group: Group) -> None:
        for name, default in self.defaults.items():
            group.setdefault(name, default)

    def _check_options(self, group: Group) -> None:
        for name, default in self.defaults.items():
            if default is required and name not in group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    f"{name}: add it to the group or pass it to {type(self).__name__}"
                )

    def _check_parameters(self, params: list[Any], named: bool) -> None:
        for p in params:
            require_leaf(p, bool(self.defaults.get("differentiable")))
        ids = {id(p) for p in params}
        if not ids.isdisjoint(map(id, self._parameters())):
            raise ValueError("some parameters appear in more than one parameter group")
        if any(("param_names" in group) != named for group in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names, and this group "
                f"{'has' if named else 'lacks'} them: cannot add it to the optimizer"
            )
        if len(ids) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters: each of them is "
                "stepped as often as it is listed",
                stacklevel=4,
            )

    # ------------------------------------------------------------------ hooks

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step.

        It may return a pair of new ``args`` (with the optimizer first) and ``kwargs``.

        >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)])
        >>> handle = optimizer.register_step_pre_hook(lambda *_: print("about to step"))
        >>> optimizer.step()
        about to step
        >>> handle.remove()
        """
        return self._register("step_pre", hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return self._register("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before `state_dict`; with `prepend`, before the other hooks."""
        return self._register("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` on what `state_dict` returns; it may replace it."""
        return self._register("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` on what is to be loaded; it may replace it."""
        return self._register("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after `load_state_dict`."""
        return self._register("load_state_dict_post", hook, prepend)

    def _register(self, when: str, hook: Hook, prepend: bool = False) -> RemovableHandle:
        if "_hooks" not in vars(self):
            self._hooks = _no_hooks()
        hooks = self._hooks[when]
        handle = RemovableHandle(hooks)
        hooks[handle.id] = hook
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    # ----------------------------------------------------------------- saving

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with parameters replaced by their positions.

        ``{"state": {position: {...}}, "param_groups": [{..., "params": [positions]}]}``, as in
        PyTorch. The tensors in it are the optimizer's own: later steps change them.

        >>> w = mt.ones(2, requires_grad=True)
        >>> optimizer = mt.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> optimizer.state_dict()["state"]
        {0: {'momentum_buffer': tensor([2., 2.])}}
        """
        for hook in self._hooks["state_dict_pre"].values():
            hook(self)
        found = saving.pack(self.state, self.param_groups)
        for hook in self._hooks["state_dict_post"].values():
            found = _replaced(found, hook(self, found))
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state and options that `state_dict` returned, as a copy.

        Parameters are matched by position. Raises ``ValueError`` if the groups do not have the
        same sizes, and then nothing has changed. Load after making a learning-rate scheduler,
        whose start would overwrite the learning rates.
        """
        state_dict = dict(state_dict)
        for hook in self._hooks["load_state_dict_pre"].values():
            state_dict = _replaced(state_dict, hook(self, state_dict))
        self.__setstate__(saving.unpack(state_dict, self.param_groups))
        for group in self.param_groups:  # an older program may have saved fewer options
            self._complete(group)
        for hook in self._hooks["load_state_dict_post"].values():
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {
            "defaults": self.defaults,
            "state": self.state,
            "param_groups": self.param_groups,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        if "_hooks" not in self.__dict__:
            self._hooks, self._opt_called = _no_hooks(), None

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines += ["", f"Parameter Group {index}"] if index else ["Parameter Group 0"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])

    def _repr_html_(self) -> str:
        """What a notebook shows: the options as a table."""
        from ..viz.tables import optimizer_table

        return optimizer_table(self)


def _no_hooks() -> dict[str, OrderedDict[int, Hook]]:
    return {when: OrderedDict() for when in _HOOKS}


def _replaced(value: Any, result: Any) -> Any:
    return value if result is None else result
