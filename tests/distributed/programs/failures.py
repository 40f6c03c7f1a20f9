"""Jobs that go wrong on rank 1, in the way that the first argument names; rank 0 waits for it."""

import sys
from datetime import timedelta

import torch
import torch.distributed as dist


def raises():
    raise ValueError("rank 1 has had enough")


def exits():
    sys.exit(3)


def raises_in_backward():
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: raises())
    x.sum().backward()


def is_late():
    import time

    time.sleep(60)


def ends():
    sys.exit(0)


how = sys.argv[1]
dist.init_process_group("gloo", timeout=timedelta(seconds=1) if how == "is_late" else None)
dist.barrier()
if dist.get_rank() == 1:
    globals()[how]()
if "monitored" in sys.argv:
    dist.monitored_barrier(timeout=timedelta(seconds=1))
dist.all_reduce(torch.ones(2))
print("nobody comes here")
