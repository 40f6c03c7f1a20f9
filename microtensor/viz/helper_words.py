"""What the helpers that formulas call do, in words: the table to extend when one is new or renamed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from math import prod

from .formula_reader import ATOM, CHOICE, PRODUCT, SUM, Phrase, Words, Writer, hidden

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _to_each(writer: Writer, args: list[ast.expr]) -> Phrase:
    found = writer.read(args[0])
    return replace(found, each=found.text == writer.names.get("g"))


def _first(writer: Writer, args: list[ast.expr]) -> Phrase:
    return writer.read(args[0])


def _zero(writer: Writer, args: list[ast.expr]) -> Phrase:
    writer.used = True
    return Phrase("0", plain=True)


def _chosen(writer: Writer, args: list[ast.expr]) -> Phrase:
    """``select(condition, a, b)``."""
    condition, then, other = map(writer.read, args)
    where = condition.where or f"where {condition.text}"
    if other.text == "0":
        return replace(then, where=where)
    if then.text == "0" and (opposite := _unless(where)):
        return replace(other, where=opposite)
    return Phrase(f"{then} {where}, else {other}", CHOICE)


def _unless(where: str) -> str:
    """The other places, if there is a word for them."""
    for sign, opposite in _OPPOSITE.items():
        if f" {sign} " in where and " and " not in where:
            return where.replace(f" {sign} ", f" {opposite} ")
    return "where not " + where.removeprefix("where ")


def _inside(writer: Writer, args: list[ast.expr]) -> Phrase:
    x, low, high = (str(writer.read(arg)) for arg in args)
    below, above = ("" if low == "None" else f"{low} <= "), ("" if high == "None" else f" <= {high}")
    return Phrase("1", where=f"where {below}{x}{above}")


def _share_of_mean(writer: Writer, args: list[ast.expr]) -> Phrase:
    """What a mean's gradient is for each of the elements that were averaged."""
    g = writer.read(args[0])
    if writer.params.get("reduction", "") not in ("'mean'", "mean"):
        return g
    shapes = [writer.graph.by_id[edge.source].shape for edge in writer.graph.operands[writer.node.id]]
    sizes = [prod(one) for one in shapes if one is not None]
    return Phrase(f"{g.inside(PRODUCT)} / {max(sizes, default=0) or 'n'}", PRODUCT)


def _count(writer: Writer, args: list[ast.expr]) -> Phrase:
    return Phrase("n" if writer.count is None else str(writer.count), plain=True)


def _spread_of_variance(writer: Writer, args: list[ast.expr]) -> Phrase:
    """``2 / (n - correction)``."""
    correction = writer.params.get("correction", "1")
    if writer.count is None or not correction.isdecimal():
        return Phrase(f"2 / (n - {correction})", PRODUCT, plain=True)
    return Phrase(f"2 / {writer.count - int(correction)}", PRODUCT, plain=True)


def _put_back(writer: Writer, args: list[ast.expr]) -> Phrase:
    return replace(writer.read(args[0]), where=f"at {writer.at}" if writer.at else "where it was read")


def _taken(writer: Writer, args: list[ast.expr]) -> Phrase:
    g = writer.read(args[0])
    return Phrase(f"{g.text}{writer.at}" if writer.at else f"{g.text} where it was written")


def _where(words: str) -> Words:
    """The first argument at some places, and 0 at the others."""
    return lambda writer, args: replace(writer.read(args[0]), where=words, each=False)


def _mask(words: str, *places: int) -> Words:
    """1 at some places, and 0 at the others; ``{}`` stands for arguments."""
    return lambda writer, args: Phrase("1", where=words.format(*(str(writer.read(args[i])) for i in places)))


def _written(words: str, level: int = ATOM) -> Words:
    """Words in which ``{0}`` is the first argument, and so on."""

    def write(writer: Writer, args: list[ast.expr]) -> Phrase:
        read = [writer.read(arg).inside(SUM) for arg in args if not hidden(arg)]
        return Phrase(words.format(*read, out=writer.names.get("out", "the result")), level)

    return write


def _shaped(words: str) -> Words:
    """The first argument in another shape, which ``{}`` stands for."""

    def write(writer: Writer, args: list[ast.expr]) -> Phrase:
        known = "the operand's shape" if writer.shape is None else str(writer.shape)
        return Phrase(f"{writer.read(args[0]).inside(SUM)} {words.format(known)}", CHOICE)

    return write


def _summed(writer: Writer, args: list[ast.expr]) -> Phrase:
    """A sum along a dimension, which is a parameter or a number."""
    dim = ast.unparse(args[1]) if len(args) > 1 else ""
    dim = writer.params.get(dim, dim)
    said = f", dim={dim}" if dim not in ("", "None", "dim", "axes") else ""
    return Phrase(f"sum({writer.read(args[0])}{said})")


def _of_norm(writer: Writer, args: list[ast.expr]) -> Phrase:
    x, out, p = (writer.read(args[i]).text for i in (0, 1, 3))
    if p in ("2", "2.0"):
        return Phrase(f"{x} / {out}", PRODUCT)
    return Phrase(f"sign({x}) * abs({x} / {out}) ** ({p} - 1)", PRODUCT)


def _of_class(writer: Writer, args: list[ast.expr]) -> Phrase:
    divisor = writer.params.get("divisor", "None")
    over = (
        "" if divisor == "None" else f" / {float(divisor):g}" if divisor[:1].isdecimal() else f" / {divisor}"
    )
    return Phrase(f"-{writer.read(args[0]).inside(PRODUCT)}{over}", PRODUCT, where="at each row's class")


def _conjugate(writer: Writer, args: list[ast.expr]) -> Phrase:
    """The conjugate, which real numbers are of themselves."""
    found = writer.read(args[0])
    nodes = [writer.node, *(writer.graph.by_id[e.source] for e in writer.graph.operands[writer.node.id])]
    if not any(node.value is not None and "complex" in node.value.dtype for node in nodes):
        return found
    return Phrase(f"conj({found.text})")


HELPERS: Mapping[str, Words] = {
    # complex numbers
    "conj": _conjugate,
    "conjugated": _conjugate,
    "conj_gradient": _conjugate,
    "_nonzero": _first,
    "_view_as_real": _written("{0} as pairs"),
    "slogdet._slope": _first,
    # sums and what they are the adjoint of
    "expand_to": _to_each,
    "count": _count,
    "sum_to": _first,
    "expand.sum_to": _shaped("summed to {}"),
    "_along": _summed,
    "sum": _summed,
    "mean": _written("mean({0})"),
    "winners": _mask("where {} == {}", 0, 1),
    "prod_others": _written("product of the others"),
    "prod_pairs": _written("{0} * products of the others"),
    "_twice_over": _spread_of_variance,
    "half_reciprocal": _written("1 / (2 * {0})", PRODUCT),
    "_cumsum": _written("sum of {0} from there on"),
    "_reversed": _first,
    "_passed": _mask("where {} != 0", 0),
    "_share": _share_of_mean,
    "_clipped": _written("clamp({0} / {1}, -1, 1)"),
    "_variance": _written("({0} * (1 - {0}))"),
    "log_odds_of": _written("(log(1 - {0}) - log({0}))", SUM),
    # Fourier transforms, each of which is another's adjoint
    "fft_c2c": _written("fft({0}) the other way"),
    "fft": _written("fft({0})"),
    "rfft": _written("rfft({0})"),
    "padded": _written("{0} padded with zeros"),
    "counts": _written("(how often each frequency counts)"),
    # choices
    "zeros_like": _zero,
    "select": _chosen,
    "_inside": _inside,
    "_untouched": _mask("where nothing was written"),
    "share": _mask("where {} > {} (half where equal)", 0, 1),
    "isfinite": _mask("where {} is finite", 0),
    "leaky_relu._slope": _written("(1 or {1}, by the sign of {0})"),
    "norm._slope": _of_norm,
    # parts and places
    "place": _put_back,
    "put": _put_back,
    "sliced": _taken,
    "index": _taken,
    "_gather": _written("{0} at the indices"),
    "_at": _where("where it was found"),
    "scatter_add_into": _where("at the indices"),
    "_scatter": _where("where nothing was written"),
    "sort.scatter_add_into": _where("where it was found"),
    "topk.scatter_add_into": _where("where it was found"),
    "place_diagonal": _where("on the diagonal"),
    "_diagonal": _written("{0} on the diagonal"),
    "split_like": _written("its part of {0}"),
    "_rows_back": _where("at the rows that were read"),
    "_nll_back": _of_class,
    # shapes
    "reshape": _shaped("reshaped to {}"),
    "squeeze_dim": _shaped("reshaped to {}"),
    "unsqueeze": _shaped("reshaped to {}"),
    "transpose": _written("{0} transposed", CHOICE),
    "t": _written("{0}.T"),
    "permute": _written("{0} permuted back", CHOICE),
    "_flip": _written("{0} flipped"),
    "cast": _written("{0} as the operand's dtype", CHOICE),
    "astype": _first,
    # products of matrices, and functions of them
    "times": _written("{0} @ {1}", PRODUCT),
    "batched": _written("{0} @ {1}", PRODUCT),
    "_cross": _written("cross({0}, {1})"),
    "cofactor": _written("cofactors of {0}"),
    "_inverse": _written("inverse({0})"),
    "inverse_or_infinite": _written("inverse({0})"),
    "_solve": _written("solve({0}, {1})"),
    "_triangular": _written("solve({0}, {1})"),
    "_triangle": _first,
    # slopes
    "_silu_slope": _written("(sigmoid({0}) * (1 + {0} * (1 - sigmoid({0}))))"),
    "_softplus_slope": _written("sigmoid({1} * {0})"),
    "_mish_slope": _written("slope of mish at {0}"),
    "gelu_tanh_slope": _written("slope of gelu at {0}"),
    "_gelu_tanh_bend": _written("bend of gelu at {0}"),
    "_over_square": _written("({0} / ({1} ** 2 + {2} ** 2))"),
    "_unless_zero": lambda writer, args: writer.function(ast.unparse(args[0]), args[2:3]),
    "_logit_slope": _written("{0} / (x * (1 - x))", PRODUCT),
    "_second": _written("{0} * second cofactors"),
    "_polygamma": _written("polygamma({1}, {0})"),
    "_normalize_back": _written("({0} - mean({0}) - {out} * mean({0} * {out})) / std({1})"),
    # slopes of activations
    "_elu_slope": _written("(1 or the exponential's slope, by the sign of {0})"),
    "_between": _mask("where {} is between the corners", 0),
    "_outside": _mask("where abs({}) > {}", 0, 1),
    "_hardsigmoid": _written("hardsigmoid({0})"),
    "copysign": _written("sign({1})"),
    # windows: convolutions and pools, each of which is its partner's derivative
    "convolve": _written("conv({0}, {1})"),
    "deconvolve": _written("conv_transpose({0}, {1})"),
    "correlate": _written("correlation of {0} with {1}"),
    "channel_sums": _written("sum of {0} over each channel"),
    "channel_dots": _written("sum of {0} * {1} over each channel"),
    "_wide": _first,
    "_flat": _first,
    "put_into_windows": _where("where it was found"),
    "picked_from": _written("{0} where it was found"),
    "spread_over_windows": _written("{0} shared among each window"),
    "avg_pool": _written("averages of {0}"),
    "resample": _written("{0} resampled back"),
    "constant_pad": _written("{0} without the padding"),
    "window_columns": _written("windows of {0} as columns"),
    "columns_added": _written("columns of {0}, added"),
    "unfold_backward": _written("windows of {0}, added"),
    "_unfold": _written("windows of {0}"),
    "_pixel_unshuffle": _written("{0} unshuffled"),
    "_pixel_shuffle": _written("{0} shuffled"),
    "_channel_shuffle": _written("{0} shuffled back"),
    "mixed": _written("mixture of {0} by {1}"),
    "agreement": _written("agreement of {0} with {1}"),
    "_not_channels": _zero,
    # what is unrolled or searched
    "through_time": lambda writer, args: Phrase(f"{writer.read(args[3]).text} pulled back through time"),
    "again": lambda writer, args: Phrase(f"{writer.read(args[1]).text} pulled back through time"),
    "_shares": _written("(the share of the paths through each symbol)"),
    "_weights": _mask("where {} is the extreme", 0),
    "euclidean._slope": _written("sum(g * ({1} - {2}) / {3})"),
    "_unseen": _where("where it was seen"),
}
"""What a helper does, by the name that formulas call it by, or by the op's name and that."""

KNOWN = frozenset([
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "log1p", "sqrt", "sign", "floor",
    "trunc", "erf", "erfcx", "erfinv", "sigmoid", "tril", "triu", "mv", "abs", "digamma", "zeta", "bessel_i",
    "bessel_ie", "i0", "i1", "i0e", "i1e", "sinc_slope", "len", "range", "slice", "inverse", "zeros",
    "tuple", "cofactor", "_lifted",
])  # fmt: skip
"""Functions that are called by their own names."""
