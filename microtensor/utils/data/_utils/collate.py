"""From a list of samples to a batch."""

import re

from ..collate import default_collate, default_convert

__all__ = ["default_collate", "default_collate_err_msg_format", "default_convert", "np_str_obj_array_pattern"]

np_str_obj_array_pattern = re.compile(r"[SaUO]")
"""The kinds of NumPy's dtypes that no tensor can have: texts and objects."""

default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)
