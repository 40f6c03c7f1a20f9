"""The C backend: from a program to a library of functions, and to what calls them.

| module | what is in it |
|---|---|
| `c_source`, `c_segments` | the text of a program, cut into runs |
| `c_nests`, `c_loops`, `c_statements`, `c_expressions` | fused loops |
| `c_reductions`, `c_products`, `c_gemm`, `c_index`, `c_draws` | sums, products, indexing, random numbers |
| `c_types`, `c_views`, `c_math` | dtypes, strides, exp to erf |
| `toolchain`, `c_cache`, `calling` | the compiler, the libraries that are kept, and their functions |
| `c_guards`, `c_repeat`, `c_description` | tests of Python's state, many steps in one call, words |
"""
