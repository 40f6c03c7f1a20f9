#!/usr/bin/env bash
# Sphinx 9.0.4: suppress_warnings = ["toc.empty_glob"] does not suppress what it is named for.
#
# Guessed: Sphinx's list of types that suppress_warnings takes has toc.empty_glob, "a toctree glob pattern matched
# nothing", so with it `sphinx-build -W` accepts a page whose pattern matches nothing yet (guides that may come).
# Seen: the warning is given all the same, and -W ends with status 1. It is logged with subtype="empty_glob" and
# without type="toc", and a warning without a type is never suppressed; a warning of another toctree problem,
# toc.excluded, is. Versions: Sphinx 9.0.4, Python 3.11. Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check "sphinx==9.0.4" 2>/dev/null

# build TYPE PATTERN: the status of a strict build whose toctree has this entry, with this type suppressed.
build() {
    rm -rf "$folder/site" && mkdir -p "$folder/site"
    printf 'suppress_warnings = ["%s"]\nexclude_patterns = ["left_out.rst"]\n' "$1" >"$folder/site/conf.py"
    printf 'Left out\n========\n' >"$folder/site/left_out.rst"
    printf 'Title\n=====\n\n.. toctree::\n   :glob:\n\n   %s\n' "$2" >"$folder/site/index.rst"
    "$folder/env/bin/python" -m sphinx -q -W "$folder/site" "$folder/out" >"$folder/said" 2>&1 && echo 0 || echo 1
    sed "s#$folder/##; s/^/    /" "$folder/said" >&2
}

"$folder/env/bin/python" -c 'import sphinx, sys; print("Sphinx", sphinx.__version__, "on Python", sys.version.split()[0])'
echo "a pattern that matches nothing, toc.empty_glob suppressed:"
glob=$(build toc.empty_glob 'guides/*')
echo "    sphinx -W ends with $glob"
echo "an entry that is excluded, toc.excluded suppressed:"
other=$(build toc.excluded left_out)
echo "    sphinx -W ends with $other"
test "$glob" -eq 1 && test "$other" -eq 0
