"""What is read of Terraform's files: those that are alike, in one unit or in several, are parsed once."""

from __future__ import annotations

from iacreview.model.graph import Problem
from iacreview.model.source import Source
from iacreview.parse.recent import Recent
from iacreview.parse.terraform.nodes import Body, Template

# Characters: their trees take about 50 MB.
_MOST_PARSED = 3_000_000
_MOST_TEMPLATES = 1_000_000
_MOST_SOURCES = 2_000_000


def kept(source: Source) -> Source:
    """The source that the same file has in other units, with what has been found out of it there."""
    return _sources(source)[0]


def parse_file(source: Source) -> tuple[Body, list[Problem]]:
    """The body of a configuration or .tfvars file, in either syntax."""
    return _bodies(source)


def parse_template_file(source: Source) -> tuple[Template, list[Problem]]:
    """The template that a file is as a whole."""
    return _templates(source)


def _parse_body(source: Source) -> tuple[Body, list[Problem]]:
    if source.path.endswith(".json"):
        from iacreview.parse.terraform.json_syntax import parse_json_body

        return parse_json_body(source)
    from iacreview.parse.terraform.parser import parse_body

    return parse_body(source)


def _parse_template(source: Source) -> tuple[Template, list[Problem]]:
    from iacreview.parse.terraform.parser import parse_template

    return parse_template(source, 0, len(source.text))


def _syntax(path: str) -> str:
    """What of a path decides how a file is read."""
    return next((end for end in (".tfvars.json", ".json") if path.endswith(end)), "")


_sources: Recent[Source] = Recent(lambda source: (source, []), _MOST_SOURCES)
_bodies = Recent(_parse_body, _MOST_PARSED, _syntax)
_templates = Recent(_parse_template, _MOST_TEMPLATES, lambda _: "")
