"""A Learner on tables and on tensors: one cycle, a learning rate finder, callbacks, predictions."""

# /// script
# dependencies = ["fastai==2.8.12", "torchvision"]
#
# [tool.libraries]
# import = ["fastai", "fastai.basics", "fastai.tabular.all"]
# ///

import json

import numpy
import pandas
import torch
from fastai.callback.tracker import EarlyStoppingCallback
from fastai.tabular.all import (
    Categorify,
    CategoryBlock,
    DataLoader,
    DataLoaders,
    FillMissing,
    GradientClip,
    Learner,
    Normalize,
    RandomSplitter,
    TabularDataLoaders,
    accuracy,
    range_of,
    set_seed,
    tabular_learner,
)

set_seed(0, reproducible=True)
rows = numpy.random.default_rng(0)
table = pandas.DataFrame(
    {"age": rows.normal(40, 9, 64), "wage": rows.random(64), "kind": rows.choice(list("abc"), 64)}
)
table.loc[3, "wage"] = numpy.nan
table["goal"] = numpy.where(table.age + 9 * (table.kind == "a") > 42, "yes", "no")
loaders = TabularDataLoaders.from_df(
    table,
    procs=[Categorify, FillMissing, Normalize],
    cat_names=["kind"],
    cont_names=["age", "wage"],
    y_names="goal",
    y_block=CategoryBlock(),
    splits=RandomSplitter(seed=0)(range_of(table)),
    bs=16,
)
learner = tabular_learner(loaders, layers=[12], metrics=accuracy, cbs=GradientClip(0.5))
found = {}
with learner.no_bar(), learner.no_logging():
    learner.fit_one_cycle(3, 5e-3)
    found["table"] = [list(map(float, row)) for row in learner.recorder.values]
    found["guess"] = learner.get_preds()[0].tolist()
    set_seed(1)
    x = torch.randn(40, 4)
    pairs = [(row, row[:1] - row[1:2]) for row in x]
    plain = DataLoaders(DataLoader(pairs[:32], bs=8, shuffle=True), DataLoader(pairs[32:], bs=8))
    line = Learner(
        plain, torch.nn.Linear(4, 1), loss_func=torch.nn.MSELoss(), cbs=EarlyStoppingCallback(patience=2)
    )
    with line.no_bar(), line.no_logging():
        line.fit(3, 0.05)
        found["line"] = [float(row[0]) for row in line.recorder.values]
        line.fit_flat_cos(2, 0.02)
        found["flat"] = [loss.item() for loss in line.recorder.losses]
print(json.dumps(found))
