"""Batch norms without running statistics, which transforms of functions cannot update."""

from __future__ import annotations

from typing import Any


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Take the running statistics off every batch norm in a module, in place, so that `vmap` can run it.

    Each then standardises by the batch in evaluation as well.  Returns `root`.

    >>> net = mt.func.replace_all_batch_norm_modules_(mt.nn.Sequential(mt.nn.BatchNorm1d(2)))
    >>> net[0].track_running_stats, net[0].running_mean
    (False, None)
    """
    from ..nn.modules.batchnorm import _BatchNorm

    for module in root.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
