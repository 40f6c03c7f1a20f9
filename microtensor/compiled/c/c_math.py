"""exp, expm1, tanh, log, log1p and erf in plain C that becomes vector code.

A C library's functions are called element by element; these have no branches, only selections, so a loop
over them becomes vector instructions, for float and double from one text.  Errors against the true value,
in units in the last place, over dense samples and at the edges (measured by the tests, which
hold them to these bounds):

========  =======  =======
function  float32  float64
========  =======  =======
exp       1.1      1.1
expm1     1.7      1.7
tanh      2.6      2.6
log       0.9      0.9
log1p     1.6      1.6
erf       0.6      4.0
========  =======  =======

Zeros keep their sign, NaN stays NaN, infinities give the limits, and denormal numbers are numbers: nothing
is flushed.  ``exp(x)`` is ``2**n * exp(r)`` with ``n = round(x / log 2)`` and ``r`` in [-.347, .347], reduced
with a logarithm of two in two parts (W. J. Cody and W. Waite, "Software manual for the elementary
functions", 1980); ``exp(r)`` is its Taylor polynomial.  ``log(m)`` with m in [.707, 1.414] is
``f - (f²/2 - s (f²/2 + R))`` where f = m - 1, s = f / (2 + f) and R is the tail of the series of atanh, the
arrangement of K. C. Ng in FDLIBM; tanh follows from expm1.  Where the
processor has a fused multiply-add, the polynomials use it.
"""

from __future__ import annotations

from functools import cache
from math import factorial

from ...ops.special.erf_rational import LARGE, MIDDLE, SMALL

ULPS = {
    "exp": (1.1, 1.1),
    "expm1": (1.7, 1.7),
    "tanh": (2.6, 2.6),
    "log": (0.9, 0.9),
    "log1p": (1.6, 1.6),
    "erf": (0.6, 4.0),
}
"""For each function its largest error in float32 and in float64, in units in the last place."""

_FLOAT = {
    "T": "float", "I": "int32_t", "U": "uint32_t", "s": "f", "L": "f",
    "bits": "23", "bias": "127", "mask": "0x007fffff", "middle": "0x3f3504f3", "tiny": "0x00800000",
    "subnormal": "8388608.0f", "digits": "23",
    "magic": "12582912.0f", "low": "-104.0f", "high": "89.0f", "over": "88.72283905206835f",
    "ln2hi": "0.693145751953125f", "ln2lo": "1.428606765330187e-06f", "inv": "1.44269504088896341f",
    "saturated": "10.0f",
}  # fmt: skip
_DOUBLE = {
    "T": "double", "I": "int64_t", "U": "uint64_t", "s": "d", "L": "",
    "bits": "52", "bias": "1023", "mask": "0x000fffffffffffffLL", "middle": "0x3fe6a09e667f3bcdLL",
    "tiny": "0x0010000000000000LL", "subnormal": "4503599627370496.0", "digits": "52",
    "magic": "6755399441055744.0", "low": "-746.0", "high": "710.0", "over": "709.782712893384",
    "ln2hi": "6.93147180369123816490e-01", "ln2lo": "1.90821492927058770002e-10",
    "inv": "1.44269504088896338700", "saturated": "22.0",
}  # fmt: skip

_HEAD = """
#include <stdint.h>
#include <math.h>
#include <string.h>
#ifdef __FMA__
#define FMA_f(a, b, c) __builtin_fmaf(a, b, c)
#define FMA_d(a, b, c) __builtin_fma(a, b, c)
#else
#define FMA_f(a, b, c) ((a) * (b) + (c))
#define FMA_d(a, b, c) ((a) * (b) + (c))
#endif
"""

_TEXT = """
static inline @T@ bits_@s@(@I@ i) { @T@ x; memcpy(&x, &i, sizeof x); return x; }
static inline @I@ word_@s@(@T@ x) { @I@ i; memcpy(&i, &x, sizeof i); return i; }
static inline @T@ rest_@s@(@T@ x, @T@ *n) {  /* r and n of x = n log 2 + r */
  @T@ k = *n = FMA_@s@(x, @inv@, @magic@) - @magic@;
  return FMA_@s@(-k, @ln2lo@, FMA_@s@(-k, @ln2hi@, x));
}
static inline @T@ poly_@s@(@T@ r) {  /* (exp(r) - 1 - r) / r² */
  @T@ p = @taylor0@;
  @taylor@
  return p;
}
static inline @T@ m_exp_@s@(@T@ x) {
  @T@ k, c = x < @low@ ? @low@ : x > @high@ ? @high@ : x;
  @T@ r = rest_@s@(c, &k);
  @T@ p = FMA_@s@(r * r, poly_@s@(r), r) + 1;
  @I@ n = (@I@)k, h = n >> 1;
  @T@ y = p * bits_@s@((h + @bias@) << @bits@) * bits_@s@((n - h + @bias@) << @bits@);
  y = x > @over@ ? INFINITY : y;
  return x != x ? x : y;
}
static inline @T@ m_expm1_@s@(@T@ x) {
  @T@ k, c = x < -@least@ ? -@least@ : x > @high@ ? @high@ : x;
  @T@ r = rest_@s@(c, &k);
  @T@ p = FMA_@s@(r * r, poly_@s@(r), r);
  @I@ n = (@I@)k, h = n >> 1;
  @T@ a = bits_@s@((h + @bias@) << @bits@), b = bits_@s@((n - h + @bias@) << @bits@);
  @T@ one = n > @digits@ + 2 ? 0 : bits_@s@((@bias@ - n) << @bits@);
  @T@ y = (p + (1 - one)) * a * b;
  y = k == 0 ? p : y;
  y = x > @over@ ? INFINITY : y;
  y = x == 0 ? x : y;
  return x != x ? x : y;
}
static inline @T@ m_tanh_@s@(@T@ x) {
  @T@ k, a = fabs@L@(x), c = 2 * (a > @saturated@ ? @saturated@ : a);
  @T@ r = rest_@s@(c, &k);
  @T@ p = FMA_@s@(r * r, poly_@s@(r), r);
  @I@ n = (@I@)k;
  @T@ q = bits_@s@((n + @bias@) << @bits@);
  @T@ e = n == 0 ? p : FMA_@s@(p, q, q - 1);
  @T@ y = copysign@L@(e / (e + 2), x);
  return x != x ? x : y;
}
static inline @T@ ratio_@s@(@T@ f) {  /* log(1 + f) - f, f in [-.293, .415] */
  @T@ s = f / (2 + f), z = s * s, half = (@T@)0.5 * f * f;
  @T@ p = @atanh0@;
  @atanh@
  return FMA_@s@(s, FMA_@s@(z, p, half), -half);
}
static inline @T@ m_log_@s@(@T@ x) {
  @I@ i = word_@s@(x);
  int small = i < @tiny@;
  i = word_@s@(small ? x * @subnormal@ : x);
  @I@ t = i - @middle@;
  @T@ e = (@T@)((t >> @bits@) - (small ? @digits@ : 0)), f = bits_@s@((t & @mask@) + @middle@) - 1;
  @T@ y = FMA_@s@(e, @ln2hi@, f + FMA_@s@(e, @ln2lo@, ratio_@s@(f)));
  y = x == 0 ? -INFINITY : y;
  y = x < 0 ? NAN : y;
  y = x == INFINITY ? x : y;
  return x != x ? x : y;
}
static inline @T@ m_log1p_@s@(@T@ x) {
  @T@ u = 1 + x;
  @T@ lost = u > 2 ? 1 - (u - x) : x - (u - 1);
  @I@ t = word_@s@(u) - @middle@;
  @I@ n = t >> @bits@;
  @T@ e = (@T@)n, m = bits_@s@((t & @mask@) + @middle@);
  @T@ f = n == 0 ? x : m - 1;
  lost = n == 0 ? 0 : lost / u;
  @T@ y = FMA_@s@(e, @ln2hi@, f + FMA_@s@(e, @ln2lo@, ratio_@s@(f) + lost));
  y = x == -1 ? -INFINITY : y;
  y = x < -1 ? NAN : y;
  y = x == INFINITY || x == 0 ? x : y;
  return x != x ? x : y;
}
"""

_ERF = """
static inline double m_erf_d(double x) {  /* W. J. Cody's three ranges, as in `ops.erf` */
  double a = fabs(x); a = a > 6 ? 6 : a;
  double w = a <= 0.46875 ? a : 0.46875, z = w * w;
  double small = w * (@small_top@) / (@small_bottom@);
  double t = a <= 4 ? a : 4, middle = (@middle_top@) / (@middle_bottom@);
  double v = a > 4 ? a : 4, u = 1 / (v * v);
  double large = (0.56418958354775628695 - u * (@large_top@) / (@large_bottom@)) / v;
  double rest = 1 - m_exp_d(-(a * a)) * (a <= 4 ? middle : large);
  double y = copysign(a <= 0.46875 ? small : rest, x);
  return x != x ? x : y;
}
static inline float m_erf_f(float x) { return (float)m_erf_d(x); }
"""


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text


def _steps(coefficients: list[float], variable: str, kind: str) -> dict[str, str]:
    """Horner's scheme, from the highest coefficient: what `p` starts as, and how it goes on."""
    suffix = "f" if kind == "f" else ""
    first, *rest = [f"{c!r}{suffix}" for c in reversed(coefficients)]
    return {"0": first, "": "".join(f"p = FMA_{kind}(p, {variable}, {c}); " for c in rest)}


def _nested(coefficients: tuple[float, ...], variable: str) -> str:
    text = repr(coefficients[0])
    for c in coefficients[1:]:
        text = f"FMA_d({text}, {variable}, {c!r})"
    return text


def _of(words: dict[str, str], degree: int, terms: int) -> str:
    kind = words["s"]
    taylor = _steps([1 / factorial(k) for k in range(2, degree + 1)], "r", kind)
    atanh = _steps([2 / (2 * k + 1) for k in range(1, terms + 1)], "z", kind)
    series = {f"taylor{k}": v for k, v in taylor.items()} | {f"atanh{k}": v for k, v in atanh.items()}
    least = {"least": "18.0f" if kind == "f" else "38.0"}
    return _filled(_TEXT, words | series | least)


@cache
def prelude() -> str:
    """The C text that every source begins with."""
    ranges = {
        "small": (SMALL, "z"),
        "middle": (MIDDLE, "t"),
        "large": (LARGE, "u"),
    }
    erf = {
        f"{name}_{end}": _nested(half, variable)
        for name, (pair, variable) in ranges.items()
        for end, half in zip(("top", "bottom"), pair, strict=True)
    }
    return _HEAD + _of(_FLOAT, 7, 5) + _of(_DOUBLE, 13, 10) + _filled(_ERF, erf)


__all__ = ["ULPS", "prelude"]
