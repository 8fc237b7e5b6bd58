"""How a template is told from other YAML and JSON."""

from __future__ import annotations

import re

from iacreview.model.graph import Problem
from iacreview.model.patterns import later
from iacreview.model.source import Source, Span
from iacreview.parse.data.document import MAX_TEXT, content_start, parse_document
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.parse.recent import Recent

# How many characters of templates are kept parsed.
_MOST_PARSED = 1_000_000
VERSION_KEY = "AWSTemplateFormatVersion"
# "Template sections" (AWS CloudFormation User Guide), and SAM's: a template has no others.
SECTIONS = (
    VERSION_KEY,
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
)
# Alibaba Cloud's Resource Orchestration Service has templates of the same form.
_OTHER_CLOUD = "ROSTemplateFormatVersion"

_TYPE = later(r"(?:[A-Za-z0-9]+::){1,3}[A-Za-z0-9_@-]+(?:::MODULE)?")
_TYPED = later(r"""\bType["']?\s*:\s*["']?(?:[A-Za-z0-9]+::){1,3}[A-Za-z0-9_@-]""")
_KEY_PREFIX = r"""(?:\?\s+)?(?:[!&]\S+\s+)*["']?"""
_CLAIM = later(rf"""{_KEY_PREFIX}(?:{VERSION_KEY}|Resources)["']?\s*(?::|$)""")
# "Double-Quoted Style" (YAML), "Strings" (JSON): a backslash before the end of a line takes that away.
_ESCAPE = later(r"\\(?:x([2-7][0-9A-Fa-f])|u(00[2-7][0-9A-Fa-f])|U(000000[2-7][0-9A-Fa-f])|\r?\n[ \t]*)")
_DISCLAIM = later(rf"""["']?{_OTHER_CLOUD}["']?\s*:""")
_FIRST_KEY = later(r"""\{\s*["']?(\w+)""")
_RESOURCES = later(r"""(?:^|[{,\s])["']?Resources["']?\s*:""")


# Files of `aws cloudformation deploy`, CodePipeline, Git sync, Sceptre and the SAM CLI that set parameters. Most texts
# do not have the word so, which a pattern that begins with letters tells ten times as fast as one that does not.
_NAMED = later(r"""arameter(?<=[Pp]arameter)(?<![^\s{"'][Pp]arameter)(?:s|_overrides)["']?\s*[:=]""")
_PARAMETERS = later(
    r"""^(?:\s*\{\s*)?["']?[Pp]arameters["']?\s*[:=]|^\s*["']?parameter_overrides["']?\s*[:=]""", re.MULTILINE
)
_BESIDE = later(
    r"""^\s*\{\s*["']Parameters|^Parameters\s*:|parameter_overrides|^template(?:[-_]\w+)*\s*:""", re.MULTILINE
)


def parse_template(source: Source) -> tuple[DataNode | None, list[Problem]]:
    """The tree of a template, and what is wrong with it: see parse_document. Nobody changes the tree."""
    return (None, [too_large(source)]) if len(source.text) > MAX_TEXT else _parsed(source)


_parsed: Recent[DataNode | None] = Recent(parse_document, _MOST_PARSED)


def too_large(source: Source) -> Problem:
    """What is said of a template of more than MAX_TEXT characters, at its start.

    Source: "AWS CloudFormation quotas": a template has at most 1 MB.
    """
    message = f"larger than {MAX_TEXT // 1024 // 1024} MiB; CloudFormation takes templates of at most 1 MB"
    return Problem(message, Span(source, 0, 0))


def may_be_template(text: str) -> bool:
    """Whether a text may be a CloudFormation template, told without parsing it.

    Never false for what `is_template` accepts, however YAML and JSON let its words be spelled.
    """
    return _has_words(text) or ("\\" in text and _has_words(spelled_out(text)))


def mentions_resources(text: str) -> bool:
    """Whether a text that is not a template reads like one, or has one inside, so that it is worth a word."""
    if VERSION_KEY in text:
        return True
    if "Resources" not in text or "::" not in text or _RESOURCES.search(text) is None:
        return False
    return _TYPED.search(text) is not None or ("Transform" in text and "AWS::" in text)


def has_parameters(text: str) -> bool:
    """Whether a text other than a template gives values to a template's parameters."""
    if "arameter" not in text or _has_words(text):
        return False
    if "ParameterKey" in text and "ParameterValue" in text:
        return True
    if "arameters" not in text and "arameter_overrides" not in text:
        return False
    return all(pattern.search(text) is not None for pattern in (_NAMED, _PARAMETERS, _BESIDE))


def claims_to_be_template(text: str) -> bool:
    """Whether a text that cannot be read has a template's keys at its top, so that it is worth a problem."""
    text = spelled_out(text)
    start = content_start(text)
    if text.startswith("{", start) and not text.startswith(("{{", "{%"), start):
        first_key = _FIRST_KEY.match(text, start)
        return may_be_template(text) and (first_key is None or first_key[1] in SECTIONS)
    # What is not indented, or as much as the first line with content.
    first_line = next((line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#-%"), "")
    margin = first_line[: len(first_line) - len(first_line.lstrip())]
    top = [line.removeprefix(margin) for line in text.splitlines() if line.startswith(margin)]
    return any(map(_CLAIM.match, top)) and not any(map(_DISCLAIM.match, top))


def begins_like_template(text: str) -> bool:
    """Whether a text of any file is most likely a template: it has the keys of one, and types of resources."""
    return mentions_resources(text) and claims_to_be_template(text)


def _has_words(text: str) -> bool:
    return VERSION_KEY in text or ("Resources" in text and "::" in text)


def spelled_out(text: str) -> str:
    """The text with every escape of YAML or JSON that may stand for an ASCII character, or for nothing, resolved."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    return chr(int(digits, 16)) if digits else ""


def is_template(root: DataNode | None) -> bool:
    """Whether a document is a CloudFormation or SAM template, whatever its file is called."""
    if not isinstance(root, MapNode):
        return False
    if VERSION_KEY in root.entries:
        return True
    resources = root.get("Resources") if _OTHER_CLOUD not in root.entries else None
    if not isinstance(resources, MapNode):
        return False
    if _has_transform(root.get("Transform")) or any(_is_typed(node) for _, node in resources.entries.values()):
        return True
    # What makes resources stands in their place: AWS::Include and other transforms, loops.
    return any(key.startswith("Fn::") for key in resources.entries)


def is_packaged(kind: DataNode | None) -> bool:
    """Whether a Type is one of a module that `rain pkg` puts in its place.

    Source: "Rain modules" (aws-cloudformation/rain): `!Rain::Module`, or an object with that as its key.
    """
    if isinstance(kind, MapNode):
        return any(key.startswith("Rain::") for key in kind.entries)
    return kind is not None and kind.tag is not None and kind.tag.startswith("!Rain::")


def _is_typed(node: DataNode) -> bool:
    kind = node.get("Type") if isinstance(node, MapNode) else None
    if is_packaged(kind):
        return True
    return isinstance(kind, ScalarNode) and isinstance(kind.value, str) and bool(_TYPE.fullmatch(kind.value))


def _has_transform(node: DataNode | None) -> bool:
    names = node.items if isinstance(node, ListNode) else [node]
    return any(isinstance(name, ScalarNode) and name.text.startswith("AWS::") for name in names)
