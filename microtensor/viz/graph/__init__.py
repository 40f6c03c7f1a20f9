"""From recorded nodes to the graph that is drawn.

| module | what is in it |
|---|---|
| `build` | nodes and edges to draw |
| `reachable` | what leads to a tensor |
| `infer_shapes` | shapes that were not recorded |
| `parameter_names`, `module_scopes` | whose parameter, whose operation |
| `recompute_values` | values of intermediate results |
| `fold` | modules and repeated blocks as one box |
"""
