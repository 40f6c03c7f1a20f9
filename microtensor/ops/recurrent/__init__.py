"""Recurrent networks: one node for a whole sequence.

| module | what is in it |
|---|---|
| `rnn`, `gru`, `lstm` | the step of each, and its derivative |
| `unrolling` | running a step along a sequence, forward and back |
"""
