"""Credentials in free text, such as user data, scripts and environment files.

All patterns start at a fixed text or a word boundary and have bounded repetitions, so that time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from iacreview.model.record import NamedTuple
from iacreview.semantics.placeholders import is_name, is_pointer, looks_generated, looks_random
from iacreview.semantics.secret_names import may_name_secret, names_secret
from iacreview.semantics.secrets import document_holds_secret, has_placeholder, is_arn
from iacreview.semantics.tokens import tokens_in

MASK = "****"
PRIVATE_KEY = "private key"
URL_PASSWORD = "password in a URL"  # noqa: S105 - what it is called
PASSWORD = "password"  # noqa: S105 - what it is called
# What is told by the name that stands before it, and no password.
NAMED = ("token", "key", "secret")
BASIC = "basic authorization"

_RESOLVE = "{{resolve:"
_END_OF_KEY = "-----END "
_LONGEST_KEY = 20_000
# What is Base64 for `-----BEGIN `, as in the files of kubectl.
_ENCODED_KEY = "LS0tLS1CRUdJTi"
# "JDBC URLs and connections" (Oracle Database JDBC Developer's Guide): `jdbc:oracle:thin:user/password@host`.
_ORACLE = "jdbc:oracle:"
_SHORTEST_BASE64 = 24
# No token is shorter; what is shorter and one is told by what stands around it.
_SHORTEST = 20
# What is found in texts of no more characters is remembered for a while.
_SHORT = 1000
# Programs that take a password without a name.
_PROGRAMS = ("passwd", "mysql", "sshpass", "curl", " login", "net user", "net.exe user", "SecureString")
# How the values of Authorization headers begin.
_SCHEMES = ("Basic ", "Bearer ")
# A value ends at white space or what separates values; a quoted one at its quote on the same line.
_VALUE = (
    r"""(?:\\?"(?P<double>[^"\\\n]{1,300})\\?"|'(?P<single>[^'\n]{1,300})'|(?P<bare>[^\s"'`,;&|<>(){}\[\]\\]{1,300}))"""
)
_NO_LITERALS = frozenset(
    {"true", "false", "yes", "no", "on", "off", "null", "none", "nil", "undefined", "string", "str", "text", "number"}
    | {"bool", "boolean", "any", "optional", "required", "self", "bytes", "object", "type", "sensitive", "prompt"}
)


class Credential(NamedTuple):
    """The range of a credential in a text, and what it is, for people."""

    start: int
    end: int
    what: str

    def of(self, text: str) -> str:
        """The credential itself, in the text that it was found in."""
        return text[self.start : self.end]


def is_plain(text: str) -> bool:
    """Whether a text is too short and too plain to have a credential in it: a word, a number, a path."""
    if len(text) >= _SHORTEST:
        return False
    return (text.isascii() and text.isalnum()) or _plain_pattern().fullmatch(text) is not None


class Read(NamedTuple):
    """The credentials in a text, or in what it is the Base64 form of, which then is the `text`."""

    text: str
    credentials: Sequence[Credential]


def find_credentials(text: str) -> Sequence[Credential]:
    """The credentials in a text, in order, none overlapping.

    Variables (`$DB_PASSWORD`), templates (`{{ ... }}`, `${...}`), and `<...>` are not credentials; keys from
    documentation are, since they stand where a credential does.
    """
    return _remembered(text) if len(text) <= _SHORT else _found(text)


def look_through(text: str) -> Read:
    """The credentials in a text as it is or, where that is Base64, as it is meant."""
    if is_plain(text):
        return Read(text, ())
    decoded = decoded_text(text)
    read = text if decoded is None else decoded
    return Read(read, find_credentials(read))


def _found(text: str) -> list[Credential]:
    found = [*_private_keys(text), *_tokens(text), *_url_passwords(text), *_authorizations(text)]
    found += [*_assignments(text), *_arguments(text)]
    if found and _RESOLVE in text:
        found = [each for each in found if not _in_dynamic_reference(text, each)]
    return _disjoint(sorted(found, key=lambda each: (each.start, -each.end)))


# Rules, and the units that call one module, ask for the same texts.
_remembered = lru_cache(maxsize=8192)(_found)


def _in_dynamic_reference(text: str, found: Credential) -> bool:
    """Whether it stands inside `{{resolve:secretsmanager:db:SecretString:password}}`: there it says what is meant."""
    opening = text.rfind(_RESOLVE, 0, found.start)
    return opening >= 0 and text.find("}}", opening) >= found.start


def mask(text: str) -> str:
    """The text with every credential in it replaced by asterisks, whatever its length was."""
    parts: list[str] = []
    end = 0
    for found in find_credentials(text):
        parts += (text[end : found.start], MASK)
        end = found.end
    return "".join((*parts, text[end:])) if parts else text


def find_userinfo(text: str) -> list[Credential]:
    """What stands before the @ of URLs, without a colon: tokens are given so as well."""
    found = _userinfo_pattern().finditer(text)
    return [
        Credential(match.start(1), match.end(1), URL_PASSWORD)
        for match in found
        if match.group(1) != "git" and not has_placeholder(match.group(1))
    ]


def decoded_text(text: str, shortest: int = _SHORTEST_BASE64) -> str | None:
    """The text of which another one is the Base64 form; None where it is not, or is shorter than the shortest."""
    if len(text) < shortest or not _encoded_pattern().fullmatch(text):
        return None
    joined = "".join(text.split())
    if len(joined) < shortest or len(joined) % 4 or not _base64_pattern().fullmatch(joined):
        return None
    from binascii import a2b_base64

    try:
        decoded = a2b_base64(joined).decode()
    except ValueError:
        return None
    return decoded if all(character.isprintable() or character.isspace() for character in decoded) else None


def _disjoint(found: list[Credential]) -> list[Credential]:
    result: list[Credential] = []
    for each in found:
        if not result or each.start >= result[-1].end:
            result.append(each)
        elif each.end > result[-1].end:
            result[-1] = Credential(result[-1].start, each.end, result[-1].what)
    return result


def _private_keys(text: str) -> Iterator[Credential]:
    end = 0
    for match in _private_key_pattern().finditer(text) if "PRIVATE KEY" in text else ():
        if match.start() < end:
            continue
        limit = match.end() + _LONGEST_KEY
        closing = text.find(_END_OF_KEY, match.end(), limit)
        end = closing if closing >= 0 else min(len(text), limit)
        newline = text.find("-----", closing + len(_END_OF_KEY), closing + 80) if closing >= 0 else -1
        end = newline + 5 if newline >= 0 else end
        yield Credential(match.start(), end, PRIVATE_KEY)
    for match in _encoded_key_pattern().finditer(text) if _ENCODED_KEY in text else ():
        if "PRIVATE KEY" in (decoded_text(match[0][:64]) or ""):
            yield Credential(match.start(), match.end(), PRIVATE_KEY)


def _tokens(text: str) -> Iterator[Credential]:
    return (Credential(*each) for each in tokens_in(text))


def _authorizations(text: str) -> Iterator[Credential]:
    """`Basic` and what is Base64 for a name and a password ("HTTP authentication", MDN); `Bearer` and a token."""
    for match in _authorization_pattern().finditer(text) if any(each in text for each in _SCHEMES) else ():
        if match["basic"] is None:
            if looks_generated(match["bearer"]):
                yield Credential(match.start("bearer"), match.end("bearer"), "token")
        elif ":" in (decoded_text(match["basic"], 1) or ""):
            yield Credential(match.start("basic"), match.end("basic"), BASIC)


def _url_passwords(text: str) -> Iterator[Credential]:
    for match in _url_pattern().finditer(text) if "://" in text or _ORACLE in text else ():
        group = 1 if match[1] is not None else 2
        if _is_literal(match[group]):
            yield Credential(match.start(group), match.end(group), URL_PASSWORD)


def _assignments(text: str) -> Iterator[Credential]:
    """`export DB_PASSWORD=...`, `password: ...`, `"password": "..."`, `--password ...`"""
    pattern, value_pattern = _name_pattern(), _value_pattern()
    for match in pattern.finditer(text) if may_name_secret(text) else ():
        name, separator = match.group("name"), match.group("separator")
        if not separator.strip() and not name.startswith("--") and not name.lower().startswith("aws_"):
            continue
        if not names_secret(name):
            continue
        value = value_pattern.match(text, match.end())
        if value is None:
            continue
        group = value.lastgroup or "bare"
        if group == "bare" and not _stands_alone(text, value, name, separator):
            continue
        found = value.group(group)
        if _kind(name) != PASSWORD and not looks_random(found):
            continue
        if _is_literal(found, quoted=group != "bare") and not is_name(found, _kind(name) == PASSWORD):
            yield Credential(value.start(group), value.end(group), _kind(name))


def _kind(name: str) -> str:
    lower = name.lower()
    for word in NAMED:
        if word in lower and "pass" not in lower:
            return word
    return PASSWORD


def _stands_alone(text: str, value: re.Match[str], name: str, separator: str) -> bool:
    """Whether an unquoted value is one: no variable, call, index, string with a prefix, or first word of a sentence."""
    word = value.group("bare")
    following = text[value.end() : value.end() + 40].partition("\n")[0]
    if following[:1] in ("(", "[", "{", '"', "'", "`"):
        return False
    if word.lower() == name.lower() and following[:1] in (",", ")"):
        return False
    # Keys and tokens are random; a plain word in the place of one is a name in a program.
    if _kind(name) != PASSWORD and word.replace("_", "").isalpha():
        return False
    return separator.strip() != ":" or following.strip()[:1] in ("", *",;#|&<>)]}\\")


def _arguments(text: str) -> Iterator[Credential]:
    """Passwords that programs take without a name: chpasswd, mysql -p, curl -u, docker login -p, net user ..."""
    named = frozenset([each for each in _PROGRAMS if each in text])
    for match in _argument_pattern(named).finditer(text) if named else ():
        group = match.lastgroup or "chpasswd"
        if _is_literal(match.group(group)):
            yield Credential(match.start(group), match.end(group), PASSWORD)


def _is_literal(value: str, quoted: bool = False) -> bool:
    """Whether a value is hard-coded, and neither refers to something nor asks to be replaced."""
    if len(value) < 3 or len(set(value.lower())) == 1 or value.lower() in _NO_LITERALS:
        return False
    if value[0] in "$<" or value[0] == value[-1] == "%" or "$(" in value or is_arn(value) or has_placeholder(value):
        return False
    if is_pointer(value):
        return False
    if quoted:
        # What is passed as a document (`--secret-string '{"users": [...]}'`) holds secrets under names of their own.
        return (value[0], value[-1]) != ("{", "}") or document_holds_secret(value)
    return value[0] not in "!@&/\\~." and not value.startswith("file:") and not _reference_pattern().fullmatch(value)


@cache
def _plain_pattern() -> re.Pattern[str]:
    return re.compile(r"[\w./-]*", re.ASCII)


@cache
def _private_key_pattern() -> re.Pattern[str]:
    return re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")


@cache
def _encoded_key_pattern() -> re.Pattern[str]:
    return re.compile(rf"{_ENCODED_KEY}[A-Za-z0-9+/]{{50,{_LONGEST_KEY}}}={{0,2}}")


@cache
def _url_pattern() -> re.Pattern[str]:
    usual = r"""://[^\s/:@"'<>?#]{0,100}:([^\s/@"'<>]{1,200})@"""
    return re.compile(rf"""{usual}|{_ORACLE}[a-z0-9]{{1,9}}:[\w$.-]{{1,64}}/([^\s/@"'<>]{{1,200}})@""")


@cache
def _userinfo_pattern() -> re.Pattern[str]:
    return re.compile(r"""https?://([^\s/:@"'<>?#]{1,200})@""")


@cache
def _authorization_pattern() -> re.Pattern[str]:
    basic, bearer = r"[A-Za-z0-9+/]{8,400}={0,2}", r"[A-Za-z0-9._~+/-]{20,2000}={0,2}"
    return re.compile(rf"\b(?:Basic (?P<basic>{basic})|Bearer (?P<bearer>{bearer}))(?![A-Za-z0-9+/=])")


@cache
def _encoded_pattern() -> re.Pattern[str]:
    """What most texts are told by, at their first other sign, not to be Base64."""
    return re.compile(r"[A-Za-z0-9+/=\s]*")


@cache
def _base64_pattern() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9+/]+={0,2}")


@cache
def _name_pattern() -> re.Pattern[str]:
    name = r"(?<![A-Za-z0-9_.:$-])(?P<name>(?:--)?[A-Za-z_][A-Za-z0-9_.-]{1,80})(?![A-Za-z0-9_.-])"
    separator = r"[ \t]{0,40}(?::=|=>|[:=](?![=:]|//))[ \t]{0,40}|[ \t]{1,40}"
    return re.compile(rf"""{name}\\?["']?(?P<separator>{separator})""")


@cache
def _value_pattern() -> re.Pattern[str]:
    return re.compile(_VALUE)


@cache
def _argument_pattern(programs: frozenset[str]) -> re.Pattern[str]:
    """How some programs take a password."""
    gap, quote = r"[ \t]{1,10}", "[\"']?"
    value = r"""[^\s"'`|&;<>()]{1,200}"""
    piped = rf"{quote}[ \t]{{0,10}}\|[ \t]{{0,10}}(?:sudo{gap})?"
    registries = "(?:docker|podman|nerdctl|buildah|helm registry)"
    listed = (
        r"^[\"']?chpasswd[\"']?:[^\n]{0,80}\n(?:[ \t]+[^\n]{0,80}\n){0,3}?[ \t]+[\"']?list[\"']?:[ \t]{0,9}"
        r"(?:[|>][^\n]{0,9}\n[ \t]+|[\"']?)[\w.-]{1,64}:"
    )
    echo = rf"\becho{gap}(?:-\w{gap})?{quote}"
    user = (
        rf"\bnet(?:\.exe)?{gap}user{gap}[^\s/]{{1,64}}{gap}{quote}(?P<user>[^\s/*\"'|&;<>()][^\s\"'|&;<>()]{{0,200}})"
    )
    forms = {
        rf"{echo}[\w.-]{{1,64}}:(?P<chpasswd>{value}){piped}chpasswd\b": ("passwd",),
        rf"(?m:{listed})(?!RANDOM\b)(?P<list>{value})": ("passwd",),
        rf"{echo}(?P<stdin>{value}){piped}passwd\b": ("passwd",),
        rf"\bmysql(?:admin|dump)?\b[^\n|;&]{{0,200}}?[ \t]-p{quote}(?P<mysql>{value})": ("mysql",),
        rf"\bmysqladmin\b[^\n|;&]{{0,200}}?[ \t]password{gap}{quote}(?P<admin>{value})": ("mysql",),
        rf"\bsshpass{gap}-p[ \t]{{0,10}}{quote}(?P<sshpass>{value})": ("sshpass",),
        rf"\b{registries}{gap}login\b[^\n|;&]{{0,200}}?[ \t]-p[ \t]{{0,10}}{quote}(?P<login>{value})": (" login",),
        user: ("net user", "net.exe user"),
        rf"\bConvertTo-SecureString{gap}(?:-String{gap})?[\"'](?P<secure>[^\s\"']{{1,200}})[\"']": ("SecureString",),
        rf"\bcurl\b[^\n|;&]{{0,300}}?[ \t](?:-u|--user){gap}{quote}[\w.@-]{{1,100}}:(?P<curl>{value})": ("curl",),
    }
    return re.compile("|".join(form for form, named in forms.items() if not programs.isdisjoint(named)))


@cache
def _reference_pattern() -> re.Pattern[str]:
    """A dotted name, as languages refer to things: `var.password`, `process.env.TOKEN`."""
    return re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
