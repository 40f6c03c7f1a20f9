"""Names from before PyTorch 0.4 and 1.0: types of tensors by dtype and device, Variable, memory formats."""
