"""Python's operators as functions, and how they are written between their operands."""

from __future__ import annotations

__all__ = ["inplace_methods", "magic_methods", "reflectable_magic_methods"]

reflectable_magic_methods = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "floordiv": "{} // {}",
    "truediv": "{} / {}",
    "mod": "{} % {}",
    "pow": "{} ** {}",
    "lshift": "{} << {}",
    "rshift": "{} >> {}",
    "and_": "{} & {}",
    "or_": "{} | {}",
    "xor": "{} ^ {}",
    "matmul": "{} @ {}",
}
"""Those that ask their second operand if the first one does not know."""

magic_methods = reflectable_magic_methods | {
    "eq": "{} == {}",
    "ne": "{} != {}",
    "lt": "{} < {}",
    "gt": "{} > {}",
    "le": "{} <= {}",
    "ge": "{} >= {}",
    "pos": "+{}",
    "neg": "-{}",
    "invert": "~{}",
    "getitem": "{}[{}]",
}

inplace_methods = {
    f"i{name.rstrip('_')}": f"{{}} {text[3:-3]}= {{}}" for name, text in reflectable_magic_methods.items()
} | {"setitem": "{}[{}] = {}"}
"""Those that change their first operand."""
