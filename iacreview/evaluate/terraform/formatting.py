"""format and formatlist."""

from __future__ import annotations

import re

from iacreview.evaluate.terraform.convert import to_bool, to_number, to_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError
from iacreview.evaluate.terraform.numbers import is_number, number_text
from iacreview.evaluate.terraform.templates import assemble
from iacreview.evaluate.terraform.values import is_known, is_null, plain, unknown_from, via_of
from iacreview.model.value import Failed, Known, ListValue, Value

_VERB = re.compile(
    r"%(?P<flags>[-+ #0]*)(?P<width>\d{0,4})(?:\.(?P<precision>\d{0,3}))?(?:\[(?P<index>\d{1,3})\])?(?P<verb>.)",
    re.DOTALL,
)


def format_function(call: FunctionCall) -> Value:
    """format: a known string, or text with holes where arguments are not known."""
    call.need(1)
    pattern = call.args[0]
    if not isinstance(pattern, Known):
        return unknown_from(call.args, call.span)
    if not isinstance(pattern.data, str):
        raise FunctionError("the format is not a string")
    return _with_provenance(call, assemble(_formatted(pattern.data, call.args[1:]), call.span))


def formatlist_function(call: FunctionCall) -> Value:
    """formatlist: format over the items of its lists, which are of one length; scalars repeat."""
    call.need(1)
    lists = [arg for arg in call.args if isinstance(arg, ListValue)]
    pattern = call.args[0]
    if any(not isinstance(arg, ListValue) and not is_known(arg) and _may_be_list(arg) for arg in call.args):
        return unknown_from(call.args, call.span)
    if not isinstance(pattern, Known) or not isinstance(pattern.data, str):
        return unknown_from(call.args, call.span)
    if len({len(found.items) for found in lists}) > 1:
        raise FunctionError("the lists differ in length")
    length = len(lists[0].items) if lists else 1
    rows = [[arg.items[at] if isinstance(arg, ListValue) else arg for arg in call.args[1:]] for at in range(length)]
    items = [_with_provenance(call, assemble(_formatted(pattern.data, row), call.span)) for row in rows]
    complete = all(found.complete for found in lists)
    references = tuple(dict.fromkeys(r for arg in call.args for r in arg.references))
    return ListValue(items, call.span, via_of(call.args), references, complete)


def _may_be_list(value: Value) -> bool:
    return type(value).__name__ in ("Unknown", "Choice")


def _with_provenance(call: FunctionCall, result: Value) -> Value:
    result.via = result.via or via_of(call.args)
    result.references = tuple(dict.fromkeys(r for v in (*call.args, result) for r in v.references))
    return result


def _formatted(pattern: str, args: list[Value]) -> list[Value]:
    parts: list[Value] = []
    at = used = 0
    for match in _VERB.finditer(pattern):
        if match.start() < at:
            continue
        parts.append(Known(pattern[at : match.start()]))
        at = match.end()
        if match["verb"] == "%":
            parts.append(Known("%"))
            continue
        used = int(match["index"]) if match["index"] else used + 1
        if not 1 <= used <= len(args):
            raise FunctionError("there are too few arguments for the format")
        parts.append(_verb(match, args[used - 1]))
    rest = pattern[at:]
    if "%" in rest or (used < len(args) and "[" not in pattern):
        raise FunctionError("the format does not fit its arguments")
    parts.append(Known(rest))
    return [part for part in parts if not (isinstance(part, Known) and part.data == "")]


def _verb(match: re.Match[str], arg: Value) -> Value:
    verb = match["verb"]
    if not is_known(arg):
        return arg if verb in "sv" and not match["width"] else unknown_from([arg], arg.span)
    text = _padded(match, _verb_text(match, verb, arg))
    return Known(text, arg.span, arg.via, arg.references)


def _verb_text(match: re.Match[str], verb: str, arg: Value) -> str:
    if verb in "sq":
        text = _data(to_text(arg))
        if not isinstance(text, str):
            raise FunctionError("a string is required")
        cut = text[: int(match["precision"])] if match["precision"] else text
        return cut if verb == "s" else _json(cut)
    if verb == "v":
        return _any_text(arg) if "#" not in match["flags"] else _json(plain(arg))
    if verb == "t":
        return "true" if _data(to_bool(arg)) else "false"
    number = _data(to_number(arg))
    if not is_number(number):
        raise FunctionError("a number is required")
    assert isinstance(number, (int, float))
    return _number(match, verb, number)


def _number(match: re.Match[str], verb: str, number: int | float) -> str:
    sign = "+" if "+" in match["flags"] else " " if " " in match["flags"] else ""
    precision = match["precision"]
    if verb in "bdoxX":
        if isinstance(number, float) and not number.is_integer():
            raise FunctionError("a whole number is required")
        text = format(int(number), {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}[verb])
    elif verb in "feEgG":
        short = verb in "gG" and not precision
        text = _shortest(number, verb) if short else format(number, f".{precision or 6}{verb}")
    else:
        raise FunctionError("the format has an unknown verb")
    return text if text.startswith("-") else sign + text


def _shortest(number: int | float, verb: str) -> str:
    """As few digits as tell the number, with an exponent from the 21st digit on, or where that is shorter."""
    digits = number_text(abs(number)).replace(".", "").strip("0") or "0"
    text = format(number, f".{max(len(digits), 6)}{verb}")
    plain = number_text(number)
    exponent = len(number_text(abs(number)).partition(".")[0]) - 1
    return plain if -5 <= exponent < max(len(digits), 6) and exponent < 21 and len(digits) <= 6 else text


def _padded(match: re.Match[str], text: str) -> str:
    width = int(match["width"] or 0)
    flags = match["flags"]
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags:
        return text.zfill(width) if match["verb"] not in "sqv" else text.rjust(width, "0")
    return text.rjust(width)


def _data(value: Value) -> object:
    if isinstance(value, Failed):
        raise FunctionError(value.reason)
    data = plain(value)
    if data is None:
        raise FunctionError("an argument is null")
    return data


def _any_text(arg: Value) -> str:
    if is_null(arg):
        return "null"
    data = plain(to_text(arg)) if isinstance(arg, Known) else plain(arg)
    return data if isinstance(data, str) else _json(data)


def _json(data: object) -> str:
    from iacreview.evaluate.terraform.jsontext import json_text

    return json_text(data)
