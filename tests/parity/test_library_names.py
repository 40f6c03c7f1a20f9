"""Storages, lists of tensors, hooks on all modules, futures: what libraries use, as PyTorch does it."""

from __future__ import annotations

import copy
import importlib
import pickle
import warnings
from typing import Any

import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

SAME = """
t.UntypedStorage(4).nbytes()
t.UntypedStorage([1, 2])[1]
t.UntypedStorage(2).resize_(5).size()
t.FloatStorage([1.0, 2.0]).tolist()
t.TypedStorage([1, 2], dtype=t.int8).element_size()
t.ones(2, 3)[0].untyped_storage().nbytes()
t.ones(2).untyped_storage().tolist()
t.ones(2, 3)[0].untyped_storage() == t.ones(2, 3)[0].untyped_storage()
len(t.ones(2, 3).untyped_storage())
t.tensor([]).set_(t.ones(4).untyped_storage(), 0, (2, 2), (2, 1)).tolist()
t.tensor([]).set_(t.FloatStorage([1.0, 2.0])).tolist()
t.is_storage(t.ones(1).untyped_storage()), t.is_storage(t.ones(1))
t.UntypedStorage(3).fill_(7).clone().tolist()
t.UntypedStorage(2).copy_(t.UntypedStorage([3, 4])).tolist()
t.FloatStorage.from_buffer(bytes([0, 0, 128, 63]), "little").tolist()
t.TypedStorage.from_buffer(bytes([63, 128, 0, 0]), "big").tolist()
t.ByteStorage.from_buffer(b"abcd", count=2, offset=1).tolist()
t.UntypedStorage.from_buffer(bytes([1, 0, 2, 0]), "big", dtype=t.int16).tolist()
repr(t.TypedStorage([1.5], dtype=t.float32))
[x.tolist() for x in t._foreach_add(two(), 1)]
[x.tolist() for x in t._foreach_add(two(), two(), alpha=2)]
[x.tolist() for x in t._foreach_mul(two(), [2, 3])]
[x.tolist() for x in t._foreach_sub(two(), t.tensor(2.0))]
[x.tolist() for x in t._foreach_addcmul(two(), two(), two(), value=2)]
[x.tolist() for x in t._foreach_addcdiv(two(), two(), two(), [1, 2])]
[x.tolist() for x in t._foreach_lerp(two(), two(), 0.5)]
[x.tolist() for x in t._foreach_pow(2.0, two())]
[x.tolist() for x in t._foreach_norm(two())]
[x.tolist() for x in t._foreach_max(two())]
[x.tolist() for x in t._foreach_maximum(two(), 1.5)]
[x.tolist() for x in t._foreach_neg_(two())]
[x.tolist() for x in t._foreach_copy_(two(), two())]
[x.tolist() for x in t._foreach_zero_(two())]
t.accelerator.is_available(), t.accelerator.current_accelerator()
t.mps.is_available(), t.xpu.is_available(), t.mtia.is_available(), t.cuda.is_available()
t.xpu.device_count(), t.cuda.device_count(), t.cuda.get_rng_state_all(), t.cuda.memory_allocated()
t.compiler.is_compiling(), t.compiler.is_exporting()
t.sym_max(1, 2.0), t.sym_min(1, 2), t.sym_int(2.5), t.sym_not(True)
issubclass(t.SymInt, int)
t.nn.attention.SDPBackend.MATH.value
t.nn.parallel.scatter_gather.gather([t.ones(1), t.ones(1)], "cpu").tolist() if t is mt else [1.0, 1.0]
t.distributions.MultivariateNormal(t.zeros(2), t.eye(2))._unbroadcasted_scale_tril.tolist()
t.arange(3).expand(1, -1).copy_(t.zeros(1, 3)).tolist()
t.normal(t.ones(2, requires_grad=True), 1.0).requires_grad
t.nn.functional.ctc_loss(LOGITS(t), t.tensor([[1.0, 2.0]]), [5], [2]).item()
t.nn.functional.ctc_loss(LOGITS(t), t.tensor([[1, 0]]), [5], [2]).item()
t.randint_like(t.ones(3), high=1, device="cpu").tolist()
isinstance(t.nn.Linear(1, 1)._parameters, dict), "_parameters" in vars(t.nn.Linear(1, 1))
list(vars(t.nn.Linear(1, 1))["_parameters"]), {**t.nn.Linear(1, 1)._buffers}
list(t.nn.Linear(1, 1)._parameters.copy()), type(t.nn.Linear(1, 1)._parameters.copy()) is dict
""".strip().splitlines()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("call", SAME)
def test_results(call: str) -> None:
    found = []
    for t in (mt, torch):
        for name in (
            "nn.attention",
            "nn.parallel.scatter_gather",
            "compiler",
            "xpu",
            "mtia",
            "mps",
            "accelerator",
        ):
            importlib.import_module(f"{t.__name__}.{name}")

        def two(t: Any = t) -> Any:
            return [t.tensor([1.0, 2.0]), t.tensor([[3.0]])]

        def logits(t: Any = t) -> Any:
            return t.arange(15.0).reshape(5, 1, 3).sin().log_softmax(2)

        found.append(eval(call, {"t": t, "mt": mt, "two": two, "LOGITS": logits}))
    assert found[0] == pytest.approx(found[1]) if isinstance(found[0], float) else found[0] == found[1]


UNARY = sorted(n for n in dir(torch) if n.startswith("_foreach_"))


def test_every_foreach_function_is_here() -> None:
    assert [name for name in UNARY if not hasattr(mt, name)] == []


REFUSED = [
    "t._foreach_add([], 1)", "t._foreach_add(t.ones(2), 1)", "t._foreach_add([t.ones(1)], [1, 2])",
    "t._foreach_add([t.ones(1)], t.ones(2))", "t.cuda.Stream()", "t.distributions.kl.register_kl(3, 3)",
    "t.Tensor._make_subclass(int, t.ones(1))", "t.ones(1).as_subclass(int)",
    "t.nn.attention.sdpa_kernel(3).__enter__()",
]  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused(call: str) -> None:
    kinds = []
    for t in (mt, torch):
        importlib.import_module(f"{t.__name__}.nn.attention")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is the question
            eval(call, {"t": t})
        kinds.append(caught.type)
    assert issubclass(kinds[0], kinds[1])


def test_hooks_on_all_modules_run_before_a_modules_own() -> None:
    logs = []
    for t in (mt, torch):
        log: list[Any] = []
        module = t.nn.modules.module
        net = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.Tanh())
        net[0].register_forward_hook(lambda m, a, r, log=log: log.append("own"))
        handles = [
            module.register_module_forward_pre_hook(lambda m, a, log=log: log.append(type(m).__name__)),
            module.register_module_forward_hook(lambda m, a, r, log=log: log.append("after")),
            module.register_module_full_backward_hook(lambda m, i, o, log=log: log.append("back")),
        ]
        net(t.ones(1, 2, requires_grad=True)).sum().backward()
        for handle in handles:
            handle.remove()
        net(t.ones(1, 2))
        logs.append(log)
    assert logs[0] == logs[1]


def test_a_module_made_after_a_global_hook_runs_it() -> None:
    seen: list[Any] = []
    with mt.nn.modules.module.register_module_forward_hook(lambda m, a, r: seen.append(m)):
        layer = mt.nn.Identity()
        layer(1)
    layer(1)
    assert seen == [layer]


def wrapper(t: Any) -> Any:
    class Wrapper(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.inner = t.nn.Linear(2, 2)

        def __getattr__(self, name: str) -> Any:
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

    return Wrapper()


def test_getattr_of_a_module_can_be_extended() -> None:
    for t in (mt, torch):
        module = wrapper(t)
        assert module.in_features == 2
        assert module.weight is module.inner.weight
        with pytest.raises(AttributeError, match="no attribute 'nowhere'"):
            _ = module.nowhere


def test_a_buffer_may_have_the_name_of_a_property_that_fails() -> None:
    for t in (mt, torch):

        class Late(t.nn.Module):  # type: ignore[misc, name-defined]
            @property
            def value(self) -> Any:
                raise AttributeError("not yet")

        module = Late()
        module.register_buffer("value", t.ones(1))
        assert module.value.item() == 1


def test_a_modules_dictionaries_follow_it() -> None:
    layer = mt.nn.Linear(2, 3)
    held = vars(layer)["_parameters"]
    assert held["weight"] is layer.weight
    layer.weight = mt.nn.Parameter(mt.ones(1, 1))
    assert held["weight"] is layer.weight
    held["bias"] = None
    assert layer.bias is None
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert vars(twin)["_parameters"]["weight"] is twin.weight
        assert twin.weight is not layer.weight
    assert type(held)({"a": 1}) == {"a": 1}


def test_the_values_outlive_their_module_while_they_are_gone_through() -> None:
    names = [name for name, _ in mt.nn.ModuleList([mt.nn.Identity(), mt.nn.Tanh()])[::-1]._modules.items()]
    assert names == ["0", "1"]
    assert len(list(mt.nn.ModuleList([mt.nn.Identity()])[::-1])) == 1


def test_an_optimizer_that_skips_the_bases_init() -> None:
    for t in (mt, torch):

        class Wrapped(t.optim.Optimizer):  # type: ignore[misc, name-defined]
            def __init__(self, inner: Any) -> None:
                self.inner, self.param_groups = inner, inner.param_groups

            def step(self, closure: Any = None) -> Any:
                return self.inner.step()

        w = t.ones(1, requires_grad=True)
        optimizer = Wrapped(t.optim.SGD([w], lr=0.5))
        w.sum().backward()
        optimizer.step()
        assert w.item() == 0.5


def test_a_distribution_initialises_pytorchs_next_class() -> None:
    """As libraries do: ``super(Normal, self).__init__(batch_shape)`` in an expand of their own."""
    for t in (mt, torch):
        for name, args in (("Normal", (0.0, 1.0)), ("Laplace", (0.0, 1.0)), ("Cauchy", (0.0, 1.0))):
            kind = getattr(t.distributions, name)
            new = kind._get_checked_instance(kind(*args), kind)
            super(kind, new).__init__((3,), validate_args=False)
            assert tuple(new.batch_shape) == (3,)
        normal = t.distributions.MultivariateNormal
        new = normal._get_checked_instance(normal(t.zeros(2), t.eye(2)), normal)
        super(normal, new).__init__((3,), (2,), validate_args=False)
        assert tuple(new.event_shape) == (2,)


def test_older_hooks_before_loading_get_the_module_only_if_asked() -> None:
    for t in (mt, torch):
        layer, seen = t.nn.Linear(1, 1), []
        layer._register_load_state_dict_pre_hook(
            lambda state, prefix, *rest, seen=seen: seen.append(len(rest))
        )
        layer._register_load_state_dict_pre_hook(
            lambda module, state, *rest, seen=seen: seen.append(type(module).__name__), with_module=True
        )
        layer.load_state_dict(layer.state_dict())
        assert seen == [5, "Linear"]


def test_futures() -> None:
    for futures in (mt.futures, torch.futures):
        first, second = futures.Future(), futures.Future()
        later = first.then(lambda done: done.value() + 1)
        both = futures.collect_all([first, second])
        first.set_result(1)
        assert later.wait() == 2
        assert not both.done()
        second.set_result(5)
        assert [f.value() for f in both.wait()] == [1, 5]
        assert futures.wait_all([first, later]) == [1, 2]
        failed = futures.Future()
        failed.set_exception(ValueError("broken"))
        with pytest.raises(ValueError, match="broken"):
            failed.wait()


def test_flexible_attention() -> None:
    ours = importlib.import_module("microtensor.nn.attention.flex_attention")
    theirs = importlib.import_module("torch.nn.attention.flex_attention")
    results = []
    for t, flex in ((mt, ours), (torch, theirs)):
        t.manual_seed(0)
        q, k, v = (t.randn(2, 2, 3, 4) for _ in range(3))
        mask = flex.create_block_mask(lambda b, h, i, j: i > j, None, None, 3, 3, device="cpu")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore" if t is torch else "error")
            found = [
                flex.flex_attention(q, k, v, block_mask=mask),
                flex.flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: s + (i - j) * h),
                flex.flex_attention(t.randn(2, 4, 3, 4), k, v, enable_gqa=True),
            ]
        results.append([x.flatten().tolist() for x in found])
    for mine, wanted in zip(*results, strict=True):
        assert mine == pytest.approx(wanted, abs=1e-6)


def test_a_file_is_read_record_by_record(tmp_path: Any) -> None:
    path = str(tmp_path / "x.pt")
    mt.save({"a": mt.ones(2)}, path)
    ours, theirs = mt.PyTorchFileReader(path), torch.PyTorchFileReader(path)
    assert ours.get_record("data.pkl") == theirs.get_record("data.pkl")
    assert set(ours.get_all_records()) >= set(theirs.get_all_records())
    with pytest.raises(RuntimeError, match="failed locating file nowhere"):
        ours.get_record("nowhere")


def test_under_as_torch_a_tensor_is_torchs() -> None:
    code = """
import microtensor, pickle
with microtensor.as_torch():
    import torch
    print(type(torch.ones(1)).__module__, repr(torch.ones(1)), "Adam" in vars(torch.optim))
    print(pickle.loads(pickle.dumps(torch.ones(1))), "Normal" in vars(torch.distributions))
print(microtensor.Tensor.__module__)
"""
    import subprocess
    import sys

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == [
        "torch tensor([1.]) True", "tensor([1.]) True", "microtensor.engine.tensor"
    ]  # fmt: skip
