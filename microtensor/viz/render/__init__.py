"""From the graph to a picture.

| module | what is in it |
|---|---|
| `dot` | Graphviz source |
| `labels`, `style` | what a node says, and how it looks |
| `graphviz` | SVG, PNG and PDF by Graphviz |
| `terminal` | text |
| `page` | an interactive page |
"""
