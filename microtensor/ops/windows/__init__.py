"""Sliding windows over the last dimensions: what convolution, pooling and folding share.

| module | what is in it |
|---|---|
| `sizes` | sizes and strides, one number or one a dimension |
| `im2col` | windows as a view, and what is written back through them |
| `unfold_fold` | unfold, fold |
| `padding` | pad, by constants, reflection, replication or wrapping |
| `separable_resampling` | weights along one dimension after the other |
| `offsets` | all windows at one offset of the kernel |
"""
