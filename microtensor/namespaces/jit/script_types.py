"""TorchScript's types, which libraries name in annotations: there are no TorchScript programs here."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "AnyType", "AwaitType", "BoolType", "ClassType", "ComplexType", "DictType",
    "EnumType", "FloatType", "FutureType", "IntType", "InterfaceType", "ListType", "NoneType",
    "NumberType", "OptionalType", "PyObjectType", "RRefType", "StreamObjType", "StringType", "SymBoolType",
    "SymIntType", "TensorType", "TupleType", "Type", "UnionType",
]  # fmt: skip


class Type:
    """What TorchScript knows of a value: a class to name, of which there are no objects."""

    def __init__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"{type(self).__name__}: there are no types of TorchScript; annotate with torch.Tensor or int"
        )


class AnyType(Type):
    """TorchScript's AnyType, named only."""


class AwaitType(Type):
    """TorchScript's AwaitType, named only."""


class BoolType(Type):
    """TorchScript's BoolType, named only."""


class ClassType(Type):
    """TorchScript's ClassType, named only."""


class ComplexType(Type):
    """TorchScript's ComplexType, named only."""


class DictType(Type):
    """TorchScript's DictType, named only."""


class EnumType(Type):
    """TorchScript's EnumType, named only."""


class FloatType(Type):
    """TorchScript's FloatType, named only."""


class FutureType(Type):
    """TorchScript's FutureType, named only."""


class IntType(Type):
    """TorchScript's IntType, named only."""


class InterfaceType(Type):
    """TorchScript's InterfaceType, named only."""


class ListType(Type):
    """TorchScript's ListType, named only."""


class NoneType(Type):
    """TorchScript's NoneType, named only."""


class NumberType(Type):
    """TorchScript's NumberType, named only."""


class OptionalType(Type):
    """TorchScript's OptionalType, named only."""


class PyObjectType(Type):
    """TorchScript's PyObjectType, named only."""


class RRefType(Type):
    """TorchScript's RRefType, named only."""


class StreamObjType(Type):
    """TorchScript's StreamObjType, named only."""


class StringType(Type):
    """TorchScript's StringType, named only."""


class SymBoolType(Type):
    """TorchScript's SymBoolType, named only."""


class SymIntType(Type):
    """TorchScript's SymIntType, named only."""


class TensorType(Type):
    """TorchScript's TensorType, named only."""


class TupleType(Type):
    """TorchScript's TupleType, named only."""


class UnionType(Type):
    """TorchScript's UnionType, named only."""
