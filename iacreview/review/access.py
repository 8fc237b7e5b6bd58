"""The access delta: what the policies of each holder, all together, allow in a head and not in a base, and the reverse.

It is decided and not read: a policy that is written in another way adds nothing. Only holders whose policies differ are
compared, and no more than a bound lets; what it cuts off is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from iacreview.grants.holders import IDENTITY, Grant, Holder, Unread
from iacreview.model.delta import Access
from iacreview.model.record import NamedTuple
from iacreview.review.addresses import Addresses
from iacreview.review.permissions import SideRights, seen_from_base, unsaid, worded
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.difference import MOST, Effort, differences
from iacreview.semantics.decision.symbols import WILDCARDS, Symbols

# For all holders of a change together.
_MOST_OF_ALL = 4 * MOST


class Holding(NamedTuple):
    """A holder in the unit that has it."""

    unit: str
    holder: Holder


class AccessDelta(NamedTuple):
    """What a change adds and removes."""

    added: tuple[Access, ...] = ()
    removed: tuple[Access, ...] = ()


def compared_access(base: Sequence[Holding], head: Sequence[Holding], addresses: Addresses) -> AccessDelta:
    """The access delta of a change. The base's addresses are put into the head's words."""
    before = _joined(_renamed(each, addresses) for each in base)
    after = _joined(head)
    pairs = [pair for pair in _paired(before, after) if not _changes_hands(*pair, addresses)]
    search = _Search()
    added = [each for old, new in pairs for each in search.more(new, old)]
    removed = [seen_from_base(each) for old, new in pairs for each in search.more(old, new, reverse=True)]
    return AccessDelta(_together(added), _together(removed))


def _changes_hands(old: Holding | None, new: Holding | None, addresses: Addresses) -> bool:
    """Whether it is a policy that someone has in one side and nobody in the other: it is compared there."""
    alone = new if old is None else old if new is None else None
    return alone is not None and alone.holder.unheld and addresses.has_both(alone.unit, alone.holder.name.address)


def granted_access(holdings: Sequence[Holding]) -> tuple[Access, ...]:
    """All that the holders are allowed."""
    search = _Search()
    return _together([each for holding in _joined(holdings).values() for each in search.more(holding, None)])


_Key = tuple[str, str, str]


def _joined(holdings: Iterable[Holding]) -> dict[_Key, Holding]:
    """The holders by unit, address and facet; what several policies say of one is put together."""
    found: dict[_Key, Holding] = {}
    for each in holdings:
        key = each.unit, each.holder.name.address, each.holder.facet
        found[key] = _both(found[key], each) if key in found else each
    return _with_outsiders(found)


def _both(one: Holding, other: Holding) -> Holding:
    mine, more = one.holder, other.holder
    joined = mine._replace(
        grants=(*mine.grants, *more.grants),
        limits=(*mine.limits, *more.limits),
        unread=(*mine.unread, *more.unread),
        open_limits=(*mine.open_limits, *more.open_limits),
        note=mine.note or more.note,
    )
    return one._replace(holder=joined)


def _with_outsiders(found: dict[_Key, Holding]) -> dict[_Key, Holding]:
    """The holders, where one that is only named is the one resource with this name that some unit makes."""
    made: dict[tuple[str, str, str], list[_Key]] = {}
    for key, each in found.items():
        if each.holder.name.type and each.holder.called:
            made.setdefault(_named(each.holder), []).append(key)
    joined = dict(found)
    for key, each in found.items():
        same = made.get(_named(each.holder), ()) if not each.holder.name.type else ()
        if len(same) == 1:
            joined[same[0]] = _both(joined[same[0]], joined.pop(key))
    return joined


def _named(holder: Holder) -> tuple[str, str, str]:
    return holder.facet, holder.name.kind if holder.facet == IDENTITY else "", holder.called


def _paired(base: Mapping[_Key, Holding], head: Mapping[_Key, Holding]) -> list[tuple[Holding | None, Holding | None]]:
    """Each holder of either side with what it is in the other: by address, else by its name, else by its policies."""
    pairs: dict[_Key, _Key] = {key: key for key in base.keys() & head.keys()}
    for trait in (_by_name, _by_policies):
        gone = _by(trait, {key: each for key, each in base.items() if key not in pairs})
        taken = set(pairs.values())
        new = _by(trait, {key: each for key, each in head.items() if key not in taken})
        for same in gone.keys() & new.keys():
            pairs.update(zip(gone[same], new[same], strict=False))
    matched = {new: old for old, new in pairs.items()}
    found: list[tuple[Holding | None, Holding | None]] = [
        (base[matched[key]] if key in matched else None, each) for key, each in sorted(head.items())
    ]
    return found + [(each, None) for key, each in sorted(base.items()) if key not in pairs]


def _by(trait: object, holdings: Mapping[_Key, Holding]) -> dict[object, list[_Key]]:
    found: dict[object, list[_Key]] = {}
    for key, each in sorted(holdings.items()):
        value = trait(each) if callable(trait) else None
        if value is not None:
            found.setdefault(value, []).append(key)
    return found


def _by_name(each: Holding) -> object:
    return _named(each.holder) if each.holder.called else None


def _by_policies(each: Holding) -> object:
    """What a policy says, for one that nobody is known to hold: under another name it is the same."""
    if not each.holder.unheld:
        return None
    return frozenset(grant.clause for grant in each.holder.grants)


class _Search:
    """Compares holders, within one bound for all."""

    def __init__(self) -> None:
        self._effort = Effort(_MOST_OF_ALL)

    def more(self, after: Holding | None, before: Holding | None, reverse: bool = False) -> Iterator[Access]:
        """What one holder is allowed, and not the other."""
        if after is None or _has_role_still(after, before):
            return
        new, old = SideRights.of(after.holder), SideRights.of(before.holder if before is not None else None)
        shown = before.holder if reverse and before is not None else after.holder
        units = (after.unit,)
        if not reverse:
            for each in _unread(after.holder, before.holder if before is not None else None):
                yield unsaid(shown, each.reason, each.span)._replace(units=units)
        if new.same_as(old):
            return
        doubtful = before is not None and bool(_missing(before.holder.unread, after.holder.unread))
        effort = Effort(min(MOST, max(self._effort.left, 0)))
        answer = differences(new.rights, old.rights, effort)
        self._effort.left -= effort.used
        if not answer.certain and not reverse:
            yield unsaid(shown, "there is too much to be compared", None)._replace(units=units)
        shared = _shared_groups(after.holder, before)
        for entry in worded(shown, answer.found, new, old):
            if not shared.issuperset(entry.via):
                yield entry._replace(units=units, certain=entry.certain and not doubtful)


def _has_role_still(after: Holding, before: Holding | None) -> bool:
    """Whether it runs with the rights of the role that it had, or is new: what that may is said of the role."""
    role = after.holder.inherits
    return bool(role) and (before is None or not before.holder.inherits or before.holder.inherits == role)


def _shared_groups(holder: Holder, before: Holding | None) -> set[str]:
    """The policies of groups that someone is in on both sides: what changes in these is said of the group."""
    return set(holder.groups).intersection(before.holder.groups) if before is not None else set()


def _unread(head: Holder, base: Holder | None) -> Iterator[Unread]:
    """What nobody can read of a head's policies and could be read, or was not there, in the base."""
    yield from _missing(head.unread, base.unread if base is not None else ())
    if base is not None:
        for each in _missing(base.open_limits, head.open_limits):
            yield each._replace(reason=f"what the permissions boundary was that is gone: {each.reason}", span=None)
        for each in _missing(base.unread, head.unread):
            if each.denies:
                yield each._replace(reason=f"what the Deny was that is gone: {each.reason}", span=None)


def _missing(one: Iterable[Unread], other: Iterable[Unread]) -> list[Unread]:
    known = {each.key for each in other}
    return [each for each in one if each.key not in known]


def _renamed(holding: Holding, addresses: Addresses) -> Holding:
    """A holding of the base in the head's words."""
    unit, holder = holding.unit, holding.holder
    name = holder.name._replace(address=addresses.address(unit, holder.name.address))
    if not addresses.is_as_before(unit):
        renamer = _Renamer(unit, addresses)
        holder = holder._replace(
            inherits=addresses.address(unit, holder.inherits) if holder.inherits else "",
            grants=tuple(map(renamer.grant, holder.grants)),
            limits=tuple(tuple(map(renamer.grant, limit)) for limit in holder.limits),
        )
    return Holding(addresses.unit(unit), holder._replace(name=name))


class _Renamer:
    """Puts the resources that policies refer to into the head's words."""

    def __init__(self, unit: str, addresses: Addresses) -> None:
        self._unit = unit
        self._addresses = addresses

    def grant(self, grant: Grant) -> Grant:
        return grant._replace(clause=self._clause(grant.clause))

    def _clause(self, clause: Clause) -> Clause:
        return clause._replace(
            resources=tuple(sorted(map(self._symbols, clause.resources))),
            not_resources=tuple(sorted(map(self._symbols, clause.not_resources))),
            demands=frozenset(
                each._replace(values=tuple(sorted(map(self._symbols, each.values)))) for each in clause.demands
            ),
        )

    def _symbols(self, symbols: Symbols) -> Symbols:
        return tuple(self._symbol(each) if len(each) > 1 and each not in WILDCARDS else each for each in symbols)

    def _symbol(self, symbol: str) -> str:
        start, inner = (symbol[:3], symbol[3:-1]) if symbol.startswith("${?") else (symbol[:2], symbol[2:-1])
        moved = self._addresses.address(self._unit, inner)
        if moved == inner and "." in inner:
            address, _, attribute = inner.rpartition(".")
            moved = f"{self._addresses.address(self._unit, address)}.{attribute}"
        return f"{start}{moved}}}"


def _together(found: Iterable[Access]) -> tuple[Access, ...]:
    """The entries, each once with all of its units, in order; what a group has is not said of its members as well."""
    known: dict[object, Access] = {}
    for each in found:
        key = each._replace(units=(), witness=None, span=None)
        old = known.get(key)
        known[key] = each if old is None else old._replace(units=tuple(sorted({*old.units, *each.units})))
    return tuple(sorted(known.values(), key=_order))


def _order(each: Access) -> tuple[object, ...]:
    return (
        not each.certain,
        each.guarded or each.principal,
        each.principal,
        each.via,
        each.actions,
        each.resources,
        each.conditions,
        each.why,
    )
