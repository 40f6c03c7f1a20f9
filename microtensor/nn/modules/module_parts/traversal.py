"""Walking over a module and its descendants: what an optimizer, a state dict and `train` need.

A module may be reached by several paths, and a parameter may belong to several modules (tied
weights); by default each is named once, by the first path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from ....engine.tensor import Tensor
from ...parameter import Parameter
from .attributes import Attributes

if TYPE_CHECKING:
    from ..module import Module

T = TypeVar("T", bound=Tensor)


def dotted(prefix: str, name: str) -> str:
    """`name` seen from the module called `prefix`; the root has no name."""
    return f"{prefix}.{name}" if prefix else name


class Tree(Attributes):
    """The part of `Module` that walks over children, parameters and buffers."""

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The immediate children with their names, each once.

        >>> [name for name, _ in mt.nn.Sequential(mt.nn.Identity()).named_children()]
        ['0']
        """
        attributes, seen = vars(self), set()
        for name in self._registered_modules:
            child = attributes[name]
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        """The immediate children, each once.

        >>> list(mt.nn.Sequential(mt.nn.Identity()).children())
        [Identity()]
        """
        for _, child in self.named_children():
            yield child

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Walk over this module and all descendants with their dotted names, parents first.

        `memo` holds the modules to leave out; what is yielded is added to it.

        >>> net = mt.nn.Sequential(mt.nn.Sequential(mt.nn.Identity()))
        >>> [name for name, _ in net.named_modules()]
        ['', '0', '0.0']
        """
        memo = set() if memo is None else memo
        module = cast("Module", self)
        if module in memo:
            return
        if remove_duplicate:
            memo.add(module)
        yield prefix, module
        attributes = vars(self)
        for name in self._registered_modules:
            child = attributes[name]
            if child is not None:
                yield from child.named_modules(memo, dotted(prefix, name), remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Walk over this module and all descendants, parents first.

        >>> len(list(mt.nn.Sequential(mt.nn.Identity()).modules()))
        2
        """
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names, this module's own first.

        >>> [name for name, _ in mt.nn.Sequential(mt.nn.Linear(1, 1)).named_parameters()]
        ['0.weight', '0.bias']
        """
        yield from _named_tensors(self, "_registered_parameters", prefix, recurse, remove_duplicate)

    def _named_members(
        self, get_members_fn: Callable[[Any], Iterable[tuple[str, Any]]], prefix: str = "",
        recurse: bool = True, remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:  # fmt: skip
        """What libraries call for members of a kind of their own: each pair that the function gives, once."""
        seen: set[Any] = set()
        modules = self.named_modules(prefix=prefix) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, member in get_members_fn(module):
                if member is None or (remove_duplicate and member in seen):
                    continue
                seen.add(member)
                yield dotted(path, name), member

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once: what an optimizer takes.

        >>> sum(p.numel() for p in mt.nn.Linear(3, 2).parameters())
        8
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names, persistent or not.

        >>> [name for name, _ in mt.nn.BatchNorm1d(2).named_buffers()]
        ['running_mean', 'running_var', 'num_batches_tracked']
        """
        yield from _named_tensors(self, "_registered_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers, each once.

        >>> len(list(mt.nn.BatchNorm1d(2).buffers()))
        3
        """
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> Module:
        """The descendant with this dotted name; the empty name is the module itself.

        Raises ``AttributeError`` if there is none.

        >>> mt.nn.Sequential(mt.nn.Identity()).get_submodule("0")
        Identity()
        """
        module = self
        for name in target.split(".") if target else ():
            module = _member(module, name, Tree, "an nn.Module")
        return cast("Module", module)

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put `module` at a dotted name, in place of what is there; `strict` if it must be there.

        Raises ``ValueError`` for an empty name, ``AttributeError`` if its parent does not exist.

        >>> net = mt.nn.Sequential(mt.nn.Linear(1, 1))
        >>> net.set_submodule("0", mt.nn.Identity())
        >>> net[0]
        Identity()
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            _member(parent, name, Tree, "an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with this dotted name, or ``AttributeError``.

        >>> mt.nn.Sequential(mt.nn.Linear(3, 2)).get_parameter("0.bias").shape
        torch.Size([2])
        """
        path, _, name = target.rpartition(".")
        parameter: Parameter = _member(self.get_submodule(path), name, Parameter, "an nn.Parameter")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with this dotted name, or ``AttributeError``.

        >>> mt.nn.BatchNorm1d(2).get_buffer("running_mean")
        tensor([0., 0.])
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        buffer: Tensor = _member(module, name, Tensor, "a buffer")
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer of {type(module).__name__}")
        return buffer

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Call `fn` on every descendant and on this module, children first, and return the module.

        The usual way to initialise.

        >>> def blank(module):
        ...     if isinstance(module, mt.nn.Linear):
        ...         _ = mt.nn.init.zeros_(module.weight)
        >>> mt.nn.Sequential(mt.nn.Linear(2, 1)).apply(blank)[0].weight.tolist()
        [[0.0, 0.0]]
        """
        for child in self.children():
            child.apply(fn)
        fn(cast("Module", self))
        return self

    def train(self, mode: bool = True) -> Self:
        """Switch to training behaviour (dropout, batch statistics), here and in all descendants.

        Raises ``ValueError`` for a mode that is not a bool.

        >>> mt.nn.Dropout().train(False).training
        False
        """
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, not {mode!r}")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Self:
        """Switch to evaluation behaviour: ``train(False)``.

        >>> mt.nn.Dropout(0.9).eval()(mt.ones(2))
        tensor([1., 1.])
        """
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Learn all parameters, or freeze them.

        >>> mt.nn.Linear(1, 1).requires_grad_(False).weight.requires_grad
        False
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients; or fill them with zeros, keeping their memory.

        >>> layer = mt.nn.Linear(1, 1)
        >>> layer(mt.ones(1, 1)).sum().backward()
        >>> layer.zero_grad()
        >>> layer.weight.grad is None
        True
        """
        attributes = vars(self)
        for name in self._registered_parameters:
            parameter = attributes[name]
            if parameter is not None and parameter.grad is not None:
                grad = parameter.grad
                if set_to_none:
                    parameter.grad = None
                else:
                    _ = grad.requires_grad_(False) if grad.grad_fn is None else grad.detach_()
                    grad.zero_()
        for name in self._registered_modules:
            if attributes[name] is not None:
                attributes[name].zero_grad(set_to_none)


def _named_tensors(
    root: Tree, names: str, prefix: str, recurse: bool, remove_duplicate: bool
) -> Iterator[tuple[str, Any]]:
    tree = root.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
    seen: set[int] = set()
    for path, module in tree if recurse else [(prefix, root)]:
        attributes = vars(module)
        for name in attributes[names]:
            tensor = attributes[name]
            if tensor is None or id(tensor) in seen:
                continue
            if remove_duplicate:
                seen.add(id(tensor))
            yield dotted(path, name), tensor


def _member(module: Tree, name: str, kind: type[Any], words: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
    value = getattr(module, name)
    if not isinstance(value, kind):
        raise AttributeError(f"`{name}` is not {words}, but {type(value).__name__}")
    return value
