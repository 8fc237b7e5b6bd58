"""Policies drawn at random, and an oracle for them: z3 proves whether one side allows what another does not."""

from __future__ import annotations

import ipaddress
from random import Random
from typing import Any

import z3

from iacreview.semantics.actions import service_actions
from iacreview.semantics.decision.clauses import clauses_of
from iacreview.semantics.decision.rights import Rights
from iacreview.semantics.pattern import matches
from tests.semantics.values import policy

ACTIONS = ("s3:GetObject", "s3:Get*", "s3:*", "*", "s3:PutObject", "s3:*Object", "s3:?etObject*", "sqs:*", "sq?:Send*")
NAMES = ("", "a", "a*", "b", "b?", "a/*", "*/c", "*", "a?c*", "*a*")
RESOURCES = ("*", *(f"arn:aws:s3:::{name}" for name in NAMES))
TEXTS = ("a", "b", "A", "a*", "*b", "*", "?")
NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "192.168.0.0/16")
NUMBERS = ("1", "2", "3.5")
SLOTS = 3
# Stands for all addresses that are none of IPv4.
NO_IPV4 = 2**32

Condition = tuple[str, str, tuple[str, ...]]
Drawn = dict[str, Any]


def draw_statement(random: Random) -> Drawn:
    found: Drawn = {"Effect": "Allow" if random.random() < 0.65 else "Deny"}
    found["NotAction" if random.random() < 0.15 else "Action"] = some(random, ACTIONS)
    found["NotResource" if random.random() < 0.15 else "Resource"] = some(random, RESOURCES)
    conditions: dict[str, dict[str, list[str]]] = {}
    for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
        operator, key, values = draw_condition(random)
        conditions.setdefault(operator, {})[key] = list(values)
    if conditions:
        found["Condition"] = conditions
    return found


def draw_condition(random: Random) -> Condition:
    kind = random.choice(("text", "text", "flag", "number", "address", "set", "null"))
    exists = random.choice(("", "", "IfExists"))
    if kind == "text":
        name = random.choice(
            ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase")
        )
        return name + exists, "k:text", some(random, TEXTS)
    if kind == "set":
        prefix = random.choice(("ForAnyValue:", "ForAllValues:"))
        return prefix + random.choice(("StringEquals", "StringLike", "StringNotEquals")), "k:set", some(random, TEXTS)
    if kind == "flag":
        return "Bool" + exists, "k:flag", some(random, ("true", "false"), 1)
    if kind == "number":
        name = random.choice(("Equals", "LessThan", "GreaterThanEquals", "NotEquals"))
        return f"Numeric{name}{exists}", "k:number", some(random, NUMBERS)
    if kind == "address":
        return random.choice(("IpAddress", "NotIpAddress")) + exists, "k:address", some(random, NETWORKS)
    return "Null", random.choice(("k:text", "k:set", "k:flag")), (random.choice(("true", "false")),)


def some(random: Random, among: tuple[str, ...], most: int = 2) -> tuple[str, ...]:
    return tuple(random.sample(among, random.randint(1, most)))


Side = tuple[list[Drawn], "list[Drawn] | None"]


def draw_side(random: Random) -> Side:
    identity = [draw_statement(random) for _ in range(random.randint(1, 4))]
    boundary = [draw_statement(random) for _ in range(random.randint(1, 2))] if random.random() < 0.25 else None
    return identity, boundary


def rights(side: Side) -> Rights:
    identity, boundary = side
    return Rights(clauses_of(policy(*identity)), () if boundary is None else (clauses_of(policy(*boundary)),))


def actions() -> list[str]:
    """The actions known of two services, one to come of each, and another service's: one of those matched alike."""
    names = [f"{service}:{name}" for service in ("s3", "sqs") for name in service_actions(service) or ()]
    every = [*names, "s3:\x01", "sqs:\x01", "\x01:\x01"]
    return list({tuple(matches(pattern, name) for pattern in ACTIONS): name for name in every}.values())


def draw_pair(random: Random) -> tuple[Side, Side]:
    """Two sides; in half of the pairs, one is the other with one statement taken away, added, or in another place."""
    after, before = draw_side(random), draw_side(random)
    if random.random() < 0.5:
        return after, before
    identity = list(after[0])
    change = random.randrange(3)
    if change == 0 and len(identity) > 1:
        identity.pop(random.randrange(len(identity)))
    elif change == 1:
        identity.append(draw_statement(random))
    else:
        identity[random.randrange(len(identity))] = draw_statement(random)
    return after, (identity, after[1])


class Oracle:
    """A request as unknowns of z3, and policies as formulas over them."""

    def __init__(self) -> None:
        self.names = actions()
        self.action = z3.Int("action")
        self.resource = z3.String("resource")
        self.has = {key: z3.Bool(f"has {key}") for key in ("k:text", "k:set", "k:flag", "k:number", "k:address")}
        self.text = z3.String("text")
        self.flag = z3.Bool("flag")
        self.number = z3.Real("number")
        self.address = z3.Int("address")
        self.members = [z3.String(f"member {index}") for index in range(SLOTS)]
        self.present = [z3.BoolVal(True), *(z3.Bool(f"present {index}") for index in range(1, SLOTS))]

    def exceeds(self, after: Side, before: Side) -> bool | None:
        """Whether one side allows what the other does not; None where that takes z3 too many steps."""
        solver = z3.Solver()
        solver.set("rlimit", 300_000)
        solver.add(self.action >= 0, self.action < len(self.names), self.address >= 0, self.address <= NO_IPV4)
        solver.add(self.allowed(after), z3.Not(self.allowed(before)))
        answer = solver.check()
        return None if answer == z3.unknown else bool(answer == z3.sat)

    def allowed(self, side: Side) -> Any:
        identity, boundary = side
        granted = z3.And(self.one(identity, "Allow"), z3.Not(self.one(identity, "Deny")))
        if boundary is None:
            return granted
        return z3.And(granted, self.one(boundary, "Allow"), z3.Not(self.one(boundary, "Deny")))

    def one(self, statements: list[Drawn], effect: str) -> Any:
        return z3.Or([self.applies(each) for each in statements if each["Effect"] == effect])

    def applies(self, statement: Drawn) -> Any:
        parts = [
            self.selected(statement, "Action", self.acts),
            self.selected(statement, "Resource", self.names_resource),
        ]
        for operator, keys in statement.get("Condition", {}).items():
            parts += [self.met(operator, key, values) for key, values in keys.items()]
        return z3.And(parts)

    def selected(self, statement: Drawn, element: str, one: Any) -> Any:
        if element in statement:
            return z3.Or([one(each) for each in statement[element]])
        return z3.Not(z3.Or([one(each) for each in statement[f"Not{element}"]]))

    def acts(self, pattern: str) -> Any:
        return z3.Or([self.action == index for index, name in enumerate(self.names) if matches(pattern, name)])

    def names_resource(self, pattern: str) -> Any:
        return z3.InRe(self.resource, expression(pattern))

    def met(self, operator: str, key: str, values: list[str]) -> Any:
        quantifier, _, name = operator.rpartition(":")
        exists = name.endswith("IfExists")
        name = name.removesuffix("IfExists")
        has = self.has[key]
        if name == "Null":
            return z3.Or([z3.Not(has) if value == "true" else has for value in values])
        negated, base = "Not" in name, name.replace("Not", "")
        if quantifier:
            each = [z3.Xor(self.compared(base, member, values), negated) for member in self.members]
            pairs = list(zip(self.present, each, strict=True))
            if quantifier == "ForAnyValue":
                return z3.And(has, z3.Or([z3.And(present, met) for present, met in pairs]))
            return z3.Or(z3.Not(has), z3.And([z3.Implies(present, met) for present, met in pairs]))
        met = z3.Xor(self.compared(base, self.value(key), values), negated)
        return z3.Or(z3.Not(has), met) if exists or negated else z3.And(has, met)

    def value(self, key: str) -> Any:
        return {"k:text": self.text, "k:flag": self.flag, "k:number": self.number, "k:address": self.address}[key]

    def compared(self, operator: str, value: Any, wanted: list[str]) -> Any:
        return z3.Or([self.single(operator, value, each) for each in wanted])

    def single(self, operator: str, value: Any, wanted: str) -> Any:
        if operator == "StringEquals":
            return value == z3.StringVal(wanted)
        if operator == "StringEqualsIgnoreCase":
            return z3.Or(value == z3.StringVal(wanted.lower()), value == z3.StringVal(wanted.upper()))
        if operator == "StringLike":
            return z3.InRe(value, expression(wanted))
        if operator == "Bool":
            return value == (wanted == "true")
        if operator == "IpAddress":
            network = ipaddress.ip_network(wanted)
            return z3.And(value >= int(network.network_address), value <= int(network.broadcast_address))
        number = z3.RealVal(wanted)
        return {
            "NumericEquals": value == number,
            "NumericLessThan": value < number,
            "NumericGreaterThanEquals": value >= number,
        }[operator]


def expression(pattern: str) -> Any:
    """A pattern as a regular expression of z3."""
    single = z3.AllChar(z3.ReSort(z3.StringSort()))
    parts = [z3.Star(single) if each == "*" else single if each == "?" else z3.Re(each) for each in pattern]
    return z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else z3.Re("")
