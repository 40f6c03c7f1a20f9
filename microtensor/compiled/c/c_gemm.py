"""A matrix product in plain C: tiles of the result in registers, panels of the second factor in the cache.

The scheme is that of K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication", ACM
TOMS 34 (2008), and of BLIS: for each block of `DEPTH` terms and `WIDTH` columns the second factor is laid out
in panels as wide as a tile, filled up with zeros; a tile of rows walks along the terms with all its sums in
registers.  The compiler's vectors do the rest, of 512 bits where the processor has them, which NumPy's BLAS
does not use on all processors that do: there this is twice as fast, elsewhere about as fast.  All workspace
is on the stack, so that threads do not meet.
"""

from __future__ import annotations

DEPTH, WIDTH = 256, 128
"""Terms and columns of a block: 128 KiB of float32."""

_TEXT = """
#ifndef TILE_ROWS
#ifdef __AVX512F__
#define VECTOR 64
#define TILE_ROWS 12
#elif defined(__AVX__)
#define VECTOR 32
#define TILE_ROWS 6
#else
#define VECTOR 16
#define TILE_ROWS 4
#endif
#ifdef __clang__
#define CONTRACTED
#define CONTRACT _Pragma("clang fp contract(fast)")
#else
#define CONTRACTED __attribute__((optimize("fp-contract=fast")))
#define CONTRACT
#endif
#endif
#define W ((long)(VECTOR / sizeof(@T@)))
typedef @T@ vec_@s@ __attribute__((vector_size(VECTOR), aligned(sizeof(@T@)), may_alias));
#define TILE(NAME, M) \\
CONTRACTED static void NAME(const @T@ *a, long as, long at, const @T@ *b, @T@ *c, long cs, long ct, \\
                            long n, long k, int more) { \\
  CONTRACT \\
  vec_@s@ s[M][2]; \\
  for (int i = 0; i < M; i++) s[i][0] = s[i][1] = (vec_@s@){0}; \\
  for (long q = 0; q < k; q++) { \\
    const vec_@s@ y0 = *(const vec_@s@ *)(b + q * 2 * W), y1 = *(const vec_@s@ *)(b + q * 2 * W + W); \\
    for (int i = 0; i < M; i++) { const @T@ x = a[i * as + q * at]; s[i][0] += x * y0; s[i][1] += x * y1; } \\
  } \\
  if (n == 2 * W && ct == 1) { \\
    for (int i = 0; i < M; i++) { \\
      vec_@s@ *o = (vec_@s@ *)(c + i * cs), *p = (vec_@s@ *)(c + i * cs + W); \\
      if (more) { *o += s[i][0]; *p += s[i][1]; } else { *o = s[i][0]; *p = s[i][1]; } } \\
    return; } \\
  for (int i = 0; i < M; i++) for (long j = 0; j < n; j++) { \\
    const @T@ v = ((const @T@ *)s[i])[j]; \\
    c[i * cs + j * ct] = more ? c[i * cs + j * ct] + v : v; } }
TILE(tile_@s@, TILE_ROWS)
TILE(tile4_@s@, 4)
TILE(tile2_@s@, 2)
TILE(tile1_@s@, 1)
#undef TILE
static void panels_@s@(const @T@ *b, long bs, long bt, @T@ *to, long n, long k) {
  for (long j = 0; j < n; j += 2 * W, to += k * 2 * W) {
    const long w = n - j < 2 * W ? n - j : 2 * W;
    if (w < 2 * W) memset(to, 0, k * 2 * W * sizeof(@T@));
    if (bt == 1) for (long q = 0; q < k; q++) memcpy(to + q * 2 * W, b + q * bs + j, w * sizeof(@T@));
    else for (long l = 0; l < w; l++)
      for (long q = 0; q < k; q++) to[q * 2 * W + l] = b[q * bs + (j + l) * bt];
  }
}
static __attribute__((noinline)) void gemm_@s@(
    const @T@ *a, long as, long at, const @T@ *b, long bs, long bt, @T@ *c, long cs, long ct,
    long m, long n, long k) {
  @T@ panels[@DEPTH@ * (@WIDTH@ + 2 * VECTOR / sizeof(@T@))] __attribute__((aligned(64)));
  @T@ rows[TILE_ROWS * @DEPTH@] __attribute__((aligned(64)));
  for (long q = 0; q < k; q += @DEPTH@) for (long j = 0; j < n; j += @WIDTH@) {
    const long d = k - q < @DEPTH@ ? k - q : @DEPTH@, w = n - j < @WIDTH@ ? n - j : @WIDTH@;
    panels_@s@(b + q * bs + j * bt, bs, bt, panels, w, d);
    for (long i = 0, r; i < m; i += r) {
      const long left = m - i;
      r = left >= TILE_ROWS ? TILE_ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
      const @T@ *x = a + i * as + q * at;
      long xs = as, xt = at;
      if (at != 1) {
        if (as == 1 && r == TILE_ROWS)
          for (long p = 0; p < d; p++) memcpy(rows + p * TILE_ROWS, x + p * at, TILE_ROWS * sizeof(@T@));
        else for (long p = 0; p < d; p++) for (long l = 0; l < r; l++) rows[p * r + l] = x[l * as + p * at];
        x = rows; xs = 1; xt = r;
      }
      for (long l = 0; l < w; l += 2 * W) {
        const @T@ *y = panels + l * d;
        @T@ *z = c + i * cs + (j + l) * ct;
        const long v = w - l < 2 * W ? w - l : 2 * W;
        if (r == TILE_ROWS) tile_@s@(x, xs, xt, y, z, cs, ct, v, d, q > 0);
        else if (r == 4) tile4_@s@(x, xs, xt, y, z, cs, ct, v, d, q > 0);
        else if (r == 2) tile2_@s@(x, xs, xt, y, z, cs, ct, v, d, q > 0);
        else tile1_@s@(x, xs, xt, y, z, cs, ct, v, d, q > 0);
      }
    }
  }
}
#undef W
"""


def gemm(source: str) -> str:
    """The functions ``gemm_f`` and ``gemm_d``, as far as the text `source` calls them."""
    kinds = [(s, t) for s, t in (("f", "float"), ("d", "double")) if f"gemm_{s}(" in source]
    words = {"@DEPTH@": str(DEPTH), "@WIDTH@": str(WIDTH)}
    text = "".join(_TEXT.replace("@s@", s).replace("@T@", t) for s, t in kinds)
    for word, number in words.items():
        text = text.replace(word, number)
    return text


__all__ = ["gemm"]
