"""One pass over the data: a step for every batch, or a measurement of it, and the means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..engine.grad_mode import no_grad
from .types import Batches, Measure, Measures, Row


def step_of(model: Callable[..., Any], loss: Measure, optimizer: Any) -> Callable[..., Any]:
    """The training step: from a batch to its loss and its output."""

    def step(*batch: Any) -> Any:
        *inputs, target = batch
        optimizer.zero_grad()
        output = model(*inputs)
        value = loss(output, target)
        value.backward()
        optimizer.step()
        return value, output

    return step


def call_of(model: Callable[..., Any]) -> Callable[..., Any]:
    """A function that calls `model`, of which there may be any kind."""
    return lambda *inputs: model(*inputs)


def compiled(function: Callable[..., Any], how: bool | str) -> Callable[..., Any]:
    """`function` compiled by the backend `how`, or by the one that is chosen by itself."""
    from ..settings import compile

    return compile(function, backend=how if isinstance(how, str) else "auto")  # type: ignore[no-any-return]


def train_epoch(step: Callable[..., Any], batches: Batches, metrics: Measures) -> Row:
    """Take one step for every batch; return the weighted means."""
    rows, sizes = [], []
    for *inputs, target in batches():
        value, output = step(*inputs, target)
        row = {"loss": value.item()}
        if metrics:
            row.update(_measure(metrics, output, target))
        rows.append(row)
        sizes.append(len(target))
    return _mean(rows, sizes)


def measure_epoch(model: Callable[..., Any], batches: Batches, measures: Measures) -> Row:
    """Measure every batch without training; return the weighted means."""
    rows, sizes = [], []
    with mode(model, False), no_grad():
        for *inputs, target in batches():
            rows.append(_measure(measures, model(*inputs), target))
            sizes.append(len(target))
    return _mean(rows, sizes)


@no_grad()
def _measure(measures: Measures, output: Any, target: Any) -> Row:
    return {name: float(measure(output, target)) for name, measure in measures.items()}


def _mean(rows: list[Row], sizes: list[int]) -> Row:
    """Weight each batch by its size; a single batch is its own mean, to the last digit."""
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise ValueError(
            "the data held no batch in this epoch; an iterator can be used once only, so pass "
            "tensors, a Dataset or a DataLoader, which can be gone through again."
        )
    return {
        name: sum(row[name] * size for row, size in zip(rows, sizes, strict=True)) / sum(sizes)
        for name in rows[0]
    }


@contextmanager
def mode(model: Any, training: bool) -> Iterator[None]:
    """Put a Module into a mode, and afterwards each of its submodules back into its own."""
    before = [(module, module.training) for module in getattr(model, "modules", list)()]
    if before:
        model.train(training)
    try:
        yield
    finally:
        for module, was in before:
            module.training = was
