"""What the pages of `docs/` are made with: quoted sources, generated pages, and the links between them.

`quotes` keeps the source code that the hand-written pages quote equal to the package's; `every_op` and
`differences` write pages; `source_pages` shows the package's files on the site; `check_links` looks at what
was built. `docs/conf.py` puts them together, and the tests run each of them without Sphinx.
"""
