"""What a renderer needs to know beside the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iacreview.model.record import NamedTuple
from iacreview.report.escape import uri


class RuleText(NamedTuple):
    """What is said about a rule. `severity` is a severity's label, `help` is Markdown."""

    code: str
    name: str
    family: str
    title: str
    why: str
    severity: str
    references: tuple[str, ...] = ()
    help: str = ""


class Context(NamedTuple):
    """`mask` hides what looks like a secret in a line of source; `rules` are by code.

    `languages` are what can be reviewed, in words, and `advice` is what to do where there is nothing of them;
    `everything` asks for what a change leaves as it is as well. `permalink` is the page of the head's files, without a
    path. `rule_pages` is the address of a rule's page, with `{code}` in it; `help` is the page itself, as Markdown.
    """

    version: str
    rules: Mapping[str, RuleText]
    mask: Callable[[str], str]
    colour: bool = False
    width: int = 100
    show_undecided: bool = False
    everything: bool = False
    command: str = "check"
    languages: str = "infrastructure as code"
    advice: str = ""
    permalink: str = ""
    rule_pages: str = ""
    help: Callable[[str], str] = lambda code: ""

    def link(self, path: str, line: int) -> str:
        """The page that shows a line of the head; empty where it is not known."""
        return f"{self.permalink}/{uri(path)}#L{line}" if self.permalink else ""

    def rule_page(self, code: str) -> str:
        """The address of a rule's page; empty where there is none."""
        return self.rule_pages.replace("{code}", code)
