"""What a tensor says of itself.

| module | what is in it |
|---|---|
| `functions` | numel, is_tensor, is_floating_point as functions |
| `predicates` | is_contiguous, is_signed, is_same_size and other questions |
| `storage_classes` | storages, as old programs ask for them |
"""
