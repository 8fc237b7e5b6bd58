"""Names that two revisions have in common: what a policy refers to as an ARN, however it is written.

`aws_s3_bucket.b.arn`, `arn:aws:s3:::data` and `!Sub arn:${AWS::Partition}:s3:::${Bucket}` are the same where `b` is
called `data`. What may be anything (a variable without a default) is marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from iacreview.catalog.world import World
from iacreview.model.graph import Resource
from iacreview.model.record import NamedTuple
from iacreview.model.value import MapValue
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.demands import PRINCIPAL, Demand
from iacreview.semantics.decision.symbols import WILDCARDS, Symbols, shown, unplaced, wild
from iacreview.semantics.policy import ALLOW, DENY, Statement

ACCOUNT, REGION = "${account}", "${region}"
_MAYBE = "${?"
_NAMELESS = "${?0\n"
# A variable that IAM itself fills in, or a dynamic reference.
_FILLED_IN = re.compile(r"\$\{[A-Za-z0-9-]+:[^:]|\{\{")
_PLACES = re.compile(r"(\{\w*\})")
_ROOT = re.compile(r"AWS:(\$\{account[^}]*\}|\d{12})$")


class _Form(NamedTuple):
    """How a kind's ARNs look, and the attributes that are its ARN and its name; `ends` is what one has at its end."""

    arn: str
    arns: tuple[str, ...]
    names: tuple[str, ...]
    ends: Mapping[str, str] = {}


# "Actions, resources, and condition keys for AWS services" has the ARNs; "Return values" of each type
# (AWS CloudFormation) and the attributes of each resource (Terraform AWS provider) say which attribute is one.
_FORMS = {
    "s3.bucket": _Form("arn:aws:s3:::{}", ("arn", "Arn"), ("id", "bucket", "Ref")),
    "sqs.queue": _Form("arn:aws:sqs:{region}:{account}:{}", ("arn", "Arn"), ("name", "QueueName")),
    "sns.topic": _Form("arn:aws:sns:{region}:{account}:{}", ("arn", "id", "Ref", "TopicArn"), ("name", "TopicName")),
    "dynamodb.table": _Form("arn:aws:dynamodb:{region}:{account}:table/{}", ("arn", "Arn"), ("name", "id", "Ref")),
    "lambda.function": _Form(
        "arn:aws:lambda:{region}:{account}:function:{}", ("arn", "Arn"), ("function_name", "id", "Ref")
    ),
    "kms.key": _Form("arn:aws:kms:{region}:{account}:key/{}", ("arn", "Arn"), ("key_id", "id", "Ref")),
    "iam.role": _Form("arn:aws:iam::{account}:role/{}", ("arn", "Arn"), ("name", "id", "Ref")),
    # CloudFormation's is that of all streams; Terraform's is without that.
    "logs.log_group": _Form(
        "arn:aws:logs:{region}:{account}:log-group:{}", ("arn", "Arn"), ("name", "id", "Ref"), {"Arn": ":*"}
    ),
    "iam.user": _Form("arn:aws:iam::{account}:user/{}", ("arn", "Arn"), ("name", "id", "Ref")),
}
_PATHS = ("path", "Path")


class _Unsaid(MapValue):
    """What stands for the statements of clauses in common names: values are compared by identity, and this one is the
    same in every process that a side of a change is compared in.
    """

    __slots__ = ()

    def __reduce__(self) -> str:
        return "UNSAID"


UNSAID = _Unsaid({})
_STATEMENTS = {
    allows: Statement(None, ALLOW if allows else DENY, (), (), (), (), (), (), (), UNSAID) for allows in (True, False)
}


def may_be_anything(symbols: Iterable[str]) -> bool:
    """Whether a part of a pattern is not known at all."""
    return any(symbol.startswith(_MAYBE) for symbol in symbols)


def written(symbols: Iterable[str]) -> str:
    """A pattern for people."""
    return "".join(symbol if len(symbol) == 1 else _written(symbol) for symbol in symbols)


def _written(symbol: str) -> str:
    text = shown((symbol,))
    return "${…}" if text.startswith(_NAMELESS) else text.replace(_MAYBE, "${")


class Names:
    """The names of one unit. `name_of` tells the name that AWS knows a resource by, empty where it is not literal."""

    def __init__(self, world: World, name_of: Callable[[Resource], str]) -> None:
        self._world = world
        self._name_of = name_of
        self._known: dict[str, Symbols] = {}
        # Where the settings name one account, that is the one that everything without another one is in.
        accounts = world.operations.accounts
        self._account: Symbols = tuple(next(iter(accounts))) if len(accounts) == 1 else (ACCOUNT,)

    def clause(self, clause: Clause) -> Clause:
        """The clause in common names, without its statement: equal for statements that say the same."""
        return clause._replace(
            resources=tuple(sorted({wild(self.symbols(each)) for each in clause.resources})),
            not_resources=tuple(sorted({wild(self.symbols(each)) for each in clause.not_resources})),
            actions=tuple(sorted(set(clause.actions))),
            not_actions=tuple(sorted(set(clause.not_actions))),
            demands=frozenset(map(self._demand, clause.demands)),
            statement=_STATEMENTS[clause.allows],
            when=(),
        )

    def _demand(self, demand: Demand) -> Demand:
        values = (self.symbols(each) for each in demand.values)
        if demand.domain == PRINCIPAL:
            values = (_account_root(each) for each in values)
        return demand._replace(key=unplaced(demand.key), values=tuple(sorted(set(values))))

    def symbols(self, pattern: Symbols) -> Symbols:
        """A pattern in common names."""
        if all(len(symbol) == 1 for symbol in pattern):
            return pattern
        parts = (part for symbol in pattern for part in self._symbol(symbol))
        return tuple(each for part in parts for each in (self._account if part == ACCOUNT else (part,)))

    def _symbol(self, symbol: str) -> Symbols:
        if len(symbol) == 1 or symbol in WILDCARDS:
            return (symbol,)
        known = self._known.get(symbol)
        if known is None:
            known = self._known[symbol] = self._common(symbol)
        return known

    def _common(self, symbol: str) -> Symbols:
        if _FILLED_IN.match(symbol) and not symbol.startswith("${AWS::"):
            return (symbol,)
        inner = symbol[2:-1]
        pseudo = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION}.get(inner.removesuffix(".Ref"))
        if pseudo is not None:
            return (pseudo,)
        if inner.removesuffix(".Ref") == "AWS::Partition":
            return tuple("aws")
        resource, attribute = self._resource(inner)
        if resource is None or resource.mode not in ("managed", "data"):
            return (_MAYBE + unplaced(symbol)[2:],)
        return _surroundings(resource, attribute) or self._arn(resource, attribute) or (symbol,)

    def _resource(self, inner: str) -> tuple[Resource | None, str]:
        address, attribute = inner, ""
        while address:
            found = self._world.graph.resources.get(address)
            if found is not None:
                return found, attribute
            address, _, last = address.rpartition(".")
            attribute = f"{last}.{attribute}" if attribute else last
        return None, ""

    def _arn(self, resource: Resource, attribute: str) -> Symbols:
        form = _FORMS.get(resource.kind or "")
        if form is None or any(name in resource.attributes.entries for name in _PATHS):
            return ()
        name = self._name_of(resource)
        called: Symbols = tuple(name) if name else (f"${{{resource.address}}}",)
        if attribute in form.names:
            return called
        return _filled(form.arn + form.ends.get(attribute, ""), called, resource) if attribute in form.arns else ()


def _filled(arn: str, name: Symbols, resource: Resource) -> Symbols:
    parts = {"{}": name, "{region}": (_of(REGION, resource),), "{account}": (_of(ACCOUNT, resource),)}
    return tuple(symbol for part in _PLACES.split(arn) for symbol in parts.get(part, tuple(part)))


def _surroundings(resource: Resource, attribute: str) -> Symbols:
    """The account, Region or partition that a data source reads."""
    last = resource.type.removeprefix("data.")
    if resource.mode != "data":
        return ()
    if last == "aws_caller_identity" and attribute in ("account_id", "id"):
        return (_of(ACCOUNT, resource),)
    if last == "aws_region" and attribute in ("name", "id", "region"):
        return (_of(REGION, resource),)
    return tuple("aws") if last == "aws_partition" and attribute in ("partition", "id") else ()


def _of(symbol: str, resource: Resource) -> str:
    """The account or Region that a resource is in: that of its provider, where it has another than the default one."""
    alias = resource.provider.partition("aws.")[2]
    return f"{symbol[:-1]} of {alias}}}" if alias else symbol


def _account_root(principal: Symbols) -> Symbols:
    """An account by the ARN of its root, which means the same. Source: "AWS JSON policy elements: Principal"."""
    found = _ROOT.match("".join(principal))
    if found is None:
        return principal
    account = tuple(found[1]) if found[1].isdecimal() else (found[1],)
    return (*"AWS:arn:aws:iam::", *account, *":root")
