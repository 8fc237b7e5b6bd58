"""Differences between two sides' permissions in the words of their policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from iacreview.grants.holders import IDENTITY, RESOURCE, Grant, Holder
from iacreview.grants.names import may_be_anything, written
from iacreview.model.delta import Access, Witness
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.semantics.actions import LEVELS, find_action, services
from iacreview.semantics.decision.actions import TO_COME
from iacreview.semantics.decision.clauses import Clause, action_matches
from iacreview.semantics.decision.demands import OPAQUE, PRINCIPAL, Demand
from iacreview.semantics.decision.difference import Difference
from iacreview.semantics.decision.rights import NOTHING, Rights, exceeds
from iacreview.semantics.decision.symbols import EVERYTHING, Symbols, shown
from iacreview.semantics.facts import service_actions
from iacreview.semantics.pattern import has_wildcard, intersects

HIDDEN = "(sensitive)"
LOST_DENIAL, NEW_DENIAL = "this Deny is gone, or denies less", "this Deny is new, or denies more"
_MAX_GAINED = 100
_MAX_WAS = 3
_EVERYTHING = f"{TO_COME}:{TO_COME}"


class SideRights(NamedTuple):
    """One side's rights, and its grants by their clauses."""

    rights: Rights
    grants: Mapping[Clause, Sequence[Grant]]

    @staticmethod
    def of(holder: Holder | None) -> SideRights:
        """The side of a holder; that of nobody allows nothing."""
        if holder is None:
            return SideRights(NOTHING, {})
        limits = tuple(dict.fromkeys(tuple(each.clause for each in limit) for limit in holder.limits))
        grants: dict[Clause, list[Grant]] = {}
        for grant in (*holder.grants, *(each for limit in holder.limits for each in limit)):
            grants.setdefault(grant.clause, []).append(grant)
        own = tuple(dict.fromkeys(grant.clause for grant in holder.grants))
        return SideRights(Rights(own, limits), grants)

    def same_as(self, other: SideRights) -> bool:
        """Whether both say the same, in whatever order."""
        mine, others = self.rights, other.rights
        return set(mine.identity) == set(others.identity) and set(map(frozenset, mine.limits)) == set(
            map(frozenset, others.limits)
        )


def unsaid(holder: Holder, reason: str, span: Span | None) -> Access:
    """That nobody can say what a holder is allowed more."""
    address = holder.name.address
    own = holder.facet == IDENTITY
    who, guarded = (address, "") if own else ("*", address)
    return Access(who, holder.note, guarded, certain=False, why=f"cannot say: {reason}", span=span)


def worded(holder: Holder, found: Iterable[Difference], after: SideRights, before: SideRights) -> Iterator[Access]:
    """The differences of a holder as entries: what one statement says of the same actions or resources as one."""
    parts = [part for each in found for part in _parts(holder, each, after, before)]
    parts = [_with_actions(same) for same in _alike(parts, lambda part: (part.saying, part.piece))]
    apart = _apart(after, before)
    for same in _alike(parts, lambda part: (part.saying, _who(part.piece), part.actions)):
        yield _entry(holder, same, apart)


class _Part(NamedTuple):
    """A difference as one entry has it: the patterns of one service, by one statement."""

    grant: Grant
    piece: Clause
    difference: Difference
    actions: tuple[str, ...]
    words: tuple[str, ...]
    why: str
    certain: bool
    effect: str

    @property
    def saying(self) -> object:
        """What parts of one entry have in common."""
        service = self.words[0].partition(":")[0] if self.words else ""
        return self.grant.via, self.grant.words.conditions, service, self.why, self.certain, self.effect


def _alike(parts: Iterable[_Part], key: Callable[[_Part], object]) -> list[list[_Part]]:
    found: dict[object, list[_Part]] = {}
    for part in parts:
        found.setdefault(key(part), []).append(part)
    return list(found.values())


def _with_actions(parts: Sequence[_Part]) -> _Part:
    """Parts about the same resource as one with all of their actions."""
    actions = sorted({name for part in parts for name in part.actions})
    words = dict.fromkeys(word for part in parts for word in part.words)
    return parts[0]._replace(actions=tuple(actions), words=tuple(words))


def _parts(holder: Holder, each: Difference, after: SideRights, before: SideRights) -> Iterator[_Part]:
    grant = after.grants[each.clause][0]
    certain = _is_certain(each, before)
    reason = _reason(holder, each, after, before)
    if reason.denials:
        for denial in reason.denials:
            for names, words in _by_service(denial.words.actions, denial.words.not_actions, each.actions):
                certain = certain and not _hangs_on_unknown(denial.clause)
                piece = _spared(denial.clause, each, after)
                yield _Part(denial, piece, each, names, words, reason.text, certain, "Deny")
        return
    for names, words in _by_service(grant.words.actions, grant.words.not_actions, each.actions):
        yield _Part(grant, each.piece, each, names, words, reason.text, certain, "Allow")


def _spared(denial: Clause, each: Difference, after: SideRights) -> Clause:
    """A denial for all but some, of those alone whom another one of the same spares now."""
    who = _who(denial)
    for clause in after.rights.clauses if who is not None and who.negated else ():
        other = _who(clause)
        if clause.allows or other is None or not other.negated:
            continue
        more = tuple(value for value in other.values if who is not None and value not in who.values)
        if more and clause.about_action(each.actions[0]) and clause.about_resource(each.resource):
            named = other._replace(values=more, negated=False)
            return denial._replace(demands=(denial.demands - {who}) | {named})
    return denial


def _by_service(
    patterns: tuple[tuple[str, str], ...], excluded: Sequence[str], actions: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The actions by the service of the pattern that has them, with these patterns as they are written."""
    if not patterns:
        yield tuple(actions), (f"every action but {', '.join(excluded)}",)
        return
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    heads = _by_head(patterns)
    for action in actions:
        service = action.partition(":")[0]
        having = (
            next((at for at in heads.get(head, ()) if action_matches(patterns[at][0], action)), None)
            for head in (service, "*")
        )
        at = min((each for each in having if each is not None), default=None)
        if at is not None:
            pattern, text = patterns[at]
            head = pattern.partition(":")[0]
            names, words = found.setdefault("*" if has_wildcard(head) else head, ({}, {}))
            names[action] = None
            words[text] = None
    for names, words in found.values():
        yield tuple(names), tuple(words)


@lru_cache(maxsize=64)
def _by_head(patterns: tuple[tuple[str, str], ...]) -> dict[str, list[int]]:
    """The places of patterns by their services; those of several under `*`."""
    found: dict[str, list[int]] = {}
    for at, (pattern, _) in enumerate(patterns):
        head = pattern.partition(":")[0]
        found.setdefault("*" if has_wildcard(head) else head, []).append(at)
    return found


def _entry(holder: Holder, parts: Sequence[_Part], apart: frozenset[str]) -> Access:
    first = parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.actions))
    known = [action for name in _expanded(names, apart) if (action := find_action(name)) is not None]
    counts = {level: sum(1 for action in known if action.level == level) for level in LEVELS}
    hidden = first.grant.words.hidden
    resources = tuple(dict.fromkeys(text for part in parts for text in _resources(holder, part.piece)))
    return Access(
        _principal(holder, first.piece),
        holder.note,
        "" if holder.facet == IDENTITY else holder.name.address,
        tuple(dict.fromkeys(part.grant.via for part in parts)),
        tuple(dict.fromkeys(word for part in parts for word in part.words)),
        (HIDDEN,) if hidden else resources,
        first.grant.words.conditions,
        first.effect,
        tuple(map(str, known[:_MAX_GAINED])),
        tuple((level, count) for level, count in counts.items() if count),
        any(name.endswith(TO_COME) for name in names),
        None if hidden else _witness(first),
        first.certain,
        first.why,
        first.grant.span,
    )


def _expanded(names: Iterable[str], apart: frozenset[str]) -> Iterator[str]:
    """The names, where a service to come stands for all services that no pattern tells apart as well."""
    for name in names:
        yield name
        if name == _EVERYTHING:
            for service in services():
                if service not in apart:
                    yield from (f"{service}:{each}" for each in service_actions(service) or ())


def _apart(after: SideRights, before: SideRights) -> frozenset[str]:
    """The services that some pattern names."""
    clauses = (*after.rights.clauses, *before.rights.clauses)
    return frozenset(pattern.partition(":")[0] for clause in clauses for pattern in clause.action_patterns)


def _witness(part: _Part) -> Witness:
    request = part.difference.request
    action = find_action(request.action)
    name = str(action) if action is not None else request.action
    keys = tuple((key, "" if values is None else ", ".join(values)) for key, values in request.context.items())
    return Witness(name, written(part.difference.resource), keys)


def _principal(holder: Holder, piece: Clause) -> str:
    """Who gets the permission: the holder, or whom the policy of a resource names."""
    if holder.facet == IDENTITY:
        return holder.name.address
    who = _who(piece)
    if who is None:
        return "*"
    names = ", ".join(_without_kind(each) for each in who.values)
    return f"everyone but {names}" if who.negated else names


def _who(clause: Clause) -> Demand | None:
    return next((demand for demand in clause.demands if demand.domain == PRINCIPAL), None)


def _without_kind(value: Symbols) -> str:
    return written(value).partition(":")[2]


def _resources(holder: Holder, piece: Clause) -> Iterator[str]:
    if piece.not_resources:
        yield f"everything but {', '.join(map(written, piece.not_resources))}"
    elif piece.resources and not (holder.facet == RESOURCE and EVERYTHING in piece.resources):
        yield from map(written, piece.resources)
    else:
        yield holder.name.address


def seen_from_base(entry: Access) -> Access:
    """An entry that was made by comparing a base with its head, where it is what the head takes away."""
    why = NEW_DENIAL if entry.why == LOST_DENIAL else entry.why
    if why.startswith("was: "):
        why = f"now: {why.removeprefix('was: ')}"
    return entry._replace(why=why.replace("does not forbid it any longer", "forbids it now"))


class _Reason(NamedTuple):
    text: str
    denials: tuple[Grant, ...] = ()


def _reason(holder: Holder, each: Difference, after: SideRights, before: SideRights) -> _Reason:
    """Why the other side does not allow it: what it allowed instead, or what forbade it."""
    action, resource = each.actions[0], each.resource
    allowing = [clause for clause in before.rights.identity if clause.allows and clause.about_action(action)]
    if holder.facet != IDENTITY:
        who = _who(each.piece)
        allowing = [clause for clause in allowing if _shares(_who(clause), who)]
    if not allowing:
        return _Reason("")
    about = [clause for clause in allowing if clause.about_resource(resource)]
    if not about:
        return _Reason(f"was: on {_few(text for clause in allowing for text in _resources(holder, clause))}")
    alone = Rights(tuple(clause for clause in before.rights.identity if clause.allows))
    if exceeds(after.rights, alone, action, resource, each.clause).exists:
        conditions = (text for clause in about for grant in before.grants[clause] for text in grant.words.conditions)
        only = _only(conditions)
        return _Reason(f"was: only {only}" if only else f"was: by {_few(_principal(holder, each) for each in about)}")
    limited = alone._replace(limits=before.rights.limits)
    if exceeds(after.rights, limited, action, resource, each.clause).exists:
        names = (grant.via for limit in before.rights.limits for clause in limit for grant in before.grants[clause])
        return _Reason(f"the permissions boundary {_few(names)} does not forbid it any longer")
    lost = [
        clause
        for clause in before.rights.clauses
        if not clause.allows
        and clause not in after.grants
        and clause.about_action(action)
        and clause.about_resource(resource)
    ]
    return _Reason(LOST_DENIAL, tuple(before.grants[clause][0] for clause in lost))


def _only(conditions: Iterable[str]) -> str:
    every = list(dict.fromkeys(conditions))
    asked = [each for each in every if not each.startswith("when ")]
    guarded = [each for each in every if each.startswith("when ")]
    return " ".join([*([f"with {_few(asked)}"] if asked else []), *([_few(guarded)] if guarded else [])])


def _shares(one: Demand | None, other: Demand | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.negated == other.negated and not set(one.values).isdisjoint(other.values)


def _few(texts: Iterable[str]) -> str:
    every = list(dict.fromkeys(texts))
    more = f" and {len(every) - _MAX_WAS} more" if len(every) > _MAX_WAS else ""
    return ", ".join(every[:_MAX_WAS]) + more


def _is_certain(each: Difference, before: SideRights) -> bool:
    """Whether it is so whatever nobody knows."""
    who = _who(each.piece)
    if _hangs_on_unknown(each.clause) or (who is not None and any(map(may_be_anything, who.values))):
        return False
    allowing = [clause for clause in before.rights.identity if clause.allows and clause.about_action(each.actions[0])]
    return not any(_may_be_the_same(each.piece, clause) for clause in allowing)


def _hangs_on_unknown(clause: Clause) -> bool:
    return not clause.certain or any(demand.domain == OPAQUE for demand in clause.demands)


def _may_be_the_same(piece: Clause, clause: Clause) -> bool:
    """Whether resources of two clauses differ only as far as parts of them are not known."""
    for one in piece.resources:
        for other in clause.resources:
            if (may_be_anything(one) or may_be_anything(other)) and intersects(_holed(one), _holed(other), fold=False):
                return True
    return False


def _holed(pattern: Symbols) -> str:
    from iacreview.model.value import HOLE

    return "".join(HOLE if may_be_anything((symbol,)) else shown((symbol,)) for symbol in pattern)
