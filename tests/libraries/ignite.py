"""Engines with events and handlers; metrics that are attached to them."""

# /// script
# dependencies = ["pytorch-ignite==0.5.5"]
# ///

import json
import tempfile

import torch
from ignite.engine import Engine, Events, create_supervised_evaluator, create_supervised_trainer
from ignite.handlers import (
    Checkpoint,
    DiskSaver,
    EarlyStopping,
    EMAHandler,
    PiecewiseLinear,
    TerminateOnNan,
    create_lr_scheduler_with_warmup,
)
from ignite.metrics import (
    PSNR,
    SSIM,
    Accuracy,
    ConfusionMatrix,
    Fbeta,
    IoU,
    Loss,
    MeanSquaredError,
    Precision,
    Recall,
    RunningAverage,
    TopKCategoricalAccuracy,
)
from ignite.utils import manual_seed

manual_seed(4)
data = [(torch.randn(6, 5), torch.randint(3, (6,))) for _ in range(5)]
model = torch.nn.Sequential(
    torch.nn.Linear(5, 7), torch.nn.ELU(), torch.nn.Dropout(0.2), torch.nn.Linear(7, 3)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, nesterov=True, momentum=0.5)
criterion = torch.nn.CrossEntropyLoss()
trainer = create_supervised_trainer(model, optimizer, criterion)
matrix = ConfusionMatrix(3)
scores = {
    "accuracy": Accuracy(),
    "loss": Loss(criterion),
    "precision": Precision(average=True),
    "recall": Recall(),
    "f2": Fbeta(2.0),
    "matrix": matrix,
    "iou": IoU(matrix),
    "top": TopKCategoricalAccuracy(2),
}
judge = create_supervised_evaluator(model, metrics=scores)
RunningAverage(output_transform=lambda loss: loss, alpha=0.7).attach(trainer, "running")
later = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
warm = create_lr_scheduler_with_warmup(
    later, warmup_start_value=0.01, warmup_duration=3, warmup_end_value=0.1
)
trainer.add_event_handler(Events.ITERATION_STARTED, warm)
trainer.add_event_handler(Events.ITERATION_COMPLETED, TerminateOnNan())
average = EMAHandler(model, momentum=0.1)
average.attach(trainer)
history = []


@trainer.on(Events.ITERATION_COMPLETED(every=2))
def note(engine):
    history.append([engine.state.iteration, engine.state.output, optimizer.param_groups[0]["lr"]])


@trainer.on(Events.EPOCH_COMPLETED)
def evaluate(engine):
    judge.run(data)
    history.append([engine.state.metrics["running"], judge.state.metrics["loss"]])


judge.add_event_handler(
    Events.COMPLETED, EarlyStopping(3, lambda engine: -engine.state.metrics["loss"], trainer)
)
with tempfile.TemporaryDirectory() as folder:
    keep = Checkpoint({"model": model, "optimizer": optimizer}, DiskSaver(folder), n_saved=1)
    trainer.add_event_handler(Events.COMPLETED, keep)
    trainer.run(data, max_epochs=3)
    Checkpoint.load_objects({"model": model}, keep.last_checkpoint)
results = {
    name: value.tolist() if torch.is_tensor(value) else value for name, value in judge.state.metrics.items()
}
results |= {"history": history, "average": sum(p.sum().item() for p in average.ema_model.parameters())}
pictures = Engine(lambda engine, batch: batch)
for name, metric in {"ssim": SSIM(1.0), "psnr": PSNR(1.0), "mse": MeanSquaredError()}.items():
    metric.attach(pictures, name)
pairs = [(torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)) for _ in range(2)]
results["pictures"] = {name: float(value) for name, value in pictures.run(pairs).metrics.items()}
ramp = PiecewiseLinear(optimizer, "lr", [(0, 0.1), (4, 0.5)])
results["ramp"] = [
    rate
    for _, rate in PiecewiseLinear.simulate_values(5, param_name="lr", milestones_values=[(0, 0.1), (4, 0.5)])
]
results["ramp now"] = ramp.get_param()
print(json.dumps(results))
