"""Functions that read files, through the reviewed tree and never beside it."""

from __future__ import annotations

import posixpath

from iacreview.evaluate.terraform.convert import to_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, Pure, Structural, TooComplex
from iacreview.evaluate.terraform.memory import TEMPLATES, has_conditions
from iacreview.evaluate.terraform.numbers import scalar_text
from iacreview.evaluate.terraform.parsed import parse_template_file
from iacreview.evaluate.terraform.values import SetValue, failed, known, references_in, union, unknown_from, via_of
from iacreview.model.provenance import Step
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue, Unknown, Value
from iacreview.tree import SKIPPED

_MAX_TEMPLATE_DEPTH = 3
_UNREAD = "names a file that cannot be read as text"


def file_text(call: FunctionCall, text: bool = False) -> Source | Value:
    """The file a call names, or the value that stands in its place. That it is not `text` is said where it must be."""
    call.need(1)
    path = to_text(call.args[0])
    if not isinstance(path, Known) or path.data is None:
        return unknown_from(call.args, call.span)
    name = scalar_text(path.data)
    source = call.scope.module.read(name)
    if source is None:
        unread = call.scope.module.is_unread(name, tell=text)
        reason = _UNREAD if unread else "names a file that is not in the tree"
        return Unknown(reason, call.span, via_of(call.args), references_in(call.args))
    return source


def _file(call: FunctionCall) -> Value:
    return _content(call, file_text(call, text=True))


def _content(call: FunctionCall, source: Source | Value) -> Value:
    if isinstance(source, Value):
        return source
    place = Span(source, 0, len(source.text))
    via = (Step(f"file {source.path}", place), *via_of(call.args))
    return Known(source.text, call.span, via, references_in(call.args))


def _filebase64(call: FunctionCall) -> Value:
    from base64 import b64encode

    value = _content(call, file_text(call))
    if not isinstance(value, Known):
        return value
    return Known(b64encode(str(value.data).encode()).decode(), value.span, value.via, value.references)


def _fileexists(call: FunctionCall) -> Value:
    """A file that is not in the tree may be there where Terraform runs: made before, or from elsewhere."""
    source = file_text(call)
    if isinstance(source, Source) or (isinstance(source, Unknown) and source.reason == _UNREAD):
        return known(True, call.span, call.args)
    return source


def _templatefile(call: FunctionCall) -> Value:
    """The template of a file with its own variables; what it says keeps its place in that file."""
    from iacreview.evaluate.terraform.templates import assemble, template_parts

    call.need(2, 2)
    source = file_text(call, text=True)
    names = call.args[1]
    if isinstance(source, Value):
        return source
    nesting = call.scope.names.get(TEMPLATES)
    depth = int(nesting.data or 0) if isinstance(nesting, Known) else 0
    if not isinstance(names, MapValue) or depth >= _MAX_TEMPLATE_DEPTH:
        return unknown_from(call.args, call.span)
    template, problems = parse_template_file(source)
    if problems:
        return failed(f"{source.path} is not a valid template", call.span, call.args)
    if has_conditions(template):
        call.scope.run.decided.add((call.scope.module, call.node))
    scope = call.scope.within(source).bound({})
    scope.names = {**names.entries, TEMPLATES: Known(depth + 1)}
    value = assemble(template_parts(template.parts, scope, call.evaluate), call.span)
    value.via = (Step(f"template {source.path}", Span(source, 0, len(source.text))), *value.via)
    value.references = union(value.references, names.references)
    return value


def _fileset(call: FunctionCall) -> Value:
    call.need(2, 2)
    directory, pattern = (to_text(arg) for arg in call.args)
    if not isinstance(directory, Known) or not isinstance(pattern, Known):
        return unknown_from(call.args, call.span)
    from fnmatch import translate
    from re import compile as compile_pattern

    text = str(pattern.data)
    if len(text) > 200 or text.count("*") > 6:
        raise TooComplex("the pattern is too complex")
    base = call.scope.module.resolve(str(directory.data))
    if base is None:
        return Unknown("names a directory that is not in the tree", call.span)
    prefix = f"{base}/" if base else ""
    wanted = compile_pattern(translate(text.replace("**/", "**")))
    deep = "**" in text or "/" in text
    names = [path.removeprefix(prefix) for path in call.scope.module.files(base)]
    found = sorted(name for name in names if wanted.match(name) and (deep or "/" not in name))
    if not found:
        return Unknown("names files of which none is in the tree", call.span, via_of(call.args))
    complete = not (base == call.scope.module.directory and _is_open(text))
    return SetValue([Known(name, call.span) for name in found], call.span, (), references_in(call.args), complete)


def _is_open(pattern: str) -> bool:
    """Whether a pattern, seen from a module, also takes what is installed there and not in the tree."""
    from fnmatch import fnmatchcase

    first = pattern.partition("/")[0]
    return "**" in first or any(fnmatchcase(name, first) for name in SKIPPED)


def _pathexpand(call: FunctionCall) -> Value:
    call.need(1, 1)
    path = to_text(call.args[0])
    if isinstance(path, Known) and not str(path.data).startswith("~"):
        return path
    return Unknown("depends on where Terraform runs", call.span, via_of(call.args), references_in(call.args))


def _abspath(call: FunctionCall) -> Value:
    return Unknown("depends on where Terraform runs", call.span, via_of(call.args), references_in(call.args))


def _dirname(path: str) -> str:
    return posixpath.dirname(path.rstrip("/")) or ("/" if path.startswith("/") else ".")


def _basename(path: str) -> str:
    return posixpath.basename(path.rstrip("/")) or ("/" if path.startswith("/") else ".")


TABLE: dict[str, Pure | Structural] = {
    "abspath": _abspath,
    "basename": Pure("s", _basename),
    "dirname": Pure("s", _dirname),
    "file": _file,
    "filebase64": _filebase64,
    "fileexists": _fileexists,
    "fileset": _fileset,
    "pathexpand": _pathexpand,
    "templatefile": _templatefile,
}
