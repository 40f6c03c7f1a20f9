"""Which compiler is found, and what is loaded from the cache: never what is not whole, or not ours."""

from __future__ import annotations

import ctypes
import os
import sys
import types

import pytest

from microtensor.compiled.c import c_cache, toolchain
from microtensor.compiled.program import Unavailable

SOURCE = "int answer(void) { return 42; }"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "microtensor"


@pytest.fixture
def cc(cache):
    try:
        return toolchain.compiler()
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def compilations(monkeypatch):
    """Counts how often the compiler runs."""
    done = []
    real = c_cache.compiled
    monkeypatch.setattr(c_cache, "compiled", lambda *a: done.append(a) or real(*a))
    return done


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_library_is_compiled_once(cc, cache, compilations):
    assert c_cache.library(SOURCE).answer() == 42
    assert type(c_cache.library(SOURCE)) is ctypes.PyDLL
    assert type(c_cache.library(SOURCE, holds_gil=False)) is ctypes.CDLL
    assert len(compilations) == 1
    assert cache.stat().st_mode & 0o777 == 0o700
    assert len(list(cache.iterdir())) == 1


def test_another_source_flag_or_compiler_is_another_library(cc, cache, compilations, monkeypatch):
    c_cache.library(SOURCE)
    assert c_cache.library(SOURCE.replace("42", "43")).answer() == 43
    monkeypatch.setattr(toolchain, "FLAGS", (*toolchain.FLAGS, "-DOTHER"))
    c_cache.library(SOURCE)
    monkeypatch.setattr(toolchain, "processor", lambda: "another")
    c_cache.library(SOURCE)
    monkeypatch.setenv("CC", " ".join([*cc, "-O1"]))
    c_cache.library(SOURCE)
    assert len(compilations) == 5


def test_no_flag_gives_up_the_arithmetic():
    assert not [f for f in toolchain.FLAGS if "fast" in f or "unsafe" in f or "finite" in f]


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-9] + b"x" * 9])
def test_a_damaged_library_is_compiled_anew(cc, cache, compilations, damage):
    c_cache.library(SOURCE + "/* damaged */")
    [file] = cache.glob("*.so")
    bytes_ = file.read_bytes()
    file.unlink()
    file.write_bytes(damage(bytes_))
    assert c_cache.library(SOURCE + "/* damaged */").answer() == 42
    assert len(compilations) == 2


def test_what_cannot_be_loaded_is_said(cc, cache, monkeypatch, tmp_path):
    monkeypatch.setenv(
        "CC", script(tmp_path / "liar", 'while [ "$1" != -o ]; do shift; done; echo no > "$2"')
    )
    with pytest.raises(Unavailable, match="the compiled library can't be loaded"):
        c_cache.library(SOURCE)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_a_folder_that_others_may_enter_is_not_used(cc, cache, compilations, mode):
    cache.mkdir()
    cache.chmod(mode)
    assert c_cache.library(SOURCE).answer() == 42
    assert not list(cache.iterdir())


def test_another_users_folder_is_not_used(cc, cache, monkeypatch):
    c_cache.library(SOURCE)
    before = sorted(cache.iterdir())
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert c_cache.library(SOURCE + " ").answer() == 42
    assert sorted(cache.iterdir()) == before


def test_a_folder_behind_a_link_is_not_used(cc, cache, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    cache.symlink_to(tmp_path / "elsewhere")
    assert c_cache.library(SOURCE).answer() == 42
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_home_that_cannot_be_written_is_done_without(cc, cache, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert c_cache.library(SOURCE).answer() == 42


def test_the_cache_is_bounded(cc, cache, monkeypatch):
    first = c_cache.library(SOURCE)
    [file] = cache.glob("*.so")
    os.utime(file, (1, 1))
    monkeypatch.setattr(c_cache, "LARGEST", file.stat().st_size * 5 // 2)
    for k in range(3):
        c_cache.library(f"{SOURCE} int more{k};")
    left = list(cache.glob("*.so"))
    assert len(left) == 2
    assert file not in left
    assert first.answer() == 42


def test_what_was_never_finished_is_removed(cc, cache):
    c_cache.library(SOURCE)
    for name, age in (("making-old", 1), ("making-new", None)):
        (cache / name).mkdir()
        (cache / name / "step.c").write_text("")
        if age is not None:
            os.utime(cache / name, (age, age))
    c_cache.library(SOURCE + " ")
    assert [p.name for p in cache.glob("making-*")] == ["making-new"]


def test_a_compiler_that_does_not_know_the_processor(cc, cache, monkeypatch, tmp_path):
    text = f'case "$*" in *-march=native*) exit 1;; esac; exec {" ".join(cc)} "$@"'
    monkeypatch.setenv("CC", script(tmp_path / "plain", text))
    assert c_cache.library(SOURCE).answer() == 42


def test_without_a_compiler(cache, monkeypatch, tmp_path):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        Unavailable, match=r"no C compiler \(cc, gcc, clang or \$CC\): install one, or microtensor\[cc\]"
    ):
        toolchain.compiler()


def test_ziglang_comes_last(cache, monkeypatch, tmp_path):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    spec = types.SimpleNamespace(origin=__file__)
    monkeypatch.setattr(toolchain.importlib.util, "find_spec", lambda name: spec)
    command = toolchain.compiler()
    assert command == (sys.executable, "-m", "ziglang", "cc")
    assert __file__ in toolchain.identity(command)


def test_the_environments_compiler_comes_first(cache, monkeypatch, tmp_path):
    mine = script(tmp_path / "mine", "exit 0")
    monkeypatch.setenv("CC", f"{mine} -m64")
    assert toolchain.compiler() == (mine, "-m64")
    monkeypatch.setenv("CC", "nowhere-at-all")
    with pytest.raises(
        Unavailable, match="the C compiler of the environment's CC, 'nowhere-at-all', is not there"
    ):
        toolchain.compiler()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo 'step.c:1: broken' >&2; exit 1", "failed: step.c:1: broken"),
        ("exit 0", "failed: it said nothing"),
    ],
)
def test_a_broken_compiler_is_quoted(cache, monkeypatch, tmp_path, text, said):
    monkeypatch.setenv("CC", script(tmp_path / "broken", text))
    with pytest.raises(Unavailable, match=said):
        c_cache.library(SOURCE)
    assert not list(cache.iterdir())


def test_a_compiler_that_never_ends_is_given_up(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("CC", script(tmp_path / "slow", "exec sleep 60"))
    monkeypatch.setattr(toolchain, "PATIENCE", 0.2)
    with pytest.raises(Unavailable, match="can't be run: .*timed out"):
        c_cache.library(SOURCE)


def test_no_compiler_needs_no_folder(cache, monkeypatch):
    monkeypatch.setattr(toolchain.os, "name", "nt")
    with pytest.raises(Unavailable, match="C needs a POSIX system"):
        toolchain.compiler()
    assert not cache.exists()
