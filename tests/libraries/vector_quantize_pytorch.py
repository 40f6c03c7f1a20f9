"""Quantised vectors: codebooks that follow averages, residual ones, and lattices."""

# /// script
# dependencies = ["vector-quantize-pytorch==1.32.0"]
#
# [tool.libraries]
# import = ["vector_quantize_pytorch"]
# ///

import json

import torch
from vector_quantize_pytorch import FSQ, LFQ, ResidualVQ, VectorQuantize

KINDS = {
    "average": lambda: VectorQuantize(dim=8, codebook_size=16, decay=0.8),
    "rotation": lambda: VectorQuantize(dim=8, codebook_size=16, rotation_trick=True),
    "residual": lambda: ResidualVQ(dim=8, num_quantizers=3, codebook_size=8),
    "lattice": lambda: FSQ(levels=[4, 3, 3], dim=8),
    "bits": lambda: LFQ(codebook_size=16, dim=8),
}
found = {}
for name, make in KINDS.items():
    torch.manual_seed(0)
    quantizer, x = make(), torch.randn(2, 12, 8, requires_grad=True)
    for _ in range(2):
        quantized, indices, *_ = quantizer(x)
    quantized.square().sum().backward()
    found[name] = [quantized.tolist(), indices.tolist(), x.grad.abs().sum().item()]
print(json.dumps(found))
