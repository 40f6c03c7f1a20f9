"""Training that stops by itself, keeps the best model in a file, and goes on from a checkpoint."""

import os
import tempfile
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class EarlyStopping:
    """Saves the model when the validation loss falls, and says stop after `patience` epochs without."""

    def __init__(self, patience=3, verbose=False, delta=0.0, path="checkpoint.pt"):
        self.patience, self.verbose, self.delta, self.path = patience, verbose, delta, path
        self.counter, self.best_score, self.early_stop, self.val_loss_min = 0, None, False, np.inf

    def __call__(self, val_loss, model):
        score = -val_loss
        if self.best_score is None or score >= self.best_score + self.delta:
            self.best_score = score
            if self.verbose and np.isfinite(self.val_loss_min):
                print(
                    f"Validation loss decreased ({self.val_loss_min:.6f} --> {val_loss:.6f}).  Saving model ..."
                )
            torch.save(model.state_dict(), self.path)
            self.val_loss_min, self.counter = val_loss, 0
        else:
            self.counter += 1
            print(f"EarlyStopping counter: {self.counter} out of {self.patience}")
            self.early_stop = self.counter >= self.patience


def main():
    torch.manual_seed(123)
    x = torch.linspace(-3, 3, 60).unsqueeze(1)
    y = torch.sin(2 * x) + 0.4 * torch.randn_like(x)
    mask = torch.arange(60) % 2 == 0
    train = DataLoader(TensorDataset(x[mask], y[mask]), batch_size=10, shuffle=True)
    valid = DataLoader(TensorDataset(x[~mask], y[~mask]), batch_size=30)
    model = nn.Sequential(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=15, gamma=0.5)
    criterion = nn.MSELoss()
    folder = tempfile.mkdtemp()
    stopper = EarlyStopping(patience=6, verbose=True, path=os.path.join(folder, "best.pt"))
    first = None
    for epoch in range(1, 61):
        model.train()
        train_losses = []
        for data, target in train:
            optimizer.zero_grad()
            loss = criterion(model(data), target)
            loss.backward()
            optimizer.step()
            train_losses.append(loss.item())
        scheduler.step()
        model.eval()
        with torch.no_grad():
            valid_loss = np.average([criterion(model(d), t).item() for d, t in valid])
        first = first or valid_loss
        print(f"[{epoch:>2}/60] train_loss: {np.average(train_losses):.5f} valid_loss: {valid_loss:.5f}")
        if epoch == 8:
            torch.save(
                {
                    "epoch": epoch,
                    "model_state_dict": model.state_dict(),
                    "rng": torch.get_rng_state(),
                    "optimizer_state_dict": optimizer.state_dict(),
                    "scheduler": scheduler.state_dict(),
                    "loss": valid_loss,
                    "note": ["half", ("way",)],
                },
                os.path.join(folder, "ckpt.tar"),
            )
        stopper(valid_loss, model)
        if stopper.early_stop:
            print("Early stopping")
            break
    model.load_state_dict(torch.load(stopper.path, weights_only=True))
    best = criterion(model(x[~mask]), y[~mask]).item()
    print("best %.6f" % best, abs(best - stopper.val_loss_min) < 1e-6)

    checkpoint = torch.load(os.path.join(folder, "ckpt.tar"), map_location="cpu", weights_only=False)
    fresh = nn.Sequential(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    print(fresh.load_state_dict(checkpoint["model_state_dict"]))
    optimizer = torch.optim.Adam(fresh.parameters(), lr=1.0)
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
    torch.set_rng_state(checkpoint["rng"])
    print(checkpoint["epoch"], checkpoint["note"], optimizer.param_groups[0]["lr"], sorted(checkpoint))
    for data, target in train:
        optimizer.zero_grad()
        loss = criterion(fresh(data), target)
        loss.backward()
        optimizer.step()
        print("resumed %.6f" % loss.item())
    try:
        fresh.load_state_dict({"0.weight": torch.zeros(3)}, strict=True)
    except RuntimeError as error:
        print(str(error).splitlines()[0])
    assert best < first


if __name__ == "__main__":
    main()
