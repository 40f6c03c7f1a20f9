"""The training loop does what the hand-written one does, and gives way to the user."""

from __future__ import annotations

import builtins
import io
import re
import sys
import types

import pytest

import microtensor as mt
from microtensor import nn, optim
from microtensor.train import History, evaluate, fit
from microtensor.utils.data import DataLoader, IterableDataset, TensorDataset

COUNT = 10


def make_data():
    mt.manual_seed(1)
    x = mt.randn(COUNT, 3)
    return x, x.sum(1, keepdim=True).tanh()


def make_model():
    mt.manual_seed(2)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def run(data, **options):
    model = make_model()
    return fit(model, nn.MSELoss(), make_optimizer(model), data, **options), model


def by_hand(batches, epochs):
    """The loop that fit replaces: the mean losses of each epoch, and the trained model."""
    model, criterion = make_model(), nn.MSELoss()
    optimizer = make_optimizer(model)
    means = []
    for _ in range(epochs):
        pairs = []
        for x, y in batches():
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            pairs.append((loss.item(), len(y)))
        mean = sum(value * size for value, size in pairs) / sum(size for _, size in pairs)
        means.append(pairs[0][0] if len(pairs) == 1 else mean)
    return means, model


def weights(model):
    return [p.tolist() for p in model.parameters()]


def shuffled(data, size):
    order = mt.randperm(COUNT)
    return [[t[order[i : i + size]] for t in data] for i in range(0, COUNT, size)]


def test_full_batch_equals_the_loop_by_hand():
    data = make_data()
    history, model = run(data, epochs=20)
    losses, theirs = by_hand(lambda: [data], 20)
    assert history["loss"] == losses
    assert weights(model) == weights(theirs)


def test_ragged_minibatches_are_weighted_by_their_size():
    data = make_data()
    history, model = run(data, epochs=3, batch_size=4, shuffle=False)
    slices = [[t[i : i + 4] for t in data] for i in (0, 4, 8)]
    losses, theirs = by_hand(lambda: slices, 3)
    assert history["loss"] == losses
    assert weights(model) == weights(theirs)


def test_minibatches_are_shuffled_from_the_default_generator():
    data = make_data()
    history, model = run(data, epochs=3, batch_size=4)
    losses, theirs = by_hand(lambda: shuffled(data, 4), 3)
    assert history["loss"] == losses
    assert weights(model) == weights(theirs)


@pytest.mark.parametrize("wrap", [list, lambda data: TensorDataset(*data)])
def test_datasets_and_lists_of_tensors_are_the_same_data(wrap):
    data = make_data()
    for options in ({}, {"batch_size": 4, "shuffle": False}):
        expected = run(data, epochs=3, **options)[0].rows
        assert run(wrap(data), epochs=3, **options)[0].rows == expected


def test_a_loader_and_an_iterable_of_batches_keep_their_own_batches():
    data = make_data()
    expected = run(data, epochs=2, batch_size=4, shuffle=False)[0].rows
    loader = DataLoader(TensorDataset(*data), batch_size=4)
    assert run(loader, epochs=2)[0].rows == expected

    class Batches:
        def __iter__(self):
            return iter(loader)

    assert run(Batches(), epochs=2)[0].rows == expected


@pytest.mark.parametrize("size", [None, 4])
def test_an_iterable_dataset_yields_batches_or_is_cut_into_them(size):
    x, y = make_data()

    class Stream(IterableDataset):
        def __iter__(self):
            cuts = range(COUNT) if size else [slice(i, i + 4) for i in range(0, COUNT, 4)]
            return ((x[cut], y[cut]) for cut in cuts)

    expected = run((x, y), epochs=2, batch_size=4, shuffle=False)[0].rows
    assert run(Stream(), epochs=2, batch_size=size)[0].rows == expected


def test_a_model_of_several_inputs_takes_all_tensors_but_the_last():
    a, y = make_data()
    weight = mt.zeros(3, 1, requires_grad=True)
    optimizer = optim.SGD([weight], lr=0.1)
    history = fit(lambda a, b: (a * b) @ weight, nn.MSELoss(), optimizer, (a, a, y), epochs=2)
    assert history["loss"][1] < history["loss"][0]


def test_metrics_are_measured_before_the_step_and_weighted():
    data = make_data()
    largest = {"worst": lambda output, y: (output - y).abs().max()}
    history, _ = run(data, epochs=2, metrics=largest)
    assert history["worst"][0] == (make_model()(data[0]) - data[1]).abs().max().item()
    share = {"share": lambda output, y: len(y) / COUNT}
    history, _ = run(data, batch_size=4, metrics=share)
    assert history.last["share"] == pytest.approx((4 * 0.4 + 4 * 0.4 + 2 * 0.2) / 10)


def test_metrics_record_no_graph():
    seen = []
    run(make_data(), metrics={"graph": lambda output, y: seen.append((output * 1).requires_grad) or 0.0})
    assert seen == [False]


def test_validation_is_evaluated_after_each_epoch_in_eval_mode():
    data = make_data()
    modes = []
    model = make_model()
    history = fit(
        model, nn.MSELoss(), make_optimizer(model), data, epochs=2, validation=data,
        metrics={"mode": lambda output, y: modes.append(model.training) or 0.0},
    )  # fmt: skip
    assert list(history) == ["loss", "mode", "val_loss", "val_mode"]
    assert modes == [True, False, True, False]
    assert history["val_loss"][0] == history["loss"][1]
    assert history["val_loss"][1] == evaluate(model, nn.MSELoss(), data)["loss"]


def test_evaluate_leaves_every_mode_and_every_gradient_alone():
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.Linear(3, 1))
    model.train()
    model[1].eval()
    values = [evaluate(model, nn.MSELoss(), make_data(), batch_size=3)["loss"] for _ in range(2)]
    assert values[0] == values[1]
    assert [m.training for m in model] == [True, False, True]
    assert all(p.grad is None for p in model.parameters())


def test_evaluate_records_no_graph():
    seen, model = [], make_model()

    def observed(x):
        seen.append(model(x).requires_grad)
        return x

    evaluate(observed, lambda output, y: 0.0, make_data())
    assert seen == [False]


def test_the_mean_of_one_batch_is_its_value_to_the_last_digit():
    x = mt.zeros(3, 1)
    assert 0.1 * 3 / 3 != 0.1
    assert evaluate(lambda x: x, lambda output, y: 0.1, (x, x)) == {"loss": 0.1}


def test_validation_draws_no_random_numbers():
    data = make_data()
    plain = run(data, epochs=3, batch_size=4)[0]["loss"]
    assert run(data, epochs=3, batch_size=4, validation=data)[0]["loss"] == plain


def test_a_full_batch_is_shuffled_when_asked():
    x = mt.arange(100.0).view(-1, 1)
    weight, seen = mt.ones(1, requires_grad=True), []

    def model(x):
        seen.append(x.flatten().tolist())
        return x * weight

    fit(model, nn.MSELoss(), optim.SGD([weight], lr=0.0), (x, x), epochs=2, shuffle=True)
    assert seen[0] != seen[1]
    assert sorted(seen[0]) == sorted(seen[1]) == x.flatten().tolist()


def test_evaluate_puts_the_mode_back_when_the_loss_raises():
    model = make_model()
    with pytest.raises(ZeroDivisionError):
        evaluate(model, lambda output, y: 1 / 0, make_data())
    assert all(module.training for module in model.modules())


def test_fit_trains_in_train_mode_and_puts_the_mode_back():
    data, model = make_data(), make_model().eval()
    modes = []
    loss = nn.MSELoss()
    fit(model, lambda o, y: modes.append(model.training) or loss(o, y), make_optimizer(model), data)
    assert modes == [True]
    assert not any(module.training for module in model.modules())


def test_callbacks_come_in_order_and_stop_the_training():
    seen = []

    def callback(epoch, row):
        seen.append((epoch, dict(row)))
        return epoch == 2

    history, _ = run(make_data(), epochs=10, callback=callback, validation=make_data())
    assert [epoch for epoch, _ in seen] == [0, 1, 2]
    assert [row for _, row in seen] == history.rows
    assert not history.interrupted


@pytest.mark.parametrize("moment", ["loss", "callback"])
def test_an_interrupt_returns_what_is_finished(moment):
    data, model = make_data(), make_model()
    criterion, calls = nn.MSELoss(), []

    def count(which):
        calls.append(which)
        if calls.count(moment) == 6 and which == moment:
            raise KeyboardInterrupt

    def loss(output, target):
        count("loss")
        return criterion(output, target)

    optimizer = make_optimizer(model)
    options = {"epochs": 50, "batch_size": 5, "callback": lambda epoch, row: count("callback")}
    history = fit(model, loss, optimizer, data, **options)
    assert history.interrupted
    assert len(history) == (2 if moment == "loss" else 6)
    assert not any(p.grad is not None and p.grad.any() for p in model.parameters())
    assert len(fit(model, criterion, optimizer, data, epochs=2)) == 2


def test_other_errors_pass_through():
    with pytest.raises(ZeroDivisionError):
        run(make_data(), callback=lambda epoch, row: 1 / 0)


@pytest.mark.parametrize(
    ("data", "options", "error", "words"),
    [
        (lambda x, y: (x.numpy(), y.numpy()), {}, TypeError, "ndarray.*from_numpy"),
        (lambda x, y: 3, {}, TypeError, "of type int"),
        (lambda x, y: (), {}, TypeError, "a tuple of nothing"),
        (lambda x, y: (x,), {}, ValueError, "one tensor only"),
        (lambda x, y: (x, y[:4]), {}, ValueError, r"\[10, 4\]"),
        (lambda x, y: iter([(x, y)]), {"epochs": 2}, ValueError, "used once only"),
        (lambda x, y: iter([(x, y)]), {"batch_size": 2}, ValueError, "in batches already"),
        (lambda x, y: iter([(x, y)]), {"shuffle": True}, ValueError, "in batches already"),
        (lambda x, y: (x, y), {"batch_size": 0}, ValueError, "at least 1, not 0"),
        (lambda x, y: (x, y), {"batch_size": -2}, ValueError, "at least 1, not -2"),
        (lambda x, y: (x[:0], y[:0]), {}, ValueError, "no samples"),
    ],
)
def test_wrong_data_are_refused_in_words(data, options, error, words):
    with pytest.raises(error, match=words):
        run(data(*make_data()), **options)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def hide(monkeypatch, name):
    """Make `import name` fail as if it were not installed."""
    real = builtins.__import__

    def refuse(module, *args, **kwargs):
        if module.split(".")[0] == name:
            raise ImportError(f"No module named {module!r}")
        return real(module, *args, **kwargs)

    for loaded in [m for m in sys.modules if m.split(".")[0] == name]:
        monkeypatch.setitem(sys.modules, loaded, None)
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(builtins, "__import__", refuse)


def test_nothing_is_shown_where_there_is_no_terminal(capsys):
    run(make_data(), epochs=5)
    assert capsys.readouterr() == ("", "")


def test_a_plain_line_counts_the_epochs_where_tqdm_is_missing(monkeypatch):
    hide(monkeypatch, "tqdm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    history, _ = run(make_data(), epochs=40)
    shown = terminal.getvalue()
    lines = [line for line in re.split(r"[\r\n]", shown) if line]
    assert shown.startswith("\r")
    assert shown.endswith("\n")
    assert "epoch 1/40" in lines[0]
    assert "[####################] epoch 40/40" in lines[-1]
    assert f"loss {history.last['loss']:.4g}" in lines[-1]


def test_the_line_is_closed_when_the_training_fails(monkeypatch):
    hide(monkeypatch, "tqdm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with pytest.raises(ZeroDivisionError):
        run(make_data(), epochs=3, callback=lambda epoch, row: 1 / 0)
    assert terminal.getvalue().endswith("\n")


def test_tqdm_draws_the_bar_where_it_is_installed(monkeypatch):
    pytest.importorskip("tqdm", reason="the bar is tqdm's")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    run(make_data(), epochs=4)
    assert "4/4" in terminal.getvalue()


def test_progress_insists_and_refuses(monkeypatch, capsys):
    hide(monkeypatch, "tqdm")
    run(make_data(), epochs=2, progress=True)
    assert "epoch 2/2" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    run(make_data(), epochs=2, progress=False)
    assert terminal.getvalue() == ""


def test_a_history_is_a_table():
    history = History()
    assert (len(history), history.last, history["loss"]) == (0, {}, [])
    assert repr(history) == "History(0 epochs: nothing yet)"
    history.append({"loss": 1.0, "val_loss": 2.0})
    assert list(history) == ["loss", "val_loss"]
    with pytest.raises(KeyError, match="no column 'accuracy' in this history, only loss, val_loss"):
        history["accuracy"]


def test_a_history_is_plotted_with_a_panel_for_each_quantity():
    matplotlib = pytest.importorskip("matplotlib", reason="plots are matplotlib's")
    matplotlib.use("Agg")
    history, _ = run(make_data(), epochs=3, validation=make_data(), metrics={"one": lambda o, y: 1})
    figure = history.plot(log=True)
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("loss", "one")
    assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")
    drawn = {line.get_label(): list(line.get_ydata()) for line in left.lines}
    assert drawn == {"training": history["loss"], "validation": history["val_loss"]}
    matplotlib.pyplot.close(figure)


def test_a_plot_without_matplotlib_says_what_to_install(monkeypatch):
    hide(monkeypatch, "matplotlib")
    with pytest.raises(ImportError, match="pip install matplotlib"):
        History().plot()


def test_arguments_in_another_order_are_named():
    model = make_model()
    with pytest.raises(TypeError, match=r"fit\(model, loss, optimizer, data\): .* not torch.float32"):
        fit(model, nn.MSELoss(), *make_data())
    with pytest.raises(TypeError, match="the loss is a function of .* not SGD"):
        fit(model, make_optimizer(model), nn.MSELoss(), make_data())


@pytest.mark.parametrize(("shell", "shown"), [(types.SimpleNamespace(kernel=1), True), (None, False)])
def test_a_notebook_has_a_bar(shell, shown, monkeypatch, capsys):
    hide(monkeypatch, "tqdm")
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    run(make_data(), epochs=2)
    assert ("epoch 2/2" in capsys.readouterr().err) == shown
