"""Other libraries' protocols: NumPy's functions on tensors, DLPack, and the array API standard.

| module | what is in it |
|---|---|
| `numpy_protocol` | ``np.sin(tensor)``, ``np.concatenate(tensors)``, ``np.asarray(tensor)`` |
| `dlpack` | exchange of memory without a copy |
| `array_api` | the standard's namespace, made of the functions of this package |
"""
