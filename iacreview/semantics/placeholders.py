"""Texts that stand in the place of a secret and are none: pointers to it, requests to fill it in, names of it."""

from __future__ import annotations

import re
from functools import cache

_LONGEST = 2_000
# What people write where a value is to come, without separators and in lower case.
_PLACEHOLDERS = (
    "changeme changethis changemenow changemeplease pleasechange pleasechangeme replaceme replacethis "
    "replacemenow replaceit placeholder placeholdervalue dummy dummyvalue dummysecret dummypassword todo tbd "
    "tobedefined tobereplaced tobechanged tobeset tobeupdated fixme fillme fillmein fillthisin updateme "
    "updatethis setme setthis insertme inserthere overrideme overridden overwriteme redacted masked hidden "
    "removed notset notused unused unset undefined empty nothing none null nil na notavailable example "
    "examplevalue sample samplevalue fake fakevalue mock default defaultvalue initial initialvalue bootstrap "
    "ignored ignoreme managedelsewhere setmanually secretgoeshere passwordgoeshere"
)
PLACEHOLDERS = frozenset(_PLACEHOLDERS.split())
_STARTS = ("your", "insert", "enter", "managedoutside")
_VERBS = "replace|change|update|set|enter|insert|fill|put|add|provide|override|paste|type|specify|populate"
# Schemes and prefixes of places where secrets are kept, and of addresses without a password in them.
_SCHEMES = (
    "vault|op|s3|gs|ssm|awsssm|awssm|secretsmanager|secret|secrets|sops|env|file|keyvault|azkv|doppler|bao|conjur|akeyless"
    "|gcpsecretmanager|gcp|sm|kms"
)
# How what KMS has encrypted begins, and of what all other pointers have one sign in them.
_CIPHERTEXT = "AQICA"
_POINTING = "$%:["
# More are a number that opens something.
_FEW_DIGITS = 3


def is_pointer(text: str) -> bool:
    """Whether a text says where a value is: `$NAME`, `%NAME%`, `vault:...`, `https://...`; or is one under lock: a
    ciphertext of KMS."""
    if len(text) > _LONGEST or not (text.startswith(_CIPHERTEXT) or any(sign in text for sign in _POINTING)):
        return False
    return _pointer().fullmatch(text) is not None


def is_request(text: str) -> bool:
    """Whether a text asks to be replaced: `<...>`, `{}`, `Replace after build`; or is no more than a digit or two."""
    if not any(character.isalnum() for character in text):
        return True
    if text[0] in "<[" and text[-1] in ">]":
        return True
    if not any(map(str.isspace, text)):
        return len(text) <= _FEW_DIGITS and text.isdecimal()
    return len(text) <= _LONGEST and _request().fullmatch(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether a text is one of the placeholders, however it is separated: `CHANGE_ME`, `your-token-here`, `xxxx`."""
    letters = re.sub(r"[^A-Za-z]", "", text[:_LONGEST]).lower()
    plain = re.sub(r"[^A-Za-z0-9]", "", text[:_LONGEST]).lower()
    if not letters or letters != plain.rstrip("0123456789"):
        return False
    if letters in PLACEHOLDERS or set(letters) == {"x"}:
        return True
    return letters.startswith(("your", "insert", "enter", "managedoutside")) or letters.endswith(
        ("here", "placeholder", "changeme")
    )


def is_name(text: str, password: bool = False) -> bool:
    """Whether a text is the name or the path of something: `KUBE_TOKEN`, `KUBE_TOKEN_dev`, `/app/api_key`,
    `admin/db_password`, `module.db.password`. In the place of a `password` a name without a slash can be one:
    `secret_password`."""
    from iacreview.semantics.secret_names import names_secret

    if len(text) > _LONGEST:
        return False
    if _name().fullmatch(text) is not None:
        return True
    variable = _variable().fullmatch(text)
    if variable is not None and names_secret(variable[1]):
        return True
    last = text.rpartition("/")[2]
    compound = any(separator in text for separator in ("/" if password else "_-./"))
    return compound and _identifier().fullmatch(text) is not None and names_secret(last)


def looks_random(text: str) -> bool:
    """Whether a text can be a key or a token: it is not a plain word or words."""
    letters = re.sub(r"[-_. /:]", "", text)
    if letters.isalpha():
        return len(letters) >= 16 and letters.lower() != letters != letters.upper() and not letters.istitle()
    return len(letters) >= 8


def looks_generated(text: str) -> bool:
    """Whether a text is nothing that people write to be replaced: capitals, small letters and digits by turns."""
    mixed = any(map(str.isupper, text)) and any(map(str.islower, text))
    return mixed and len(text) >= 10 and len(re.findall(r"[0-9](?=[^0-9])", text)) > 1


@cache
def _pointer() -> re.Pattern[str]:
    forms = (
        r"\$\(?[A-Z_][A-Z0-9_]*\)?",
        r"%[A-Za-z_][A-Za-z0-9_]*%",
        rf"(?i:{_SCHEMES}):\S+",
        r"(?i:ref)\+[a-z0-9]+://\S+",
        r"(?i:https?|wss?)://[^\s@?=]+",
        rf"{_CIPHERTEXT}[A-Za-z0-9+/]{{75,}}={{0,2}}",
        r"ENC\[\S+\]",
        # What a state machine reads from its input or context: `$.token`, `$$.Task.Token`.
        r"\$\$?(?:\.[A-Za-z_][A-Za-z0-9_-]{0,60}){1,20}",
    )
    return re.compile("|".join(forms))


@cache
def _request() -> re.Pattern[str]:
    asking = rf"(?:please|to be|must be|will be)?\s*(?:{_VERBS})(?:d|ed)?\s.+"
    # What asks for the rest of a token, or of a header: `xoxb-ENTER YOUR TOKEN`.
    begun = rf"(?:(?:bearer|basic)\s)?(?:\w{{2,12}}[-_])?(?:{_VERBS})\s(?:your|the|an?)\s.+"
    filled = r"(?:bearer|basic|token)\s<{1,3}[^<>]{2,100}>{1,3}"
    return re.compile(f"{asking}|{begun}|{filled}", re.DOTALL | re.IGNORECASE)


@cache
def _name() -> re.Pattern[str]:
    segment = r"[A-Za-z0-9_.%{}\[\]-]+"
    return re.compile(
        rf"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|/{segment}(?:/{segment})+|[A-Za-z_]\w*(?:\.[A-Za-z_][\w-]*){{2,}}"
    )


@cache
def _variable() -> re.Pattern[str]:
    """A variable's name with what it is of: `KUBE_TOKEN_orders_dev`."""
    return re.compile(r"([A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,6})[_-][a-z][a-z0-9_-]{0,80}")


@cache
def _identifier() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9_./-]+")
