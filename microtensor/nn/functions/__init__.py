"""The functions of seldom used layers, by family; `nn.functional` imports them when they are asked for."""
