"""The engine: tensors, the recorded graph, ops, and the backward sweep.

In the order in which to read it:

| module | what is in it |
|---|---|
| `versions` | a clock that numbers nodes and writes, by which stale memory is noticed |
| `graph` | nodes and edges: what was computed, and where a cotangent goes |
| `tensor` | the Tensor: memory, history, and the properties that read them |
| `grad_mode` | whether operations are recorded, and who watches |
| `op`, `op_definition` | the `op` decorator, and an op as the registry holds it |
| `apply` | running an op on anything, in readable form |
| `arrays` | what is done with plain arrays: exact sums, memory that is reused |
| `half` | narrow dtypes computed in float32 and rounded once |
| `overriding` | other classes and modes that answer a call (``__torch_function__``), and autocast |
| `fastpath` | the function and the pull-back that are generated for each op |
| `backward`, `reachability` | the sweep: reverse-mode differentiation, once |
| `writes`, `guarded_views` | writing to memory in place, and the views that must not see it |
| `attributes`, `dtypes`, `promotion`, `type_info` | element types, the type of a result, and their limits |
| `node_call`, `formula_text` | what a node shows of itself |
| `numpy_keywords`, `out_argument`, `calls` | ``axis=``, ``out=``, old orders of arguments, idle warnings |
| `size_device`, `printing`, `hook_handle` | what else a tensor is made of |
"""
