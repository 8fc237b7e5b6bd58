"""A report in the formats people and tools read."""

from __future__ import annotations

from iacreview.model.finding import Report
from iacreview.report.context import Context, RuleText

__all__ = ["FORMATS", "Context", "RuleText", "render"]

# Format -> module with a function `render(report, context) -> str`, imported when it is asked for.
FORMATS = {
    "text": "iacreview.report.text",
    "json": "iacreview.report.json_v1",
    "sarif": "iacreview.report.sarif",
    "github": "iacreview.report.github",
    "gitlab": "iacreview.report.gitlab",
    "junit": "iacreview.report.junit",
    "markdown": "iacreview.report.markdown",
    "csv": "iacreview.report.csv_table",
    "rdjson": "iacreview.report.rdjson",
}


def render(format: str, report: Report, context: Context) -> str:
    """The report in one of FORMATS, ending with a newline. The same report gives the same text."""
    from importlib import import_module

    text: str = import_module(FORMATS[format]).render(report, context)
    return text
