"""`torch.distributed` on MPI: one program, several processes, each with its share of the data.

    import microtensor as torch
    import torch.distributed as dist            # under `python -m microtensor launch --as-torch`

    dist.init_process_group("gloo")             # MPI, whatever is named
    x = torch.ones(3) * dist.get_rank()
    dist.all_reduce(x)

Start it with ``python -m microtensor launch -n 4 train.py``.  Needs the extra ``mpi``; without it there is
a world of one, in which the same programs run.  What is not here: RPC, stores, and device meshes.
"""

from typing import TYPE_CHECKING

from .._lazy import publish

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = publish(__name__)
