"""A graph as code and as text.

| module | what is in it |
|---|---|
| `codegen`, `code_lines` | the code of a graph |
| `graph_text`, `node_text` | a graph as a list of its nodes |
| `namespace`, `torch_names`, `operators` | what things are called there |
"""
