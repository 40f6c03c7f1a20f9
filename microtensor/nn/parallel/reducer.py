"""Reducing gradients over all ranks while backward goes on.

A hook on each parameter says that its gradient is there.  A bucket that is full is handed to MPI, in an
order that is the same on all ranks, and backward continues; the last gradient waits for all of them.  Every
hook also asks MPI how far it is, because MPI works only when it is called.

A few ranks of one machine do without messages (see `meeting`): nothing is cheaper than to read what the
others have written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...creation.from_data import from_numpy
from ...distributed import ReduceOp, all_reduce
from ...distributed.process_group import ProcessGroup
from ...engine.tensor import Tensor
from .buckets import Bucket, GradBucket, assign
from .meeting import Meeting, meeting_of

__all__ = ["Reducer"]


class Reducer:
    """The gradients of `parameters`, averaged over the ranks of `group` in each backward pass."""

    def __init__(
        self, parameters: Sequence[Tensor], group: ProcessGroup, cap: int, find_unused: bool, as_view: bool
    ) -> None:
        self.parameters, self.group, self.find_unused = list(parameters), group, find_unused
        self.buckets = [Bucket(part, parameters, as_view) for part in assign(parameters, cap)]
        self.home = {index: bucket for bucket in self.buckets for index in bucket.indices}
        self.comm_hook: Callable[[GradBucket], Any] | None = None
        self.meeting: Meeting | None = None if as_view else meeting_of(self.buckets, group)
        self.expecting = self.begun = False
        self.launched = 0
        self.unused: set[int] = set()
        self.handles = [
            p.register_post_accumulate_grad_hook(partial(self._arrived, index))
            for index, p in enumerate(self.parameters)
        ]

    def prepare(self) -> None:
        """Expect a backward pass; ``RuntimeError`` if the last one did not reach all parameters."""
        self.check_finished()
        for bucket in self.buckets:
            bucket.start()
        self.expecting, self.launched, self.unused = True, 0, set()

    def check_finished(self) -> None:
        """Raise ``RuntimeError`` if a backward pass has left parameters without a gradient."""
        if not self.begun:
            return
        missing = sorted(index for bucket in self.buckets for index in bucket.missing)
        raise RuntimeError(
            "Expected to have finished reduction in the prior iteration before starting a new one. This "
            "error indicates that your module has parameters that were not used in producing loss. You can "
            "enable unused parameter detection by passing the keyword argument `find_unused_parameters=True` "
            "to `torch.nn.parallel.DistributedDataParallel`, and by making sure all `forward` function "
            "outputs participate in calculating loss. Parameter indices which did not receive grad for rank "
            f"{self.group.rank()}: {' '.join(map(str, missing))}"
        )

    def mark_unused(self, used: set[Any]) -> None:
        """Wait no longer for the parameters that are not among the leaves in `used`."""
        if not self.expecting:
            return
        self.unused = {index for index, p in enumerate(self.parameters) if p not in used}
        for index in sorted(self.unused, reverse=True):
            self._ready(index)

    def _arrived(self, index: int, _: Tensor) -> None:
        if not self.expecting:
            return
        if index not in self.home[index].missing:
            raise RuntimeError(
                "Expected to mark a variable ready only once: the parameter at index "
                f"{index} got a gradient after it was reduced. It is used outside of the module's forward, "
                "or by two backward passes of one forward"
            )
        self._ready(index)

    def _ready(self, index: int) -> None:
        if self.meeting is not None and not self.begun:
            self.meeting.wait_for_readers()
        self.begun = True
        scale = 1.0 if self.comm_hook else 1.0 / self.group.size()
        self.home[index].put(index, scale)
        self._launch()
        if self.launched == len(self.buckets):
            self._finish()

    def _launch(self) -> None:
        """Hand over the buckets that are full, in order, and ask about those on their way."""
        for bucket in self.buckets[: self.launched]:
            if bucket.work is not None:
                bucket.asked()
        while self.launched < len(self.buckets) and not self.buckets[self.launched].missing:
            self._hand_over(self.buckets[self.launched])
            self.launched += 1

    def _hand_over(self, bucket: Bucket) -> None:
        if self.comm_hook is None and self.meeting is not None:
            return  # it lies where the others will read it
        if self.comm_hook is None:
            assert bucket.flat is not None
            bucket.work = all_reduce(Tensor._of(bucket.flat), ReduceOp.SUM, self.group, async_op=True)
        else:
            last = bucket is self.buckets[-1]
            bucket.work = self.comm_hook(GradBucket(bucket, self.launched, last))

    def _finish(self) -> None:
        """Wait for all buckets, and let what came out be the parameters' gradients."""
        self.expecting = self.begun = False
        nowhere = self._unused_everywhere() if self.find_unused else set()
        if self.meeting is not None and self.comm_hook is None:
            self.meeting.exchange(nowhere)
            return
        for bucket in self.buckets:
            found = bucket.work.wait()
            if self.comm_hook is not None:
                self._take(bucket, found)
            for index in bucket.indices:
                if index not in nowhere:
                    bucket.give(index)

    def _take(self, bucket: Bucket, found: Any) -> None:
        assert bucket.flat is not None
        result = found[0] if isinstance(found, (list, tuple)) else found
        bucket.flat[...] = result.detach().array.reshape(-1)

    def _unused_everywhere(self) -> set[int]:
        """The parameters that no rank has used: their gradients stay as they are."""
        used = np.ones(len(self.parameters), np.uint8)
        used[list(self.unused)] = 0
        anywhere = from_numpy(used)
        all_reduce(anywhere, ReduceOp.MAX, self.group)
        return {int(index) for index in np.flatnonzero(anywhere.array == 0)}

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self.handles:
            handle.remove()
