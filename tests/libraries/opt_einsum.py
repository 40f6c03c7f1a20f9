"""Contractions of several tensors, by the path that is found, and one that is shared."""

# /// script
# dependencies = ["opt_einsum==3.4.0"]
#
# [tool.libraries]
# tests = { paths = ["opt_einsum/tests"] }
# ///

import json

import opt_einsum
import torch

torch.manual_seed(0)
a, b, c = torch.randn(3, 4, requires_grad=True), torch.randn(4, 5), torch.randn(5, 3)
trace = opt_einsum.contract("ij,jk,ki->", a, b, c)
trace.backward()
expression = opt_einsum.contract_expression("ij,jk,kl->il", (3, 4), b, c, constants=[1, 2])
with opt_einsum.shared_intermediates():
    shared = [opt_einsum.contract(f"ij,jk,kl->{out}", a, b, c, backend="torch") for out in ("il", "i", "l")]
print(
    json.dumps(
        {
            "trace": trace.item(),
            "gradient": a.grad.tolist(),
            "expression": expression(a.detach()).tolist(),
            "shared": [one.tolist() for one in shared],
        }
    )
)
