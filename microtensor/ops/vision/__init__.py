"""Images: resampling and rearranging pixels.

| module | what is in it |
|---|---|
| `interpolate` | interpolate, upsample |
| `interpolation_weights`, `grid_sample` | affine_grid, grid_sample |
| `pixel_shuffle` | pixel_shuffle, channel_shuffle |
"""
