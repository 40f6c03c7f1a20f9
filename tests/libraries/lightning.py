"""A LightningModule with its data, callbacks and a checkpoint; then the same loop by hand in Fabric."""

# /// script
# dependencies = ["lightning==2.6.6"]
#
# [tool.libraries]
# import = ["lightning", "lightning.fabric"]
# ///

import json
import logging
import tempfile
import warnings

import lightning
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

warnings.simplefilter("ignore")
logging.getLogger("lightning").setLevel(logging.ERROR)


class Data(lightning.LightningDataModule):
    def setup(self, stage):
        inputs = torch.linspace(-1, 1, 48).reshape(24, 2)
        whole = TensorDataset(inputs, inputs.prod(1, keepdim=True))
        self.train, self.held = random_split(whole, [16, 8], torch.Generator().manual_seed(0))

    def train_dataloader(self):
        return DataLoader(self.train, batch_size=4, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.held, batch_size=8)

    test_dataloader = predict_dataloader = val_dataloader


class Model(lightning.LightningModule):
    def __init__(self, width=6, rate=0.05):
        super().__init__()
        self.save_hyperparameters()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(2, width), torch.nn.SiLU(), torch.nn.Linear(width, 1)
        )
        self.losses = []

    def forward(self, inputs):
        return self.layers(inputs)

    def shared(self, batch, name):
        loss = F.mse_loss(self(batch[0]), batch[1])
        self.log(name, loss, on_epoch=True, prog_bar=False)
        return loss

    def training_step(self, batch, index):
        loss = self.shared(batch, "train")
        self.losses.append(loss.item())
        return loss

    def validation_step(self, batch, index):
        self.shared(batch, "held")

    def test_step(self, batch, index):
        self.shared(batch, "test")

    def predict_step(self, batch, index):
        return self(batch[0])

    def configure_optimizers(self):
        optimizer = torch.optim.RMSprop(self.parameters(), self.hparams.rate)
        return [optimizer], [torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)]


def fabric():
    """Losses of three steps in Fabric."""
    fabric = lightning.Fabric(accelerator="cpu", devices=1, precision="bf16-mixed")
    lightning.seed_everything(5, verbose=False)
    model = torch.nn.Linear(3, 2)
    model, optimizer = fabric.setup(model, torch.optim.SGD(model.parameters(), 0.1, momentum=0.9))
    losses = []
    for (rows,) in fabric.setup_dataloaders(DataLoader(TensorDataset(torch.randn(9, 3)), batch_size=3)):
        loss = model(rows).float().square().mean()
        fabric.backward(loss)
        fabric.clip_gradients(model, optimizer, max_norm=1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


with tempfile.TemporaryDirectory() as folder:
    lightning.seed_everything(1, verbose=False)
    keep = ModelCheckpoint(folder, monitor="held", filename="best")
    plain = {
        "accelerator": "cpu",
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "logger": False,
    }
    trainer = lightning.Trainer(
        max_epochs=3,
        callbacks=[keep, EarlyStopping("held", patience=2)],
        gradient_clip_val=0.5,
        accumulate_grad_batches=2,
        default_root_dir=folder,
        **plain,
    )
    model, data = Model(), Data()
    trainer.fit(model, data)
    results = {
        "losses": model.losses,
        "best": keep.best_model_score.item(),
        "test": trainer.test(model, data, verbose=False)[0]["test"],
        "predicted": trainer.predict(model, data)[0].flatten().tolist(),
    }
    again = Model.load_from_checkpoint(keep.best_model_path)
    results["loaded"] = [again.hparams.width, again(torch.ones(1, 2)).item()]
results["fabric"] = fabric()
print(json.dumps(results))
