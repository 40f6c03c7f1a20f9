"""A name stays with what was computed, costs nothing where there is none, and is a string."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pytest

import microtensor as mt
from microtensor.autograd.tensor_name import names_of


def test_nothing_has_a_name_until_it_is_given_one() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 2
    assert (x.name, y.name, names_of(y.grad_fn)) == (None, None, {})
    assert y.grad_fn.extras is None


def test_the_name_of_a_result_stays_with_its_node() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 2
    y.name = "doubled"
    z = y.sum()
    assert names_of(z.grad_fn.next_functions[0][0]) == {0: "doubled"}
    assert y.view(2).name is None
    z.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_each_of_several_results_has_its_own() -> None:
    first, second = mt.ones(4, requires_grad=True).split(2)
    second.name = "second"
    assert (first.name, second.name) == (None, "second")


def test_another_tensor_on_the_same_node_knows_the_name() -> None:
    x = mt.ones(2, requires_grad=True).exp()
    x.name = "grown"
    node = x.grad_fn
    del x
    assert names_of(node) == {0: "grown"}


def test_a_name_is_copied_and_removed() -> None:
    x = mt.ones(2)
    x.name = "x"
    assert copy.deepcopy(x).name == "x"
    x.name = None
    assert x.name is None


def test_a_name_is_a_string() -> None:
    with pytest.raises(TypeError, match=r"^name: expected a string or None, got int 3$"):
        mt.ones(2).name = 3


def test_the_property_arrives_when_it_is_first_used() -> None:
    code = """
import sys, microtensor as mt
print('microtensor.autograd.tensor_name' in sys.modules)
x = mt.ones(1)
x.name = 'x'
print('microtensor.autograd.tensor_name' in sys.modules, x.name)
"""
    here = Path(mt.__file__).parent.parent
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here)
    assert out.stdout.split() == ["False", "True", "x"]


def test_naming_does_not_load_what_draws() -> None:
    code = (
        "import sys, microtensor as mt; x = mt.ones(1); x.name = 'x'; print('microtensor.viz' in sys.modules)"
    )
    here = Path(mt.__file__).parent.parent
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here)
    assert out.stdout.strip() == "False"
