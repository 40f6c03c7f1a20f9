"""Reading the source of a partial derivative into words, piece by piece: letters, numbers, signs, calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import prod

from .model import Edge, Graph, Node
from .notation import called, part_of

ATOM, POWER, SIGN, PRODUCT, SUM, CHOICE = 9, 8, 7, 6, 5, 0
"""How tightly the parts of a phrase hold together; what holds less tightly needs brackets."""
_BINARY = {
    ast.Mult: ("*", PRODUCT), ast.Div: ("/", PRODUCT), ast.MatMult: ("@", PRODUCT), ast.Mod: ("%", PRODUCT),
    ast.Add: ("+", SUM), ast.Sub: ("-", SUM), ast.Pow: ("**", POWER),
}  # fmt: skip
_COMPARED = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


@dataclass(frozen=True)
class Phrase:
    """A part of a formula in words, and what has to be known to put it into a larger one."""

    text: str
    level: int = ATOM
    where: str = ""
    """Where it is this; elsewhere it is 0."""
    each: bool = False
    """Whether one number of it goes to several elements."""
    plain: bool = False
    """Whether it is made of numbers alone, without an operand."""
    over: str = ""
    """What it is one over, if it is that."""

    def __str__(self) -> str:
        if self.where:
            return f"{self.text} {self.where}, else 0"
        return f"{self.text} to each" if self.each else self.text

    def inside(self, level: int, right: bool = False) -> str:
        """As an operand of something of this level."""
        if self.where or self.level < level or (right and self.level == level):
            return f"({self if self.where else self.text})"
        return f"({self.text})" if right and self.text.startswith("-") else self.text


@dataclass
class Writer:
    """Reads the source of one partial derivative, for one node and one of its operands."""

    graph: Graph
    node: Node
    edge: Edge | None
    helpers: Mapping[str, Words]
    values: Mapping[str, str] | None = None
    used: bool = False
    unknown: bool = False
    names: dict[str, str] = field(init=False)
    params: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.params = dict(self.node.params)
        edges = [edge for edge in self.graph.operands.get(self.node.id, ()) if edge.argument]
        named = {edge.argument: called(self.graph, edge.source) for edge in edges}
        own = {"g": self.graph.letter, "out": called(self.graph, self.node.id)}
        self.names = {**named, **own} if self.values is None else dict(self.values)

    # ------------------------------------------------------------ what is known

    @property
    def at(self) -> str:
        """Which part of its operand a slice takes: ``[1:]``."""
        return part_of(self.params)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of the operand."""
        source = None if self.edge is None else self.graph.by_id.get(self.edge.source)
        return None if source is None else source.shape

    @property
    def count(self) -> int | None:
        """How many elements of the operand one of the result is made of."""
        mine = self.node.shape
        return None if self.shape is None or mine is None else prod(self.shape) // max(prod(mine), 1)

    def said(self, name: str) -> str:
        """A parameter's value, if it is known and short."""
        found = self.params.get(name, "")
        return found if found and len(found) < 24 else name

    # ------------------------------------------------------------ reading

    def read(self, tree: ast.expr) -> Phrase:
        """The words for an expression."""
        kind = getattr(self, f"_{type(tree).__name__.lower()}", None)
        return Phrase(ast.unparse(tree)) if kind is None else kind(tree)

    def _name(self, tree: ast.Name) -> Phrase:
        if tree.id in self.names:
            self.used = True
            text = self.names[tree.id]
            return Phrase(text, SIGN if text.startswith("-") else ATOM)
        if tree.id in CONSTANTS:
            return Phrase(CONSTANTS[tree.id], plain=True)
        self.unknown = self.unknown or tree.id not in self.params
        found = self.said(tree.id)
        return Phrase(found, SIGN if found.startswith("-") else ATOM, plain=tree.id in self.params)

    def _constant(self, tree: ast.Constant) -> Phrase:
        return Phrase(str(tree.value), plain=True)

    def _attribute(self, tree: ast.Attribute) -> Phrase:
        if isinstance(tree.value, ast.Name) and tree.value.id in ("math", "np"):
            return Phrase(tree.attr, plain=True)
        return Phrase(f"{self.read(tree.value).inside(ATOM)}.{tree.attr}")

    def _subscript(self, tree: ast.Subscript) -> Phrase:
        """An index that only changes the shape, or takes the first of several gradients, goes unsaid."""
        return self.read(tree.value)

    def _starred(self, tree: ast.Starred) -> Phrase:
        return self.read(tree.value)

    def _unaryop(self, tree: ast.UnaryOp) -> Phrase:
        found = self.read(tree.operand)
        text = found.text if found.where else found.inside(PRODUCT)
        text = f"({text})" if text.startswith("-") else text
        return replace(found, text=f"-{text}", level=SIGN if found.level > SIGN else found.level, over="")

    def _binop(self, tree: ast.BinOp) -> Phrase:
        if isinstance(tree.op, ast.BitAnd):
            return self._both(tree.left, tree.right)
        if type(tree.op) not in _BINARY:
            return Phrase(ast.unparse(tree), CHOICE)
        a, b = self.read(tree.left), self.read(tree.right)
        sign, level = _BINARY[type(tree.op)]
        if sign in "*/":
            return _product(a, b, sign)
        left = a.inside(level + (sign == "**"))
        return Phrase(
            f"{left} {sign} {b.inside(level, right=sign != '**')}", level, plain=a.plain and b.plain
        )

    def _both(self, left: ast.expr, right: ast.expr) -> Phrase:
        return Phrase(
            "1", where=f"{self.read(left).where} and {self.read(right).where.removeprefix('where ')}"
        )

    def _compare(self, tree: ast.Compare) -> Phrase:
        if len(tree.ops) > 1 or type(tree.ops[0]) not in _COMPARED:
            return Phrase("1", where=f"where {ast.unparse(tree)}")
        a, b = self.read(tree.left), self.read(tree.comparators[0])
        return Phrase("1", where=f"where {a.inside(SUM)} {_COMPARED[type(tree.ops[0])]} {b.inside(SUM)}")

    def _boolop(self, tree: ast.BoolOp) -> Phrase:
        return self.read(tree.values[0])

    def _ifexp(self, tree: ast.IfExp) -> Phrase:
        chosen = self._decided(tree.test)
        if chosen is not None:
            return self.read(tree.body if chosen else tree.orelse)
        then, other = self.read(tree.body), self.read(tree.orelse)
        return Phrase(f"{then} if {ast.unparse(tree.test)} else {other}", CHOICE)

    def _decided(self, test: ast.expr) -> bool | None:
        """Which way a parameter decides; None if it is not known."""
        if isinstance(test, ast.Name):
            return self.params[test.id] != "False" if test.id in self.params else bool(self.shape)
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name):
            known = self.params.get(test.left.id)
            return None if known is None else known == ast.unparse(test.comparators[0])
        return None

    def _listcomp(self, tree: ast.ListComp) -> Phrase:
        return Phrase("its part of g")

    def _call(self, tree: ast.Call) -> Phrase:
        name, args = (
            tree.func.attr if isinstance(tree.func, ast.Attribute) else ast.unparse(tree.func),
            tree.args,
        )
        if isinstance(tree.func, ast.Attribute) and ast.unparse(tree.func.value) not in _MODULES:
            args = [tree.func.value, *args]
        words = self.helpers.get(f"{self.node.op}.{name}") or self.helpers.get(name)
        return self.function(name, args) if words is None else words(self, args)

    def function(self, name: str, args: list[ast.expr]) -> Phrase:
        """A function that is called by its name, without what only the engine wants to know."""
        if name.endswith("_back"):
            return Phrase(f"{self.read(args[0]).text} pulled back through {self.node.op}")
        found = [self.read(arg) for arg in args if not hidden(arg)]
        written = ", ".join(map(str, found))
        return Phrase(f"{name.lstrip('_')}({written})", plain=all(one.plain for one in found))


_MODULES = ("math", "np", "pointwise")
CONSTANTS = {"_ROOT_HALF": "sqrt(0.5)", "_SLOPE": "(2 / sqrt(pi))"}
"""Names of numbers that stand in formulas."""


def hidden(arg: ast.expr) -> bool:
    """Shapes, dtypes and switches of a helper."""
    text = ast.unparse(arg)
    return text.endswith(("shape", "dtype", "keepdim")) or text in ("True", "False", "None")


def _product(a: Phrase, b: Phrase, sign: str) -> Phrase:
    """A product or a quotient: what is 0 somewhere stays so, and a factor of 1 goes unsaid."""
    where = " and ".join(filter(None, (a.where, b.where.removeprefix("where ") if a.where else b.where)))
    each = (a.each and b.plain) or (b.each and a.plain)
    plain = a.plain and b.plain
    bare = [replace(one, where="", each=False) for one in (a, b)]
    if sign == "*" and b.where and b.text == "1":
        return replace(bare[0], where=where, each=each)
    if sign == "*" and b.over:
        sign, bare[1] = "/", Phrase(b.over)
    text = f"{bare[0].inside(PRODUCT)} {sign} {bare[1].inside(PRODUCT, right=sign == '/')}"
    text = f"{bare[0].inside(PRODUCT)} {sign} ({b.text})" if b.text.startswith("-") else text
    over = bare[1].inside(PRODUCT, right=True) if sign == "/" and a.text == "1" else ""
    return Phrase(text, PRODUCT, where, each, plain, over)


Words = Callable[[Writer, list[ast.expr]], Phrase]
"""What a call of a helper says, from its arguments."""
