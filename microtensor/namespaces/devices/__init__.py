"""What `cuda`, `mps`, `xpu`, `mtia` and `accelerator` have in common: none is here."""
