"""Rearranging, reducing, packing and mixing axes by name."""

# /// script
# dependencies = ["einops==0.8.2"]
#
# [tool.libraries]
# import = ["einops", "einops.layers.torch"]
#
# [tool.libraries.tests]
# paths = ["einops/tests"]
# ///

import json

import torch
from einops import einsum, pack, rearrange, reduce, repeat, unpack
from einops.layers.torch import EinMix, Rearrange, Reduce

torch.manual_seed(0)
images = torch.randn(2, 3, 4, 4, requires_grad=True)
network = torch.nn.Sequential(
    torch.nn.Conv2d(3, 6, 3, padding=1),
    Reduce("b c (h h2) (w w2) -> b c h w", "max", h2=2, w2=2),
    Rearrange("b c h w -> b (h w) c"),
    EinMix("b t c -> b t out", weight_shape="c out", bias_shape="out", c=6, out=2),
)
score = network(images)
score.square().mean().backward()
packed, shapes = pack([images, images.mean(1)], "b * h w")
print(
    json.dumps(
        {
            "score": score.tolist(),
            "gradient": images.grad.tolist(),
            "patches": rearrange(images, "b c (h p) (w q) -> b (h w) (p q c)", p=2, q=2).tolist(),
            "mean": reduce(images, "b c h w -> c", "mean").tolist(),
            "twice": repeat(images[0, 0], "h w -> (h 2) w").tolist(),
            "correlation": einsum(images, images, "b i h w, b j h w -> b i j").tolist(),
            "unpacked": [part.sum().item() for part in unpack(packed, shapes, "b * h w")],
        }
    )
)
