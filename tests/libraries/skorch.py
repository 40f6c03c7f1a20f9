"""A network as an estimator of scikit-learn: fitted, scored, searched over and saved."""

# /// script
# dependencies = ["skorch==1.4.0"]
# ///

import json

import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping, EpochScoring, LRScheduler


class Network(torch.nn.Module):
    """Two layers with dropout between them."""

    def __init__(self, units=8):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(6, units), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(units, 2)
        )

    def forward(self, x):
        """The logits."""
        return self.layers(x)


torch.manual_seed(0)
x, y = make_classification(120, 6, random_state=0)
x, y = x.astype(np.float32), y.astype(np.int64)
net = NeuralNetClassifier(
    Network, criterion=torch.nn.CrossEntropyLoss, lr=0.1, max_epochs=6, batch_size=20, verbose=0,
    iterator_train__shuffle=True,
    callbacks=[
        ("auc", EpochScoring("roc_auc", lower_is_better=False)),
        ("rate", LRScheduler("StepLR", step_size=2, gamma=0.5)),
        ("stop", EarlyStopping(patience=3)),
    ],
)  # fmt: skip
pipeline = make_pipeline(StandardScaler(), net)
pipeline.fit(x, y)
search = GridSearchCV(
    net, {"module__units": [4, 8], "lr": [0.05, 0.2]}, cv=2, scoring="accuracy", refit=False
)
search.fit(x, y)
net = pipeline[-1]
print(
    json.dumps(
        {
            "losses": net.history[:, ("train_loss", "valid_loss", "roc_auc")],
            "probabilities": pipeline.predict_proba(x[:5]).tolist(),
            "accuracy": pipeline.score(x, y),
            "search": search.cv_results_["mean_test_score"].tolist(),
        }
    )
)
