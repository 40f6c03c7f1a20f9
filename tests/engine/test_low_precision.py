"""bfloat16 and the float8 dtypes: what is made, computed, differentiated and saved in them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import microtensor as mt

ml_dtypes = pytest.importorskip("ml_dtypes")
LOW = [
    mt.bfloat16,
    mt.float8_e4m3fn,
    mt.float8_e5m2,
    mt.float8_e4m3fnuz,
    mt.float8_e5m2fnuz,
    mt.float8_e8m0fnu,
]


@pytest.mark.parametrize("dtype", LOW)
def test_tensors_are_made_filled_and_written(dtype: Any) -> None:
    x = mt.tensor([[1.0, 2.0], [4.0, 0.5]], dtype=dtype)
    assert x.dtype is dtype
    assert x.is_floating_point()
    assert x.numpy().dtype == dtype == np.dtype(getattr(ml_dtypes, dtype.name))
    assert hash(dtype) == hash(x.numpy().dtype)
    assert mt.full((2,), 2.0, dtype=dtype).tolist() == [2.0, 2.0]
    assert mt.cat([x, x]).dtype is mt.stack([x]).dtype is x.T.contiguous().dtype is x[0].dtype is dtype
    x[0, 0] = 2
    x[1] = mt.tensor([1.0, 1.0])
    assert x.float().tolist() == [[2.0, 2.0], [1.0, 1.0]]
    assert mt.zeros(2).copy_(x[0]).tolist() == x[0].tolist()
    assert mt.from_numpy(x.numpy()).dtype is dtype


def test_arithmetic_rounds_once() -> None:
    x = mt.tensor([1.0, 2.0, 3.3], dtype=mt.bfloat16)
    for made in (
        x * x,
        x + 0.1,
        0.1 * x,
        x.exp(),
        x.sum(),
        x.cumsum(0),
        x @ x,
        x.clamp(1, 2),
        x.add(x, alpha=0.5),
    ):
        assert made.dtype is mt.bfloat16
    assert (x * 0.1).tolist() == (x.float() * 0.1).bfloat16().tolist()
    assert x.cumsum(0).tolist() == x.float().cumsum(0).bfloat16().tolist()
    assert mt.ones(1000, dtype=mt.bfloat16).sum().item() == 1000
    assert (x + mt.ones(3)).dtype is mt.float32
    assert (x + mt.ones(3, dtype=mt.float16)).dtype is mt.float32
    with pytest.raises(RuntimeError, match=r"Float8 Types is not supported.*float8_e5m2 and torch\.float32"):
        mt.ones(1, dtype=mt.float8_e5m2) + mt.ones(1)


@pytest.mark.parametrize("dtype", LOW[:5])
def test_gradients_come_back_in_the_dtype(dtype: Any) -> None:
    x = mt.tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
    (x.float() * mt.tensor([2.0, 4.0])).sum().backward()
    assert x.grad is not None
    assert (x.grad.dtype, x.grad.tolist()) == (dtype, [2.0, 4.0])


def test_a_model_learns_in_bfloat16() -> None:
    mt.manual_seed(0)
    model = mt.nn.Sequential(mt.nn.Linear(2, 8), mt.nn.Tanh(), mt.nn.Linear(8, 1)).to(mt.bfloat16)
    x = mt.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=mt.bfloat16)
    y = mt.tensor([[0.0], [1.0], [1.0], [0.0]], dtype=mt.bfloat16)
    optimizer = mt.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    for _ in range(150):
        optimizer.zero_grad()
        loss = mt.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    assert {p.dtype for p in model.parameters()} == {mt.bfloat16}


@pytest.mark.parametrize("dtype", LOW)
@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_files_keep_every_bit(dtype: Any, suffix: str, tmp_path: Any) -> None:
    kind = np.uint8 if dtype.itemsize == 1 else np.uint16
    bits = np.arange(256**dtype.itemsize).astype(kind)
    if suffix == "safetensors":
        pytest.importorskip("safetensors")
    mt.save({"x": mt.from_numpy(bits.view(np.dtype(dtype)))}, tmp_path / f"file.{suffix}")
    x = mt.load(tmp_path / f"file.{suffix}")["x"]
    assert x.dtype is dtype
    np.testing.assert_array_equal(x.numpy().view(kind), bits)


def test_a_number_that_is_too_large_saturates_or_is_infinite() -> None:
    x = mt.tensor([500.0, -1e9, float("inf"), float("nan")])
    assert str(x.to(mt.float8_e4m3fn).tolist()) == "[448.0, -448.0, 448.0, nan]"
    assert mt.tensor([-3.0, 0.0]).to(mt.float8_e8m0fnu).tolist() == [4.0, 2.0**-127]
    with pytest.raises(RuntimeError, match="without overflow"):
        mt.full((1,), 1e4, dtype=mt.float8_e4m3fn)


def test_other_dtypes_of_ml_dtypes_are_refused() -> None:
    for name in ("int4", "float8_e3m4", "float4_e2m1fn"):
        with pytest.raises(TypeError, match="tensors hold bool|a name here and nothing else"):
            mt.zeros(1, dtype=getattr(ml_dtypes, name))


def test_without_ml_dtypes_one_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['ml_dtypes'] = None\n"
        "import microtensor as mt\n"
        "table = {mt.bfloat16: 1}; assert table[mt.bfloat16] == 1 and mt.bfloat16 != mt.float16\n"
        "try: mt.zeros(1, dtype=mt.bfloat16)\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'torch.bfloat16 needs ml_dtypes: pip install "microtensor[lowp]"\n'
    assert not done.stderr


def test_a_module_becomes_bfloat16_by_its_method() -> None:
    layer = mt.nn.Linear(2, 1).bfloat16()
    assert layer(mt.ones(1, 2).bfloat16()).dtype is layer.weight.dtype is mt.bfloat16
