"""`microtensor.compile`: a function of tensors is run twice under observation, and then replayed.

What runs is captured at the level of NumPy (`capture`), as a straight-line `Program` (`program`) without a
graph, a Tensor or a dispatch in it; it is replayed only if two captures agree (`agree`) and for as long as
what they assumed holds (`guards`).  Everything else runs eagerly, and says why.
"""
