"""NamedTuple without what `typing`'s and `collections`' own do at import: the one compiles every annotation, which
nothing here reads, the other compiles a constructor for every class.

A run makes more than a hundred such classes. What a type checker sees is `typing.NamedTuple`.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]
from types import FunctionType
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

_new = tuple.__new__


def _replace(self: Any, /, **changes: Any) -> Any:
    """The same with other values in some fields."""
    made = _new(self.__class__, map(changes.pop, self._fields, self))
    if changes:
        raise ValueError(f"no such fields: {', '.join(changes)}")
    return made


def _asdict(self: Any) -> dict[str, Any]:
    """The fields with their values."""
    return dict(zip(self._fields, self, strict=True))


def _repr(self: Any) -> str:
    fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
    return f"{self.__class__.__name__}({fields})"


def _getnewargs(self: Any) -> tuple[Any, ...]:
    return tuple(self)


_SHARED = {"_replace": _replace, "_asdict": _asdict, "__repr__": _repr, "__getnewargs__": _getnewargs, "__slots__": ()}
_constructors: dict[int, Any] = {}


def _constructor(fields: tuple[str, ...], defaults: tuple[Any, ...], module: str, qualname: str) -> FunctionType:
    """`__new__` of a class: compiled once for each number of fields, whatever they are called."""
    code = _constructors.get(len(fields))
    if code is None:
        names = ", ".join(f"_{number}" for number in range(len(fields)))
        made = eval(f"lambda _cls, {names}: _new(_cls, ({names},))", {})  # noqa: S307 - made of numbers
        code = _constructors[len(fields)] = made.__code__
    own = code.replace(co_varnames=("_cls", *fields), co_name="__new__")
    function = FunctionType(own, {"_new": _new, "__name__": module}, "__new__", defaults)
    function.__qualname__ = f"{qualname}.__new__"
    return function


if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Meta(type):
        """Makes a named tuple of the body of a class."""

        def __new__(cls, name: str, _: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            if fields[len(fields) - len(defaults) :] != tuple(defaults):
                raise TypeError(f"a field of {name} without a default follows one with a default")
            new = _constructor(fields, tuple(defaults.values()), body["__module__"], body["__qualname__"])
            getters = {field: _tuplegetter(index, "") for index, field in enumerate(fields)}
            made = {"_fields": fields, "__match_args__": fields, "__new__": new}
            return type(name, (tuple,), {**_SHARED, **body, **made, **getters})

    NamedTuple = type.__new__(_Meta, "NamedTuple", (), {})
