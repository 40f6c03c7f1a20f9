"""A switch that is accepted."""

from __future__ import annotations

import microtensor as mt


def test_it_is_a_function_a_context_and_a_decorator() -> None:
    switch = mt.autograd.set_multithreading_enabled
    x = mt.tensor(3.0, requires_grad=True)
    assert switch(True).clone().mode is True
    with switch(False):
        (x * x).backward()

    @switch(mode=False)
    def again() -> None:
        (x * x).backward()

    again()
    assert float(x.grad) == 12.0
