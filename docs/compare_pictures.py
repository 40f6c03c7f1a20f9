"""The same four programs drawn by five libraries, side by side: makes ``docs/pictures/compare_*.png``.

    PYTHONPATH=. python docs/compare_pictures.py [--only NAME] [--chromium PATH]

Needs PyTorch, torchviz, torchview, torchlens, torchvista (with IPython), matplotlib, playwright with a
Chromium, and a ``dot`` or graphviz-pure; it is no test.  A library that refuses a program says so there.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import stat
import tempfile
import textwrap
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import microtensor
from microtensor import viz
from microtensor.viz.render.graphviz import program, render

HERE = Path(__file__).parent

# ------------------------------------------------------------ the programs, for either library


def resnet_block(torch: Any) -> tuple[Any, Any]:
    """A residual block with a projection, as in ResNet."""
    nn = torch.nn

    class BasicBlock(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(4, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
            self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8)
            self.down = nn.Sequential(nn.Conv2d(4, 8, 1, 2, bias=False), nn.BatchNorm2d(8))

        def forward(self, x: Any) -> Any:
            y = torch.relu(self.bn1(self.conv1(x)))
            return torch.relu(self.bn2(self.conv2(y)) + self.down(x))

    return BasicBlock(), torch.randn(2, 4, 8, 8)


def gpt(torch: Any) -> tuple[Any, Any]:
    """Six equal blocks of attention and a feed-forward part, between an embedding and a head."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x: Any) -> Any:
            q, k, v = self.qkv(self.ln1(x)).chunk(3, -1)
            scores = (q @ k.transpose(-2, -1)) * q.shape[-1] ** -0.5
            mask = torch.ones(x.shape[1], x.shape[1]).tril() == 0
            x = x + self.out(scores.masked_fill(mask, float("-inf")).softmax(-1) @ v)
            return x + self.mlp(self.ln2(x))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.places = nn.Embedding(11, 8), nn.Parameter(torch.zeros(5, 8))
            self.blocks = nn.ModuleList([Block(8) for _ in range(6)])
            self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 11)

        def forward(self, ids: Any) -> Any:
            x = self.tokens(ids) + self.places
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    return GPT(), torch.arange(5).reshape(1, 5)


def lstm(torch: Any) -> tuple[Any, Any]:
    """A cell that is called four times, and a linear layer on its last state."""
    nn = torch.nn

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = nn.LSTMCell(2, 3), nn.Linear(3, 1)

        def forward(self, steps: Any) -> Any:
            h = c = torch.zeros(1, 3)
            for x in steps.unbind(0):
                h, c = self.cell(x, (h, c))
            return self.head(h)

    return Reader(), torch.randn(4, 1, 2)


def gradient_penalty(torch: Any) -> tuple[Any, Any]:
    """The penalty of a Wasserstein GAN: a derivative that is differentiated again."""
    nn = torch.nn

    class Penalty(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.critic = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))

        def forward(self, x: Any) -> Any:
            x = x.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.critic(x).sum(), x, create_graph=True)
            return ((slope.norm(dim=1) - 1) ** 2).mean()

    return Penalty(), torch.randn(3, 2)


PROGRAMS = {f.__name__: f for f in (resnet_block, gpt, lstm, gradient_penalty)}

# ------------------------------------------------------------ the libraries


def _by_microtensor(build: Callable[..., Any], path: Path) -> None:
    microtensor.manual_seed(0)
    model, x = build(microtensor)
    viz.draw(model, x).save(path)


def _by_torchviz(build: Callable[..., Any], path: Path) -> None:
    from torchviz import make_dot

    model, x = _torch(build)
    path.write_bytes(render(make_dot(model(x), params=dict(model.named_parameters())).source, "png"))


def _by_torchview(build: Callable[..., Any], path: Path) -> None:
    from torchview import draw_graph

    model, x = _torch(build)
    drawn = draw_graph(model, input_data=x, expand_nested=True, device="cpu").visual_graph
    path.write_bytes(render(drawn.source, "png"))


def _by_torchlens(build: Callable[..., Any], path: Path) -> None:
    import torchlens

    model, x = _torch(build)
    options = {"vis_fileformat": "png", "vis_save_only": True, "direction": "topdown"}
    torchlens.trace(model, x).draw(vis_outpath=str(path.with_suffix("")), **options)


def _by_torchvista(build: Callable[..., Any], path: Path) -> None:
    from torchvista import trace_model

    model, x = _torch(build)
    page = path.with_suffix(".html")
    options = {"export_format": "html", "export_path": str(page), "collapse_modules_after_depth": 9}
    trace_model(model, x, **options)
    _photograph(page, path)


def _torch(build: Callable[..., Any]) -> tuple[Any, Any]:
    import torch

    torch.manual_seed(0)
    return build(torch)


def _photograph(page: Path, path: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 900, "height": 900})
        window.goto(page.as_uri())
        window.wait_for_timeout(4000)
        window.screenshot(path=path)
        browser.close()


LIBRARIES = {
    "microtensor": _by_microtensor,
    "torchviz": _by_torchviz,
    "torchview": _by_torchview,
    "torchlens": _by_torchlens,
    "torchvista": _by_torchvista,
}

# ------------------------------------------------------------ side by side


def picture(library: str, build: Callable[..., Any], folder: Path) -> tuple[Any, str]:
    """What a library draws, as an array, or None; and what to write above it."""
    import matplotlib.image

    path, start = folder / f"{library}.png", time.perf_counter()
    known = microtensor.__version__ if library == "microtensor" else version(library)
    title = f"{library} {known}"
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            LIBRARIES[library](build, path)
        image = matplotlib.image.imread(path)
    except Exception as error:  # whatever another library raises is its answer
        return None, f"{title}\n{type(error).__name__}: {' '.join(str(error).split())[:90]}"
    height, width = image.shape[:2]
    return image, f"{title}\n{width} x {height} dots, {time.perf_counter() - start:.1f} s"


def compare(name: str, build: Callable[..., Any], folder: Path) -> Path:
    """One picture of all libraries' pictures of a program."""
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(LIBRARIES), figsize=(16, 8.4), layout="constrained")
    for library, ax in zip(LIBRARIES, panels, strict=True):
        image, title = picture(library, build, folder)
        lines = [part for line in title.splitlines() for part in textwrap.wrap(line, 38)]
        ax.set_title("\n".join(lines), fontsize=9, parse_math=False, verticalalignment="bottom")
        ax.set_anchor("N")
        ax.set_axis_off()
        if image is not None:
            ax.imshow(image, interpolation="antialiased", cmap="gray")
    found = HERE / "pictures" / f"compare_{name}.png"
    figure.savefig(found, dpi=110)
    pyplot.close(figure)
    return found


def with_a_dot(folder: Path) -> None:
    """Make sure that libraries which call ``dot`` find one: graphviz-pure can take its part."""
    drawing = program()
    if shutil.which("dot") is None and drawing is not None:
        stand_in = folder / "dot"
        stand_in.write_text(f'#!/bin/sh\nexec "{drawing}" "$@"\n')
        stand_in.chmod(stand_in.stat().st_mode | stat.S_IEXEC)
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PROGRAMS, help="one of the programs")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser for torchvista")
    asked = parser.parse_args()
    CHROMIUM = asked.chromium
    with tempfile.TemporaryDirectory() as made:
        with_a_dot(Path(made))
        for each in [asked.only] if asked.only else PROGRAMS:
            print(compare(each, PROGRAMS[each], Path(made)))
