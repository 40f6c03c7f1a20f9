"""PyTorch's ``torch.storage``: the classes of a tensor's memory."""

from microtensor.ops.tensor_info.storage_classes import TypedStorage, UntypedStorage, _LegacyStorage

__all__ = ["TypedStorage", "UntypedStorage", "_LegacyStorage"]
