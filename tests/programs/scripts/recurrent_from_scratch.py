"""A textbook's chapters: linear regression and a GRU from scratch, with NumPy's names of arguments."""

import collections, math, random, re
import torch
from torch import nn
from torch.nn import functional as F

random.seed(0)
torch.manual_seed(0)


def synthetic_data(w, b, num_examples):
    X = torch.normal(0, 1, (num_examples, len(w)))
    y = torch.matmul(X, w) + b
    y += torch.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


true_w = torch.tensor([2, -3.4])
true_b = 4.2
features, labels = synthetic_data(true_w, true_b, 100)
print("features:", features[0], "\nlabel:", labels[0])


def data_iter(batch_size, features, labels):
    indices = list(range(len(features)))
    random.shuffle(indices)
    for i in range(0, len(features), batch_size):
        batch_indices = torch.tensor(indices[i : min(i + batch_size, len(features))])
        yield features[batch_indices], labels[batch_indices]


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(3):
    for X, y in data_iter(10, features, labels):
        l = (torch.matmul(X, w) + b - y.reshape(y.shape[0], 1)) ** 2 / 2
        l.sum().backward()
        sgd([w, b], 0.03, 10)
    with torch.no_grad():
        train_l = (torch.matmul(features, w) + b - labels) ** 2 / 2
        print(f"epoch {epoch + 1}, loss {float(train_l.mean()):f}")
print(f"error in estimating w: {true_w - w.reshape(true_w.shape)}")
print(f"error in estimating b: {true_b - b}")

text = (
    "the time traveller for so it will be convenient to speak of him was expounding a recondite matter to us "
    * 3
)
tokens = list(re.sub("[^A-Za-z]+", " ", text).strip().lower())
counter = collections.Counter(tokens)
idx_to_token = ["<unk>"] + [t for t, f in sorted(counter.items(), key=lambda x: x[1], reverse=True)]
token_to_idx = {t: i for i, t in enumerate(idx_to_token)}
corpus = [token_to_idx[t] for t in tokens]


def seq_data_iter_sequential(corpus, batch_size, num_steps):
    offset = random.randint(0, num_steps)
    num_tokens = ((len(corpus) - offset - 1) // batch_size) * batch_size
    Xs = torch.tensor(corpus[offset : offset + num_tokens])
    Ys = torch.tensor(corpus[offset + 1 : offset + 1 + num_tokens])
    Xs, Ys = Xs.reshape(batch_size, -1), Ys.reshape(batch_size, -1)
    for i in range(0, num_steps * (Xs.shape[1] // num_steps), num_steps):
        yield Xs[:, i : i + num_steps], Ys[:, i : i + num_steps]


vocab = len(idx_to_token)


def get_params(vocab_size, h, device):
    def normal(shape):
        return torch.randn(size=shape, device=device) * 0.01

    def three():
        return (normal((vocab_size, h)), normal((h, h)), torch.zeros(h, device=device))

    W_xz, W_hz, b_z = three()
    W_xr, W_hr, b_r = three()
    W_xh, W_hh, b_h = three()
    W_hq, b_q = normal((h, vocab_size)), torch.zeros(vocab_size, device=device)
    params = [W_xz, W_hz, b_z, W_xr, W_hr, b_r, W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params


def gru(inputs, state, params):
    W_xz, W_hz, b_z, W_xr, W_hr, b_r, W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:
        Z = torch.sigmoid((X @ W_xz) + (H @ W_hz) + b_z)
        R = torch.sigmoid((X @ W_xr) + (H @ W_hr) + b_r)
        H_tilda = torch.tanh((X @ W_xh) + ((R * H) @ W_hh) + b_h)
        H = Z * H + (1 - Z) * H_tilda
        outputs.append(H @ W_hq + b_q)
    return torch.cat(outputs, dim=0), (H,)


def grad_clipping(params, theta):
    norm = torch.sqrt(sum(torch.sum((p.grad**2)) for p in params))
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / norm


device = torch.device("cpu")
params = get_params(vocab, 24, device)
for epoch in range(12):
    state, metric = None, [0.0, 0]
    for X, Y in seq_data_iter_sequential(corpus, 4, 10):
        if state is None:
            state = (torch.zeros((X.shape[0], 24), device=device),)
        else:
            for s in state:
                s.detach_()
        y = Y.T.reshape(-1)
        y_hat, state = gru(F.one_hot(X.T, vocab).type(torch.float32), state, params)
        l = F.cross_entropy(y_hat, y.long()).mean()
        l.backward()
        grad_clipping(params, 1)
        sgd(params, 1.0, 1)
        metric[0] += l * y.numel()
        metric[1] += y.numel()
    perplexity = float(metric[0] / metric[1])
    print(f"perplexity {math.exp(perplexity):.4f}")


def predict(prefix, n):
    state = (torch.zeros((1, 24)),)
    outputs = [token_to_idx[prefix[0]]]
    get_input = lambda: torch.tensor([outputs[-1]], device=device).reshape((1, 1))
    for y in prefix[1:]:
        _, state = gru(F.one_hot(get_input().T, vocab).float(), state, params)
        outputs.append(token_to_idx[y])
    for _ in range(n):
        y, state = gru(F.one_hot(get_input().T, vocab).float(), state, params)
        outputs.append(int(y.argmax(dim=1).reshape(1)))
    return "".join([idx_to_token[i] for i in outputs])


print(predict("time ", 12))
rnn_layer = nn.RNN(vocab, 16)
Y, state_new = rnn_layer(torch.rand(size=(5, 4, vocab)), torch.zeros((1, 4, 16)))
print(Y.shape, state_new.shape, Y[-1].norm(), rnn_layer)
A = torch.arange(20, dtype=torch.float32).reshape(5, 4)
B = A.clone()
print(A / A.sum(axis=1, keepdim=True), A.cumsum(axis=0), A == B, id(A) == id(B))
before = id(A)
A += B
print(id(A) == before, A.T, torch.mv(A, torch.ones(4)), torch.dot(A[0], A[1]), torch.norm(torch.ones((4, 9))))
assert perplexity < 3
