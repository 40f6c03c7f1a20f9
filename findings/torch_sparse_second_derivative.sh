#!/usr/bin/env bash
# PyTorch gives zeros, in silence, for second derivatives in the values of a sparse COO tensor.
#
# Guessed: the gradient that create_graph=True records through sparse_coo_tensor(indices, values) can be differentiated,
# as that through the same matrix made dense with index_put: the Hessian of (matrix @ ones)**2 is 4 times the identity;
# or else that an error says that it cannot.
# Seen: the gradient itself is right, and does not require a gradient. So functional.hessian answers with zeros
# (without strict=True); with sparse.mm, with mm, and with to_dense alone. The dense way is right.
# Versions: torch 2.13.0 (CPU), Python 3.11, x86-64. Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check "torch==2.13.0" numpy
cat > "$folder/hessian.py" <<'PY'
import warnings

import torch
from torch.autograd.functional import hessian

warnings.filterwarnings("ignore", message="Sparse invariant checks")
indices, values = torch.tensor([[0, 1], [2, 0]]), torch.tensor([3.0, 4.0], dtype=torch.float64)
ones = torch.ones(3, 2, dtype=torch.float64)


def sparse(v):
    return torch.sparse_coo_tensor(indices, v, (2, 3))


def dense(v):
    return torch.zeros(2, 3, dtype=v.dtype).index_put(tuple(indices), v)


losses = {
    "sparse.mm": lambda v: (torch.sparse.mm(sparse(v), ones) ** 2).sum(),
    "mm": lambda v: (torch.mm(sparse(v), ones) ** 2).sum(),
    "to_dense": lambda v: (sparse(v).to_dense() @ ones).pow(2).sum(),
    "index_put": lambda v: (dense(v) @ ones).pow(2).sum(),
}
found = {name: hessian(loss, values).tolist() for name, loss in losses.items()}
leaf = values.clone().requires_grad_()
(gradient,) = torch.autograd.grad(losses["sparse.mm"](leaf), leaf, create_graph=True)
print("gradient", gradient.tolist(), "requires_grad", gradient.requires_grad)
for name, matrix in found.items():
    print(f"Hessian by {name}: {matrix}")
zeros = [[0.0, 0.0], [0.0, 0.0]]
wrong = all(found[name] == zeros for name in ("sparse.mm", "mm", "to_dense"))
raise SystemExit(not (wrong and found["index_put"] == [[4.0, 0.0], [0.0, 4.0]] and not gradient.requires_grad))
PY
"$folder/venv/bin/python" "$folder/hessian.py"
