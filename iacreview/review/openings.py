"""The reach delta: what can reach what in a head and not in a base, and the reverse.

Security groups and network ACLs are compared as sets of traffic, so that a rule which is written in another way opens
nothing. What is behind other groups, gets a public address, or listens on another port is compared with the rules as
they are in one side, so that each opening is said once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iacreview.grants.passages import ROUTE, Behind, Gate, Listener, Openings, Passage, Switch
from iacreview.model.delta import Opening
from iacreview.model.record import NamedTuple
from iacreview.review.addresses import Addresses
from iacreview.semantics.network import Cidr, parse_cidr
from iacreview.semantics.ports import ALL, PortRange
from iacreview.semantics.traffic import Traffic, beyond, networks_of

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_INTERNET = "0.0.0.0/0"
_MAX_NAMED = 4
_EVERYTHING = PortRange(ALL, 0, 65535)


class OpeningDelta(NamedTuple):
    """What a change adds and removes."""

    added: tuple[Opening, ...] = ()
    removed: tuple[Opening, ...] = ()


def compared_openings(base: Mapping[str, Openings], head: Mapping[str, Openings], addresses: Addresses) -> OpeningDelta:
    """The reach delta of a change, by unit. The base's addresses are put into the head's words."""
    before = {addresses.unit(unit): _renamed(unit, each, addresses) for unit, each in base.items()}
    added: list[Opening] = []
    removed: list[Opening] = []
    for unit in sorted({*before, *head}):
        old, new = _Side(before.get(unit, Openings())), _Side(head.get(unit, Openings()))
        if old.openings == new.openings:
            continue
        added += (each._replace(units=(unit,)) for each in _more(new, old))
        removed += (_seen_from_base(each)._replace(units=(unit,)) for each in _more(old, new))
    return OpeningDelta(_together(added), _together(removed))


def _seen_from_base(each: Opening) -> Opening:
    """An opening that was made by comparing a base with its head, where it is what the head closes."""
    why = each.why
    if why.startswith("was: "):
        why = f"now: {why.removeprefix('was: ')}"
    for now, before in (("it is in ", "it was in "), ("it has ", "it had ")):
        if why.startswith(now) and why.endswith(" now"):
            why = before + why.removeprefix(now).removesuffix(" now")
    return each._replace(why=why)


def all_openings(found: Mapping[str, Openings]) -> tuple[Opening, ...]:
    """All that reaches something."""
    nothing = _Side(Openings())
    entries = [
        each._replace(units=(unit,))
        for unit, openings in sorted(found.items())
        for each in _more(_Side(openings), nothing, everything=True)
    ]
    return _together(entries)


class _Side:
    """One side of a unit, by addresses."""

    def __init__(self, openings: Openings) -> None:
        self.openings = openings
        self.gates = {gate.name.address: gate for gate in openings.gates}
        self.out = {gate.name.address: gate for gate in openings.out}
        self.behind = {each.name.address: each for each in openings.behind}
        self._members: dict[str, set[str]] = {}
        for each in openings.behind:
            for gate in each.gates:
                self._members.setdefault(gate, set()).add(each.name.address)

    def members(self, gate: str) -> list[str]:
        """The addresses of what is behind a gate."""
        return sorted(self._members.get(gate, ()))

    def passages(self, gate: str) -> Sequence[Passage]:
        """What a gate lets in; nothing where it is not here."""
        found = self.gates.get(gate)
        return found.passages if found is not None else ()

    def names(self, passage: Passage) -> frozenset[str]:
        """The sources of a passage beside networks: those who are in its group, or the group itself."""
        if passage.block is not None:
            return frozenset()
        return frozenset(self.members(passage.group) if passage.group else ()) or frozenset({passage.source})

    def traffic(self, passage: Passage) -> Traffic | None:
        """A passage as a set; None where its ports are not known."""
        if passage.ports is None:
            return None
        blocks = (passage.block,) if passage.block is not None else ()
        return Traffic(passage.ports, blocks, self.names(passage), passage.but)


def _more(new: _Side, old: _Side, everything: bool = False) -> Iterator[Opening]:
    """What one side opens, and not the other.

    What a new group lets its new members send is said only where `everything` is: it is theirs from the start.
    """
    for address, gate in new.gates.items():
        yield from _through_gate(gate, new, old.passages(address), old)
    for opening in _more_out(new, old, everything):
        yield opening._replace(outbound=True, why=opening.why.replace("was: from ", "was: to ", 1))
    for address, each in new.behind.items():
        yield from _of_resource(each, old.behind.get(address), new, old)


def _more_out(new: _Side, old: _Side, everything: bool) -> Iterator[Opening]:
    """What groups and ACLs let out, and what was there is let out by groups that it did not have."""
    for address, gate in new.out.items():
        if everything or address in old.out:
            before = old.out[address].passages if address in old.out else ()
            yield from _through_gate(gate, new, before, old)
    for address, each in new.behind.items():
        was = old.behind.get(address)
        if was is None or set(each.gates) <= set(was.gates):
            continue
        had = [passage for gate in was.gates if gate in old.out for passage in old.out[gate].passages]
        for name in (gate for gate in each.gates if gate in new.out and gate not in was.gates):
            for found in (left for passage in new.out[name].passages for left in _beyond(passage, new, had, old)):
                via = (name, *found.via)
                yield found._replace(resource=address, via=via, why=f"it has {name} now", span=each.span)


def _through_gate(gate: Gate, new: _Side, before: Sequence[Passage], old: _Side) -> Iterator[Opening]:
    if gate.passages == tuple(before) and all(
        new.members(each.group) == old.members(each.group) for each in before if each.group
    ):
        return
    note = _few(new.members(gate.name.address))
    for passage in gate.passages:
        for found in _beyond(passage, new, before, old):
            yield found._replace(resource=gate.name.address, note=note)


def _beyond(passage: Passage, new: _Side, before: Sequence[Passage], old: _Side) -> Iterator[Opening]:
    """What a passage lets in that others do not, as far as they are there whenever it is."""
    traffic = new.traffic(passage)
    if traffic is None:
        if not any(_same_but_place(passage, each) for each in before):
            yield _opening(passage, "unknown protocol", -1, -1, passage.source, "")
        return
    always = [each for each in before if each.when <= passage.when]
    left = beyond(traffic, _known(always, old))
    # What others let in under conditions that nobody knows may be there already.
    doubtful = len(always) < len(before) and bool(left) and left != beyond(traffic, _known(before, old))
    for each in left:
        for found in _worded(passage, each, before, new):
            yield found._replace(certain=found.certain and not doubtful and not passage.when)


def _known(passages: Iterable[Passage], side: _Side) -> list[Traffic]:
    return [traffic for each in passages if (traffic := side.traffic(each)) is not None]


def _same_but_place(one: Passage, other: Passage) -> bool:
    return one._replace(span=None, via="") == other._replace(span=None, via="")


def _worded(passage: Passage, left: Traffic, before: Sequence[Passage], new: _Side) -> Iterator[Opening]:
    protocol = left.ports.protocol
    if left.but:
        protocol = f"{protocol} but {', '.join(sorted(left.but))}"
    first, last = left.ports.first, left.ports.last
    if passage.block is not None:
        had = [each for each in before if _reaches(each, left.ports)]
        yield _opening(passage, protocol, first, last, *_network(passage, passage.block, left.blocks, had))
        return
    known = any(each.group == passage.group and _reaches(each, left.ports) for each in before)
    if not passage.group or (not known and left.names == new.names(passage)):
        yield _opening(passage, protocol, first, last, passage.source, "")
        return
    for name in sorted(left.names):
        why = f"it is in {passage.group}{' now' if known else ''}" if name != passage.group else ""
        yield _opening(passage, protocol, first, last, name, why)


def _reaches(passage: Passage, ports: PortRange) -> bool:
    return passage.ports is not None and passage.ports.intersects(ports)


def _network(passage: Passage, block: Cidr, left: tuple[Cidr, ...], before: Sequence[Passage]) -> tuple[str, str]:
    """A network as it is written, and which part of it others had; of a piece of one, the piece."""
    if left == (block,):
        return (passage.source, "") if parse_cidr(passage.source) == block else (_few(networks_of(left)), "")
    had = [each.source for each in before if each.block is not None and each.block.intersects(block)]
    whole = passage.source if parse_cidr(passage.source) == block else _few(networks_of((block,)))
    return whole, f"was: from {_few(had)}"


def _opening(passage: Passage, protocol: str, first: int, last: int, source: str, why: str) -> Opening:
    return Opening("", protocol, first, last, source, "", (passage.via,), passage.certain, why, passage.span)


def _of_resource(each: Behind, was: Behind | None, new: _Side, old: _Side) -> Iterator[Opening]:
    """What a resource is open to by the groups that it has now, a public address, or another listener."""
    address = each.name.address
    if each.listeners:
        unread = (gate for gate in _newly_had(each, was, new, old) if gate not in new.gates)
        found = [*_of_balancer(each, was, new), *(_unread_group(gate, each) for gate in unread)]
    else:
        found = [*_by_groups(each, was, new, old), *_by_switches(each, was, new)]
    for opening in found:
        # On what a load balancer listens nobody knows, where its listeners are elsewhere.
        certain = opening.certain and each.listeners != ()
        yield opening._replace(resource=address, certain=certain)


def _by_groups(each: Behind, was: Behind | None, new: _Side, old: _Side) -> Iterator[Opening]:
    """What groups let in that a resource did not have, and that were there."""
    kept = [gate for gate in each.gates if was is not None and gate in was.gates]
    had = was.gates if was is not None else ()
    sides = ((new if gate in new.gates else old, gate) for gate in dict.fromkeys((*kept, *had)))
    before = [passage for side, gate in sides for passage in side.passages(gate)]
    for gate in _newly_had(each, was, new, old):
        if gate not in new.gates:
            yield _unread_group(gate, each)
        for passage in new.passages(gate):
            for found in _beyond(passage, new, before, new):
                yield found._replace(via=(gate, *found.via), why=f"it has {gate} now", span=each.span)


def _newly_had(each: Behind, was: Behind | None, new: _Side, old: _Side) -> Iterator[str]:
    """The groups that a resource did not have, but for those that are new themselves: these tell what they let in."""
    kept = was.gates if was is not None else ()
    return (gate for gate in each.gates if gate not in kept and (gate not in new.gates or gate in old.gates))


def _unread_group(gate: str, each: Behind) -> Opening:
    why = "it is not in the reviewed files"
    return Opening("", ALL, -1, -1, f"whatever {gate} lets in", "", (gate,), False, why, each.span)


def _by_switches(each: Behind, was: Behind | None, new: _Side) -> Iterator[Opening]:
    """What a public address or endpoint opens."""
    for switch in each.switches:
        known = [found for found in (was.switches if was else ()) if _turn_the_same(found.native, switch.native)]
        if any(found.certain >= switch.certain and found.networks == switch.networks for found in known):
            continue
        if switch.asks_groups and each.gates:
            yield from _public_passages(each, switch, new)
        else:
            yield _public(switch, switch.certain and not switch.asks_groups)


def _turn_the_same(one: str, other: str) -> bool:
    """Whether two switches are the same one, be it at a launch configuration or in the data of a launch template."""
    if one.startswith(ROUTE) or other.startswith(ROUTE):
        return one == other
    return one.rpartition(".")[2] == other.rpartition(".")[2]


def _public(switch: Switch, certain: bool) -> Opening:
    source = _few(switch.networks) if switch.networks else _INTERNET
    if switch.native.startswith(ROUTE):
        return Opening("", ALL, -1, -1, source, "", (), certain, f"by {switch.native}", switch.span)
    why = f"by `{switch.native}`" + ("" if not switch.asks_groups else ", as far as its groups let")
    return Opening("", ALL, -1, -1, source, "", (), certain, why, switch.span)


def _public_passages(each: Behind, switch: Switch, new: _Side) -> Iterator[Opening]:
    """What the groups of a resource with a public address let in from the Internet."""
    for gate in each.gates:
        if gate not in new.gates:
            yield _public(switch, False)
        for passage in new.passages(gate):
            if passage.ports is not None and passage.block is not None and not passage.block.is_private:
                ports = passage.ports
                found = _opening(
                    passage, ports.protocol, ports.first, ports.last, passage.source, f"by `{switch.native}`"
                )
                yield found._replace(
                    via=(gate, passage.via), span=switch.span, certain=found.certain and switch.certain
                )


def _of_balancer(each: Behind, was: Behind | None, new: _Side) -> Iterator[Opening]:
    """What reaches the listeners of a load balancer: as far as its groups let, or its network."""
    before = list(_listening(was, new)) if was is not None else []
    known = [traffic for passage, _ in before if (traffic := new.traffic(passage)) is not None]
    for passage, listener in _listening(each, new):
        traffic = new.traffic(passage)
        for left in beyond(traffic, known) if traffic is not None else ():
            found = _opening(passage, left.ports.protocol, left.ports.first, left.ports.last, passage.source, "")
            yield found._replace(via=tuple(dict.fromkeys((listener.via, passage.via))), span=listener.span)


def _listening(each: Behind, side: _Side) -> Iterator[tuple[Passage, Listener]]:
    public = any(switch.native.lower() in ("scheme", "internal") for switch in each.switches)
    address = each.name.address
    for listener in each.listeners or ():
        if not each.gates or not all(gate in side.gates for gate in each.gates):
            source = _INTERNET if public else "its network"
            block = parse_cidr(_INTERNET) if public else None
            certain = not each.gates
            yield Passage(listener.ports, block, source, "", frozenset(), address, listener.span, certain), listener
            continue
        for passage in (found for gate in each.gates for found in side.passages(gate)):
            shared = passage.ports.intersection(listener.ports) if passage.ports is not None else None
            if shared is not None:
                yield passage._replace(ports=shared, but=frozenset()), listener


def _renamed(unit: str, openings: Openings, addresses: Addresses) -> Openings:
    """The openings of a base in the head's words."""
    if addresses.is_as_before(unit):
        return openings

    def address(text: str) -> str:
        return addresses.address(unit, text)

    def words(text: str) -> str:
        return _REFERENCE.sub(lambda found: f"${{{_moved(found[1], address)}}}", address(text))

    def passage(each: Passage) -> Passage:
        return each._replace(source=words(each.source), group=address(each.group), via=address(each.via))

    def gate(each: Gate) -> Gate:
        name = each.name._replace(address=address(each.name.address))
        return each._replace(name=name, passages=tuple(map(passage, each.passages)))

    def behind(each: Behind) -> Behind:
        name = each.name._replace(address=address(each.name.address))
        switches = tuple(switch._replace(native=_renamed_route(switch.native, address)) for switch in each.switches)
        return each._replace(name=name, gates=tuple(map(address, each.gates)), switches=switches)

    return Openings(
        tuple(map(gate, openings.gates)), tuple(map(behind, openings.behind)), tuple(map(gate, openings.out))
    )


def _renamed_route(native: str, address: Callable[[str], str]) -> str:
    return ROUTE + address(native.removeprefix(ROUTE)) if native.startswith(ROUTE) else native


def _moved(text: str, address: Callable[[str], str]) -> str:
    head, separator, attribute = text.rpartition(".")
    return f"{address(head)}{separator}{attribute}" if separator else address(text)


def _few(names: Iterable[str]) -> str:
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - _MAX_NAMED} more" if len(every) > _MAX_NAMED else ""
    return ", ".join(every[:_MAX_NAMED]) + more


def _together(found: Iterable[Opening]) -> tuple[Opening, ...]:
    """The openings, each once, in order; what several units or rules open alike is one."""
    known: dict[object, Opening] = {}
    for each in found:
        key = each._replace(units=(), span=None, via=(), why="", certain=True)
        old = known.get(key)
        if old is None:
            known[key] = each
        else:
            units = tuple(sorted({*old.units, *each.units}))
            via = tuple(dict.fromkeys((*old.via, *each.via)))
            known[key] = old._replace(units=units, via=via, certain=old.certain or each.certain)
    return tuple(sorted(known.values(), key=_order))


def _order(each: Opening) -> tuple[object, ...]:
    return not each.certain, each.resource, each.protocol, each.from_port, each.to_port, each.source, each.why
