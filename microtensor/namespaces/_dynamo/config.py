"""Settings of PyTorch's compiler that programs set: kept, and without effect."""

cache_size_limit = recompile_limit = 8
accumulated_cache_size_limit = 256
suppress_errors = verbose = capture_scalar_outputs = capture_dynamic_output_shape_ops = False
automatic_dynamic_shapes = assume_static_by_default = optimize_ddp = inline_inbuilt_nn_modules = True
disable = False
