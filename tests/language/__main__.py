"""Writes `docs/asyncapi.json` and `docs/events.html`: `python -m tests.language --write`.

Without `--write` it prints the document. `--check FILE` validates it against AsyncAPI's own JSON Schema, where you
have that file (it is in the npm package `@asyncapi/specs` as `schemas/3.0.0.json`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jsonschema import Draft7Validator

from tests.language.document import ROOT, document, dumped
from tests.language.page import page

DOCUMENT = ROOT / "docs" / "asyncapi.json"
PAGE = ROOT / "docs" / "events.html"


def main(arguments: list[str]) -> int:
    """Print the document, write both files, or check against a schema; return the exit status."""
    if "--check" in arguments:
        schema = json.loads(Path(arguments[arguments.index("--check") + 1]).read_text("utf-8"))
        wrong = [
            f"{error.json_path}: {error.message[:300]}" for error in Draft7Validator(schema).iter_errors(document())
        ]
        sys.stdout.write("\n".join(wrong or ["valid"]) + "\n")
        return 1 if wrong else 0
    if "--write" in arguments:
        DOCUMENT.write_text(dumped(), "utf-8")
        PAGE.write_text(page(document()), "utf-8")
    else:
        sys.stdout.write(dumped())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
