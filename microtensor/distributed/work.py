"""`Work`: a collective that may still be going on, and the `Future` of its result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .communicator import Request
from .errors import DistBackendError

if TYPE_CHECKING:
    from ..engine.tensor import Tensor

__all__ = ["Future", "Work"]

SPINS, NAP = 200, 2e-5
"""A wait asks this often, some 100 us, before it sleeps this many seconds between questions.

MPI's own wait never sleeps.  Where there are more processes than cores, that keeps the very rank from
running that is waited for: four ranks on two cores take 10 to 20 % less time a step so, and two ranks on two
quiet cores the same.
"""


class Work:
    """What a collective with ``async_op=True`` returns: `wait` for it before its tensors are used.

    A Work that nobody keeps goes on all the same.

    >>> mt.distributed.init_process_group()
    >>> x = mt.ones(2)
    >>> work = mt.distributed.all_reduce(x, async_op=True)
    >>> work.wait(), work.is_completed()
    (True, True)
    >>> mt.distributed.destroy_process_group()
    """

    def __init__(
        self, what: str, request: Request | None, tensors: list[Tensor], finish: Callable[[Any], None],
        status: Any = None,
    ) -> None:  # fmt: skip
        self._what, self._request, self._tensors = what, request, tensors
        self._finish: Callable[[Any], None] | None = finish
        self._status = status
        if request is None:
            self._complete()

    def _complete(self) -> None:
        finish, self._finish, self._request = self._finish, None, None
        if finish is not None:
            finish(self._status)

    def is_completed(self) -> bool:
        """Whether it is done; asking moves it on."""
        if self._request is not None and self._request.Test(self._status):
            self._complete()
        return self._finish is None

    def is_success(self) -> bool:
        """Whether it is done: what fails raises."""
        return self.is_completed()

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Return True when it is done, and its tensors hold the result.

        Raises ``DistBackendError`` after `timeout`, if one is given.
        """
        if self._request is not None:
            self._wait_until(math.inf if timeout is None else timeout.total_seconds())
            self._complete()
        return True

    def _wait_until(self, seconds: float) -> None:
        assert self._request is not None
        asked, end = 0, time.monotonic() + seconds
        while not self._request.Test(self._status):
            asked += 1
            if asked > SPINS:
                time.sleep(NAP)
            if time.monotonic() > end:
                raise DistBackendError(
                    f"Timed out waiting {seconds * 1000:.0f}ms for {self._what} to complete: another rank "
                    "has not called it, or has ended. TORCH_DISTRIBUTED_DEBUG=DETAIL tells which."
                )

    def result(self) -> list[Tensor]:
        """The tensors that hold the result, once it is done."""
        self.wait()
        return self._tensors

    def source_rank(self) -> int:
        """Whom a message came from, once it is done."""
        self.wait()
        return int(self._status.Get_source())

    def get_future(self) -> Future:
        """The result as a future, to which more can be tied with ``then``."""
        return Future(self.result, self.is_completed)


class Future:
    """A value that is computed when somebody waits for it.

    >>> mt.distributed.Future(lambda: [1]).then(lambda done: done.value()[0]).wait()
    1
    """

    def __init__(self, result: Callable[[], Any], done: Callable[[], bool] = lambda: True) -> None:
        self._result: Callable[[], Any] | None = result
        self._done, self._value = done, None

    def done(self) -> bool:
        """Whether `wait` would return at once."""
        return self._result is None or self._done()

    def wait(self) -> Any:
        """The value, when it is there."""
        if self._result is not None:
            self._value, self._result = self._result(), None
        return self._value

    value = wait

    def then(self, callback: Callable[[Future], Any]) -> Future:
        """The future of ``callback(self)``."""
        return Future(lambda: callback(self), self.done)
