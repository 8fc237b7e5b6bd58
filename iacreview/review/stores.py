"""Data at risk: resources that hold data and that a change destroys, or has replaced by new ones.

Sources: "DeletionPolicy attribute" and "UpdateReplacePolicy attribute" (AWS CloudFormation User Guide), "The lifecycle
Meta-Argument" and "Remove a resource from state" (Terraform documentation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from iacreview.catalog.world import World, bare_address
from iacreview.model.choices import combinations, questions, resolved
from iacreview.model.delta import AtRisk
from iacreview.model.finding import ResourceName
from iacreview.model.graph import Resource
from iacreview.model.guard import Guard, When, consistent, spoken, together
from iacreview.model.parts import children
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Choice, Known, MapValue, Text, Unknown, Value, scalar_text
from iacreview.model.words import value_text
from iacreview.review.addresses import Addresses
from iacreview.semantics.stores import Storage, storages

# In how many cases a property is compared: with more of them, as it is written.
_MOST_CASES = 8
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_RETAINED = ("Retain", "RetainExceptOnCreate")
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
# What a policy keeps of the data, the least first.
_RANKS = ("Delete", "Snapshot", "RetainExceptOnCreate", "Retain")
# The ways of keeping data that hold while a property is true, and those that a true one gives up.
_HOLDING, _YIELDING = ("guard", "retain", "keep"), ("snapshot", "empty")


class StoreProperty(NamedTuple):
    """A property: a text that is equal for what is written alike, one for people, and whether it is known."""

    key: str
    shown: str
    certain: bool


class Store(NamedTuple):
    """A resource that holds data. `policies` are DeletionPolicy and UpdateReplacePolicy, `kept` prevent_destroy."""

    name: ResourceName
    settings: Mapping[str, StoreProperty]
    policies: Mapping[str, StoreProperty]
    kept: bool
    when: When
    span: Span


class Stores(NamedTuple):
    """The stores of a unit, all of its addresses, and those that Terraform forgets without destroying them."""

    stores: tuple[Store, ...] = ()
    forgotten: tuple[str, ...] = ()


def stores_of(world: World) -> Stores:
    """All resources of a unit that hold data."""
    known = storages()
    found = [
        _store(each, known[each.type])
        for each in world.graph.resources.values()
        if each.mode == "managed" and each.type in known
    ]
    return Stores(tuple(found), tuple(world.graph.unit.kept))


def _store(resource: Resource, storage: Storage) -> Store:
    asked = {*storage.forcing, *(name for _, name in storage.keepers)}
    entries = resource.attributes.entries
    extras = resource.extras.entries if resource.extras is not None else {}
    return Store(
        ResourceName(resource.address, resource.type, resource.kind or ""),
        {name: _setting(entries[name]) for name in sorted(asked) if name in entries},
        {name: _setting(extras[name]) for name in _POLICIES if name in extras},
        "prevent_destroy" in extras,
        resource.conditions,
        resource.header,
    )


def _setting(value: Value) -> StoreProperty:
    return StoreProperty(_keys(value), value_text(value), _is_known(value))


def _keys(value: Value) -> str:
    """Equal for values that are the same in every case, wherever the choices between these are written."""
    ways = combinations(questions([value]), _MOST_CASES, consistent)
    keys = [_key(resolved(value, answers)) for answers in ways]
    if len(set(keys)) < 2:
        return keys[0] if keys else _key(value)
    cases = (f"{sorted(map(_case, together(*each.values())))}: {key}" for each, key in zip(ways, keys, strict=True))
    return f"one of({', '.join(sorted(cases))})"


def _case(guard: Guard) -> str:
    return f"{guard.key} {'is' if guard.holds else 'is not'} {guard.value}"


def _key(value: Value) -> str:
    """Equal for values that are written alike; what is the same as not written is empty."""
    if isinstance(value, Known):
        text = scalar_text(value.data) if value.data is not None else ""
        return "" if text == "false" else text
    if isinstance(value, MapValue):
        return "{" + ", ".join(f"{key}: {_key(entry)}" for key, entry in sorted(value.entries.items())) + "}"
    if isinstance(value, Unknown):
        return f"${{{value.references[0]}}}" if value.references else value.reason
    inner = ", ".join(filter(None, map(_key, children(value))))
    return f"text({inner})" if isinstance(value, Text) else f"[{inner}]" if inner else ""


def _is_known(value: Value) -> bool:
    """Whether it is known, or one attribute of one resource."""
    if isinstance(value, Unknown):
        return value.target is not None
    return not isinstance(value, Choice) and all(map(_is_known, children(value)))


def data_at_risk(
    base: Mapping[str, Stores], head: Mapping[str, Stores], addresses: Addresses, has: Callable[[str, str], bool]
) -> tuple[AtRisk, ...]:
    """What a change puts at risk, by unit. `has` tells whether the head has a resource."""
    found: list[AtRisk] = []
    for path, before in sorted(base.items()):
        unit = addresses.unit(path)
        after = head.get(unit)
        there = {each.name.address: each for each in after.stores} if after is not None else {}
        forgotten = after.forgotten if after is not None else ()
        for store in before.stores:
            address = addresses.address(path, store.name.address)
            if any(address == each or address.startswith((f"{each}[", f"{each}.")) for each in forgotten):
                continue
            new = _there(there, address)
            entry = _judged(store, new, partial(addresses.address, path))
            if entry is not None and (new is not None or not has(unit, address)):
                gone = after is None
                why = (
                    "the file or directory is gone: with the stack or state, so are its resources"
                    if gone
                    else entry.why
                )
                found.append(entry._replace(units=(unit,), certain=entry.certain and not gone, why=why))
    return tuple(sorted(found, key=lambda each: (not each.certain, each.resource, each.units)))


def _there(stores: Mapping[str, Store], address: str) -> Store | None:
    """The store of an address; the one instance where it had none or another key, as Terraform itself moves it."""
    if address in stores:
        return stores[address]
    found = [each for key, each in stores.items() if bare_address(key) == bare_address(address)]
    return found[0] if len(found) == 1 and address in (bare_address(address), f"{bare_address(address)}[0]") else None


def _judged(old: Store, new: Store | None, moved: Callable[[str], str]) -> AtRisk | None:
    storage = storages()[old.name.type]
    if new is None:
        return _risk(old, storage, "destroyed", f"{storage.what} with it: it is gone from the configuration", old, True)
    reasons = list(_replacing(old, new, storage, moved))
    if reasons and not new.kept:
        certain = any(sure for _, sure in reasons)
        why = "; ".join(reason for reason, _ in reasons)
        return _risk(old, storage, "replaced", f"{storage.what} with it: {why}", new, certain)
    if new.when and not old.when:
        return _risk(
            old, storage, "destroyed", f"{storage.what} with it, unless it is there: {spoken(new.when)}", old, False
        )
    loosened = list(_loosened(old, new, storage))
    if not loosened:
        return None
    why = "; ".join(reason for reason, _ in loosened)
    certain = any(sure for _, sure in loosened)
    name = old.name
    return AtRisk(name.address, name.type, name.kind, "easier to destroy", why, certain=certain, span=new.span)


def _loosened(old: Store, new: Store, storage: Storage) -> Iterator[tuple[str, bool]]:
    """What kept the data in the base and no longer does, and whether that is certain."""
    if old.kept and not new.kept:
        yield "`prevent_destroy` is gone", True
    for way, name in storage.keepers:
        was, now = old.settings.get(name), new.settings.get(name)
        if way in _HOLDING and _is_true(was) and not _is_true(now):
            yield f"`{name}` true -> {now.shown if now is not None else 'not set'}", now is None or now.certain
        elif way in _YIELDING and not _is_true(was) and now is not None and now.key and now.key != _key_of(was):
            yield f"`{name}` {was.shown if was is not None else 'not set'} -> {now.shown}", now.certain
    for name in _POLICIES if storage.by("policy") else ():
        default = storage.by("policy")[0] if name == _POLICIES[0] else _RANKS[0]
        before, after = (each.policies.get(name) for each in (old, new))
        ranks = [_rank(each, default) for each in (before, after)]
        if ranks[1] < ranks[0]:
            shown = [each.shown if each is not None else default for each in (before, after)]
            yield f"`{name}` {shown[0]} -> {shown[1]}", all(each is None or each.certain for each in (before, after))


def _key_of(setting: StoreProperty | None) -> str:
    return setting.key if setting is not None else ""


def _rank(policy: StoreProperty | None, default: str) -> int:
    """How much a policy keeps: what nobody knows keeps nothing for certain."""
    name = policy.key if policy is not None else default
    return _RANKS.index(name) if name in _RANKS else 0


def _replacing(old: Store, new: Store, storage: Storage, moved: Callable[[str], str]) -> Iterator[tuple[str, bool]]:
    """The properties of which a change makes a new resource, and whether that is certain."""
    for name in storage.forcing:
        was, now = old.settings.get(name), new.settings.get(name)
        before = _moved(was.key, moved) if was is not None else ""
        if before == (now.key if now is not None else ""):
            continue
        certain = name not in storage.perhaps and all(each is None or each.certain for each in (was, now))
        shown = f"{was.shown if was else 'not set'} -> {now.shown if now else 'not set'}"
        verb = "forces a new one" if certain else "may force a new one"
        yield f"`{name}` {verb} ({shown})", certain


def _moved(key: str, moved: Callable[[str], str]) -> str:
    def one(found: re.Match[str]) -> str:
        head, separator, attribute = found[1].rpartition(".")
        return f"${{{moved(head)}{separator}{attribute}}}" if separator else f"${{{moved(found[1])}}}"

    return _REFERENCE.sub(one, key)


def _risk(old: Store, storage: Storage, what: str, why: str, ruling: Store, certain: bool) -> AtRisk | None:
    """The entry, with what keeps the data; None where that is certain."""
    kept = _kept(old, storage, what, ruling)
    if kept is None:
        return None
    return AtRisk(old.name.address, old.name.type, old.name.kind, what, why, kept, certain, old.span)


def _kept(old: Store, storage: Storage, what: str, ruling: Store) -> str | None:
    """What keeps some of the data, in words; None where nothing is lost."""
    for name in storage.by("guard"):
        if _is_true(old.settings.get(name)):
            return None
    for default in storage.by("policy"):
        return _by_policy(storage, what, ruling, default)
    if any(_is_true(old.settings.get(name)) for name in storage.by("retain")):
        return None
    for name in storage.by("snapshot"):
        return "" if _is_true(old.settings.get(name)) else f"a final snapshot is taken, since `{name}` is not true"
    for name in storage.by("keep"):
        return "a final snapshot is taken" if _is_true(old.settings.get(name)) else ""
    for name in storage.by("empty"):
        return "" if _is_true(old.settings.get(name)) else "it is only deleted if it is empty"
    return ""


def _by_policy(storage: Storage, what: str, ruling: Store, default: str) -> str | None:
    name = "DeletionPolicy" if what == "destroyed" else "UpdateReplacePolicy"
    written = ruling.policies.get(name)
    policy = written.key if written is not None else default if what == "destroyed" else "Delete"
    if policy in _RETAINED:
        return None
    if written is not None and not written.certain:
        return f"`{name}` is {written.shown}"
    if policy == "Snapshot":
        return "a snapshot is taken" + ("" if written is not None else f": the default of `{name}`")
    return "it is only deleted if it is empty" if storage.by("empty") else ""


def _is_true(setting: StoreProperty | None) -> bool:
    return setting is not None and setting.key == "true"
