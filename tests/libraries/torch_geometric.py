"""Layers on a graph, trained to tell its nodes apart, and a batch of graphs pooled."""

# /// script
# dependencies = ["torch-geometric==2.8.1"]
#
# [tool.libraries]
# import = ["torch_geometric.nn"]
# ///

import json

import torch
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GATConv, GCNConv, GINConv, SAGEConv, global_mean_pool
from torch_geometric.utils import to_undirected

torch.manual_seed(0)
edges = to_undirected(torch.randint(0, 12, (2, 20)))
data = Data(x=torch.randn(12, 5), edge_index=edges, y=torch.randint(0, 3, (12,)))
results = {}
for kind in (GCNConv, GATConv, SAGEConv):
    torch.manual_seed(1)
    first, second = kind(5, 8), kind(8, 3)
    optimizer = torch.optim.Adam([*first.parameters(), *second.parameters()], lr=0.02)
    losses = []
    for _ in range(5):
        out = second(first(data.x, data.edge_index).relu(), data.edge_index)
        loss = torch.nn.functional.cross_entropy(out, data.y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    results[kind.__name__] = {"losses": losses, "scores": out.tolist()}
batch = Batch.from_data_list([data, data.clone()])
layer = GINConv(torch.nn.Linear(5, 4))
results["pooled"] = global_mean_pool(layer(batch.x, batch.edge_index), batch.batch).tolist()
print(json.dumps(results))
