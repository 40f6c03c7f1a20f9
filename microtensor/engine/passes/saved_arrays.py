"""What a node saved for its formula: there until it is freed, and as it was unless somebody wrote into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import GraphFreedError, StaleSavedError, dtype_name
from .. import versions
from ..calls.quiet import again
from ..graph import Node


def pulled_again(node: Node, g: Any, saved: Any, edges: Any) -> Sequence[Any]:
    """What a node gives in silence; a warning of a user's own `Function` is the user's."""
    if not node.repeatable:
        raise
    return again(node.pull, g, saved, edges)  # type: ignore[no-any-return]


def saved_by(node: Node) -> Any:
    """What a node saved, after the hooks that packed it; ``GraphFreedError`` once it was freed."""
    if node.saved is None:
        raise freed(node)
    return node.extras["unpack"](node.saved) if node.extras and "unpack" in node.extras else node.saved


def freed(node: Node) -> GraphFreedError:
    """The error of a second backward pass."""
    return GraphFreedError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they "
        "have "
        f"already been freed): what {node.name()} had saved was freed by the first pass. Specify "
        "retain_graph=True there if you need to backward through the graph a second time, or compute the "
        "forward again."
    )


def check_saved(node: Node, saved: Any) -> None:
    """Raise if one of the node's saved arrays was written to after the node was made."""
    for value in saved:
        for array in value if isinstance(value, tuple) else (value,):
            write = versions.written_since(array, node.number)
            if write is not None:
                raise StaleSavedError(
                    "one of the variables needed for gradient computation has been modified by an "
                    f"inplace operation: {node.name()} saved a {dtype_name(array.dtype)} tensor of shape "
                    f"{tuple(array.shape)} for its formula, and {write.by} has changed it since "
                    f"({write.count} write{'s' * (write.count > 1)} so far). Use the out-of-place form of "
                    f"{write.by}, or hand it a clone()."
                )
