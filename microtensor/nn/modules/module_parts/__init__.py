"""What a Module is made of, part by part.

| module | what is in it |
|---|---|
| `attributes`, `registry` | parameters, buffers and children as attributes |
| `traversal` | walking over the tree of modules |
| `casting` | to, float, half, apply |
| `hooks`, `hook_record`, `hook_views`, `backward_hooks` | hooks on the forward and the backward pass |
| `state_dict`, `load_state_dict` | saving and loading |
"""
