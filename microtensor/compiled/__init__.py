"""`microtensor.compile`: a function of tensors is run twice under observation, and then replayed.

What runs is captured at the level of NumPy (`capture`), as a straight-line `Program` (`program`) without a
graph, a Tensor or a dispatch in it; it is replayed only if two captures agree (`agree`), a rehearsal leaves
the same to the last bit (`attempt`), and for as long as what they assumed holds (`guards`).  Everything else
runs eagerly, and says why.

| module | what is in it |
|---|---|
| `front`, `function`, `module` | what `compile` returns |
| `attempt`, `running`, `agree`, `state` | from an eager call to a rehearsed program |
| `planning`, `passes`, `arena`, `halves` | constants, common subexpressions, dead code, memory; backward |
| `program`, `numpy_source`, `replay` | the intermediate representation, and the function that runs it |
| `arguments`, `trees`, `guards`, `held` | what a call must fulfil |
| `results`, `renewing`, `entering` | what a call leaves, an optimizer's numbers, and whole calls in C |
| `upgrading`, `c` | C in the place of NumPy |
"""
