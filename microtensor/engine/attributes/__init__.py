"""What a tensor says of its elements: PyTorch's dtype objects and words for memory, below all else."""
