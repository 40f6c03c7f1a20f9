"""The parts of a backward pass that are not its loop, which is `engine.backward`.

| file | |
|---|---|
| `seeds` | where a pass starts, and with what |
| `saved_arrays` | what a node saved, and whether it still stands |
| `cotangents` | what hooks see, and what comes back from them |
| `accumulation` | where ``.grad`` is added to |
"""
