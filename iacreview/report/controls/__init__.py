"""What the files say of the controls of a framework, in the formats people and tools read."""

from __future__ import annotations

from iacreview.model.control import ControlReport

# Format -> module with a function `render(report, version) -> str`, imported when it is asked for.
FORMATS = {
    "text": "iacreview.report.controls.text",
    "markdown": "iacreview.report.controls.markdown",
    "json": "iacreview.report.controls.json_v1",
    "html": "iacreview.report.controls.html",
}


def render(format: str, report: ControlReport, version: str) -> str:
    """The report in one of FORMATS, ending with a newline. The same report gives the same text."""
    from importlib import import_module

    text: str = import_module(FORMATS[format]).render(report, version)
    return text
