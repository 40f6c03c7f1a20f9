"""Programs: shapes, keys, writes in place, several inputs and outputs; and what is refused, with its line."""

from __future__ import annotations

import runpy
from typing import Any

import numpy as np
import pytest

import microtensor as mt

nn = mt.nn
Error = mt.onnx.OnnxExporterError


@pytest.fixture(autouse=True)
def seeded() -> None:
    mt.manual_seed(0)


def refused(tmp_path: Any, model: Any, *args: Any, **how: Any) -> str:
    """The error of an export that must fail."""
    with pytest.raises(Error) as info:
        mt.export.numpy_module(model, args, tmp_path / "program.py", **how)
    return str(info.value)


KEYS = {
    "row": lambda x: x[1],
    "last": lambda x: x[:, -1],
    "slice": lambda x: x[:, 1:3],
    "step": lambda x: x[..., ::2],
    "new": lambda x: x[:, None, :, 0],
    "ends": lambda x: x[:, :-1] + x[:, 1:],
    "array": lambda x: x[:, [0, 2, 2]],
    "mask": lambda x: x[:, mt.tensor([True, False, True, False])],
    "pair": lambda x: x[[0, 1], [1, 2]],
    "far pair": lambda x: x[mt.tensor([0, 1]), :, mt.tensor([1, 2])],
    "inner pair": lambda x: x[:, mt.tensor([0, 1]), mt.tensor([1, 2])],
    "flip": lambda x: x.flip(0, 2),
    "roll": lambda x: x.roll(1, 1),
    "take": lambda x: x.index_select(1, mt.tensor([2, 0])),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys(name: str, same: Any) -> None:
    same(KEYS[name], mt.randn(2, 4, 3))


def test_keys_that_depend_on_the_inputs(same: Any) -> None:
    x, rows = mt.randn(5, 3), mt.tensor([[4, 0], [-1, 2]])
    same(lambda x, i: x[i], x, rows)
    same(lambda x, i: x[:, i.clamp(0, 2)], x, rows)
    same(lambda x, i: x.index_select(0, i), x, rows[0])
    same(lambda x, i: x.gather(0, i), x, mt.tensor([[4, 0, 1]]))
    same(lambda x: x[x.argmax(0)], x)
    same(lambda i: mt.nn.functional.one_hot(i, 6), mt.tensor([[4, 0], [1, 2]]))


def test_shapes_that_follow_the_batch(same: Any) -> None:
    def rearranged(x: Any) -> Any:
        n, t = x.shape[:2]
        heads = x.view(n, t, 2, 2).transpose(1, 2).reshape(n * 2, t, 2)
        wide = mt.cat([heads, mt.zeros(n * 2, 1, 2)], 1).expand(3, n * 2, t + 1, 2)
        return wide.reshape(3 * n, 2, (t + 1) * 2).sum(1), x.new_ones(n, 3), x.flatten(), x.mean((0, 1))

    axes = ({0: "batch", 1: "time"},)
    same(
        rearranged,
        mt.randn(2, 5, 4),
        others=[(mt.randn(3, 7, 4),), (mt.randn(1, 5, 4),)],
        dynamic_shapes=axes,
    )


def test_the_example_may_be_a_batch_of_one(same: Any) -> None:
    same(nn.Linear(2, 3), mt.randn(1, 2), others=[(mt.randn(7, 2),)], dynamic_shapes=({0: "batch"},))


def test_sizes_as_numbers(same: Any) -> None:
    """A mean by hand divides by a size: it is a number in the program, and a constant in no file."""

    def mean(x: Any) -> Any:
        return x.sum(0) * mt.ones(x.shape[0]).sum()

    same(mean, mt.randn(4, 2))


def test_writes_in_place(same: Any) -> None:
    def written(x: Any, y: Any) -> Any:
        z = x * 2
        z[0] = y[0]
        z[:, 1:3] = 0
        z[1:, -1] += y[1:, 0]
        z += 1
        z.clamp_(max=3).mul_(y)
        return z, x

    same(written, mt.randn(4, 5), mt.randn(4, 5))
    same(
        written,
        mt.randn(4, 5),
        mt.randn(4, 5),
        others=[(mt.randn(6, 5), mt.randn(6, 5))],
        dynamic_shapes=({0: "n"}, {0: "n"}),
    )


def test_writes_into_views_reach_all_their_relatives(same: Any) -> None:
    def written(x: Any) -> Any:
        z = x * 2
        row, flat, turned = z[1], z.view(-1), z.transpose(0, 1)
        row.mul_(3)
        flat[0] = 7
        turned[2] += 1
        z.t()[0, 1] = -1
        z.permute(1, 0)[3].unsqueeze(0).zero_()
        z.unsqueeze(0)[0, 2:].sub_(5)
        return row, flat, turned, z

    same(written, mt.randn(4, 5))
    same(lambda x: (x, x.clone().fill_(2), mt.ones(2)), mt.ones(3))


def test_inputs_and_outputs_in_structures(same: Any) -> None:
    def program(pair: Any, named: Any, scale: float = 2.0) -> Any:
        return {"sum": pair[0] + named["b"], "rest": (pair[1] * scale, named["a"])}

    same(program, (mt.randn(2), mt.randn(3)), {"a": mt.randn(2), "b": mt.randn(2)})


def test_dtypes(same: Any) -> None:
    i, x, b = mt.tensor([-7, 3, 5]), mt.randn(3), mt.tensor([True, False, True])
    same(lambda i: (i // 2, i % 3, i / 2, i * 2.5, i - 1, i.float().long(), -i, i**2), i)
    same(lambda i, x: (i + x, (x > 0.1) & (i > 0), mt.where(x > 0, i, 0), x.double(), x.int()), i, x)
    same(
        lambda b, x: (b.sum(), b.any(), b.all(), ~b, b | (x > 0), b.float().mean(), b.logical_xor(x > 0)),
        b,
        x,
    )
    same(lambda x: (x.sort(descending=True), x.topk(2), x.max(0), x.cumsum(0), x.argsort()), x)
    same(
        lambda x: (x.std(), x.var(0), x.norm(), x.norm(1, 0), x.prod(0), x.logsumexp(0), x.amax()),
        mt.randn(4, 3),
    )
    same(lambda x: mt.einsum("bik,bjk->bij", x, x), mt.randn(2, 3, 4))
    same(lambda x: (x @ x.T).double(), mt.randn(3, 2))
    same(lambda x: x.half().float() + 1, x, tolerance=1e-3)


def test_a_function_with_parameters_of_its_own(same: Any) -> None:
    w = mt.randn(3, 2, requires_grad=True)
    same(lambda x: mt.tanh(x @ w), mt.randn(4, 3))


def test_tied_weights_and_a_module_used_twice(same: Any) -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.outer = nn.Linear(3, 3, bias=False), nn.Linear(3, 3)
            self.outer.weight = self.inner.weight
            self.register_buffer("scale", mt.randn(3))

        def forward(self, x: Any) -> Any:
            return self.outer(self.inner(self.inner(x)) * self.scale) @ self.inner.weight.T

    same(Tied(), mt.randn(2, 3))


def test_hooks_run_and_the_model_is_left_alone(same: Any) -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.calls = nn.Linear(2, 2), 0

        def forward(self, x: Any) -> Any:
            self.calls += 1
            return self.layer(x)

    model = Counting()
    model.layer.register_forward_hook(lambda module, args, out: out * 10)
    before = dict(model.named_parameters())
    same(model, mt.randn(3, 2))
    assert model.calls == 1  # by `same` itself
    assert all(parameter is before[name] for name, parameter in model.named_parameters())
    assert len(model.layer._forward_hooks) == 1
    assert not model.layer._forward_pre_hooks


def test_vmap_inside(same: Any) -> None:
    same(mt.vmap(lambda row: (row * row).sum() / row.max()), mt.rand(3, 4) + 1)


# ------------------------------------------------------------------ refusals


def test_a_branch_on_a_value(tmp_path: Any) -> None:
    def program(x: Any) -> Any:
        return x * 2 if x.sum() > 0 else x

    message = refused(tmp_path, program, mt.ones(2))
    assert "reads the numbers of a tensor that depends on its inputs, at" in message
    assert "test_programs.py" in message
    assert ", in program" in message
    assert "use where()" in message


READS = [
    lambda x: x.sum().item(),
    lambda x: float(x[0]),
    lambda x: x.numpy(),
    lambda x: x.tolist(),
    lambda x: x.nonzero(),
    lambda x: x[x > 0],
    lambda x: x.unique(),
]


@pytest.mark.parametrize("reads", READS)
def test_numbers_and_shapes_that_depend_on_numbers(reads: Any, tmp_path: Any) -> None:
    assert "test_programs.py" in refused(tmp_path, reads, mt.ones(2))


def test_a_loop_over_a_dynamic_size(tmp_path: Any) -> None:
    def program(x: Any) -> Any:
        for row in range(x.shape[0]):
            x = x + row
        return x

    message = refused(tmp_path, program, mt.ones(3), dynamic_shapes=({0: "n"},))
    assert "with another size of a dynamic dimension the program does something else" in message


def test_a_constant_that_follows_a_size_in_no_known_way(tmp_path: Any) -> None:
    def program(x: Any) -> Any:
        return x + mt.tensor(np.sin(np.arange(x.shape[0])))

    message = refused(tmp_path, program, mt.ones(3), dynamic_shapes=({0: "n"},))
    assert "in a way that cannot be written down" in message
    assert "test_programs.py" in message


def test_dropout_in_training(tmp_path: Any) -> None:
    assert "call model.eval() first" in refused(tmp_path, nn.Dropout(), mt.ones(3))


def test_a_model_that_runs_with_one_size_only(tmp_path: Any) -> None:
    message = refused(tmp_path, nn.Linear(3, 2), mt.ones(2, 3), dynamic_shapes=({1: "width"},))
    assert "the model runs with the example, but with no other width that was tried" in message


def test_writes_into_a_view_that_has_no_way_back(tmp_path: Any) -> None:
    message = refused(tmp_path, lambda x: (x * 2).diagonal().fill_(1), mt.ones(2, 2))
    assert "fill_ writes into a view made by diagonal" in message
    assert "test_programs.py" in message


def test_an_op_of_the_users(tmp_path: Any) -> None:
    @mt.op(x=lambda g: 3 * g, elementwise=True)
    def thrice(x: Any, /) -> Any:
        return 3 * x

    try:
        assert "an op of your own" in refused(tmp_path, thrice, mt.ones(2))
    finally:
        del mt.registry["thrice"]


def test_names_and_sizes_that_do_not_fit() -> None:
    pytest.importorskip("onnx", reason="needs the onnx package")
    model, x = nn.Linear(2, 2), mt.ones(3, 2)
    with pytest.raises(ValueError, match="2 input_names for 1 inputs"):
        mt.onnx.export(model, (x,), input_names=["a", "b"])
    with pytest.raises(Error, match="2 output_names for 1 outputs"):
        mt.onnx.export(model, (x,), output_names=["a", "b"])
    with pytest.raises(ValueError, match=r"dynamic_shapes names \['y'\]"):
        mt.onnx.export(model, (x,), dynamic_shapes={"y": {0: "n"}})
    with pytest.raises(IndexError, match=r"has the shape \(3, 2\), and no dimension 2"):
        mt.onnx.export(model, (x,), dynamic_shapes=({2: "n"},))
    with pytest.raises(ValueError, match="'n' is one size, and the example has"):
        mt.onnx.export(lambda a, b: a.sum() + b.sum(), (x, mt.ones(4)), dynamic_shapes=({0: "n"}, {0: "n"}))
    with pytest.raises(ValueError, match="opset_version is 18 to 23 here"):
        mt.onnx.export(model, (x,), opset_version=11)
    with pytest.raises(TypeError, match="unexpected keyword argument 'opset'"):
        mt.onnx.export(model, (x,), opset=20)


# ------------------------------------------------------------------ files


def test_a_file_has_the_names_that_were_given(tmp_path: Any) -> None:
    onnx = pytest.importorskip("onnx", reason="needs the onnx package")
    path = tmp_path / "model.onnx"
    mt.onnx.export(
        nn.Sequential(nn.Linear(2, 3), nn.ReLU()), (mt.ones(4, 2),), path, input_names=["image"],
        output_names=["score"], dynamic_axes={"image": {0: "batch"}, "score": {0: "batch"}}, opset_version=21,
    )  # fmt: skip
    graph = onnx.load(path).graph
    assert [i.name for i in graph.input] == ["image"]
    assert [o.name for o in graph.output] == ["score"]
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert graph.output[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert {t.name for t in graph.initializer} == {"0.weight", "0.bias"}
    assert "test_programs.py" in graph.node[0].doc_string
    assert graph.node[0].name == "0/Gemm_0"
    assert onnx.load(path).opset_import[0].version == 21


def test_a_parameter_keeps_its_name_beside_an_argument_of_the_same() -> None:
    pytest.importorskip("onnx", reason="needs the onnx package")

    class Scale(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(mt.ones(2))

        def forward(self, weight: Any) -> Any:
            return weight * self.weight

    program = mt.onnx.export(Scale(), (mt.ones(2),))
    assert [t.name for t in program.model_proto.graph.initializer] == ["weight"]
    assert [i.name for i in program.model_proto.graph.input] == ["weight_1"]


def test_two_threads_export_at_once(tmp_path: Any) -> None:
    import threading

    layers, found = (
        [nn.Sequential(nn.Embedding(5, 4), nn.LayerNorm(4), nn.Linear(4, 3)) for _ in range(8)],
        {},
    )

    def export(i: int) -> None:
        path = mt.export.numpy_module(layers[i], mt.tensor([[1, 2]]), tmp_path / f"p{i}.py")
        found[i] = runpy.run_path(str(path))["forward"](np.array([[1, 2]]))

    threads = [threading.Thread(target=export, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, layer in enumerate(layers):
        np.testing.assert_allclose(found[i], layer(mt.tensor([[1, 2]])).detach().numpy(), 1e-5, 1e-5)


def test_names_without_any_given() -> None:
    pytest.importorskip("onnx", reason="needs the onnx package")
    program = mt.onnx.export(nn.Linear(2, 3), (mt.ones(4, 2),), verify=True, dynamo=True)
    assert repr(program) == "ONNXProgram(Linear, opset 20)\n  linear = Gemm(input, weight, bias)"


def test_weights_in_a_file_of_their_own(tmp_path: Any) -> None:
    onnx = pytest.importorskip("onnx", reason="needs the onnx package")
    model, path = nn.Linear(40, 30), tmp_path / "model.onnx"
    mt.onnx.export(model, (mt.ones(4, 40),), path, external_data=True)
    assert (tmp_path / "model.onnx.data").stat().st_size >= 40 * 30 * 4
    found = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    np.testing.assert_array_equal(found["weight"], model.weight.detach().numpy())


def test_without_the_package_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'needs the onnx package: pip install "microtensor\[onnx\]"'):
        mt.onnx.export(nn.Linear(2, 3), (mt.ones(4, 2),))


def test_memory_of_the_program_is_not_overwritten_with_what_follows_the_inputs(tmp_path: Any) -> None:
    def program(x: Any) -> Any:
        return mt.zeros(2).copy_(x)

    message = refused(tmp_path, program, mt.ones(2))
    assert "reads the numbers of a tensor that depends on its inputs, at" in message
    assert "test_programs.py" in message
