"""`iacreview schema`: the JSON Schemas that editors can use."""

from __future__ import annotations

import json
import os


def schema(name: str) -> str:
    """The schema of the settings (`config`), or of files with rules, kinds, protections or controls, as JSON."""
    if name == "config":
        from iacreview.config_fields import config_schema

        return json.dumps(config_schema(), indent=2) + "\n"
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "schemas")
    with open(os.path.join(folder, f"{name}.schema.json"), encoding="utf-8") as stream:
        return stream.read()
