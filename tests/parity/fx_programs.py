"""Programs that are traced with PyTorch and with microtensor: their code and graphs must be the same."""

from __future__ import annotations

import math
import operator
from typing import Any, Dict, List, Optional, Tuple  # noqa: UP035 - what programs write


def programs(torch: Any) -> dict[str, Any]:
    """Modules and functions by name."""
    nn = torch.nn
    F = nn.functional

    class MLP(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
            self.w = nn.Parameter(torch.ones(2))
            self.register_buffer("b", torch.zeros(2))
            self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
            self.scales = nn.ParameterList([nn.Parameter(torch.ones(2))])
            self.named = nn.ModuleDict({"a b": nn.ReLU(), "c": nn.Sequential(nn.Linear(2, 2))})

        def forward(self, x, y=None, *args, scale=2.0, **kw):
            h = self.net(x) * self.w + self.b
            for layer in self.layers:
                h = layer(h)
            h = self.named.c(self.named["a b"](h + self.scales[0]))
            return (self.net[0].weight.sum() + (self.b + h)) * scale

    class Block(nn.Module):
        def __init__(self, inside, outside, stride=1):
            super().__init__()
            self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outside)
            self.relu = nn.ReLU(inplace=True)
            self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outside)
            shortcut = nn.Conv2d(inside, outside, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outside)) if stride > 1 else None

        def forward(self, x):
            identity = x if self.downsample is None else self.downsample(x)
            out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            out += identity
            return self.relu(out)

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.pool = nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(2)
            self.layer1 = nn.Sequential(Block(4, 4), Block(4, 8, 2))
            self.avg, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 3)

        def forward(self, x):
            x = self.layer1(self.pool(F.relu(self.stem(x))))
            return self.fc(torch.flatten(self.avg(x), 1))

    class Attention(nn.Module):
        def __init__(self, width=8, heads=2):
            super().__init__()
            self.qkv, self.out, self.norm = (
                nn.Linear(width, 3 * width),
                nn.Linear(width, width),
                nn.LayerNorm(width),
            )
            self.heads = heads

        def forward(self, x, mask=None):
            n, length, width = x.shape
            q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
            q, k, v = (t.view(n, length, self.heads, width // self.heads).transpose(1, 2) for t in (q, k, v))
            a = F.softmax(torch.softmax(q @ k.transpose(-2, -1) * 0.5, dim=-1), dim=-1)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            y = (a @ v + y).transpose(1, 2).contiguous().view(n, length, width)
            return x + self.out(y)

    class Held(nn.Module):
        def __init__(self):
            super().__init__()
            self.t, self.numbers, self.act = torch.ones(3), [1, 2], nn.ReLU()
            self.same = self.act

        def forward(self, x):
            return self.same(self.act(x)) + self.t + torch.ones(3) + self.numbers[0]

    class Reused(nn.Module):
        def __init__(self):
            super().__init__()
            self.line, self.drop, self.table = nn.Linear(2, 2), nn.Dropout(0.1), nn.Embedding(3, 2)

        def forward(self, x):
            tied = F.linear(self.drop(self.table.weight), self.line.weight, self.line.bias)
            return self.line(self.line(self.table(x))) + tied + self.line.weight.shape[0]

    class Buffers(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("b", torch.ones(3))

        def forward(self, h):
            b = self.b
            done = [
                b + h,
                b * h,
                b - h,
                b / h,
                b @ h,
                b**h,
                b // h,
                b % h,
                b > h,
                b == h,
                b & h,
                b << h,
                b[h],
            ]
            return done, b.mul(h), torch.mul(b, h), torch.cat([b, h]), b.view(h.size(0))

    def typed(
        x: int, y: Optional[int] = None, z: List[int] = [1], d: Dict[str, int] = {},  # noqa: B006, UP006, UP045
        t: Tuple[int, ...] = (1, 2), v: list[int] = [2], w: int | None = None,  # noqa: B006, UP006
    ) -> Tuple[int, int]:  # fmt: skip  # noqa: UP006
        return x + 1, y

    def slicing(x, y):
        return x[:, :1], y[..., None, 1:2:3], x[0], x[-1, ::2], x[y > 0], x[:, y.size(0) - 1 :]

    def operators(x, y):
        z = -x + abs(y) - 2 / y + 2**x + (x @ y.T) // 2 + x % 3 + (x / y)
        w = (x > 0) & (y <= 1) | ~(x == y) ^ (x != 2)
        q, r, t = 1 - x, 3 // x, +x
        x += 1
        x *= 2
        x **= 2
        x |= 1
        return z, w << 1, w >> 2, q, r, t, x, 5 % x, 1 << x

    def outputs(x, y=3, *, k=None):
        return {
            "a": x,
            "b": [x, y, (x,)],
            "c": slice(x, None, y),
            "d": None,
            2: torch.float32,
            "f": "s'q",
            "g": (x + 1,),
        }

    def no_arguments():
        return torch.zeros(3) + 1

    def starred(a, *args, **kwargs):
        return a + args[0] + kwargs["k"]

    def positional_only(x, /, y, *, z=1):
        return x + y + z

    def compiled_functions(x, y):
        first = (
            torch.cat([x, y], dim=1),
            torch.cat((x, y)),
            torch.stack([x, y], 0),
            torch.flatten(x, start_dim=1),
        )
        sums = torch.add(x, y, alpha=2), torch.sum(x, (0, 1), True), torch.mean(x, dim=(2, 3), keepdim=True)
        picks = (
            torch.max(x, 1)[0],
            torch.max(x, dim=1).values,
            torch.topk(x, k=3),
            torch.where(x > 0, x, math.inf),
        )
        edges = (
            torch.clamp(x, min=0, max=math.nan),
            torch.tanh(input=x),
            torch.pow(2, x),
            torch.gather(x, 1, y),
        )
        made = (
            torch.zeros_like(x, dtype=torch.float64),
            torch.zeros(x.shape),
            torch.arange(x.size(0), device=x.device),
        )
        far = (
            torch.linalg.norm(x),
            torch.linalg.inv(x),
            torch.fft.rfft(x),
            torch.log_softmax(x, 1),
            torch.selu(x),
        )
        return first, sums, picks, edges, made, far, torch.baddbmm(x, x, y, beta=2), torch.unsqueeze(x, -1)

    def python_functions(x, y):
        first = torch.einsum("ij,jk->ik", x, y), torch.einsum("ij,jk->ik", (x, y)), torch.split(x, 2, dim=1)
        return first, torch.norm(x, 2), torch.meshgrid(x, y, indexing="ij"), torch.tensordot(x, y, dims=2)

    def functional(x, y, w):
        acts = (
            F.relu(x),
            F.relu(x, True),
            F.gelu(x, approximate="tanh"),
            F.silu(x),
            F.tanh(x),
            F.softplus(x),
            F.selu(x),
        )
        convs = (
            F.linear(x, w, y),
            F.conv2d(x, w, y, 2, padding=1),
            F.conv_transpose2d(x, w),
            F.max_pool2d(x, 2),
        )
        pools = (
            F.avg_pool2d(x, kernel_size=2, stride=1),
            F.adaptive_avg_pool2d(x, 1),
            F.max_pool1d(x, 2, stride=2),
        )
        norms = (
            F.layer_norm(x, [4], w, y, 1e-6),
            F.batch_norm(x, y, w, training=True),
            F.normalize(x),
            F.group_norm(x, 2),
        )
        losses = F.cross_entropy(x, y, reduction="sum"), F.mse_loss(x, y), F.l1_loss(x, y), F.nll_loss(x, y)
        rest = (
            F.dropout(x, p=0.2, training=False),
            F.pad(x, (1, 1)),
            F.pad(x, [0, 1], value=2.0),
            F.one_hot(x, num_classes=3),
        )
        more = (
            F.interpolate(x, scale_factor=2, mode="nearest"),
            F.embedding(x, w),
            F.softmin(x, dim=0),
            F.logsigmoid(x),
        )
        return (
            acts,
            convs,
            pools,
            norms,
            losses,
            rest,
            more,
            F.threshold(x, 0.1, 0.0),
            F.log_softmax(x, dim=-1),
        )

    def methods(x, y):
        a = x.view(-1, x.shape[1]).to(torch.float64, device=torch.device("cpu")).relu_().add_(1, alpha=2)
        b = x.size(), x.size(0), x.dtype, x.T, getattr(x, "T"), x.unsqueeze(0).expand(-1, 2)  # noqa: B009
        x.fooBar()
        return (
            a,
            b,
            x.float().masked_fill(y == 0, float("-inf")),
            x.contiguous(memory_format=torch.contiguous_format),
        )

    def names(input, lambda_, str_, _x, x_1, float_):
        x = input + x_1
        x = x + 1
        x = x.add_1().sum_().type(torch.float32).print().fooBar2(3).int().float()
        return f"{1}", x + lambda_ + str_ + _x + float_, x.input

    def unpacked(x):
        a, b = x
        (c, d), e = x.foo()
        return a + c, b, d, e

    def unused(x):
        y = x + 1  # noqa: F841
        x.add_(1)
        F.relu_(x)
        return x

    def of_operator(x, y):
        first = operator.add(x, y), operator.getitem(x, 0), operator.iadd(x, y), operator.mul(2, x)
        return first, operator.matmul(x, y), operator.neg(x), operator.invert(x), operator.truediv(x, y)

    def numbers(x):
        return math.pi * x, x * math.inf, x + 1j, x + True, x.to("cpu"), x.sum(dim=[0, 1]), torch.Size([1, 2])

    return {
        name: made
        for name, made in locals().items()
        if callable(made) and name not in ("torch", "Block") and not name.startswith("_")
    }
