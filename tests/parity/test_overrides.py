"""``__torch_function__``: what subclasses, foreign classes and modes see and give, as PyTorch's do."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

CALLS = """
s + s
s + 1
1 + s
2 / s
s**2
s @ s
-s
abs(s)
s[0]
s == s
s < 1
s.T
s.shape
s.sum()
t.sum(s, dim=0)
s.mean(dim=1, keepdim=True)
F.relu(s)
F.linear(s, s)
t.cat([s, s])
t.stack([t.ones(2, 2), s])
t.where(s > 0, s, t.zeros(2, 2))
s.size()
len(s)
list(s)
s.reshape(4)
s.to(t.float64)
s.requires_grad
s.detach()
s.clone()
s.tolist()
s.max(0)
t.max(s, 0)
s.split(1)
s.clone().add_(1)
s.unsqueeze(0)
t.zeros_like(s)
t.einsum("ij->i", s)
F.mse_loss(s, s)
F.cross_entropy(s, t.tensor([0, 1]))
s.is_leaf
s.data
t.linalg.norm(s)
s.new_zeros(2)
s.float()
t.is_tensor(s)
t.broadcast_tensors(s, s)
s.softmax(1)
s.view(-1)
s.permute(1, 0)
t.tensor(2.0) * s
t.ones(2, 2).add(s)
t.ones(2, 2) + s
""".strip().splitlines()


def kinds(value: Any) -> Any:
    """The class of a result, and those of what is in it."""
    if type(value) in (tuple, list) or hasattr(value, "_fields") or "return_types" in str(type(value)):
        return [kinds(item) for item in value]
    return type(value).__name__


def plain_subclass(t: Any) -> Any:
    class Mine(t.Tensor): ...  # type: ignore[misc, name-defined]

    return Mine


@pytest.mark.parametrize("call", CALLS)
def test_a_subclass_goes_through_functions_methods_and_properties(call: str) -> None:
    found = []
    for t in (mt, torch):
        s = t.ones(2, 2).as_subclass(plain_subclass(t))
        found.append(kinds(eval(call, {"t": t, "F": t.nn.functional, "s": s})))
    assert found[0] == found[1]


def recorder(t: Any) -> Any:
    """A subclass that keeps how many arguments each call had, and the classes of those that override."""
    seen: list[Any] = []

    class Seen(t.Tensor):  # type: ignore[misc, name-defined]
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append([k.__name__ for k in types])
            return super().__torch_function__(func, types, args, kwargs or {})

    return Seen, seen


@pytest.mark.parametrize("call", CALLS)
def test_the_class_is_asked_once_for_each_call(call: str) -> None:
    """And not again by what a function is made of; PyTorch's own loops over `dim` and `unbind` are its."""
    if call == "list(s)":
        pytest.skip("PyTorch iterates by unbind, which is a call of its own")
    counts = []
    for t in (mt, torch):
        kind, seen = recorder(t)
        s = t.ones(2, 2).as_subclass(kind)
        seen.clear()
        eval(call, {"t": t, "F": t.nn.functional, "s": s})
        counts.append(len(seen))
    assert counts[0] == counts[1]


ANSWERS = """
t.add(one, t.ones(2))
t.add(t.ones(2), one)
t.ones(2) + one
t.ones(2) @ one
t.exp(one)
t.cat([one, one])
t.linalg.cholesky(one)
t.linalg.norm(one)
F.mse_loss(t.ones(2), one)
F.linear(t.ones(2), t.ones(2, 2), one)
t.diagonal(one, offset=1)
t.transpose(one, 0, 1)
t.zeros_like(one)
t.where(t.ones(2) > 0, one, one)
t.stack([t.ones(2), one])
""".strip().splitlines()


def foreign(answer: Any) -> Any:
    class One:
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return answer

    return One()


@pytest.mark.parametrize("call", ANSWERS)
def test_a_foreign_class_answers(call: str) -> None:
    for t in (mt, torch):
        assert eval(call, {"t": t, "F": t.nn.functional, "one": foreign("answer")}) == "answer"


@pytest.mark.parametrize(
    "call", ["t.add(one, 1)", "t.nn.functional.mse_loss(t.ones(2), one)", "t.ones(2) + one"]
)
def test_not_implemented_by_all_is_a_type_error(call: str) -> None:
    for t in (mt, torch):
        with pytest.raises(TypeError):
            eval(call, {"t": t, "one": foreign(NotImplemented)})


def test_what_nobody_implements_is_said() -> None:
    with pytest.raises(TypeError, match="no implementation found for 'add' on types .*: One answered"):
        mt.add(foreign(NotImplemented), 1)


def test_subclasses_are_asked_before_their_bases() -> None:
    order = []
    for t in (mt, torch):
        asked: list[str] = []

        def answer(
            cls: Any, func: Any, types: Any, args: Any = (), kwargs: Any = None, asked: Any = asked
        ) -> Any:
            asked.append(cls.__name__)
            return NotImplemented

        base = type("Base", (), {"__torch_function__": classmethod(answer)})
        other = type("Other", (), {"__torch_function__": classmethod(answer)})
        sub = type("Sub", (base,), {})
        with pytest.raises(TypeError):
            t.stack([base(), other(), sub(), base()])
        order.append(asked)
    assert order[0] == order[1] == ["Sub", "Base", "Other"]


def test_two_strangers_give_none_of_their_classes() -> None:
    for t in (mt, torch):
        a, b = (t.ones(2).as_subclass(plain_subclass(t)) for _ in range(2))
        with pytest.raises(TypeError):
            _ = a + b


def test_a_mode_sees_all_calls_and_is_off_inside_itself() -> None:
    logs = []
    for t in (mt, torch):
        log: list[str] = []

        class Log(t.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
            def __torch_function__(
                self, func: Any, types: Any, args: Any = (), kwargs: Any = None, log: Any = log
            ) -> Any:
                log.append(func.__name__)
                return func(*args, **(kwargs or {}))

        with Log():
            x = t.ones(2)
            y = x.exp() + 1
            t.nn.functional.mse_loss(x, y).item()
            t.cat([x, y]).reshape(2, 2)
            _ = x.requires_grad
        x + y
        logs.append(log)
    assert logs[0] == logs[1]


def test_modes_nest_and_the_inner_one_is_asked_first() -> None:
    logs = []
    for t in (mt, torch):
        log: list[str] = []

        class Named(t.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
            def __init__(self, name: str, log: Any = log) -> None:
                super().__init__()
                self.name, self.log = name, log

            def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                self.log.append(self.name)
                return func(*args, **(kwargs or {}))

        x = t.ones(2)
        with Named("outer"), Named("inner"):
            x + x
        logs.append(log)
    assert logs[0] == logs[1] == ["inner", "outer"]


def test_turning_it_off() -> None:
    for t in (mt, torch):
        s = t.ones(2).as_subclass(plain_subclass(t))
        with t._C.DisableTorchFunctionSubclass():
            assert type(s * 2) is t.Tensor
            assert not t._C._is_torch_function_enabled()
        assert type(s * 2) is not t.Tensor


def test_gradients_reach_a_subclass_and_are_plain() -> None:
    for t in (mt, torch):
        w = t.ones(2).as_subclass(plain_subclass(t)).requires_grad_()
        y = (w * 3).sum()
        assert y.grad_fn.name() == "AliasBackward0"
        y.backward()
        assert type(w.grad) is t.Tensor
        assert w.grad.tolist() == [3, 3]


def test_as_subclass_keeps_the_history_and_make_subclass_does_not() -> None:
    for t in (mt, torch):
        kind, x = plain_subclass(t), t.ones(2, requires_grad=True)
        assert (x * 2).as_subclass(kind).requires_grad
        assert not t.Tensor._make_subclass(kind, x * 2).requires_grad
        assert t.Tensor._make_subclass(kind, t.ones(2), True).requires_grad
        assert repr(kind([1.0])) == "Mine([1.])"


def test_a_parameter_of_a_subclass_is_a_parameter() -> None:
    for t in (mt, torch):
        kind = plain_subclass(t)
        p = t.nn.Parameter(t.ones(2).as_subclass(kind))
        assert isinstance(p, t.nn.Parameter)
        assert isinstance(p, kind)
        module = t.nn.Module()
        module.p = p
        assert [name for name, _ in module.named_parameters()] == ["p"]


def test_a_subclass_of_parameter_overrides_nothing() -> None:
    for t in (mt, torch):
        kind: Any = type("Weight", (t.nn.Parameter,), {})
        assert type(kind(t.ones(1)) * 2) is t.Tensor
        assert not t.overrides.has_torch_function((kind(t.ones(1)),))


def test_names_are_resolved() -> None:
    for name in ("torch.exp", "torch.nn.functional.mse_loss", "torch.linalg.cholesky", "torch.cat"):
        for t in (mt, torch):
            assert t.overrides.resolve_name(eval(name, {"torch": t})) == name
    assert mt.overrides.resolve_name(mt.Tensor.shape.__get__) == "torch.Tensor.shape.__get__"
    assert mt.overrides.resolve_name(len) is None


def test_what_can_be_overridden_is_listed() -> None:
    ours, theirs = mt.overrides.get_overridable_functions(), torch.overrides.get_overridable_functions()
    for place in ("", "nn.functional", "Tensor"):
        names = [{f.__name__ for f in table[_at(t, place)]} for t, table in ((mt, ours), (torch, theirs))]
        assert len(names[0] & names[1]) > 10, place
    assert mt.zeros in mt.overrides.get_ignored_functions()


def _at(t: Any, place: str) -> Any:
    for part in filter(None, place.split(".")):
        t = getattr(t, part)
    return t


def test_tensor_likes() -> None:
    for t in (mt, torch):
        o = t.overrides
        assert o.is_tensor_like(t.ones(1))
        assert o.is_tensor_like(foreign(1))
        assert not o.is_tensor_like(1.0)
        assert not o.has_torch_function((t.ones(1),))
        assert o.has_torch_function((t.ones(1), foreign(1)))
        assert o.handle_torch_function(t.exp, (foreign(5),), foreign(5)) == 5
        assert o.is_tensor_method_or_property(t.Tensor.add)
        assert not o.is_tensor_method_or_property(t.nn.functional.relu)
