"""How settings are written: literals, and entries that are added to what is there, in HCL, JSON and YAML.

`container` is what entries are added to, as its span has it; `wanted` are entries that it does not have, by name:
scalars, lists of scalars, and structures of them. What cannot be added without changing the layout of the rest is None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from iacreview.model.edit import Edit
from iacreview.model.source import Span
from iacreview.model.value import MapValue

_STEP = "  "


class Syntax(Protocol):
    """One way of writing."""

    def literal(self, wanted: Any) -> str:
        """A scalar, or a list of scalars, as it is written."""

    def is_literal(self, text: str) -> bool:
        """Whether a text is one scalar as it is written, and nothing that stands for something else."""

    def addition(self, container: MapValue, wanted: Mapping[str, Any]) -> Edit | None:
        """The edit that adds entries."""


class Json:
    """JSON, of templates and of Terraform's `.tf.json`."""

    _literal = re.compile(r'true|false|null|-?[0-9][0-9.eE+-]*|"(?:[^"\\$]|\\.|\$(?!\{))*"')

    def literal(self, wanted: Any) -> str:
        return json.dumps(wanted, ensure_ascii=False)

    def is_literal(self, text: str) -> bool:
        return self._literal.fullmatch(text) is not None

    def addition(self, container: MapValue, wanted: Mapping[str, Any]) -> Edit | None:
        span = container.span
        opening = span.text.find("{") if span is not None else -1
        if span is None or opening < 0:
            return None
        text = self.literal(wanted)[1:-1]
        start = span.start + opening + 1
        blank = _blank_after(span, opening + 1)
        if span.text[opening + 1 + len(blank) :].startswith("}"):
            return Edit(span.path, start, start + len(blank), text)
        return Edit(span.path, start + len(blank), start + len(blank), f"{text},{blank or ' '}")


class Yaml:
    """YAML, in block and in flow style."""

    _plain = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
    _literal = re.compile(r"""[A-Za-z0-9_.+-][^\n#:{}\[\],&*!|>'"%@`]*|'[^'\n]*'|"[^"\\\n]*\"""")
    _words = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})

    def literal(self, wanted: Any) -> str:
        if isinstance(wanted, list):
            return "[" + ", ".join(map(self.literal, wanted)) + "]"
        if isinstance(wanted, str) and self._plain.fullmatch(wanted) and wanted.lower() not in self._words:
            return wanted
        return json.dumps(wanted, ensure_ascii=False)

    def is_literal(self, text: str) -> bool:
        return self._literal.fullmatch(text) is not None

    def addition(self, container: MapValue, wanted: Mapping[str, Any]) -> Edit | None:
        span = container.span
        if span is None:
            return None
        first = min((key.start for key in container.keys.values() if span.covers(key)), default=None)
        if span.text.startswith("{"):
            flow = self._flow(wanted)
            if first is None:
                return Edit(span.path, span.start, span.end, f"{{{flow}}}") if not span.text[1:-1].strip() else None
            return Edit(span.path, first, first, f"{flow}, ")
        if first is None:
            return None
        indent = " " * (span.source.position(first).column - 1)
        return Edit(span.path, first, first, "".join(f"{line}\n{indent}" for line in self._block(wanted)))

    def _flow(self, wanted: Mapping[str, Any]) -> str:
        return ", ".join(
            f"{key}: {{{self._flow(each)}}}" if isinstance(each, Mapping) else f"{key}: {self.literal(each)}"
            for key, each in wanted.items()
        )

    def _block(self, wanted: Mapping[str, Any]) -> Iterator[str]:
        for key, each in wanted.items():
            if isinstance(each, Mapping):
                yield f"{key}:"
                yield from (f"{_STEP}{line}" for line in self._block(each))
            else:
                yield f"{key}: {self.literal(each)}"


class Hcl:
    """Terraform's native syntax: names on the way are blocks."""

    _literal = re.compile(r'true|false|null|-?[0-9][0-9.eE+-]*|"(?:[^"\\$%\n]|\\.|[$%](?!\{))*"')
    _attribute = re.compile(r"(?P<indent>[ ]*)(?P<name>[\w-]+)(?P<gap>[ ]*)=(?![=>])(?P<value>.*)")

    _opening = re.compile(r"\{\s*(?:(?:#|//).*)?$")

    def literal(self, wanted: Any) -> str:
        if isinstance(wanted, list):
            return "[" + ", ".join(map(self.literal, wanted)) + "]"
        text = json.dumps(wanted, ensure_ascii=False)
        return text.replace("${", "$${").replace("%{", "%%{") if isinstance(wanted, str) else text

    def is_literal(self, text: str) -> bool:
        return self._literal.fullmatch(text) is not None

    def addition(self, container: MapValue, wanted: Mapping[str, Any]) -> Edit | None:
        span = container.span
        if span is None or not span.text.endswith("}"):
            return None
        body = span.text[:-1]
        indent = " " * _indentation(span)
        inner = indent + _STEP
        lines = [f"{inner}{line}".rstrip() for line in self._lines(wanted)]
        if "\n" not in body:
            blank = len(body) - len(body.rstrip())
            if not body.rstrip().endswith("{"):
                return None
            return Edit(span.path, span.end - 1 - blank, span.end, "\n" + "\n".join(lines) + f"\n{indent}}}")
        start = span.start + body.rfind("\n") + 1
        if body[start - span.start :].strip():
            return None
        above = body[: start - span.start].rstrip("\n").split("\n")
        if len(lines) == 1:
            lines, separate = self._aligned(lines[0], above)
        else:
            separate = self._opening.search(above[-1]) is None
        blank_line = "\n" if separate and above[-1].strip() else ""
        return Edit(span.path, start, start, blank_line + "\n".join(lines) + "\n")

    def _lines(self, wanted: Mapping[str, Any]) -> Iterator[str]:
        """Settings, one below the other, then blocks."""
        settings = {key: each for key, each in wanted.items() if not isinstance(each, Mapping)}
        width = max(map(len, settings), default=0)
        yield from (f"{key:{width}} = {self.literal(each)}" for key, each in settings.items())
        for at, (key, each) in enumerate((key, each) for key, each in wanted.items() if key not in settings):
            yield from [""] * bool(settings or at)
            yield from (f"{key} {{", *(f"{_STEP}{line}" for line in self._lines(each)), "}")

    def _aligned(self, line: str, above: Sequence[str]) -> tuple[list[str], bool]:
        """The line as `terraform fmt` would have it below the lines before it, and whether a blank one parts them."""
        if self._opening.search(above[-1]):
            return [line], False
        last, own = self._attribute.fullmatch(above[-1]), self._attribute.fullmatch(line)
        if last is None or own is None or last["indent"] != own["indent"] or _is_open(last["value"]):
            return [line], True
        width = len(last["name"]) + len(last["gap"])
        if len(own["name"]) >= width:
            return [line], True
        return [f"{own['indent']}{own['name'].ljust(width)}={own['value']}"], False


def _is_open(value: str) -> bool:
    """Whether a value goes on, or ends, on other lines."""
    return value.rstrip().endswith(("{", "[", "(", ",", "}", "]", ")")) or "<<" in value


def _indentation(span: Span) -> int:
    """How far the line on which a span starts is indented."""
    line = span.source.text.rfind("\n", 0, span.start) + 1
    text = span.source.text[line : span.start + 1]
    return len(text) - len(text.lstrip(" "))


def _blank_after(span: Span, at: int) -> str:
    rest = span.text[at:]
    return rest[: len(rest) - len(rest.lstrip())]


SYNTAXES: Mapping[str, Syntax] = {"hcl": Hcl(), "json": Json(), "yaml": Yaml()}
