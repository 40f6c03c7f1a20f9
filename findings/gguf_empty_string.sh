#!/usr/bin/env bash
# gguf 0.19.0: a metadata string that is empty is not written, and nothing says so.
#
# Guessed: GGUF's strings have a length and may be empty, so add_string(key, "") writes the key with an empty
# string, as add_array(key, [""]) does and add_bool(key, False) writes a False.
# Seen: GGUFWriter.add_string and add_array return without a word for a value that is false. The reader knows no
# such key; a file that is rewritten, read and added key by key, loses it.
# Versions: gguf 0.19.0, NumPy 2.4.6, Python 3.11. Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check "gguf==0.19.0" "numpy==2.4.6" 2>/dev/null
"$folder/env/bin/python" - "$folder/small.gguf" <<'PYTHON'
import sys
from importlib.metadata import version

import gguf
import numpy as np

writer = gguf.GGUFWriter(sys.argv[1], "llama")
writer.add_string("test.empty_string", "")
writer.add_string("test.string", "x")
writer.add_array("test.array_of_an_empty_string", [""])
writer.add_bool("test.false", False)
writer.add_uint32("test.zero", 0)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

fields = gguf.GGUFReader(sys.argv[1]).fields
found = {name: field.contents() for name, field in fields.items() if name.startswith("test.")}
print("gguf", version("gguf"), "NumPy", np.__version__)
print("read back:", found)
assert found == {
    "test.string": "x",
    "test.array_of_an_empty_string": [""],
    "test.false": False,
    "test.zero": 0,
}
PYTHON
