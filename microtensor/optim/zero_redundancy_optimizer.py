"""`ZeroRedundancyOptimizer`: each rank keeps the state of its share of the parameters, and steps these.

Adam's state is twice the size of the model; under `DistributedDataParallel` every rank would hold all of it,
to compute the same step.  Here each computes a part of the step, and then tells the others.  Rajbhandari et
al., "ZeRO: memory optimizations toward training trillion parameter models" (2020), its first stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..distributed import recv, recv_object_list, send, send_object_list
from ..distributed.process_group import ProcessGroup, get_global_rank, resolve
from ..engine.tensor import Tensor
from ..nn.parallel.broadcasting import broadcast_all
from .common.param_groups import Group
from .optimizer import Optimizer

__all__ = ["ZeroRedundancyOptimizer"]


class ZeroRedundancyOptimizer(Optimizer):
    """An `optimizer_class` whose state is divided among the ranks of `process_group`.

    All ranks make it with the same parameters, which have the same gradients in every step, as
    `DistributedDataParallel` sees to. Parameters go, from the largest to the smallest, to the rank that has
    least so far. `optim` is this rank's optimizer; options are set in ``param_groups``, as in any other.

    `parameters_as_bucket_view` is not looked at. Raises ``NotImplementedError`` for `overlap_with_ddp`, and
    ``ValueError`` without a process group.

    >>> mt.distributed.init_process_group()
    >>> w = mt.ones(2, requires_grad=True)
    >>> Zero = mt.distributed.optim.ZeroRedundancyOptimizer
    >>> optimizer = Zero([w], optimizer_class=mt.optim.SGD, lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0., 0.], requires_grad=True)
    >>> mt.distributed.destroy_process_group()
    """

    def __init__(
        self, params: Any, optimizer_class: type[Optimizer], process_group: Any = None,
        parameters_as_bucket_view: bool = False, overlap_with_ddp: bool = False, **defaults: Any,
    ) -> None:  # fmt: skip
        if overlap_with_ddp:
            raise NotImplementedError(
                "ZeroRedundancyOptimizer: overlap_with_ddp=True is not here: leave it out, and the step "
                "is the same"
            )
        self.process_group: ProcessGroup = resolve(process_group)
        self.owner: dict[Tensor, int] = {}
        self._loads = [0] * self.process_group.size()
        self._gathered: list[dict[int, Any]] = []
        self._optim: Optimizer | None = None
        super().__init__(params, defaults)
        make: Any = optimizer_class
        self._optim = make([self._mine(group) for group in self.param_groups], **defaults)
        _copy_options(self.optim.param_groups, self.param_groups)

    @property
    def optim(self) -> Optimizer:
        """The optimizer of this rank's parameters."""
        assert self._optim is not None
        return self._optim

    def add_param_group(self, param_group: Group) -> None:
        """Add a group of parameters, on all ranks, and divide it among them."""
        super().add_param_group(param_group)
        added = self.param_groups[-1]
        for p in sorted(added["params"], key=lambda p: -p.numel()):
            rank = self._loads.index(min(self._loads))
            self.owner[p] = rank
            self._loads[rank] += p.numel()
        if self._optim is not None:
            self._optim.add_param_group(self._mine(added))
            _copy_options(self._optim.param_groups, self.param_groups)

    def _mine(self, group: Group, rank: int | None = None) -> Group:
        """The group with this rank's parameters alone, or another rank's."""
        rank = self.process_group.rank() if rank is None else rank
        kept = [index for index, p in enumerate(group["params"]) if self.owner[p] == rank]
        listed: Group = {
            name: [group[name][i] for i in kept] for name in ("params", "param_names") if name in group
        }
        return {**group, **listed}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change this rank's parameters, and take the others' from their ranks."""
        _copy_options(self.param_groups, self.optim.param_groups)
        loss = self.optim.step(closure)
        _copy_options(self.optim.param_groups, self.param_groups)
        for rank in range(self.process_group.size()):
            theirs = [p for p in self._parameters() if self.owner[p] == rank]
            broadcast_all(theirs, self.process_group, rank)
        return loss

    # ----------------------------------------------------------------- saving

    def consolidate_state_dict(self, to: int = 0) -> None:
        """Bring all ranks' state to rank `to` of the group, where `state_dict` then gives it; all call it."""
        _copy_options(self.param_groups, self.optim.param_groups)
        self._gathered = []
        mine, rank = self.optim.state_dict()["state"], self.process_group.rank()
        for other in range(self.process_group.size()):
            if rank == to:
                theirs: Any = mine if other == to else _receive(other, self.process_group)
                self._gathered.append(theirs)
            elif rank == other:
                _send(mine, to, self.process_group)

    def state_dict(self) -> dict[str, Any]:
        """What the undivided optimizer's would be, as of the last `consolidate_state_dict` to this rank.

        Raises ``RuntimeError`` if there was none.
        """
        if not self._gathered:
            raise RuntimeError(
                "Optimizer state has not been consolidated on this rank. Please call "
                f"`consolidate_state_dict(to={self.process_group.rank()})` on all ranks beforehand if you "
                "meant to save the global state."
            )
        found = super().state_dict()
        everywhere: dict[int, Any] = {
            self._places(rank)[local]: state
            for rank, states in enumerate(self._gathered)
            for local, state in states.items()
        }
        return {**found, "state": dict(sorted(everywhere.items()))}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over this rank's part of a state that `state_dict` gave, here or in one process."""
        states, rank = state_dict["state"], self.process_group.rank()
        super().load_state_dict({**state_dict, "state": {}})
        local = self.optim.state_dict()
        local["state"] = {i: states[place] for i, place in enumerate(self._places(rank)) if place in states}
        _copy_options(state_dict["param_groups"], local["param_groups"])
        self.optim.load_state_dict(local)

    def _places(self, rank: int) -> list[int]:
        """The positions among all parameters of those that a rank has, in its optimizer's order."""
        return [place for place, p in enumerate(self._parameters()) if self.owner[p] == rank]


def _copy_options(source: Sequence[Group], target: Sequence[Group]) -> None:
    """Let the groups of `target` have the options of those of `source`, but not their parameters."""
    for theirs, mine in zip(source, target, strict=True):
        mine.update({key: value for key, value in theirs.items() if key not in ("params", "param_names")})


def _send(state: dict[int, dict[str, Any]], to: int, group: ProcessGroup) -> None:
    """Hand over the state of some parameters: what it is made of as JSON, then its tensors."""
    rank = get_global_rank(group, to)
    outline = [
        [place, [_outline(name, value) for name, value in part.items()]] for place, part in state.items()
    ]
    send_object_list(outline, rank, group)
    for part in state.values():
        for value in part.values():
            if isinstance(value, Tensor):
                send(value.detach(), rank, group)


def _outline(name: str, value: Any) -> list[Any]:
    if isinstance(value, Tensor):
        return [name, True, str(value.array.dtype), list(value.shape)]
    return [name, False, value]


def _receive(other: int, group: ProcessGroup) -> dict[int, dict[str, Any]]:
    rank, outline = get_global_rank(group, other), [None]
    recv_object_list(outline, rank, group)
    parts: list[Any] = outline
    return {place: {item[0]: _value(item, rank, group) for item in items} for place, items in parts}


def _value(item: list[Any], rank: int, group: ProcessGroup) -> Any:
    if not item[1]:
        return item[2]
    found: Tensor = Tensor._of(np.empty(item[3], item[2]))
    recv(found, rank, group)
    return found
