"""The usual idioms of mixed precision, all of them switched off as on a machine without a GPU."""

import time
import warnings
import numpy as np
import torch
from torch.amp import GradScaler, autocast

warnings.filterwarnings("ignore", category=FutureWarning)
torch.backends.cudnn.benchmark = False
torch.backends.cudnn.deterministic = True
torch.set_float32_matmul_precision("high")
seed = 3407
np.random.seed(seed)
torch.manual_seed(seed)
torch.cuda.manual_seed_all(seed)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
device_type = "cuda" if "cuda" in str(device) else "cpu"
use_amp = device_type == "cuda"


class AverageMeter(object):
    def __init__(self, name, fmt=":f"):
        self.name, self.fmt = name, fmt
        self.reset()

    def reset(self):
        self.val = self.avg = self.sum = self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count

    def __str__(self):
        return ("{name} {val" + self.fmt + "} ({avg" + self.fmt + "})").format(**self.__dict__)


def accuracy(output, target, topk=(1,)):
    with torch.no_grad():
        maxk = max(topk)
        _, pred = output.topk(maxk, 1, True, True)
        pred = pred.t()
        correct = pred.eq(target.view(1, -1).expand_as(pred))
        return [
            correct[:k].reshape(-1).float().sum(0, keepdim=True).mul_(100.0 / target.size(0)) for k in topk
        ]


model = torch.nn.Sequential(torch.nn.Linear(12, 48), torch.nn.GELU(), torch.nn.Linear(48, 6)).to(device)
if torch.cuda.device_count() > 1:
    model = torch.nn.DataParallel(model)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scaler = GradScaler("cuda", enabled=use_amp)
old_scaler = torch.cuda.amp.GradScaler(enabled=False)
criterion = torch.nn.CrossEntropyLoss().to(device)
planes = torch.randn(12, 6)
losses, top1, top3 = (
    AverageMeter("Loss", ":.5f"),
    AverageMeter("Acc@1", ":6.2f"),
    AverageMeter("Acc@3", ":6.2f"),
)
started = time.time()
first = None
for i in range(40):
    x = torch.randn(32, 12).to(device, non_blocking=True)
    target = (x @ planes).argmax(1).to(device, non_blocking=True)
    with autocast(device_type=device_type, enabled=use_amp):
        output = model(x)
        loss = criterion(output, target)
    optimizer.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    acc1, acc3 = accuracy(output, target, topk=(1, 3))
    losses.update(loss.item(), x.size(0))
    top1.update(acc1[0].item(), x.size(0))
    top3.update(acc3[0].item(), x.size(0))
    first = first or loss.item()
    if i < 22 or i % 6 == 5:
        print("[%d] %s %s %s" % (i, losses, top1, top3))
if device_type == "cuda":
    torch.cuda.synchronize()
assert time.time() - started < 60
with torch.cuda.amp.autocast(enabled=False):
    half = model(torch.ones(1, 12))
print(half.dtype, scaler.get_scale(), old_scaler.is_enabled(), scaler.state_dict())
print(torch.get_float32_matmul_precision(), torch.is_autocast_enabled(), torch.get_num_threads() > 0)
small = torch.tensor([1.0, 1 / 3, 1e-8, 65504.0]).half()
print(small, small.float().sum(), torch.finfo(torch.float16).max)
assert loss.item() < first
