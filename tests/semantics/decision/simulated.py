"""The decision against a simulator of IAM's, request by request: `python -m tests.semantics.decision.simulated N FOLDER`.

FOLDER is where `npm install @cloud-copilot/iam-simulate` was run. The package is under the AGPL: it is run as a program
in development, and nothing of it is in the project. Every condition of a request is put to our side as limits that only
this request passes, so that the search over classes answers for one request.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from iacreview.semantics.decision.clauses import clauses_of
from iacreview.semantics.decision.rights import Rights, permits
from iacreview.semantics.decision.values import ALWAYS_PRESENT
from tests.semantics.values import policy

ACCOUNT = "111122223333"
PRINCIPAL = f"arn:aws:iam::{ACCOUNT}:user/ada"
WORKED_ON = {
    "s3:GetObject": ("arn:aws:s3:::reports/2026/a.csv", "arn:aws:s3:::logs/a"),
    "s3:PutObject": ("arn:aws:s3:::reports/2026/a.csv",),
    "s3:ListBucket": ("arn:aws:s3:::reports", "arn:aws:s3:::logs"),
    "sqs:SendMessage": (f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders",),
    "dynamodb:GetItem": (f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders",),
    "iam:PassRole": (f"arn:aws:iam::{ACCOUNT}:role/service/app",),
    "ec2:DescribeInstances": ("*",),
}
ACTIONS = ("*", "s3:*", "s3:Get*", "s3:?etObject", "S3:putobject", "sqs:*", "iam:Pass*", "ec2:Describe*", *WORKED_ON)
RESOURCES = (
    *(
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::reports/*",
        "arn:aws:s3:::reports",
        "arn:aws:s3:::*/a*",
        "arn:aws:s3:::log?/a",
    ),
    *("arn:aws:sqs:*:*:orders", f"arn:aws:iam::{ACCOUNT}:role/*", "arn:aws:dynamodb:eu-*:*:table/*", "arn:*:*:*:*:*"),
)
TEXTS = ("eu-west-1", "eu-west-2", "EU-WEST-1", "eu-*", "*", "?u-west-1")
DATES = ("2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "2027-01-01T00:00:00Z")
ARNS = ("arn:aws:sns:eu-west-1:111122223333:news", "arn:aws:sns:*:111122223333:*", "arn:aws:sns:*:*:news", "arn:*")
ADDRESSES = ("203.0.113.0/24", "203.0.113.7/32", "0.0.0.0/0", "2001:db8::/32")
TAGS = ("team", "cost", "owner", "te*")
# The keys, with the operators and values that policies ask of them and the values that requests have.
KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "aws:RequestedRegion": (
        ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"),
        TEXTS,
        ("eu-west-1", "us-east-1"),
    ),
    "aws:PrincipalTag/team": (("StringEquals", "StringNotEqualsIgnoreCase", "StringLike"), TAGS, ("team", "TEAM", "x")),
    "aws:SecureTransport": (("Bool",), ("true", "false"), ("true", "false")),
    "aws:MultiFactorAuthAge": (
        ("NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericEquals", "NumericNotEquals"),
        ("300", "3600"),
        ("10", "300", "9000"),
    ),
    "aws:CurrentTime": (("DateLessThan", "DateGreaterThanEquals", "DateNotEquals"), DATES, DATES),
    "aws:SourceIp": (("IpAddress", "NotIpAddress"), ADDRESSES, ("203.0.113.7", "198.51.100.1", "2001:db8::5")),
    "aws:SourceArn": (
        ("ArnLike", "ArnEquals", "ArnNotLike"),
        ARNS,
        (ARNS[0], "arn:aws:sns:eu-west-1:444455556666:news"),
    ),
    "aws:TagKeys": (
        (
            "ForAllValues:StringEquals",
            "ForAnyValue:StringLike",
            "ForAnyValue:StringNotEquals",
            "ForAllValues:StringLike",
        ),
        TAGS,
        ("team", "cost", "region"),
    ),
}
PINS = {"Bool": "Bool", "Numeric": "NumericEquals", "Date": "DateEquals", "IpAddress": "IpAddress"}

Statement = dict[str, Any]


class Question(NamedTuple):
    """A request, and the policies that answer it: of the principal, its boundary, of its account, of the resource."""

    action: str
    resource: str
    context: dict[str, list[str]]
    identity: list[Statement]
    boundary: list[Statement] | None
    organization: list[Statement] | None
    on_resource: list[Statement] | None


def draw(random: Random) -> Question:
    action = random.choice(list(WORKED_ON))
    resource = random.choice(WORKED_ON[action])
    context = {key: _values(random, key) for key in KEYS if key.lower() in ALWAYS_PRESENT or random.random() < 0.6}
    identity = [_statement(random, action) for _ in range(random.randint(1, 3))]
    shape = random.choice(("plain", "plain", "boundary", "organization", "resource"))
    more = [_statement(random, action) for _ in range(random.randint(1, 2))]
    if shape == "resource" and not action.startswith(("s3", "sqs")):
        shape = "plain"
    for each in more if shape == "resource" else ():
        each["Principal"] = random.choice(({"AWS": PRINCIPAL}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
        each.pop("NotResource", None)
        each["Resource"] = "*"
    chosen = {shape: more}
    return Question(
        action,
        resource,
        context,
        identity,
        chosen.get("boundary"),
        chosen.get("organization"),
        chosen.get("resource"),
    )


def _values(random: Random, key: str) -> list[str]:
    among = KEYS[key][2]
    return random.sample(among, random.randint(1, 2)) if key == "aws:TagKeys" else [random.choice(among)]


def _statement(random: Random, action: str) -> Statement:
    found: Statement = {"Effect": "Allow" if random.random() < 0.7 else "Deny"}
    names = random.sample(ACTIONS, random.randint(1, 2))
    if random.random() < 0.5:
        names[0] = random.choice((action, "*", f"{action.partition(':')[0]}:*"))
    found["NotAction" if random.random() < 0.15 else "Action"] = names
    resources = ["*"] if random.random() < 0.5 else random.sample(RESOURCES, random.randint(1, 2))
    found["NotResource" if random.random() < 0.1 else "Resource"] = resources
    conditions: dict[str, dict[str, list[str]]] = {}
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        operator, key, values = _condition(random)
        conditions.setdefault(operator, {})[key] = values
    if conditions:
        found["Condition"] = conditions
    return found


def _condition(random: Random) -> tuple[str, str, list[str]]:
    key = random.choice(list(KEYS))
    if random.random() < 0.1:
        return "Null", key, [random.choice(("true", "false"))]
    operators, values, _ = KEYS[key]
    suffix = random.choice(("", "", "IfExists"))
    return (
        random.choice(operators) + suffix,
        key,
        random.sample(values, 1 if "Bool" in operators else random.randint(1, 2)),
    )


def ours(question: Question) -> bool:
    """Whether our decision allows the request."""
    identity = clauses_of(policy(*question.identity, *(question.on_resource or ())))
    limits = [clauses_of(policy(*each)) for each in (question.boundary, question.organization) if each is not None]
    limits += [clauses_of(policy(each)) for each in _pins(question)]
    found = permits(Rights(identity, tuple(limits)), question.action.lower(), tuple(question.resource))
    assert found.certain, question
    return found.exists


def _pins(question: Question) -> Iterator[Statement]:
    """Statements that only the request passes, one for each thing that is asked of it."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if question.on_resource is not None:
        yield {**everything, "Principal": {"AWS": PRINCIPAL}}
    for key, (operators, _, _) in KEYS.items():
        values = question.context.get(key)
        if values is None:
            yield {**everything, "Condition": {"Null": {key: "true"}}}
        elif operators[0].startswith("For"):
            yield {**everything, "Condition": {"Null": {key: "false"}, "ForAllValues:StringEquals": {key: values}}}
            for each in values:
                yield {**everything, "Condition": {"ForAnyValue:StringEquals": {key: each}}}
        else:
            pin = next((pin for start, pin in PINS.items() if operators[0].startswith(start)), "StringEquals")
            yield {**everything, "Condition": {pin: {key: values}}}


def asked(question: Question) -> dict[str, Any]:
    """The question as the simulator takes it."""

    def document(statements: list[Statement]) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": statements}

    def named(statements: list[Statement]) -> list[dict[str, Any]]:
        return [{"name": "p", "policy": document(statements)}]

    full = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    context = {key: values if key == "aws:TagKeys" else values[0] for key, values in question.context.items()}
    found: dict[str, Any] = {
        "request": {
            "principal": PRINCIPAL,
            "action": question.action,
            "resource": {"resource": question.resource, "accountId": ACCOUNT},
            "contextVariables": context,
        },
        "identityPolicies": named(question.identity),
        "serviceControlPolicies": [
            {
                "orgIdentifier": "r-ab12",
                "policies": named(full if question.organization is None else question.organization),
            }
        ],
        "resourceControlPolicies": [],
    }
    if question.boundary is not None:
        found["permissionBoundaryPolicies"] = named(question.boundary)
    if question.on_resource is not None:
        found["resourcePolicy"] = document(question.on_resource)
    return found


def theirs(questions: list[Question], folder: Path) -> list[dict[str, Any]]:
    """What the simulator answers."""
    script = Path(__file__).with_name("simulate.mjs")
    text = "".join(json.dumps(asked(each)) + "\n" for each in questions)
    done = subprocess.run(
        ["node", str(script), str(folder.resolve())],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def explained(question: Question) -> str:
    """Why the simulator may answer otherwise, where it is known to depart from the documentation; else empty."""
    policies = (question.identity, question.boundary, question.organization, question.on_resource)
    for statement in (each for found in policies for each in found or ()):
        for operator, keys in statement.get("Condition", {}).items():
            for key, values in keys.items():
                if "IpAddress" in operator and "0.0.0.0/0" in values and key in question.context:
                    return "it takes no address for one of 0.0.0.0/0"
                if operator.startswith("Arn") and any(each.count(":") < 5 for each in values):
                    return "it takes no ARN for one of a pattern with fewer than six parts"
                if (
                    operator.startswith("ForAnyValue:")
                    and operator.endswith("IfExists")
                    and key not in question.context
                ):
                    return "it takes ForAnyValue with ...IfExists for false where the key is absent"
    return ""


def differing(number: int, folder: Path, seed: str = "simulated") -> tuple[list[tuple[Question, str]], int, int]:
    """The questions that are answered otherwise, and how many were answered, and allowed by both."""
    random = Random(seed)
    questions = [draw(random) for _ in range(number)]
    found = []
    allowed = answered = 0
    for question, said in zip(questions, theirs(questions, folder), strict=True):
        if said["answer"] == "error" or set(said["ignored"]) & set(KEYS):
            found.append((question, f"not answered: {said['errors'] or said['ignored']}"))
            continue
        answered += 1
        mine = ours(question)
        allowed += mine
        if mine != (said["answer"] == "Allowed"):
            found.append((question, f"ours {mine}, the simulator's {said['answer']}"))
    return found, answered, allowed


def main() -> int:
    number, folder = int(sys.argv[1]), Path(sys.argv[2])
    found, answered, allowed = differing(number, folder, *sys.argv[3:4])
    known = [(question, why) for question, _ in found if (why := explained(question))]
    new = [(question, text) for question, text in found if not explained(question)]
    for question, text in new[:20]:
        print(text, json.dumps(question._asdict()))
    for why in sorted({each for _, each in known}):
        print(f"{sum(each == why for _, each in known)} differ, since {why}")
    print(f"{number} requests, {answered} answered, {allowed} of them allowed, {len(new)} differ for no known reason")
    return bool(new)


if __name__ == "__main__":
    sys.exit(main())
