"""The training loop, for those who have written it often enough.

``fit`` is the loop that everybody writes: zero the gradients, forward, loss, backward, step; with
the means per epoch, a validation set, a callback and a progress bar around it. It does nothing
that a reader of the hand-written loop would not expect, and leaves every choice (network, loss,
optimizer, data) to its arguments. ``evaluate`` is its counterpart without gradients.

>>> mt.manual_seed(0)  # doctest: +ELLIPSIS
<...>
>>> x = mt.linspace(-1, 1, 20).view(-1, 1)
>>> model = mt.nn.Linear(1, 1)
>>> optimizer = mt.optim.SGD(model.parameters(), lr=0.5)
>>> history = fit(model, mt.nn.MSELoss(), optimizer, (x, 2 * x + 3), epochs=50)
>>> history["loss"][0] > 1 and history["loss"][-1] < 1e-4
True
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .engine.grad_mode import no_grad
from .engine.tensor import Tensor
from .errors import describe
from .random.tensors import randperm
from .utils.data import DataLoader, Dataset, IterableDataset

__all__ = ["History", "evaluate", "fit"]

Batch = Sequence[Any]
Batches = Callable[[], Iterable[Batch]]
Measure = Callable[[Any, Any], Any]
Measures = Mapping[str, Measure]
Row = dict[str, float]
Data = Dataset[Any] | DataLoader[Any] | Iterable[Any]


class History:
    """The means of every finished epoch: a table with a row per epoch, a column per quantity.

    ``history["loss"]`` is a column, ``history.rows`` are the rows, ``history.last`` is the last
    of them, ``len(history)`` counts them. ``interrupted`` tells whether Ctrl-C ended the run.

    >>> history = History()
    >>> history.append({"loss": 0.5, "accuracy": 0.75})
    >>> history.append({"loss": 0.25, "accuracy": 1.0})
    >>> history["loss"], history.last, len(history)
    ([0.5, 0.25], {'loss': 0.25, 'accuracy': 1.0}, 2)
    >>> history
    History(2 epochs: loss 0.25, accuracy 1)
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.interrupted = False

    def append(self, row: Row) -> None:
        """Add the means of one more epoch."""
        self.rows.append(row)

    @property
    def last(self) -> Row:
        """The means of the last epoch; an empty dict before the first one is over."""
        return self.rows[-1] if self.rows else {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> list[float]:
        if self.rows and name not in self.rows[0]:
            raise KeyError(f"no column {name!r} in this history, only {', '.join(self.rows[0])}")
        return [row[name] for row in self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self.last)

    def __repr__(self) -> str:
        return f"History({len(self)} epochs: {_in_words(self.last)})"

    def plot(self, log: bool = False) -> Any:
        """Draw each quantity over the epochs, beside its validation value if there is one.

        Args:
            log: whether the loss has a logarithmic axis.

        Returns:
            The matplotlib figure, which the caller may change, show or save.

        Raises:
            ImportError: if matplotlib is not installed.
        """
        plt = _pyplot()
        names = [name for name in self if not name.startswith("val_")] or ["loss"]
        figure, panels = plt.subplots(
            1, len(names), figsize=(1.5 + 4.5 * len(names), 4), squeeze=False, layout="constrained"
        )
        for name, axes in zip(names, panels[0], strict=True):
            self._draw(axes, name)
            axes.set_yscale("log" if log and name == "loss" else "linear")
        return figure

    def _draw(self, axes: Any, name: str) -> None:
        epochs = range(1, len(self) + 1)
        for column, label in ((name, "training"), (f"val_{name}", "validation")):
            if column in self.last:
                axes.plot(epochs, self[column], label=label)
        axes.set(title=name, xlabel="epoch", ylabel=name)
        if self.rows:
            axes.legend(frameon=False)


def fit(
    model: Callable[..., Any],
    loss: Measure,
    optimizer: Any,
    data: Data,
    *,
    epochs: int = 1,
    batch_size: int | None = None,
    metrics: Measures | None = None,
    validation: Data | None = None,
    shuffle: bool | None = None,
    callback: Callable[[int, Row], Any] | None = None,
    progress: bool | None = None,
    compile: bool | str = False,
) -> History:
    """Train `model` and return what happened, epoch by epoch.

    Args:
        model: a Module, or any function of the inputs.
        loss: a function of (output, target), whose scalar result is minimised.
        optimizer: has been given the parameters to change.
        data: a tuple of tensors (inputs..., target) with the samples along dimension 0, a
            Dataset, or a DataLoader or other iterable of batches (inputs..., target). An
            IterableDataset without a batch size yields whole batches.
        epochs: how many times to go through the data.
        batch_size: how many samples make a step; None takes all of them at once. A DataLoader
            has its own.
        metrics: names and functions of (output, target), measured on the outputs of the training
            steps, hence before the weights change.
        validation: data of the same kinds as `data`, evaluated at the end of each epoch; its
            means are called ``val_loss``, ``val_<metric>``.
        shuffle: whether each epoch takes the samples in a new order, from the default generator;
            None shuffles minibatches and leaves a full batch alone.
        callback: called as ``callback(epoch, row)`` after each epoch, scatter_reference from 0, with its
            means; a true result ends the training.
        progress: None shows a bar in a terminal and in a notebook, by tqdm if it is installed; True and
            False insist.
        compile: whether the step is compiled (`microtensor.compile`), a program for each size of batch;
            a text is the name of a backend.

    Returns:
        A History. Means are weighted by the sizes of the batches, so that a smaller last batch
        does not count for more than its share.

    Raises:
        TypeError: for data that are none of the above, or arguments in another order.
        ValueError: for tensors of unequal length, data without a batch, or a batch size or an
            order for batches that are already made.

    Ctrl-C ends the training as well: the epochs that were finished are returned, the gradients
    of the broken step are cleared. The model is in the mode in which it came (``train()`` or
    ``eval()``), and trains in ``train()``.

    >>> x, y = mt.tensor([[0.], [1.], [2.]]), mt.tensor([[1.], [3.], [5.]])
    >>> model = mt.nn.Linear(1, 1)
    >>> optimizer = mt.optim.Adam(model.parameters(), lr=0.1)
    >>> fit(model, mt.nn.MSELoss(), optimizer, (x, y), epochs=20, batch_size=2,
    ...     callback=lambda epoch, row: epoch == 4)["loss"].__len__()
    5
    """
    if not (callable(loss) and hasattr(optimizer, "step") and hasattr(optimizer, "zero_grad")):
        raise TypeError(f"fit(model, loss, optimizer, data): {_misplaced(loss, optimizer)}")
    batches = _batches(data, batch_size, shuffle)
    checks = None if validation is None else _batches(validation, batch_size, False)
    metrics = metrics or {}
    measures = {f"val_{name}": measure for name, measure in {"loss": loss, **metrics}.items()}
    history = History()
    step, infer = _step_of(model, loss, optimizer), model
    if compile:
        step, infer = (_compiled(function, compile) for function in (step, _call_of(model)))
    with _mode(model, True), _Progress(epochs, progress) as bar:
        try:
            for epoch in range(epochs):
                row = _train_epoch(step, batches, metrics)
                if checks is not None:
                    with _mode(model, False):
                        row.update(_evaluate(infer, checks, measures))
                history.append(row)
                bar.show(row)
                if callback is not None and callback(epoch, row):
                    break
        except KeyboardInterrupt:
            history.interrupted = True
            optimizer.zero_grad()
    return history


def evaluate(
    model: Callable[..., Any],
    loss: Measure,
    data: Data,
    metrics: Measures | None = None,
    *,
    batch_size: int | None = None,
) -> Row:
    """Return the mean loss and metrics of `model` over `data`, in ``eval()`` without gradients.

    The arguments are those of `fit`. Every submodule is put back into the mode it was in.

    >>> x = mt.tensor([[1.], [2.]])
    >>> evaluate(lambda x: 2 * x, mt.nn.MSELoss(), (x, 2 * x + 1))
    {'loss': 1.0}
    """
    return _evaluate(model, _batches(data, batch_size, False), {"loss": loss, **(metrics or {})})


def _misplaced(loss: Any, optimizer: Any) -> str:
    """Which of the arguments of `fit` is not what its place is for."""
    if not callable(loss):
        return f"the loss is a function of (output, target), not {describe(loss)}"
    return (
        f"the optimizer is one that has the parameters, as in optim.SGD(model.parameters(), lr=0.1), "
        f"not {describe(optimizer)}"
    )


# The two loops


def _step_of(model: Callable[..., Any], loss: Measure, optimizer: Any) -> Callable[..., Any]:
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


def _call_of(model: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *inputs: model(*inputs)


def _compiled(function: Callable[..., Any], how: bool | str) -> Callable[..., Any]:
    from .settings import compile

    return compile(function, backend=how if isinstance(how, str) else "auto")  # type: ignore[no-any-return]


def _train_epoch(step: Callable[..., Any], batches: Batches, metrics: Measures) -> Row:
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


def _evaluate(model: Callable[..., Any], batches: Batches, measures: Measures) -> Row:
    """Measure every batch without training; return the weighted means."""
    rows, sizes = [], []
    with _mode(model, False), no_grad():
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
def _mode(model: Any, training: bool) -> Iterator[None]:
    """Put a Module into a mode, and afterwards each of its submodules back into its own."""
    before = [(module, module.training) for module in getattr(model, "modules", list)()]
    if before:
        model.train(training)
    try:
        yield
    finally:
        for module, was in before:
            module.training = was


# Data


def _batches(data: Data, batch_size: int | None, shuffle: bool | None) -> Batches:
    """Return a function that starts one pass over `data`."""
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size has to be at least 1, not {batch_size}; None takes all.")
    if isinstance(data, tuple | list) and data and all(isinstance(t, Tensor) for t in data):
        return _slices(data, batch_size, shuffle)
    if isinstance(data, Dataset):
        loader = _loader(data, batch_size, shuffle)
        return lambda: loader
    if not isinstance(data, Iterable) or isinstance(data, tuple):
        raise TypeError(
            f"data is {_described(data)}, but has to be a tuple of tensors (inputs, target), a "
            "Dataset, a DataLoader, or an iterable of batches; microtensor.from_numpy turns an "
            "array into a tensor."
        )
    if batch_size is not None or shuffle:
        raise ValueError(
            "batch_size and shuffle are for tensors and Datasets; these data come in batches "
            "already, so give both to the DataLoader that makes them."
        )
    return lambda: data


def _loader(dataset: Dataset[Any], batch_size: int | None, shuffle: bool | None) -> DataLoader[Any]:
    """Load in batches what is a Dataset; an iterable one without a batch size makes its own."""
    if isinstance(dataset, IterableDataset):
        return DataLoader(dataset, batch_size, shuffle=shuffle)
    size = batch_size or len(dataset)  # type: ignore[arg-type]
    return DataLoader(dataset, size, shuffle=_shuffled(shuffle, batch_size))


def _slices(tensors: Sequence[Tensor], batch_size: int | None, shuffle: bool | None) -> Batches:
    """Cut tensors into batches along dimension 0; the full batch is cut once for all epochs."""
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) != 1:
        raise ValueError(f"all tensors need the same number of samples, but have {lengths}")
    if len(tensors) < 2:
        raise ValueError("data need a target as their last tensor, but hold one tensor only")
    if not (count := lengths[0]):
        raise ValueError("data hold no samples: all tensors are empty along dimension 0")
    size = batch_size or count
    if size >= count and not shuffle:
        return lambda: (tensors,)

    def start() -> Iterator[Batch]:
        order = randperm(count) if _shuffled(shuffle, batch_size) else None
        for first in range(0, count, size):
            chosen = slice(first, first + size) if order is None else order[first : first + size]
            yield [tensor[chosen] for tensor in tensors]

    return start


def _shuffled(shuffle: bool | None, batch_size: int | None) -> bool:
    return batch_size is not None if shuffle is None else shuffle


def _described(data: Any) -> str:
    if isinstance(data, tuple):
        return f"a tuple of {', '.join(type(item).__name__ for item in data) or 'nothing'}"
    return f"of type {type(data).__name__}"


# Progress


class _Progress:
    """A bar on the standard error stream that is redrawn ten times a second at most."""

    def __init__(self, epochs: int, wanted: bool | None) -> None:
        self.epochs, self.done, self.row = epochs, 0, {}  # type: ignore[var-annotated]
        self.wanted = sys.stderr.isatty() or _in_notebook() if wanted is None else wanted
        self.due = 0.0
        self.bar: Any = None

    def __enter__(self) -> _Progress:
        if self.wanted and (tqdm := _optional("tqdm")):
            self.bar = tqdm.tqdm(total=self.epochs, unit="epoch")
        return self

    def show(self, row: Row) -> None:
        """Count one epoch, and redraw the bar if it is time to."""
        if not self.wanted:
            return
        self.done, self.row = self.done + 1, row
        if time.monotonic() >= self.due:
            self.due = time.monotonic() + 0.1
            self._draw()

    def _draw(self) -> None:
        if self.bar is None:
            print(f"\r{self._line()}\x1b[K", end="", file=sys.stderr, flush=True)
        else:
            self.bar.set_postfix_str(_in_words(self.row), refresh=False)
            self.bar.update(self.done - self.bar.n)

    def _line(self) -> str:
        filled = 20 * self.done // max(self.epochs, 1)
        bar = "#" * filled + "." * (20 - filled)
        return f"[{bar}] epoch {self.done}/{self.epochs}  {_in_words(self.row)}"

    def __exit__(self, *error: object) -> None:
        if self.wanted:
            self._draw()
        if self.bar is not None:
            self.bar.close()
        elif self.wanted:
            print(file=sys.stderr)


def _in_notebook() -> bool:
    """Whether a notebook shows what is printed; IPython has then been imported already."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")


def _in_words(row: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in row.items()) or "nothing yet"


def _optional(name: str) -> Any:
    """Import a module that may be missing; None if it is."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _pyplot() -> Any:
    pyplot = _optional("matplotlib.pyplot")
    if pyplot is None:
        raise ImportError("a history is plotted by matplotlib: pip install matplotlib")
    return pyplot
