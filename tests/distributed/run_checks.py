"""Run every ``check_...`` of some files on all ranks, and write down what became of each.

    python run_checks.py REPORT SECONDS FILE...

`torch` is microtensor or PyTorch, by whoever starts this.  With 0 seconds, collectives have no timeout.
"""

import json
import runpy
import sys
import traceback
from datetime import timedelta

import torch.distributed as dist


def outcome(check):
    """ "ok", or the traceback."""
    try:
        check()
    except BaseException:
        return traceback.format_exc()
    return "ok"


def main(report, seconds, *files):
    timeout = timedelta(seconds=float(seconds)) if float(seconds) else None
    dist.init_process_group("gloo", timeout=timeout)
    found = {}
    for file in files:
        for name, check in runpy.run_path(file).items():
            if name.startswith("check_"):
                found[name] = outcome(check)
                with open(f"{report}.{dist.get_rank()}", "w") as out:  # each time: the next may not end
                    json.dump(found, out)
    dist.destroy_process_group()


main(*sys.argv[1:])
