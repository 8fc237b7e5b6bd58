"""What a plain YAML scalar means.

"AWS CloudFormation template formats" (AWS CloudFormation User Guide): YAML 1.1, without timestamps, binary, sets,
ordered maps and pairs. So yes/no/on/off are booleans, 0755 is octal, 22:22 is sexagesimal, and 2012-10-17 is a string.
"""

from __future__ import annotations

from iacreview.model.patterns import later
from iacreview.parse.data.json_document import MAX_DIGITS, number

Scalar = str | int | float | bool | None

_FIXED: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **{form: True for word in ("yes", "true", "on") for form in (word, word.capitalize(), word.upper())},
    **{form: False for word in ("no", "false", "off") for form in (word, word.capitalize(), word.upper())},
}
_DECIMAL = later(r"[-+]?(?:0|[1-9][0-9_]*)")
_BASED = later(r"([-+]?)0(?:b([01_]+)|x([0-9a-fA-F_]+)|([0-7_]+))")
_FLOAT = later(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9_]+)(?:[eE][-+][0-9]+)?")
# "YAML 1.1, Integer Language-Independent Type" and the same for floats: digits of base 60.
_SEXAGESIMAL = later(r"([-+]?)([0-9][0-9_]*)((?::[0-5]?[0-9])+)(\.[0-9_]*)?")
_STARTS = frozenset("-+.0123456789")


def plain_value(text: str) -> Scalar:
    """The value of an unquoted, untagged scalar; what is none of YAML 1.1's types is a string.

    Infinities and numbers of more than 300 digits stay strings: none of them is meant.
    """
    if text in _FIXED:
        return _FIXED[text]
    if text[0] not in _STARTS or len(text) > MAX_DIGITS:
        return text
    if _DECIMAL.fullmatch(text):
        return int(text.replace("_", ""))
    if _FLOAT.fullmatch(text) and any(map(str.isdigit, text)):
        return number(text.replace("_", ""))
    return _sexagesimal(text) if ":" in text else _based(text)


def tagged_value(tag: str, text: str) -> Scalar:
    """The value of a scalar under one of YAML's own tags (`!!str`, `!!int`, `!`)."""
    if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"):
        return plain_value(text)
    return text


def _sexagesimal(text: str) -> Scalar:
    match = _SEXAGESIMAL.fullmatch(text)
    if match is None:
        return text
    sign, first, rest, fraction = match.groups()
    if first.startswith("0") and fraction is None:
        return text
    total = int(first.replace("_", ""))
    for digit in rest[1:].split(":"):
        total = total * 60 + int(digit)
    return number(f"{sign.strip('+')}{total}{(fraction or '').replace('_', '')}")


def _based(text: str) -> Scalar:
    match = _BASED.fullmatch(text)
    if match is None:
        return text
    sign, binary, hexadecimal, octal = match.groups()
    base = 2 if binary else 16 if hexadecimal else 8
    digits = (binary or hexadecimal or octal).replace("_", "")
    return int(sign + digits, base) if digits else text
