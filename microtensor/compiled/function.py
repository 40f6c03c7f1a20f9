"""What `compile` returns for a function: replayed where a program fits, eager where none does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..engine.tensor import Tensor
from ..errors import CompileError, describe
from .arguments import Arguments
from .attempt import Attempt
from .capture.traced import current
from .description import Step, described
from .entering import entrance, missed
from .program import MISSED, Miss
from .replay import Replay
from .trees import flatten

__all__ = ["BACKENDS", "PROGRAMS", "Compiled"]

PROGRAMS = 8
"""The most programs that a function has, one for each kind of arguments and state; more run eagerly."""

BACKENDS = ("auto", "numpy", "c", "eager")


class Compiled:
    r"""A function that is captured and replayed.  Call it as the function.

    >>> step = mt.compile(lambda x: (x * x).sum(), backend="numpy")
    >>> for k in range(4):
    ...     _ = step(mt.tensor([1.0, 2.0]))
    >>> print(*[line for line in step.source.splitlines() if "#" not in line], sep="\n")
    def replay(x):
        multiply(x, x, a0)
        add_reduce(a0, None, None, a1, False)
        return a1
    """

    def __init__(self, function: Callable[..., Any], fullgraph: bool = False, backend: str = "auto") -> None:
        for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
            if hasattr(function, name):
                setattr(self, name, getattr(function, name))
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.__wrapped__ = self.function = function
        self.fullgraph, self.backend = fullgraph, backend
        self._lock = threading.RLock()
        self._taken = [False]
        self.reset()

    def reset(self) -> None:
        """Forget all programs; the next calls capture anew."""
        with self.turn():
            self._attempts: list[Attempt] = []
            self._enter: Callable[..., Any] = missed
            self._fast: dict[int, list[Callable[..., Any]]] = {}
            self._full: str | None = None
            self._dropped = self._buried = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, or what replays it."""
        if not kwargs:
            result = self._enter(*args)
            if result is not MISSED:
                return result
        if current.capture is not None or self.backend == "eager":
            return self.function(*args, **kwargs)
        with self._lock:
            before, self._taken[0] = self._taken[0], True
            try:
                if not kwargs:
                    for replay in self._fast.get(len(args), ()):
                        try:
                            return replay(*args)
                        except Miss:
                            continue
                return self._slow(args, kwargs)
            finally:
                self._taken[0] = before

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While nobody else is in the middle of a call, and nobody begins one."""
        with self._lock:
            before, self._taken[0] = self._taken[0], True
            try:
                yield
            finally:
                self._taken[0] = before

    def repeat(self, n: int, *args: Any, index: Any = None) -> Tensor:
        """Call the function `n` times, and stack the losses that it returns, which have no history.

        All calls get the same arguments; or with `index`, integers of shape ``(n, batch)``, each gets those
        rows of every argument.  Where a call is one run of C, the loop is in C, too: a step of a small
        network takes a fifth of a microsecond.

        Raises:
            ValueError: a negative `n`, or an `index` of another shape.
            TypeError: the function returned something else than one tensor.
            IndexError: an index outside of the arguments.

        >>> w = mt.zeros(2)
        >>> @mt.compile
        ... def step(x):
        ...     return w.add_(x).sum()
        >>> step.repeat(3, mt.tensor([1.0, 2.0]))
        tensor([3., 6., 9.])
        """
        from .repeating import repeat

        return repeat(self, n, args, index)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a function does: a method, where it is found in a class."""
        return self if instance is None else _Method(self, instance)

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}>"

    def _slow(self, args: Any, kwargs: Any) -> Any:
        leaves: list[Any] = []
        shape = flatten((args, kwargs), leaves)
        attempts = [a for a in self._attempts if a.fits(shape, leaves)]
        for known in list(attempts):
            if known.replay is not None:
                try:
                    return self._replayed(known, leaves)
                except Miss:
                    continue
        attempt = next((a for a in attempts if a.replay is None), None) or self._begin(shape, leaves)
        if attempt is None or (self.fullgraph and attempt.refusal):
            self._refused(self._full if attempt is None else attempt.refusal)
            return self.function(*args, **kwargs)
        result = attempt.call(leaves)
        self._note(attempt)
        return result

    def _replayed(self, attempt: Attempt, leaves: list[Any]) -> Any:
        """A call of a replay, once more if it only expected other objects that are equal."""
        assert attempt.replay is not None
        try:
            result = attempt.replayed(leaves)
        except Miss:
            if attempt.replay.held.lost:
                self._drop(attempt)
            if attempt.replay.held.lost or not attempt.replay.renewed():
                raise
            result = attempt.replayed(leaves)
        self._note(attempt)
        return result

    def _drop(self, attempt: Attempt) -> None:
        """Forget a program whose gradients somebody keeps: its memory is theirs now."""
        self._attempts.remove(attempt)
        self._order()
        self._dropped += 1

    def _bury(self) -> None:
        """Forget the programs whose memory is no longer in use."""
        past = [a for a in self._attempts if a.replay is not None and a.replay.is_past()]
        self._attempts = [a for a in self._attempts if not any(a is p for p in past)]
        self._order()
        self._buried += bool(past)

    def _begin(self, shape: Any, leaves: list[Any]) -> Attempt | None:
        if self._dropped >= PROGRAMS:
            self._full = "the arrays of its gradients are kept from call to call: keep copies"
            return None
        if len(self._attempts) >= PROGRAMS and self._buried < PROGRAMS:
            self._bury()
        if len(self._attempts) >= PROGRAMS:
            self._full = (
                f"it has {PROGRAMS} programs already, and its arguments or its state are of ever new kinds"
            )
            return None
        attempt = Attempt(self.function, Arguments(shape, leaves), self.__name__, self._lock, self.backend)
        self._attempts.append(attempt)
        return attempt

    def _note(self, attempt: Attempt) -> None:
        replay = attempt.replay
        if replay is not None and replay.call not in self._fast.get(len(attempt.arguments.leaves), ()):
            self._order()
        if self.fullgraph and attempt.refusal:
            self._refused(attempt.refusal)

    def _order(self) -> None:
        """The functions that take positional arguments, by how many, the newest first."""
        counts = {len(attempt.arguments.leaves) for attempt in self._attempts}
        self._fast = {count: [replay.call for replay in self.served(count)] for count in counts}
        self._enter = entrance([replay for count in counts for replay in self.served(count)], self._taken)

    def served(self, count: int) -> list[Replay]:
        """The finished programs that take so many positional arguments, the newest first."""
        ready = [a for a in reversed(self._attempts) if a.upgrade is None and _is_flat(a.arguments.shape)]
        return [a.replay for a in ready if a.replay is not None and len(a.arguments.leaves) == count]

    def _refused(self, reason: str | None) -> None:
        if self.fullgraph and reason:
            raise CompileError(f"compile(fullgraph=True): {self.__name__} can't be replayed: {reason}")

    # ------------------------------------------------------------ looking inside

    @property
    def replays(self) -> list[Replay]:
        """The programs, the newest last."""
        return [a.replay for a in self._attempts if a.replay is not None]

    @property
    def source(self) -> str:
        """The newest program as NumPy; raises ``RuntimeError`` while there is none."""
        if not self.replays:
            raise RuntimeError(f"there is no program yet: {self.explain()}")
        return self.replays[-1].source

    @property
    def c_source(self) -> str:
        """The C text of the newest program that runs in C; raises ``RuntimeError`` while there is none."""
        texts = [replay.c_source for replay in self.replays if replay.c_source]
        if not texts:
            raise RuntimeError(f"no program runs in C: {self.explain()}")
        return texts[-1]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The newest program as plain data, loop nest by loop nest: what ``viz.draw(compiled)`` draws.

        Raises ``RuntimeError`` while there is none.
        """
        if not self.replays:
            raise RuntimeError(f"there is no program yet: {self.explain()}")
        newest = self.replays[-1]
        return newest.steps or described(newest.program)

    def explain(self) -> str:
        """What is replayed, and what runs eagerly and why."""
        replayed = len(self.replays)
        how = f", replayed with {_backends(self.replays)}" if replayed else ""
        lines = [f"{self.__name__} has {replayed} program{'s' * (replayed != 1)}{how}"]
        lines += [f"{k}. {_words(attempt)}" for k, attempt in enumerate(self._attempts, 1)]
        return "\n".join([*lines, *([f"more run eagerly: {self._full}"] if self._full else [])])


class _Method:
    """A compiled method of an object."""

    def __init__(self, compiled: Compiled, instance: Any) -> None:
        self.__self__, self.__func__, self.__wrapped__ = instance, compiled, compiled.function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__func__(self.__self__, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__func__, name)


def _is_flat(shape: Any) -> bool:
    """Whether the arguments are positional, and none is a container."""
    positional, named = shape[1]
    return positional[0] is tuple and all(part is None for part in positional[1]) and not named[1]


def _backends(replays: list[Replay]) -> str:
    names = {"numpy": "NumPy", "c": "C"}
    return " and ".join(dict.fromkeys(names[replay.backend] for replay in replays))


def _words(attempt: Attempt) -> str:
    given = ", ".join(_described(leaf) for leaf in attempt.arguments.leaves)
    if attempt.replay is not None:
        return f"({given}): {attempt.replay.words()}"
    if attempt.refusal is not None:
        return f"({given}): eager, because {attempt.refusal}"
    return f"({given}): called {'once or twice' if attempt.warm else 'never'}, not captured yet"


def _described(leaf: Any) -> str:
    if isinstance(leaf, Tensor):
        return describe(leaf)
    return repr(leaf) if isinstance(leaf, (int, float, str, type(None))) else type(leaf).__name__
