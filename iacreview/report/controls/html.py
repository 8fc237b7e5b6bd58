"""Controls as one HTML page that needs nothing else: no script, no style sheet, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from iacreview.model.control import Assessment, ControlReport, Evidence
from iacreview.report.changes import protection_text
from iacreview.report.controls.words import (
    CAVEAT,
    PARTS,
    coverage,
    empty,
    parts,
    place,
    scope,
    standing_for,
    summary,
    together,
)
from iacreview.report.escape import clean

_STYLE = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em;line-height:1.4}"
    "table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}"
    "code{overflow-wrap:anywhere}"
)


def render(report: ControlReport, version: str) -> str:
    """The page. Every text of the reviewed files is escaped."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{_text(report.title)}</title><style>{_STYLE}</style></head><body>",
            *_body(report),
            f"<p>iacreview {_text(version)}</p></body></html>",
            "",
        ]
    )


def _text(text: str) -> str:
    return escape(clean(text))


def _body(report: ControlReport) -> Iterator[str]:
    yield f"<h1>{_text(report.title)}</h1>"
    yield f"<p>{_text(summary(report))}. {_text(coverage(report))}. From {_text(scope(report))}.</p>"
    yield f"<p>{_text(CAVEAT)}</p>"
    if report.note:
        yield f"<p>{_text(report.note)}</p>"
    yield "<table><tr><th>control</th><th>state</th><th>what</th></tr>"
    for each in report.assessments:
        yield f"<tr><td>{_text(each.control)}</td><td>{_text(each.state)}</td><td>{_text(each.title)}</td></tr>"
    yield "</table>"
    if report.unread:
        yield "<h2>Could not be read</h2>"
        yield from _list(f"<code>{_text(path)}</code>: {_text(why)}" for path, why in report.unread)
    for each in report.assessments:
        if not empty(each):
            yield from _control(each, report.base)


def _control(each: Assessment, base: str) -> Iterator[str]:
    yield f"<h2>{_text(each.control)}: {_text(each.title)}</h2><p><strong>{_text(each.state)}</strong></p>"
    if each.why:
        yield f"<p>{_text(each.why)}</p>"
    if standing_for(each):
        yield f"<p>{_text(standing_for(each))}</p>"
    if each.lost:
        yield f"<h3>lost since {_text(base)}</h3>"
        yield from _list(_text(protection_text(lost)) for lost in each.lost)
    for title, evidence in zip(PARTS, parts(each), strict=True):
        if found := together(evidence):
            yield f"<details><summary>{title}: {len(found)}</summary>"
            yield from _list(map(_item, found))
            yield "</details>"


def _item(each: Evidence) -> str:
    where, what = f"<code>{_text(place(each))}</code>", f"<code>{_text(each.resource.address)}</code>"
    return f"{where} {_text(each.by)} {what}: {_text(each.said)}"


def _list(items: Iterator[str]) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{item}</li>" for item in items)
    yield "</ul>"
