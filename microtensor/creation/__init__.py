"""New tensors: from data, from sizes (`factories`), of another dtype (`new_like`), from `ranges`."""
