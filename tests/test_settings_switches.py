"""Settings that few programs make, and what tests are made with."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor import settings


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_kept", dict(settings._kept))


def test_what_is_set_is_remembered() -> None:
    mt.use_deterministic_algorithms(True, warn_only=True)
    assert mt.are_deterministic_algorithms_enabled()
    assert mt.is_deterministic_algorithms_warn_only_enabled()
    assert mt.get_deterministic_debug_mode() == 1
    mt.set_deterministic_debug_mode("error")
    assert mt.get_deterministic_debug_mode() == 2
    mt.set_deterministic_debug_mode(0)
    assert mt.get_deterministic_debug_mode() == 0


def test_what_is_refused() -> None:
    with pytest.raises(RuntimeError, match="one of default, warn, error, but got 'loud'"):
        mt.set_deterministic_debug_mode("loud")


def test_compile_gives_a_function_that_computes_the_same() -> None:
    def double(x: mt.Tensor) -> mt.Tensor:
        return 2 * x

    for compiled in (mt.compile(double, mode="max-autotune"), mt.compile(fullgraph=True)(double)):
        assert compiled.__name__ == "double"
        assert [compiled(mt.tensor([float(k)])).item() for k in range(5)] == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_names_of_types() -> None:
    assert mt.typename(mt.zeros(1, dtype=mt.int64)) == "torch.LongTensor"
    assert mt.typename(3) == "int"
    assert mt.typename(mt.nn.Linear(1, 1)).endswith("nn.modules.linear.Linear")


def test_making_and_comparing() -> None:
    x = mt.testing.make_tensor(4, 3, dtype=mt.float32, low=0, high=1, noncontiguous=True, requires_grad=True)
    assert x.shape == (4, 3)
    assert x.requires_grad
    assert not x.is_contiguous()
    assert ((x >= 0) & (x <= 1)).all()
    assert set(mt.testing.make_tensor((50,), dtype=mt.bool).tolist()) == {False, True}
    drawn = mt.testing.make_tensor(500, dtype=mt.int8, exclude_zero=True)
    assert drawn.min() >= -9
    assert drawn.max() <= 9
    assert (drawn != 0).all()
    with pytest.raises(ValueError, match="low 2 is greater than high 1"):
        mt.testing.make_tensor(1, dtype=mt.float64, low=2, high=1)


def test_close_in_all_of_pytorchs_forms() -> None:
    close = mt.testing.assert_close
    close({"a": mt.ones(1)}, {"a": mt.ones(1)})
    close(1.0, 1.0)
    with pytest.raises(AssertionError, match="keys"):
        close({"a": 1}, {"b": 1})
    with pytest.raises(AssertionError, match="^first: shapes"):
        close(mt.ones(1), mt.ones(2), msg="first: ")
    with pytest.raises(AssertionError, match=r"^<shapes .*>$"):
        close(mt.ones(1), mt.ones(2), msg=lambda text: f"<{text}>")
    with pytest.raises(TypeError, match="Parameter and Tensor are two classes"):
        close(mt.nn.Parameter(mt.ones(1)), mt.ones(1), allow_subclasses=False)
    with pytest.raises(AssertionError, match="strides"):
        close(mt.ones(2, 2).double().T[:, :1], mt.ones(2, 1).double(), check_stride=True)
