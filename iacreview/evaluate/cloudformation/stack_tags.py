"""The tags that a stack gives to what it makes, where a file beside its template says which these are.

Sources: "AWS SAM CLI configuration file" (tags in a section of parameters), and the schema of CDK's cloud assembly (the
properties of a stack's artifact).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from iacreview.errors import TreeError
from iacreview.evaluate.cloudformation.cdk import Assembly
from iacreview.model.patterns import later
from iacreview.tree import Tree, normal_path

_SAM = "samconfig.toml"
_SAM_TAGS = later(r"^[^\S\n]*tags[^\S\n]*=[^\S\n]*\"((?:[^\"\\\n]|\\.)*)\"", re.MULTILINE)
_SAM_LIST = later(r"^[^\S\n]*tags[^\S\n]*=[^\S\n]*\[([^\]]*)\]", re.MULTILINE)
_PAIR = later(r"([\w+./:@-]+)=(?:\\\"([^\"\\]*)\\\"|([^\s\",\\]*))")


def stack_tags(tree: Tree, template: str) -> Mapping[str, str] | None:
    """The tags of the stack of a template; None where nothing beside it says so."""
    found = Assembly(tree, template).tags()
    return found if found is not None else _of_sam(tree, normal_path(posixpath.join(posixpath.dirname(template), _SAM)))


def _of_sam(tree: Tree, path: str) -> Mapping[str, str] | None:
    """The tags of a configuration of SAM; of several environments nobody knows which is deployed."""
    try:
        text = tree.read(path) if tree.exists(path) else ""
    except TreeError:
        return None
    if "tags" not in text:
        return None
    written = {match[1] for pattern in (_SAM_TAGS, _SAM_LIST) for match in pattern.finditer(text)}
    if len(written) != 1:
        return None
    return {match[1]: match[2] if match[2] is not None else match[3] for match in _PAIR.finditer(written.pop())}
