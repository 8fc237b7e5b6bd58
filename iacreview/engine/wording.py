"""Remediations in the words of a dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacreview.catalog.catalog import in_dialect
from iacreview.catalog.path import Path
from iacreview.catalog.view import View
from iacreview.languages import language_named
from iacreview.languages.language import Language
from iacreview.model.graph import CALL
from iacreview.model.words import quoted


def remediation(view: View, fix: Mapping[str, Any] | str) -> str:
    """The fix in the words of the file's dialect."""
    if isinstance(fix, str):
        return fix
    return "; ".join(_setting(view, name, in_dialect(wanted, view.dialect)) for name, wanted in fix.items())


def _setting(view: View, name: str, wanted: Any) -> str:
    prop = view.written(view.property(name))
    paths = prop.paths[view.dialect]
    language = language_named(view.resource.dialect)
    satellite = paths[0].satellite if paths else ""
    native = paths[0].native if satellite else prop.native(view.dialect)
    setting = f"`{native}{language.separator}{literal(wanted)}`"
    if view.resource.written_as == CALL:
        inputs = _inputs(view, name)
        return f"pass the module {inputs}, so that it sets {setting}" if inputs else f"make the module set {setting}"
    if satellite:
        if native and view.world.satellites(view.resource, view.kind, satellite):
            return _in_satellite(satellite, native, wanted, language)
        link = view.kind.satellite(satellite).links[0].native
        return f"add an `{satellite}` resource whose `{link}` names it" + (f", with {setting}" if native else "")
    path = next((each for each in paths if each.native == native), None)
    if path is None or not path.segments:
        # SAM's word for what it makes of it.
        return _set(native, native.rpartition(".")[2], wanted, language)
    return _in_place(path, wanted, language)


def _in_place(path: Path, wanted: Any, language: Language) -> str:
    """What to write, and in what: of a member of a collection that is told by its name, with that name."""
    names = [each.name for each in path.segments]
    at = next((at for at, each in enumerate(path.segments) if each.select_key), None)
    if at is not None:
        chosen = path.segments[at]
        told = f"{chosen.select_key}{language.separator}{literal(chosen.select_value)}"
        setting = f"{'.'.join(names[at + 1 :])}{language.separator}{literal(wanted)}"
        return language.member(".".join(names[: at + 1]), told, setting)
    return _set(path.native, names[-1], wanted, language)


def _in_satellite(satellite: str, native: str, wanted: Any, language: Language) -> str:
    within = "of" if "." in native else "in"
    return f"{_set(native, native.rpartition('.')[2], wanted, language)} {within} its `{satellite}`"


def _set(native: str, name: str, wanted: Any, language: Language) -> str:
    """What to write, and in what, where its name is the last of others."""
    around = native.removesuffix(f".{name}")
    if around == native:
        return f"set `{native}{language.separator}{literal(wanted)}`"
    return f"set `{name}{language.separator}{literal(wanted)}` in `{around}`"


def _inputs(view: View, name: str) -> str:
    """The arguments of a module's call that a property of what it makes is told by, in words."""
    module = view.resource.address.rpartition("module.")[2].partition(".")[0]
    values = (each.value for each in view.occurrences(name) if each.value is not None)
    found = [each.address.partition(f"{module}.var.")[2] for value in values for each in value.references]
    return " or ".join(f"`{each}`" for each in dict.fromkeys(filter(None, found)))


def literal(wanted: Any) -> str:
    """A wanted value as it is written; `<words>` stay as they are."""
    if isinstance(wanted, list):
        return "[" + ", ".join(literal(each) for each in wanted) + "]"
    if isinstance(wanted, str) and wanted.startswith("<"):
        return wanted
    return quoted(wanted)
