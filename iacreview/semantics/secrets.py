"""What is a hard-coded secret: by its value, by the name of what holds it, and in free text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from iacreview.model.digest import digest
from iacreview.model.finding import Extent

_REFERENCE = "{{resolve:"
_SERVICES = ("secretsmanager", "ssm-secure", "ssm")
# What the known parts of a text have to be: so long, and of so many kinds of characters.
_LENGTH, _KINDS = 10, 3
# A number of fewer digits under a password's name is how long it is, or how long it holds.
_SHORTEST_NUMBER = 4
_NO_SECRETS = frozenset({"true", "false", "null", "none", "nil", "undefined"})
_LONGEST_DOCUMENT = 100_000


def is_dynamic_reference(text: str) -> str | None:
    """The service of the first CloudFormation dynamic reference in a text: secretsmanager, ssm-secure, ssm; or None.

    Source: "Get values stored in other services using dynamic references" (CloudFormation User Guide).
    """
    start = text.find(_REFERENCE)
    if start < 0 or text.find("}}", start) < 0:
        return None
    service = text[start + len(_REFERENCE) : start + 40].partition(":")[0]
    return service if service in _SERVICES else None


def is_secret_literal(text: str) -> bool:
    """Whether the value of a property for passwords is hard-coded.

    That is any text but an empty one, a flag, a mask, an ARN, what stands for a value from elsewhere (a dynamic
    reference, `${...}`, `$NAME`, `vault:...`), and what asks to be filled in (`<...>`, `Replace after build`).
    Words such as `changeme` are passwords: they get deployed.
    """
    text = text.strip()
    if not text.strip("*") or text.lower() in _NO_SECRETS:
        return False
    if is_arn(text) or has_placeholder(text):
        return False
    from iacreview.semantics.placeholders import is_pointer, is_request

    if text[0] == "{" and text[-1] == "}" and len(text) <= _LONGEST_DOCUMENT:
        return document_holds_secret(text)
    return not (is_pointer(text) or is_request(text))


def document_holds_secret(text: str) -> bool:
    """Whether a JSON object has a secret that is hard-coded; true for what is not JSON."""
    from json import loads

    try:
        pending = [("", loads(text))]
    except (ValueError, RecursionError):
        return any(character.isalnum() for character in text)
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += value.items()
        elif isinstance(value, list):
            pending += [(name, each) for each in value]
        elif isinstance(value, str) and is_named_secret(name, value):
            return True
    return False


def is_named_secret(name: str, text: str) -> bool:
    """Whether what has a secret's name holds one: a literal that could open something."""
    return secret_name(name) and is_written_secret(name, text)


def is_written_secret(name: str, data: object, certain: bool = False) -> bool:
    """Whether what stands under a name is a secret, where no schema says that it must be one.

    It is none if it is a placeholder of the documented list, or only says which secret it is or where that is kept: a
    path, a URL, and, unless the name is a password's or it is `certain` that there is a secret, plain words
    (`db-credentials`, `hours`): tokens and keys are random.
    """
    if isinstance(data, bool) or not isinstance(data, str | int):
        return False
    from iacreview.semantics.placeholders import is_name, is_placeholder, looks_random
    from iacreview.semantics.secret_names import names_keeper, names_password

    text, password = str(data).strip(), names_password(name)
    if isinstance(data, int):
        return password and len(text) >= _SHORTEST_NUMBER
    if not is_secret_literal(text) or is_placeholder(text) or is_name(text, password):
        return False
    if password or certain:
        return True
    if secret_name(text) or (names_keeper(name) and _words_pattern().fullmatch(text)):
        return False
    return looks_random(text) and _place_pattern().fullmatch(text) is None


def is_common(text: str) -> bool:
    """Whether a text is one that many others have in them: an address of IPv4, or plain words (`orders_db`)."""
    return _common_pattern().fullmatch(text) is not None


@cache
def _common_pattern() -> re.Pattern[str]:
    return re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[a-z]{2,20}(?:[-_][a-z]{2,20}){0,6}")


@cache
def _place_pattern() -> re.Pattern[str]:
    """A URL without a password, or a path in a store of secrets."""
    step = r"[a-z0-9_.+-]{1,64}"
    return re.compile(
        rf"[a-z][a-z0-9+.-]{{1,20}}://[^@\s]{{1,2000}}|/[\w.+/=@-]{{1,2000}}|{step}(?:[/#:]{step}){{1,40}}"
    )


@cache
def _words_pattern() -> re.Pattern[str]:
    word = "(?:[A-Z]?[a-z]{1,20}|[A-Z]{1,20})"
    return re.compile(rf"{word}(?:[-_. ]?{word}){{0,5}}[-_. ]?[0-9]{{0,2}}")


def is_partly_secret(parts: Iterable[str]) -> bool:
    """Whether the known parts of a text look like most of a secret, whatever is between them."""
    text = "".join(parts)
    kinds = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
    mixed = sum(any(map(kind, text)) for kind in kinds) >= _KINDS
    return len(text) >= _LENGTH and mixed and " " not in text and _REFERENCE not in text and is_secret_literal(text)


def is_arn(text: str) -> bool:
    """Whether a text is the ARN of something, such as of a secret."""
    return text.startswith("arn:") and text.count(":") >= 5 and not any(each.isspace() for each in text)


def has_placeholder(text: str) -> bool:
    """Whether a part of a text is to be filled in: `${...}`, `#{...}`, `{{ ... }}`, or a dynamic reference."""
    return any(
        (start := text.find(opening)) >= 0 and text.find(closing, start) >= 0
        for opening, closing in (("${", "}"), ("#{", "}"), ("{{", "}}"))
    )


def secret_name(name: str) -> bool:
    """Whether something of this name (a variable, a tag, a JSON key) holds a secret, going by its last words."""
    from iacreview.semantics.secret_names import names_secret

    return names_secret(name)


def secret_extent(text: str) -> Extent:
    """A secret as it can be compared with another one in the same run; it is shown nowhere."""
    return Extent("secret", digest(text))
