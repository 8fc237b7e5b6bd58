"""Whom a rule of a security group or a network ACL is about: its networks, and those of its prefix lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iacreview.catalog.occurrence import RESOLVED_LATER, Occurrence
from iacreview.catalog.view import View
from iacreview.catalog.world import bare_address
from iacreview.model.finding import Related
from iacreview.model.guard import Possible, When, together
from iacreview.model.outcome import Doubt
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, Text, Unknown, Value, is_resolved_later, scalar_text
from iacreview.model.words import NOTHING, Phrase, bare, called, first_reason, joined, say
from iacreview.semantics.network import Cidr, is_internet, is_own_network, merged, narrow_ending, parse_cidr, subtracted

CIDRS = ("cidrs_v4", "cidrs_v6")
PREFIX_LISTS = "prefix_lists"
LIST_KIND = "ec2.prefix_list"
_MANAGED_KIND = "ec2.managed_prefix_list"
_MAX_CIRCUMSTANCES = 16
# How much is tried until networks are known to be never there at once.
_MOST_WORK, _FEWEST_TRIES = 40_000, 50


class Network(NamedTuple):
    """One network of a rule, and where it was written; `words` shows it. `related` are the entries of a prefix list."""

    text: str
    words: Phrase
    block: Cidr
    span: Span
    via: tuple[Step, ...] = ()
    when: When = ()
    related: tuple[Related, ...] = ()


class Wide(NamedTuple):
    """Networks that are the Internet, or half of it, together; `when` is what all of them need.

    Of those that are `cut`, nobody knows whether they can be there at once: too many conditions decide that.
    """

    sources: tuple[Network, ...]
    when: When
    cut: bool = False

    @property
    def words(self) -> Phrase:
        """The networks, for a message."""
        texts = list(dict.fromkeys(each.words for each in self.sources))
        if len(texts) == 1:
            return texts[0]
        first, last = (texts[:4], say("others")) if texts[4:] else (texts[:-1], texts[-1])
        return say("{} and {}, together half of the Internet or more,", joined(first, ", "), last)


def sources(view: View) -> list[Network]:
    """The known networks of a rule."""
    return [each for each in _all(view) if isinstance(each, Network)]


def unknown_sources(view: View) -> Iterator[Doubt]:
    """The sources that cannot be known."""
    return (each for each in _all(view) if isinstance(each, Doubt))


def wide_sources(found: Sequence[Network], possible: Possible) -> list[Wide]:
    """The networks that are wide alone, each; else those that are together, once for each way in which they meet."""
    alone = [Wide((each,), each.when) for each in found if is_internet((each.block,))]
    return alone or list(_together(found, possible))


def _together(found: Sequence[Network], possible: Possible) -> Iterator[Wide]:
    for version in (4, 6):
        pieces = sorted((each for each in found if each.block.version == version), key=_largest_first)
        if is_internet(each.block for each in pieces):
            yield from list(_met(pieces, possible)) or _searched(pieces, possible)


def _largest_first(each: Network) -> tuple[int, Cidr]:
    return -each.block.size, each.block


def _met(pieces: Sequence[Network], possible: Possible) -> Iterator[Wide]:
    """Some ways in which pieces meet, each starting from the circumstances of one."""
    starts = list(dict.fromkeys(each.when for each in pieces))[:_MAX_CIRCUMSTANCES]
    seen: set[frozenset[int]] = set()
    for start in starts:
        when, chosen = _meeting(start, pieces, possible)
        key = frozenset(id(each) for each in chosen)
        if key not in seen and is_internet(each.block for each in chosen):
            seen.add(key)
            yield Wide(tuple(chosen), when)


def _searched(pieces: Sequence[Network], possible: Possible) -> Iterator[Wide]:
    """The first way in which pieces meet, of all that there are; all of them as cut where that takes too long."""
    groups: dict[When, list[Network]] = {}
    for each in pieces:
        groups.setdefault(each.when, []).append(each)
    order = list(groups.items())
    open: list[tuple[int, When, list[Network]]] = [(0, (), [])]
    for _ in range(max(_FEWEST_TRIES, _MOST_WORK // len(pieces))):
        if not open:
            return
        at, when, chosen = open.pop()
        if is_internet(each.block for each in chosen):
            yield Wide(tuple(chosen), when)
            return
        left = [each for _, members in order[at:] for each in members]
        if left and is_internet(each.block for each in (*chosen, *left)):
            own, members = order[at]
            open.append((at + 1, when, chosen))
            both = together(when, own)
            if both == when or possible(both):
                open.append((at + 1, both, [*chosen, *members]))
    if open:
        yield Wide(tuple(pieces), (), cut=True)


def _meeting(start: When, pieces: Sequence[Network], possible: Possible) -> tuple[When, list[Network]]:
    """The pieces that can be there at once, starting from some guards."""
    when, chosen = start, []
    for each in sorted(pieces, key=lambda piece: piece.when != start):
        both = together(when, each.when)
        if both == when or possible(both):
            when = both
            chosen.append(each)
    return when, chosen


def _all(view: View) -> list[Network | Doubt]:
    return view.kept("its sources", lambda shown: list(_read(shown)))


def _read(view: View) -> Iterator[Network | Doubt]:
    for name in CIDRS:
        if view.has(name) and view.applies(name):
            for each, via in view.scalars(name):
                yield from _network(view, each, via)
    if view.has(PREFIX_LISTS) and view.applies(PREFIX_LISTS):
        for each, _ in view.scalars(PREFIX_LISTS):
            yield from _listed(view, each)


def _network(view: View, each: Occurrence, via: tuple[Step, ...]) -> Iterator[Network | Doubt]:
    value = each.value
    assert value is not None
    reason = _unknown(view, value)
    if reason:
        yield Doubt("cidrs", each.span, say("`{}`: {}", each.name, reason))
    elif isinstance(value, Known) and (block := parse_cidr(scalar_text(value.data))) is not None:
        yield Network(scalar_text(value.data), bare(value), block, each.span, via, each.when)


def _unknown(view: View, value: Value) -> Phrase:
    """Why a network cannot be known; empty where it is known, or that of something which is never the Internet."""
    if is_resolved_later(value):
        return RESOLVED_LATER
    if isinstance(value, Text):
        ending = value.parts[-1]
        text = scalar_text(ending.data) if isinstance(ending, Known) else ""
        return NOTHING if narrow_ending(text) else say("a part of it is not known")
    if not isinstance(value, Unknown):
        return NOTHING
    if value.target is not None:
        found = view.world.graph.resources.get(value.target.address)
        type = found.type if found is not None else _type(value.target.address)
        return NOTHING if is_own_network(type, value.target.attribute) else first_reason(value)
    return first_reason(value)


def _type(address: str) -> str:
    return bare_address(address).rpartition(".")[0].rpartition(".")[2]


def _listed(view: View, each: Occurrence) -> Iterator[Network | Doubt]:
    target = view.world.target(each.value)
    found = view.world.view(target) if target is not None else None
    if found is None:
        yield Doubt("cidrs", each.span, say("`{}`: the prefix list is not in the reviewed files", each.name))
    elif found.kind.name == LIST_KIND:
        for entry in _entries(found):
            if isinstance(entry, Doubt):
                yield entry._replace(span=each.span)
            else:
                words = say("{} is an entry of {}", entry.words, called(found.resource.address))
                place = Related(words, entry.span)
                yield entry._replace(span=each.span, when=together(each.when, entry.when), related=(place,))
    elif found.kind.name != _MANAGED_KIND or not _is_aws_list(found):
        reason = say("`{}`: the entries of {} are not known", each.name, called(found.resource.address))
        yield Doubt("cidrs", each.span, reason)


def _entries(found: View) -> Iterator[Network | Doubt]:
    for name in ("inline_cidrs", "entry_cidrs"):
        if found.applies(name):
            for entry, via in found.scalars(name):
                yield from _network(found, entry, via)


def _is_aws_list(found: View) -> bool:
    """Whether it is a list that AWS keeps, of the networks of one of its services.

    Source: "AWS-managed prefix lists" (Amazon VPC User Guide).
    """
    name = found.first("name")
    if isinstance(name, Text) and name.parts:
        name = name.parts[0]
    return isinstance(name, Known) and scalar_text(name.data).startswith("com.amazonaws.")


def remaining(found: Sequence[Network], refused: Iterable[Network]) -> list[Network]:
    """What is left of the networks when others have been refused."""
    holes = merged(each.block for each in refused)
    return [each._replace(block=piece) for each in found for piece in subtracted((each.block,), holes)]
