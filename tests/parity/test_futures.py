"""``torch.futures``, and the rest of ``torch.utils.checkpoint``, as PyTorch's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")

PROGRAMS = """
# a future, what follows it, and errors
import threading
from importlib import import_module
futures = import_module(torch.__name__ + ".futures")
future = futures.Future()
seen = []
later = future.then(lambda f: f.value() + 1)
last = later.then(lambda f: seen.append(f.wait()) or f.value() * 2)
future.add_done_callback(lambda f: seen.append("done"))
early = [future.done(), later.done(), raises(future.value, error=RuntimeError)]
future.set_result(torch.tensor(3.0))
values = [future.wait(), later.wait(), last.wait()]
order = [str(s) for s in seen]
awaited = futures.Future()
threading.Timer(0.01, awaited.set_result, (7,)).start()
values += [awaited.wait()]
twice = raises(lambda: future.set_result(1), error=RuntimeError)

# a future that fails
from importlib import import_module
futures = import_module(torch.__name__ + ".futures")
future = futures.Future()
later = future.then(lambda f: f.wait())
future.set_exception(ValueError("no luck"))
errors = [raises(future.wait, "no luck", ValueError), raises(later.wait, "no luck"), later.done()]
bad = raises(lambda: futures.Future().set_exception("text"), error=AssertionError)
broken = futures.Future()
after = broken.then(lambda f: 1 / 0)
broken.set_result(1)
errors += [raises(after.wait, "division"), broken.wait()]

# several futures
from importlib import import_module
futures = import_module(torch.__name__ + ".futures")
made = [futures.Future() for _ in range(3)]
both = futures.collect_all(made)
first = both.done()
for i, future in enumerate(made):
    future.set_result(i)
values = [f.value() for f in both.wait()]
waited = futures.wait_all(made)
none = futures.collect_all([]).wait()

# what libraries with a checkpointing of their own use
from importlib import import_module
checkpoint = import_module(torch.__name__ + ".utils.checkpoint")
x = torch.ones(2, requires_grad=True)
a, b, c = checkpoint.detach_variable((x * 2, torch.ones(1), "word"))
facts = [a.is_leaf, a.requires_grad, b.requires_grad, c]
wrong = raises(lambda: checkpoint.detach_variable([x]), "Only tuple of tensors", RuntimeError)
checkpoint.check_backward_validity((torch.ones(1), "word"))
states = checkpoint.get_device_states(x)
checkpoint.set_device_states([], [])
kind = checkpoint.DefaultDeviceType.get_device_type()
names = [p.name for p in checkpoint.CheckpointPolicy][:4]
y = checkpoint.CheckpointFunction.apply(lambda t: t.exp() * 2, True, x)
y.sum().backward()
"""


def test_program(program: str, agree: Callable[..., None]) -> None:
    agree(program)
