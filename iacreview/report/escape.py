"""Text of a reviewed project made safe to print: it may be written to deceive."""

from __future__ import annotations

import re

from iacreview.model.patterns import later

# What a terminal obeys, what reorders or hides text, and what cannot be encoded: control characters, soft hyphen,
# marks of direction, zero-width characters, line separators, variation and tag characters, lone surrogates. And what
# GitHub's runner obeys wherever it stands in a line of output: `##[command]` (actions/runner, ActionCommand.TryParse).
_UNSAFE = later(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]|#(?=#\\[)"
)
# What it obeys at the start of a line, blanks aside: `::command::` (ActionCommand.TryParseV2).
_COMMAND = later(r"^([^\S\n]*):(?=:[A-Za-z])", re.MULTILINE)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def clean(text: str) -> str:
    """One line that a terminal shows as it is: unsafe characters are spelled out (`\\x1b`, `\\u202e`)."""
    return _UNSAFE.sub(_spelled, text)


def json_escaped(json: str) -> str:
    """JSON with the unsafe characters inside its strings as `\\uXXXX`; it means the same."""
    return _UNSAFE.sub(_json_spelled, json)


def uri(path: str) -> str:
    """A relative path as a URI reference (RFC 3986): all but unreserved characters and slashes percent-encoded."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = path.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _URI_SAFE else f"%{byte:02X}" for byte in data)


_URI_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def _spelled(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_spelled(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\n":  # between values: inside a string it is escaped already
        return char
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def without_commands(text: str) -> str:
    """Lines of output none of which GitHub's runner takes for a workflow command; each part is clean already."""
    return _COMMAND.sub(r"\1\\x3a", text)


def command_data(text: str) -> str:
    """The message of a GitHub workflow command. Source: "Workflow commands for GitHub Actions" (GitHub Docs)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of a GitHub workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


# The wide ones count where text is entered in East Asian scripts.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_field(text: str) -> str:
    """A field that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    shown = clean(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def xml_text(text: str) -> str:
    """Text of characters that XML 1.0 allows; the writer escapes its markup."""
    return clean(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


# Words that Markdown shows as they are. All others become code, in which nothing is a link, a mention or HTML.
_PLAIN = later(r"[a-z0-9][a-z0-9,.;:'%=()-]*|[-=]", re.IGNORECASE)
# What GitHub links wherever it stands in a word (`(www.`, `GH-1`, a commit), or shows as an emoji (`:a:`).
_LINKED = later(r"www\.|\bgh-\d|\b[0-9a-f]{7,40}\b|:[a-z0-9_+-]+:", re.IGNORECASE)
# What is between backticks is one word, with blanks in it as well: a property and what to set it to.
_WORD = later(r"[(\[]*`[^`]+`[)\],.;:]*(?= |$)|[^ ]+")
# What makes a list, a heading or a rule of the line that starts with it.
_LINE_START = later(r"[-=]|\d+[.)]")


def markdown_text(text: str) -> str:
    """One line of GitHub Flavored Markdown in which nothing of the text is markup."""
    words = _WORD.findall(clean(text))
    shown = [_word(word) for word in words]
    if words and _LINE_START.fullmatch(words[0]):
        shown[0] = markdown_code(words[0])
    return " ".join(shown)


def markdown_code(text: str) -> str:
    """A code span that shows a text."""
    shown = clean(text).strip() or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _word(word: str) -> str:
    core = word.lstrip("([")
    lead = word[: len(word) - len(core)]
    core = core.rstrip(")],.;:")
    tail = word[len(lead) + len(core) :]
    if _PLAIN.fullmatch(core) and not _LINKED.search(word):
        return f"{_brackets(lead)}{core}{_brackets(tail)}"
    if not core or set(core) & set("()[]"):
        core = word.rstrip(",.;:") or word
        lead, tail = "", word[len(core) :]
    inner = core[1:-1] if len(core) > 2 and core[0] == core[-1] == "`" else core
    return f"{_brackets(lead)}{markdown_code(inner)}{_brackets(tail)}"


def _brackets(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]")
