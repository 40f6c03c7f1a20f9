# The public names of microtensor.random, written by .ci/names.py.
from microtensor.random.generator import (
    Generator as Generator, default_generator as default_generator, fork_rng as fork_rng, get_rng_state as
    get_rng_state, initial_seed as initial_seed, manual_seed as manual_seed, seed as seed, set_rng_state
    as set_rng_state
)
from microtensor.random.tensors import (
    bernoulli as bernoulli, multinomial as multinomial, normal as normal, rand as rand, rand_like as
    rand_like, randint as randint, randint_like as randint_like, randn as randn, randn_like as randn_like,
    randperm as randperm
)
