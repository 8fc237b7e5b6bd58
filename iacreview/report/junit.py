"""JUnit XML, for CI servers that show tests: a suite for each rule, a failed case for each finding that counts."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

from iacreview.model.finding import Finding, Report
from iacreview.report.changes import count, error_reason
from iacreview.report.context import Context
from iacreview.report.escape import without_commands, xml_text
from iacreview.report.placing import related_to
from iacreview.report.summary import failing, ordered_suppressed


def render(report: Report, context: Context) -> str:
    """An XML document. Where nothing is wrong there is one case that passes, so that the run shows."""
    root = Tree.Element("testsuites", name="iacreview")
    suites: dict[str, Tree.Element] = {}
    for finding in failing(report):
        case = _case(_suite(root, suites, finding.rule, finding.name), finding)
        failure = Tree.SubElement(case, "failure", type=finding.rule, message=xml_text(finding.message))
        failure.text = "\n".join(xml_text(line) for line in _lines(finding))
    for finding, reason in ordered_suppressed(report.suppressed):
        case = _case(_suite(root, suites, finding.rule, finding.name), finding)
        Tree.SubElement(case, "skipped", message=xml_text(reason))
    for each in sorted(report.errors):
        suite = _suite(root, suites, "input", "unreadable-input")
        case = Tree.SubElement(suite, "testcase", classname="input", name=xml_text(each.path), file=xml_text(each.path))
        Tree.SubElement(case, "error", type="input", message=xml_text(error_reason(each)))
    if not failing(report) and not report.errors:
        suite = _suite(root, suites, "iacreview", "review")
        Tree.SubElement(
            suite, "testcase", classname="iacreview", name=f"{count(report.resources, 'resource')} reviewed"
        )
    for element in (*suites.values(), root):
        _number(element)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + without_commands(Tree.tostring(root, encoding="unicode")) + "\n"


def _suite(root: Tree.Element, suites: dict[str, Tree.Element], code: str, name: str) -> Tree.Element:
    if code not in suites:
        suites[code] = Tree.SubElement(root, "testsuite", name=xml_text(f"{code} {name}"))
    return suites[code]


def _case(suite: Tree.Element, finding: Finding) -> Tree.Element:
    address = f" {finding.resource.address}" if finding.resource else ""
    name = f"{finding.span.path}:{finding.span.first.line}{address}"
    return Tree.SubElement(
        suite,
        "testcase",
        classname=finding.rule,
        name=xml_text(name),
        file=xml_text(finding.span.path),
        line=str(finding.span.first.line),
    )


def _lines(finding: Finding) -> list[str]:
    status = f" [{finding.status}]" if finding.status else ""
    related = [f"{each.message}: {each.span.path}:{each.span.first.line}" for each in related_to(finding)]
    fix = f"fix: {finding.remediation.strip()}".split("\n") if finding.remediation else []
    return [f"{finding.severity.label}: {finding.message}{status}", *related, *fix]


def _number(element: Tree.Element) -> None:
    element.set("tests", str(len(element.findall(".//testcase"))))
    element.set("failures", str(len(element.findall(".//failure"))))
    element.set("errors", str(len(element.findall(".//error"))))
    element.set("skipped", str(len(element.findall(".//skipped"))))
