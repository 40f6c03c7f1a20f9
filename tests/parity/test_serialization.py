"""Files that PyTorch writes and we read, and files that we write and PyTorch reads."""

from __future__ import annotations

import io
import itertools
import warnings
from collections import Counter, OrderedDict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtensor as mt
from microtensor.serialization.storages import DTYPES

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

ZIP = [True, False]


def to_us(obj: Any, **options: Any) -> Any:
    """An object after a trip from PyTorch to us."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(obj, file, **options)
    file.seek(0)
    return mt.load(file)


def to_them(obj: Any) -> Any:
    """An object after a trip from us to PyTorch, with its default ``weights_only=True``."""
    file = io.BytesIO()
    mt.save(obj, file)
    file.seek(0)
    return torch.load(file)


def plain(value: Any) -> Any:
    """Values of either library, made comparable."""
    if hasattr(value, "requires_grad"):
        name = "Parameter" if "Parameter" in type(value).__name__ else "Tensor"
        facts = (
            str(value.dtype).removeprefix("torch."),
            tuple(value.shape),
            value.numel() and tuple(value.stride()),
        )
        return name, facts, value.requires_grad, value.detach().numpy().tolist()
    if isinstance(value, dict):
        return type(value), [(key, plain(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(item) for item in value]
    return (type(value).__name__, value) if isinstance(value, (bool, int, float, str, bytes)) else str(value)


@pytest.mark.parametrize("new", ZIP, ids=["zip", "stream"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_containers(new: bool, protocol: int) -> None:
    obj = {
        "list": [1, (2, 3.5), "é", b"\xff", None, True, -7, 70000, 2**40, -(2**70)],
        "set": {1}, "counter": Counter("aab"), "ordered": OrderedDict(a=1), "array": bytearray(b"x"),
        "long": list(range(2000)), 3: "int key", (1, "a"): "tuple key", 1.5: 2j,
    }  # fmt: skip
    options = {"_use_new_zipfile_serialization": new, "pickle_protocol": protocol}
    assert to_us(obj, **options) == obj
    assert to_them(obj) == obj


@pytest.mark.parametrize("new", ZIP, ids=["zip", "stream"])
@pytest.mark.parametrize("name", DTYPES)
def test_dtypes(name: str, new: bool) -> None:
    theirs = torch.tensor([[0, 1, 2], [3, 4, 5]]).to(getattr(torch, name))
    ours = mt.tensor([[0, 1, 2], [3, 4, 5]]).to(getattr(mt, name))
    obj = {"x": theirs, "turned": theirs.t(), "one": theirs[1, 2], "none": theirs[:, :0]}
    mine = {"x": ours, "turned": ours.t(), "one": ours[1, 2], "none": ours[:, :0]}
    assert plain(to_us(obj, _use_new_zipfile_serialization=new)) == plain(obj)
    assert plain(to_them(mine)) == plain(obj)


@pytest.mark.parametrize("new", ZIP, ids=["zip", "stream"])
def test_bfloat16(new: bool) -> None:
    x = torch.randn(50).bfloat16()
    file = io.BytesIO()
    torch.save([x, x[3:]], file, _use_new_zipfile_serialization=new)
    file.seek(0)
    whole, part = mt.load(file)
    assert whole.dtype is mt.bfloat16
    assert whole.tolist() == x.tolist()
    assert np.shares_memory(whole.array, part.array)


@pytest.mark.parametrize("new", ZIP, ids=["zip", "stream"])
def test_views(new: bool) -> None:
    def views(package: Any) -> list[Any]:
        base = package.arange(24.0).reshape(4, 6)
        return [
            base,
            base[4:, 1:],
            base.t(),
            base[1:, ::2],
            base[2].expand(5, 6),
            base.reshape(2, 2, 6).permute(2, 0, 1),
        ]

    read, written = to_us(views(torch), _use_new_zipfile_serialization=new), to_them(views(mt))
    assert plain(read) == plain(written) == plain(views(torch))
    read[0][2, 3] = written[0][2, 3] = 100
    assert plain(read) == plain(written)
    offsets = [x.storage_offset() for x in read if x.numel()]
    assert offsets == [x.storage_offset() for x in written if x.numel()]


def test_parameters_and_attributes() -> None:
    theirs = [
        torch.nn.Parameter(torch.ones(2)),
        torch.ones(1, requires_grad=True),
        torch.nn.Parameter(torch.ones(1)),
    ]
    theirs[2].note = "kept"
    ours = [mt.nn.Parameter(mt.ones(2)), mt.ones(1, requires_grad=True), mt.nn.Parameter(mt.ones(1))]
    ours[2].note = "kept"
    assert plain(to_us(theirs)) == plain(theirs) == plain(to_them(ours))
    assert to_us(theirs)[2].note == to_them(ours)[2].note == "kept"


def test_things_of_the_library() -> None:
    obj = to_us([torch.Size([1, 2]), torch.device("cpu"), torch.device("cuda", 0), torch.float32, torch.int8])
    assert obj == [mt.Size([1, 2]), mt.device("cpu"), mt.device("cpu"), mt.float32, mt.int8]
    back = to_them([mt.Size([1, 2]), mt.device("cpu"), mt.float32, mt.bool, mt.uint16])
    assert back == [torch.Size([1, 2]), torch.device("cpu"), torch.float32, torch.bool, torch.uint16]


def net(package: Any) -> Any:
    package.manual_seed(0)
    nn = package.nn
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))


def test_state_dicts_of_modules() -> None:
    theirs, ours = net(torch), net(mt)
    read, written = to_us(theirs.state_dict()), to_them(ours.state_dict())
    assert read._metadata == written._metadata == theirs.state_dict()._metadata
    ours.load_state_dict(read)
    theirs.load_state_dict(written)
    assert plain(read) == plain(written)


OPTIMIZERS = [
    "SGD",
    "Adam",
    "AdamW",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "ASGD",
]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_changes_sides(name: str) -> None:
    """Three steps here and three there are as good as six."""

    def start(package: Any) -> tuple[Any, Any, Any]:
        package.manual_seed(0)
        nn = package.nn
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        optimizer = getattr(package.optim, name)(model.parameters(), lr=0.01)
        return model, optimizer, package.optim.lr_scheduler.StepLR(optimizer, 2)

    def go(package: Any, parts: Any, steps: int) -> None:
        model, optimizer, scheduler = parts
        x = package.arange(15.0).reshape(5, 3) / 10
        for _ in range(steps):
            optimizer.zero_grad()
            model(x).square().sum().backward()
            optimizer.step()
            scheduler.step()

    reference = start(torch)
    go(torch, reference, 6)
    for (first, then), move in zip(itertools.permutations((torch, mt)), (to_us, to_them), strict=True):
        parts, others = start(first), start(then)
        go(first, parts, 3)
        for part, state in zip(others, move([part.state_dict() for part in parts]), strict=True):
            part.load_state_dict(state)
        go(then, others, 3)
        for mine, theirs in zip(others[0].parameters(), reference[0].parameters(), strict=True):
            np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-5, atol=1e-7)


def test_random_states_change_sides() -> None:
    torch.manual_seed(3)
    torch.rand(5)
    mt.set_rng_state(to_us({"rng": torch.get_rng_state()})["rng"])
    assert mt.rand(4).tolist() == torch.rand(4).tolist()
    torch.set_rng_state(to_them(mt.get_rng_state()))
    assert mt.rand(4).tolist() == torch.rand(4).tolist()


@pytest.mark.parametrize("new", ZIP, ids=["zip", "stream"])
def test_a_whole_module_is_refused_and_not_built(new: bool) -> None:
    with pytest.raises(RuntimeError, match=r"asks for torch\.nn\.modules\S+.*never imports or calls"):
        to_us(torch.nn.Sequential(torch.nn.Linear(1, 1)), _use_new_zipfile_serialization=new)


def network(p: Any) -> Any:
    """Layers with parameters, buffers and neither."""
    parts = [
        p.nn.Conv2d(1, 2, 3, padding=1),
        p.nn.BatchNorm2d(2),
        p.nn.GELU(),
        p.nn.MaxPool2d(2),
        p.nn.Flatten(),
    ]
    return p.nn.Sequential(
        *parts, p.nn.Linear(8, 2, bias=False), p.nn.Dropout(0.5), p.nn.LogSoftmax(1)
    ).eval()


MODULES = {
    "network": (network, (3, 1, 4, 4)),
    "norms": (
        lambda p: p.nn.Sequential(p.nn.GroupNorm(2, 4), p.nn.PReLU(), p.nn.InstanceNorm1d(4)),
        (2, 4, 3),
    ),
    "upwards": (
        lambda p: p.nn.Sequential(p.nn.ConvTranspose2d(1, 2, 3), p.nn.Upsample(scale_factor=2)),
        (3, 1, 4, 4),
    ),
    "attention": (lambda p: p.nn.TransformerEncoderLayer(4, 2, 8).eval(), (2, 5, 4)),
}
RECURRENT = {"lstm": (lambda p: p.nn.LSTM(4, 3, 2, batch_first=True), (2, 5, 4))}


def result(package: Any, module: Any, shape: tuple[int, ...]) -> Any:
    """What a module makes of some numbers."""
    x = package.tensor(np.random.default_rng(0).standard_normal(shape).astype("float32"))
    made = module(x)
    return (made[0] if isinstance(made, tuple) else made).detach().numpy()


@pytest.mark.parametrize("name", [*MODULES, *RECURRENT])
@pytest.mark.parametrize("new", ZIP, ids=["zip", "stream"])
def test_whole_modules_come_to_us(name: str, new: bool) -> None:
    """Of PyTorch's classes; they compute the same."""
    make, shape = {**MODULES, **RECURRENT}[name]
    theirs, file = make(torch), io.BytesIO()
    torch.save(theirs, file, _use_new_zipfile_serialization=new)
    ours = mt.load(io.BytesIO(file.getvalue()), weights_only=False)
    assert isinstance(ours, mt.nn.Module)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    np.testing.assert_allclose(result(mt, ours, shape), result(torch, theirs, shape), atol=1e-5)


@pytest.mark.parametrize("name", MODULES)
def test_whole_modules_go_to_them(name: str) -> None:
    """And can be trained there, as hooks and tables are in place."""
    make, shape = MODULES[name]
    ours, file = make(mt), io.BytesIO()
    mt.save(ours, file)
    theirs = torch.load(io.BytesIO(file.getvalue()), weights_only=False)
    assert repr(ours) == repr(theirs)
    np.testing.assert_allclose(result(mt, ours, shape), result(torch, theirs, shape), atol=1e-5)
    theirs.register_forward_hook(lambda *_: None)
    assert [tuple(p.shape) for p in theirs.parameters()] == [tuple(p.shape) for p in ours.parameters()]


def test_hooks_of_a_module_do_not_come_along() -> None:
    theirs, file = torch.nn.Linear(1, 1), io.BytesIO()
    theirs.register_forward_hook(print)
    torch.save(theirs, file)
    with pytest.warns(UserWarning, match="hooks of a module in the file are left out"):
        mt.load(io.BytesIO(file.getvalue()), weights_only=False)


@pytest.mark.parametrize("kind", ["float32", "int64", "bool", "uint16", "float16"])
def test_a_file_of_theirs_as_memory(kind: str, tmp_path: Any) -> None:
    """The tensors of a file that is mapped are those of one that is read."""
    x = torch.arange(12).reshape(3, 4).to(getattr(torch, kind))
    torch.save([x, x[1:, ::2]], tmp_path / "x.pt")
    made, read = (mt.load(tmp_path / "x.pt", mmap=mmap) for mmap in (True, False))
    assert [plain(t) for t in made] == [plain(t) for t in read]
    made[0][1, 0] = 0
    assert made[1][0, 0].item() == 0
    assert mt.load(tmp_path / "x.pt")[0].tolist() == x.tolist()


def test_arrays_that_the_program_allows() -> None:
    """NumPy's own functions rebuild them."""
    file = io.BytesIO()
    torch.save({"a": np.arange(4.0).reshape(2, 2)}, file)
    allowed = [np._core.multiarray._reconstruct, np.ndarray, np.dtype, type(np.dtype("f8"))]
    with mt.serialization.safe_globals(allowed):
        assert mt.load(io.BytesIO(file.getvalue()))["a"].tolist() == [[0.0, 1.0], [2.0, 3.0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.ones(2),
    ],
)
def test_what_we_do_not_have_is_refused(make: Any) -> None:
    with pytest.raises(mt.serialization.FileFormatError):
        to_us(make())


containers = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | st.floats(allow_nan=False)
    | st.text(max_size=4),
    lambda part: (
        st.lists(part, max_size=3) | st.tuples(part, part) | st.dictionaries(st.text(max_size=3), part)
    ),
    max_leaves=10,
)


@given(containers)
def test_any_container(obj: Any) -> None:
    assert plain(to_us(obj)) == plain(to_them(obj)) == plain(obj)


def test_names_of_members() -> None:
    """But for the id, which PyTorch computes from the content."""
    import zipfile

    files = [io.BytesIO(), io.BytesIO()]
    torch.save([torch.ones(2), torch.ones(3)], files[0])
    mt.save([mt.ones(2), mt.ones(3)], files[1])
    theirs, ours = (zipfile.ZipFile(file).namelist() for file in files)
    assert set(theirs) - set(ours) == {"archive/.data/serialization_id"}
    assert set(ours) <= set(theirs)


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
@pytest.mark.parametrize("coalesced", [False, True])
def test_sparse_tensors_go_both_ways(coalesced: bool) -> None:
    """With their places, and whether they are coalesced."""
    for library, trip in ((torch, to_us), (mt, to_them)):
        made = library.sparse_coo_tensor(library.tensor([[1, 0]]), library.ones(2, 2), (3, 2))
        there = trip({"x": made.coalesce() if coalesced else made})["x"]
        assert there.is_coalesced() == coalesced
        assert there._indices().tolist() == ([[0, 1]] if coalesced else [[1, 0]])
        assert there.to_dense().tolist() == [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]
