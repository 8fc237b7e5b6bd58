"""`--fix`: remedies what has a certain remedy, and keeps only what a second review confirms."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from iacreview.commands.editable import not_to_edit
from iacreview.commands.writing import write
from iacreview.judging import SYNTAX_RULE
from iacreview.model.edit import Edit, compatible, edited
from iacreview.model.finding import FAILING, Finding, Report
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.report.escape import clean
from iacreview.review.patched import PatchedTree
from iacreview.semantics.credentials import mask
from iacreview.semantics.secret_names import names_secret
from iacreview.tree import Tree
from iacreview.veil import MASK, is_opaque, veil_of, without_opaque

# One edit may stand in the way of another, which the next pass makes.
_PASSES = 8

_GIVEN = later(r"""([-+ ]?\s*["']?([\w.-]+)["']?\s*[=:]\s*)(.*)""")
# What may have a text in it: quotes, and tags and aliases of YAML that are no functions.
_TEXT = later(r""".*["']|[!*](?!(?:Ref|Sub|GetAtt|If|ImportValue)\b)""")
_WORD = later(r"\w+")
_NAME = later(r"((?:^|[\s:,\[{])[!*])(\w+)")
# A finding as it is again when its file is reviewed once more.
_Name = tuple[str, str, str, str]
Review = Callable[[Tree], Report]


def remedied(report: Report, tree: Tree, review: Review, root: str, as_patch: bool) -> bool:
    """Remedies findings of a report in the files, or prints the patch that would; whether there is anything to do.

    `review` reviews a tree, with edits for what it finds. Raises UsageError for a file that cannot be written.
    """
    failing = [each for each in report.findings if each.status in FAILING]
    findings = _for_us([inner for each in failing for inner in (each, *each.also)], tree, root)
    found = fixed(tree, findings, review)
    if as_patch:
        print_patch(report, tree, found.texts)
    elif found.texts:
        left = write_texts(found.texts, root)
        for path in left:
            sys.stderr.write(f"{clean(path)}: not changed, since it is not UTF-8\n")
        files = len(found.texts) - len(left)
        sys.stderr.write(f"{found.fixes} fixed in {files} {'file' if files == 1 else 'files'}.\n")
    return bool(found.texts)


def _for_us(findings: Sequence[Finding], tree: Tree, root: str) -> list[Finding]:
    """The findings, without the edits of files that are not the project's own; says which these are."""
    left = not_to_edit({edit.path for each in findings for edit in each.edits}, tree, root)
    for path, why in left.items():
        sys.stderr.write(f"{clean(path)}: not changed, since {clean(why)}\n")
    return [
        each._replace(edits=() if any(edit.path in left for edit in each.edits) else each.edits) for each in findings
    ]


class Fixed(NamedTuple):
    """The texts that files have after their findings were remedied, by path, and how many `fixes` there are."""

    texts: Mapping[str, str]
    fixes: int


def fixed(tree: Tree, findings: Sequence[Finding], review: Review) -> Fixed:
    """Makes the edits of the findings. `review` reviews a tree, with edits for what it finds.

    An edit stays only where the finding is gone afterwards and everything can still be read.
    """
    wanted = {_name(each) for each in findings}
    texts: dict[str, str] = {}
    refused: set[_Name] = set()
    count = 0
    for _ in range(_PASSES):
        group = [each for each in findings if each.edits and _name(each) in wanted - refused]
        kept = {id(edits) for edits in compatible(each.edits for each in group)}
        group = [each for each in group if id(each.edits) in kept]
        if not group:
            break
        now = PatchedTree(tree, texts)
        attempt = {**texts, **_edited(now, [edit for each in group for edit in each.edits])}
        after = review(PatchedTree(tree, attempt)).findings
        left = _left(group, findings, after)
        if left:
            refused |= left
            continue
        count += len(group)
        texts, findings = attempt, after
    return Fixed(texts, count)


def _edited(tree: Tree, edits: Iterable[Edit]) -> dict[str, str]:
    by_path: dict[str, list[Edit]] = {}
    for each in edits:
        by_path.setdefault(each.path, []).append(each)
    return {path: edited(tree.read(path), group) for path, group in by_path.items()}


def _left(group: Sequence[Finding], before: Sequence[Finding], after: Sequence[Finding]) -> set[_Name]:
    """Those of the findings that edits did not remedy, or whose file cannot be read after them."""
    had, has = Counter(map(_name, before)), Counter(map(_name, after))
    unreadable = Counter(each.span.path for each in after if each.rule == SYNTAX_RULE)
    unreadable -= Counter(each.span.path for each in before if each.rule == SYNTAX_RULE)
    return {
        name
        for each in group
        if has[name := _name(each)] >= had[name] or any(edit.path in unreadable for edit in each.edits)
    }


def _name(finding: Finding) -> _Name:
    address = finding.resource.address if finding.resource is not None else ""
    return finding.rule, address, finding.property, finding.span.path


def write_texts(texts: Mapping[str, str], root: str) -> list[str]:
    """Writes the files; the paths of those that are not written, since they are not plain UTF-8.

    Raises UsageError where a file cannot be written.
    """
    left: list[str] = []
    for path, text in texts.items():
        full = os.path.join(root, *path.split("/"))
        with open(full, "rb") as stream:
            mark = stream.read(4)
        if mark.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
            left.append(path)
            continue
        write(full, ("\ufeff" if mark.startswith(b"\xef\xbb\xbf") else "") + text, root)
    return left


def print_patch(report: Report, tree: Tree, texts: Mapping[str, str]) -> None:
    """Prints the changes as a patch, without the secrets that the report knows of."""
    veil = veil_of(report.secrets, report.hidden)
    sys.stdout.write(_patch(tree, texts, lambda line: without_opaque(mask(veil(_without_names(line))))))


def _without_names(line: str) -> str:
    """A line without tags and aliases of YAML that look like a token: a password that begins so is read as one; and
    without the texts that are given to a secret's name, whatever is made of them.
    """
    given = _GIVEN.match(line)
    if (
        given is not None
        and names_secret(given[2])
        and (_TEXT.match(given[3]) or any(map(is_opaque, _WORD.findall(given[3]))))
    ):
        return given[1] + MASK
    return _NAME.sub(lambda found: found[1] + MASK if is_opaque(found[2]) else found[0], line)


def _patch(tree: Tree, texts: Mapping[str, str], shown: Callable[[str], str]) -> str:
    """The changes as a patch that git can apply, with every line as it may be `shown`.

    A secret would not be what is in the file: there are only so many lines around a change as have none.
    """
    parts: list[str] = []
    for path in sorted(texts):
        old, new = tree.read(path).splitlines(keepends=True), texts[path].splitlines(keepends=True)
        tries = (_hunks(path, old, new, around, shown) for around in (3, 2, 1, 0))
        parts += next((lines for lines in tries if lines), [])
    return "".join(parts)


def _hunks(path: str, old: Sequence[str], new: Sequence[str], around: int, shown: Callable[[str], str]) -> list[str]:
    """The lines of one file's patch; none where one of those around a change may not be shown."""
    from difflib import unified_diff

    parts: list[str] = []
    for line in unified_diff(old, new, f"a/{path}", f"b/{path}", n=around):
        bare = line.rstrip("\r\n")
        if around and line.startswith(" ") and shown(bare) != bare:
            return []
        parts.append(shown(bare) + line[len(bare) :])
        if not line.endswith("\n"):
            parts.append("\n\\ No newline at end of file\n")
    return parts
