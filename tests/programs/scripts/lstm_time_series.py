import numpy as np
import torch
import torch.nn as nn

np.random.seed(0)
torch.manual_seed(0)
t = np.arange(0, 180)
series = np.sin(t / 6.0) + 0.3 * np.sin(t / 2.5) + 0.05 * np.random.randn(len(t))
series = (series - series.mean()) / series.std()
window = 12


def sliding(data, n):
    xs, ys = [], []
    for i in range(len(data) - n - 1):
        xs.append(data[i : i + n])
        ys.append(data[i + n])
    return np.array(xs), np.array(ys)


x, y = sliding(series, window)
split = int(len(y) * 0.67)
trainX, trainY = torch.Tensor(x[:split]).unsqueeze(-1), torch.Tensor(y[:split]).view(-1, 1)
testX, testY = torch.from_numpy(x[split:]).float().unsqueeze(-1), torch.from_numpy(y[split:]).float()[:, None]


class LSTM(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.num_layers, self.hidden_size = num_layers, hidden_size
        self.lstm = nn.LSTM(
            input_size=input_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
            batch_first=True,
            dropout=0.1,
        )
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        c_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        ula, (h_out, _) = self.lstm(x, (h_0, c_0))
        return self.fc(h_out[-1].view(-1, self.hidden_size))


model = LSTM(1, 1, 16, 2)
print(model)
criterion = torch.nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
first = None
for epoch in range(60):
    outputs = model(trainX)
    optimizer.zero_grad()
    loss = criterion(outputs, trainY)
    loss.backward()
    optimizer.step()
    first = first or loss.item()
    if epoch < 20 or epoch % 10 == 9:
        print("Epoch: %d, loss: %1.6f" % (epoch, loss.item()))
model.eval()
with torch.no_grad():
    predict = model(testX)
    rolled = testX[:1].clone()
    for _ in range(5):
        rolled = torch.cat([rolled[:, 1:], model(rolled).unsqueeze(1)], dim=1)
print("test rmse %.5f" % np.sqrt(((predict - testY) ** 2).mean().numpy()))
print("five steps ahead", rolled[0, -5:, 0])
assert loss.item() < 0.5 * first
