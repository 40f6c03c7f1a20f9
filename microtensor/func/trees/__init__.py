"""Trees: nested containers whose leaves are tensors or anything else; PyTorch's ``torch.utils._pytree``.

| module | what is in it |
|---|---|
| `nodes` | which classes are nodes, and how to take one apart: `register_pytree_node` |
| `spec` | a tree without its leaves, and flattening |
| `maps` | a function of every leaf |
| `keys` | the path to a leaf |
| `text` | a spec as JSON |
"""
