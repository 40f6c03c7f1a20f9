"""Mistakes: PyTorch's class of error, and a sentence that names the operation and what it was given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

MISTAKES = {
    "x + mt.ones(4)": "add (2, 3) (4,) float32",
    "x * mt.ones(5, 3)": "mul (2, 3) (5, 3)",
    "x @ x": "mm (2, 3) expected",
    "x @ mt.ones(3, 2).double()": "float32 float64 same dtype .float()",
    "mt.mm(x, x[0])": "mm (2, 3) (3,) (n, k)",
    "mt.mv(x, mt.ones(4))": "mv (2, 3) (4,)",
    "mt.dot(x[0], mt.ones(4))": "dot (3,) (4,)",
    "mt.bmm(x, x)": "bmm (2, 3) stacks",
    "mt.outer(x, x)": "outer (2, 3) vectors",
    "F.linear(x, mt.ones(4, 2))": "linear (2, 3) (4, 2) last dimension is 2",
    "F.linear(x, mt.ones(4, 2), mt.ones(4))": "linear (2, 3) (4, 2) last dimension is 2",
    "F.linear([1.0], x)": "list",
    "x.sum(5)": "sum (2, 3) dim=5 out of range",
    "x.mean(2)": "mean (2, 3) dim=2 out of range",
    "x.var(4)": "var (2, 3) dim=4 out of range",
    "x.argmax(4)": "argmax (2, 3) dim=4 out of range",
    "x.prod(3)": "prod (2, 3) dim=3 out of range",
    "x.norm(dim=3)": "norm (2, 3) dim=3 out of range",
    "x.cumsum(2)": "cumsum (2, 3) dim=2 out of range",
    "i.mean()": "mean int64 .float()",
    "i.std()": "std int64 .float()",
    "i.norm()": "norm int64 .float()",
    "mt.zeros(0, 3).max()": "max (0, 3)",
    "mt.zeros(0, 3).argmax(0)": "argmax (0, 3) 0",
    "x.reshape(4, 2)": "reshape (2, 3) (4, 2)",
    "x.view(4)": "reshape (2, 3) (4)",
    "x.t().view(6)": "view (3, 2) (6,) .reshape",
    "x.permute(0, 0)": "permute (2, 3) (0, 0)",
    "x.transpose(0, 2)": "transpose (2, 3) dim1=2",
    "x.unsqueeze(4)": "range 4",
    "x[0].expand(4)": "expand (3,) [4]",
    "mt.broadcast_tensors(x, mt.ones(2))": "(2, 3) (2,)",
    "mt.cat([x, x[0]])": "cat (2, 3) (3,) stack()",
    "mt.cat([x, mt.ones(2, 4)])": "cat (2, 3) (2, 4) dimension 0",
    "mt.cat([x, 1])": "cat element 1 int",
    "mt.stack([x, x[0]])": "stack (2, 3) (3,)",
    "mt.split(x, [1, 1], 1)": "3 dimension 1 [1, 1]",
    "mt.gather(x, 1, mt.tensor([[0, 3]]))": "gather index 3 dimension 1 size 3",
    "mt.gather(x, 1, mt.tensor([0]))": "gather (1,) (2, 3)",
    "mt.index_select(x, 0, mt.tensor([5]))": "index_select 5 dimension 0 size 2",
    "x.masked_fill(i, 0)": "mask int64",
    "mt.where(i, x, x)": "where bool int64",
    "mt.where(x > 0, x, mt.ones(4))": "where (2, 3) (4,)",
    "x[5]": "5 (2, 3) size 2",
    "x[0, 7]": "(0, 7, Ellipsis) (2, 3) size 3",
    "x[mt.tensor([7])]": "7 (2, 3) size 2",
    "x[1.5]": "float 1.5 integers",
    "x[::-1]": "step flip",
    "x[mt.zeros(3, 2, dtype=mt.bool)]": "[2, 3] 2 3",
    "x.__setitem__(0, mt.ones(4))": "(4,) (2, 3)",
    "x.__setitem__(0, None)": "None NoneType",
    "mt.topk(x, 9)": "topk 9 size 3",
    "F.cross_entropy(x, mt.tensor([0, 3]))": "3 3 classes",
    "F.cross_entropy(x, mt.tensor([0, 1, 2]))": "(2) (3) batch_size",
    "F.cross_entropy(x, mt.tensor([0.0, 1.0]))": "Long Float target.long()",
    "F.cross_entropy(x, i)": "cross_entropy torch.int64 (2, 3) labels",
    "F.nll_loss(x, mt.tensor([0, -5]))": "-5 3 classes",
    "F.nll_loss(x, mt.tensor([0, 1]), weight=mt.ones(2))": "weight 3 [2]",
    "F.binary_cross_entropy(x * 9 - 1, x)": "binary_cross_entropy 0 1 with_logits",
    "F.binary_cross_entropy(x * 0, x[0])": "(3,) (2, 3)",
    "F.binary_cross_entropy_with_logits(x, x[0])": "(3,) (2, 3)",
    "F.mse_loss(x, mt.ones(4))": "mse_loss (2, 3) (4,)",
    "F.mse_loss(x, x, reduction='avg')": "avg mean sum none",
    "F.softmax(x, 3)": "[-2, 1] 3",
    "F.glu(x)": "even -1 3",
    "F.prelu(x, mt.ones(2))": "prelu (2,) (2, 3) 3 channels",
    "F.dropout(x, 1.5)": "dropout 1.5",
    "F.embedding(mt.tensor([9]), x)": "embedding 9 2 rows",
    "F.embedding(mt.tensor([0.0]), x)": "embedding integer float32",
    "F.one_hot(mt.tensor([5]), 3)": "5 3",
    "F.layer_norm(x, (2,))": "[2] [2, 3]",
    "F.batch_norm(x[:1], None, None, training=True)": "[1, 3]",
    "mt.exp('a')": "exp Tensor str tensor(data)",
    "mt.exp([1.0])": "exp Tensor list tensor(data)",
    "mt.sum([1.0])": "sum Tensor list tensor(data)",
    "mt.matmul(x, [1])": "matmul Tensor list tensor(data)",
    "x + 'a'": "+ Tensor str",
    "x & 1": "bitwise_and Float x.int()",
    "(x > 0) - (x > 0)": "bool ^ logical_xor()",
    "-(x > 0)": "bool ~ logical_not()",
    "(x > -1) // (x > -1)": "div_floor Bool .float()",
    "i.add_(1.5)": "add_ float32 int64",
    "x[0].add_(x)": "add_ [3] [2, 3] shape",
    "i.div_(2)": "div_ float32 int64",
    "mt.ones(2, requires_grad=True).add_(1)": "add_ leaf no_grad()",
    "mt.tensor([[1], [2, 3]])": "rectangular",
    "mt.tensor([x, x])": "(2, 3) stack(tensors)",
    "mt.zeros(-1)": "negative -1",
    "mt.zeros(2, bad=1)": "bad",
    "mt.zeros_like([1])": "Tensor list tensor(data)",
    "mt.arange(5, 0)": "arange 5 0",
    "mt.eye(-1)": "eye -1",
    "mt.randint(5, 5, (2,))": "5",
    "mt.multinomial(mt.tensor([0.1, 0.9]), 5)": "5 2",
    "x.item()": "item (2, 3) 6 tolist()",
    "float(x)": "(2, 3)",
    "bool(x)": "(2, 3) x.any()",
    "i.requires_grad_()": "torch.int64 (2, 3) .float()",
    "mt.from_numpy([1])": "list",
    "mt.clamp(x)": "clamp min max",
    "mt.div(x, x, rounding_mode='up')": "div trunc floor up",
}


def mistake(library: Any, text: str) -> Exception:
    """The error that an expression ends in."""
    scope = {"mt": library, "F": library.nn.functional, "np": np}
    scope["x"] = library.arange(6.0).reshape(2, 3)
    scope["i"] = library.arange(6).reshape(2, 3)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its class is what is compared
        eval(text, scope)
    return caught.value


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named(text: str) -> None:
    ours, theirs = mistake(mt, text), mistake(torch, text)
    assert isinstance(ours, type(theirs)), f"PyTorch raises {theirs!r}, and we {ours!r}"
    missing = [word for word in words(MISTAKES[text]) if word not in str(ours)]
    assert not missing, f"{missing} not in {str(ours)!r}"


def words(text: str) -> list[str]:
    """The words of a list, in which a shape is one word."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == " " and not depth:
            found.append("")
        else:
            found[-1] += letter
    return found
