#!/usr/bin/env bash
# ziglang 0.17.1 (Clang): under `#pragma omp simd reduction(max:m)` the largest of numbers that are all -inf is
# -3.4028235e+38, with no fast-math flag.
#
# Guessed: a reduction over a loop gives what the loop gives without the pragma, up to the order of additions;
# max is exact in any order, so the largest of eight times -inf is -inf.  GCC 12 gives that.
# Seen: Clang starts each lane's private copy from -FLT_MAX, not from -INFINITY, and joins it in the end: -inf
# is below all of them and is lost (so is +inf under min).  One element of -FLT_MAX or more hides it.  A reduction
# declared with `initializer(omp_priv = -INFINITY)` is right.
# Versions: ziglang 0.17.1 from PyPI, Python 3.11, x86-64. Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check "ziglang==0.17.1" 2>/dev/null
cat > "$folder/max.c" <<'C'
#include <math.h>
#include <stdio.h>
#pragma omp declare reduction(most : float : omp_out = omp_in > omp_out ? omp_in : omp_out) \
    initializer(omp_priv = -INFINITY)
static volatile float source[64];
int main(void) {
  float x[64], plain = -INFINITY, simd = -INFINITY, declared = -INFINITY;
  for (int i = 0; i < 64; i++) source[i] = -INFINITY;
  for (int i = 0; i < 64; i++) x[i] = source[i];
  for (int i = 0; i < 64; i++) plain = x[i] > plain ? x[i] : plain;
#pragma omp simd reduction(max : simd)
  for (int i = 0; i < 64; i++) simd = x[i] > simd ? x[i] : simd;
#pragma omp simd reduction(most : declared)
  for (int i = 0; i < 64; i++) declared = x[i] > declared ? x[i] : declared;
  printf("the loop alone        %g\nreduction(max)        %g\ndeclared reduction    %g\n", plain, simd, declared);
  return !(isinf(plain) && isinf(declared) && !isinf(simd));
}
C
"$folder/env/bin/python" -m ziglang version
"$folder/env/bin/python" -m ziglang cc -O3 -fopenmp-simd -o "$folder/max" "$folder/max.c" -lm
"$folder/max"
