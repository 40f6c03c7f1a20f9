"""Capture: arrays that write down what happens to them, and what of Python's state a run reads.

| module | what is in it |
|---|---|
| `traced`, `capture` | the array that is watched, and the instructions that come of it |
| `observation`, `watching`, `creators` | a run as a whole, and how the package's own code meets it |
| `numbers`, `optimizers` | an optimizer's numbers as expressions, and its step |
| `reading`, `lines` | which of the user's code runs, and what it reads |
| `assumptions` | what a run took for granted, as tests |
| `kinds`, `callables` | NumPy's functions by what is done with them |
"""
