"""From a list of samples to a batch."""

from ..collate import default_collate, default_convert

__all__ = ["default_collate", "default_convert"]
