"""The device "meta": tensors with a shape, a dtype and strides, and without numbers.

A model of any size is made there in no time and no memory, and filled later: ``with torch.device("meta")``,
``Module.to_empty``, ``load_state_dict(assign=True)``.

| file | |
|---|---|
| `meta_tensor` | the class |
| `functions_on_meta` | what a function of such tensors gives |
| `reserved_memory` | addresses that nothing stands behind |
| `smaller_sizes` | the shape of a result from that of smaller operands |
| `factories_on_meta` | ``zeros(2, 3, device="meta")`` |
| `device_context` | ``with torch.device("meta"):`` |

Nothing of it is imported before a program names the device.
"""
