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

from collections.abc import Callable
from typing import Any

from ..errors import describe
from .batches import batches_of
from .epochs import call_of, compiled, measure_epoch, mode, step_of, train_epoch
from .history import History
from .progress import Progress
from .types import Data, Measure, Measures, Row

__all__ = ["History", "evaluate", "fit"]


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
        callback: called as ``callback(epoch, row)`` after each epoch, counted from 0, with its
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
    batches = batches_of(data, batch_size, shuffle)
    checks = None if validation is None else batches_of(validation, batch_size, False)
    metrics = metrics or {}
    measures = {f"val_{name}": measure for name, measure in {"loss": loss, **metrics}.items()}
    history = History()
    step, infer = step_of(model, loss, optimizer), model
    if compile:
        step, infer = (compiled(function, compile) for function in (step, call_of(model)))
    with mode(model, True), Progress(epochs, progress) as bar:
        try:
            for epoch in range(epochs):
                row = train_epoch(step, batches, metrics)
                if checks is not None:
                    with mode(model, False):
                        row.update(measure_epoch(infer, checks, measures))
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
    return measure_epoch(model, batches_of(data, batch_size, False), {"loss": loss, **(metrics or {})})


def _misplaced(loss: Any, optimizer: Any) -> str:
    """Which of the arguments of `fit` is not what its place is for."""
    if not callable(loss):
        return f"the loss is a function of (output, target), not {describe(loss)}"
    return (
        f"the optimizer is one that has the parameters, as in optim.SGD(model.parameters(), lr=0.1), "
        f"not {describe(optimizer)}"
    )
