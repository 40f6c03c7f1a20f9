"""PyTorch's namespaces that programs name and that have little behind them here: GPUs, back ends, scripts.

This folder is a second place where the package's modules are looked for (`microtensor.__path__`): what lies
here is imported as ``microtensor.cuda`` or, under `as_torch`, ``torch.cuda``, and never through the folder's
own name.  So a file here imports the rest of the package by absolute names.  `_names` lists them with the
other modules of the package.

| module | what is in it |
|---|---|
| `cuda`, `backends` | answers to whoever asks for a GPU or a library: there is none |
| `amp` | autocast and GradScaler |
| `cpu` | the CPU as a device |
| `fx` | real: tracing, graphs, and code that runs |
| `jit` | real in what it gives, which Python runs; TorchScript's archives are refused |
| `multiprocessing`, `version` | names that programs import and do not depend on |
"""
