"""Message passing on a graph of two communities: degrees and messages by index_add_ and scatter_add_."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(16)
n = 60
community = (torch.arange(n) >= n // 2).long()
p = torch.where(community[:, None] == community[None, :], torch.tensor(0.15), torch.tensor(0.02))
upper = torch.triu(torch.bernoulli(p), diagonal=1)
adjacency = upper + upper.T
edge_index = adjacency.nonzero().t().contiguous()
print("edges", edge_index.size(1), "symmetric", torch.equal(adjacency, adjacency.T))


def add_self_loops(edge_index, num_nodes):
    loops = torch.arange(num_nodes).unsqueeze(0).repeat(2, 1)
    return torch.cat([edge_index, loops], dim=1)


class GCNConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, edge_index):
        row, col = add_self_loops(edge_index, x.size(0))
        deg = torch.zeros(x.size(0)).scatter_add_(0, row, torch.ones(row.size(0)))
        norm = deg.pow(-0.5)
        norm = norm[row] * norm[col]
        x = x @ self.weight
        out = torch.zeros_like(x).index_add_(0, row, norm.unsqueeze(-1) * x[col])
        return out + self.bias


class GATConv(nn.Module):
    def __init__(self, n_in, n_out, heads):
        super().__init__()
        self.heads, self.n_out = heads, n_out
        self.lin = nn.Linear(n_in, heads * n_out, bias=False)
        self.att = nn.Parameter(torch.Tensor(2, heads, n_out))
        nn.init.xavier_uniform_(self.att)

    def forward(self, x, edge_index):
        row, col = add_self_loops(edge_index, x.size(0))
        h = self.lin(x).view(-1, self.heads, self.n_out)
        alpha = (h[row] * self.att[0]).sum(-1) + (h[col] * self.att[1]).sum(-1)
        alpha = F.leaky_relu(alpha, 0.2)
        biggest = torch.full((x.size(0), self.heads), float("-inf"))
        biggest = biggest.scatter_reduce(0, row[:, None].expand_as(alpha), alpha.detach(), reduce="amax")
        alpha = (alpha - biggest[row]).exp()
        total = alpha.new_zeros(x.size(0), self.heads).index_add(0, row, alpha)
        alpha = alpha / (total[row] + 1e-16)
        out = h.new_zeros(h.shape).index_add(0, row, alpha.unsqueeze(-1) * h[col])
        return out.flatten(1)


class Net(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.conv1, self.conv2 = GCNConv(n_features, 12), GATConv(12, 4, heads=3)
        self.out = nn.Linear(12, 2)

    def forward(self, x, edge_index):
        x = F.relu(self.conv1(x, edge_index))
        x = F.dropout(x, p=0.3, training=self.training)
        x = F.elu(self.conv2(x, edge_index))
        return F.log_softmax(self.out(x), dim=1)


features = torch.eye(n) + 0.1 * torch.randn(n, n)
train_mask = torch.zeros(n, dtype=torch.bool)
train_mask[torch.randperm(n)[:10]] = True
model = Net(n)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
losses = []
for epoch in range(60):
    model.train()
    optimizer.zero_grad()
    out = model(features, edge_index)
    loss = F.nll_loss(out[train_mask], community[train_mask])
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if epoch < 22 or epoch % 10 == 9:
        model.eval()
        with torch.no_grad():
            pred = model(features, edge_index).argmax(dim=-1)
        hits = [int((pred[m] == community[m]).sum()) for m in (train_mask, ~train_mask)]
        print("Epoch: {:03d}, Loss: {:.6f}, Train: {}, Test: {}".format(epoch, loss.item(), *hits))
pooled = torch.zeros(2, 12).index_add_(0, community, F.relu(model.conv1(features, edge_index)).detach())
print(pooled.sum(1), torch.unique(edge_index[0], return_counts=True)[1][:6], train_mask.sum())
assert losses[-1] < 0.6 * losses[0]
