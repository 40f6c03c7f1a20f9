"""Elementwise functions: each element of the result comes from the elements at its place.

| module | what is in it |
|---|---|
| `arithmetic`, `combinations` | add, sub, mul; lerp, addcmul, addcdiv |
| `division`, `power`, `maximum` | div, remainder, fmod, trunc; pow; maximum, minimum |
| `powers_roots`, `exponential` | sqrt, square; exp, log, sigmoid, logaddexp and their variants |
| `trigonometric` | sin to atanh, atan2, hypot, tanh |
| `rounding`, `sign_abs`, `clamp` | floor, round, frac; abs, sign, neg; clamp |
| `comparison`, `select`, `nonzero` | eq to ge, isclose, logical and bitwise; where; nonzero |
| `floating_point`, `integers_bits` | frexp, nextafter, nan_to_num; gcd, shifts |
| `casting` | to, float, type_as, clone |
"""
