"""Normalization: subtract a mean, divide by a deviation.

| module | what is in it |
|---|---|
| `layer_norm` | layer_norm, rms_norm, normalize |
| `channel_norms` | batch_norm, group_norm, instance_norm |
"""
