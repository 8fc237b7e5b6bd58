"""String functions."""

from __future__ import annotations

import re

from iacreview.evaluate.terraform.convert import to_text
from iacreview.evaluate.terraform.formatting import format_function, formatlist_function
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.regexes import regex, regexall, replace
from iacreview.evaluate.terraform.templates import assemble
from iacreview.evaluate.terraform.values import MAX_STRING, is_null, unknown_from
from iacreview.model.value import Encoded, Known, ListValue, Value

_WORD_START = re.compile(r"(?:^|(?<=[^\w]))[^\W\d_]")


def _indent(spaces: int, text: str) -> str:
    if not 0 <= spaces <= 10_000 or (spaces + 1) * (text.count("\n") + 1) > MAX_STRING:
        raise FunctionError("the indentation is out of range")
    return text.replace("\n", "\n" + " " * spaces)


def _substr(text: str, offset: int, length: int) -> str:
    if offset < 0:
        offset = max(0, offset + len(text))
        length = length or -1  # as Terraform has it
    return text[offset:] if length < 0 else text[offset : offset + length]


def _title(text: str) -> str:
    return _WORD_START.sub(lambda match: match.group().upper(), text)


def _chomp(text: str) -> str:
    return text.rstrip("\r\n")


def _join(call: FunctionCall) -> Value:
    """join keeps what is known: unknown items become holes."""
    call.need(2)
    separator, *lists = call.args
    items: list[Value] = []
    for argument in lists:
        if not isinstance(argument, ListValue):
            if isinstance(argument, Known):
                raise FunctionError("a list is required")
            return unknown_from(call.args, call.span)
        items += argument.items
        if not argument.complete:
            items.append(unknown_from([argument], call.span))
    return _joined(call, to_text(separator), items)


def _joined(call: FunctionCall, separator: Value, items: list[Value]) -> Value:
    if not isinstance(separator, Known) or not isinstance(separator.data, str):
        return unknown_from(call.args, call.span)
    if len(separator.data) * len(items) > MAX_STRING:
        raise TooComplex("the result is too long")
    if len(items) == 1 and isinstance(items[0], Encoded):
        # One document of those that may be absent: its statements stay where they are written.
        return Encoded(items[0].structure, call.span, items[0].via, items[0].references)
    glue = Known(separator.data, None)
    parts: list[Value] = []
    for item in items:
        if is_null(item):
            raise FunctionError("a list item is null")
        parts += [to_text(item), glue]
    result = assemble(parts[:-1], call.span)
    result.references = tuple(dict.fromkeys(r for v in (*call.args, result) for r in v.references))
    result.via = result.via or next((value.via for value in call.args if value.via), ())
    return result


def _templatestring(call: FunctionCall) -> Value:
    """A template without a place to be filled in is what it says; of others nothing is known."""
    template = to_text(call.args[0]) if call.args else None
    if not isinstance(template, Known) or any(mark in str(template.data) for mark in ("${", "%{")):
        return unknown_from(call.args, call.span)
    return template.moved(call.span)


TABLE: dict[str, Pure | Structural] = {
    "chomp": Pure("s", _chomp, keeps=True),
    "endswith": Pure("ss", lambda text, tail: text.endswith(tail)),
    "format": format_function,
    "formatlist": formatlist_function,
    "indent": Pure("is", _indent, keeps=True),
    "join": _join,
    "lower": Pure("s", lambda text: text.lower(), keeps=True),
    "regex": Pure("ss", regex, keeps=True),
    "regexall": Pure("ss", regexall),
    "replace": Pure("sss", replace, keeps=True),
    "split": Pure("ss", lambda separator, text: text.split(separator) if separator else list(text), keeps=True),
    "startswith": Pure("ss", lambda text, head: text.startswith(head)),
    "strcontains": Pure("ss", lambda text, part: part in text),
    "strrev": Pure("s", lambda text: text[::-1]),
    "substr": Pure("sii", _substr, keeps=True),
    "templatestring": _templatestring,
    "title": Pure("s", _title, keeps=True),
    "trim": Pure("ss", lambda text, cut: text.strip(cut) if cut else text, keeps=True),
    "trimprefix": Pure("ss", lambda text, head: text.removeprefix(head), keeps=True),
    "trimspace": Pure("s", lambda text: text.strip(), keeps=True),
    "trimsuffix": Pure("ss", lambda text, tail: text.removesuffix(tail), keeps=True),
    "upper": Pure("s", lambda text: text.upper(), keeps=True),
}
