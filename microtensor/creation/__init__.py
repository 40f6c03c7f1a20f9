"""New tensors: from data and from sizes (`factories`), and from ranges and indices (`ranges`)."""
