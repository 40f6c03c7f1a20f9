"""Batching rules: how an op runs on a whole batch what it would do with each example.

    @rule("transpose")
    def _two_dims(call):
        ...

A rule gets a `Call` and returns the result with the batch as dimension 0.  Most shift the
dimensions that the op names by one.  All elementwise ops share one rule, which needs no entry; an op
that has no rule is looped over (`batched_tensor.loop`), so that a new op works at once, and a rule makes it
fast.  An example without dimensions is taken as a vector of length 1 where a rule must name one.

The files are named after the families of ops; `registry` holds the table.
"""

from . import elementwise, indexing, losses, matmul, reductions, views
