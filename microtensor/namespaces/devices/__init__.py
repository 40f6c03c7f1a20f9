"""What the namespaces of accelerators (`cuda`, `mps`, `xpu`, `mtia`, `accelerator`) have in common: none is here."""
