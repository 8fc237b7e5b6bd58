"""The decision against z3 on policies drawn at random, and what it says in words."""

from __future__ import annotations

from collections import Counter
from random import Random

from iacreview.model.provenance import Reference
from iacreview.model.value import Unknown
from iacreview.semantics.decision.clauses import clauses_of
from iacreview.semantics.decision.comparison import gains, granted, reach
from iacreview.semantics.decision.rights import Request, Rights
from iacreview.semantics.pattern import matches
from tests.semantics.decision.drawn import Oracle, Side, draw_pair, draw_side, rights
from tests.semantics.values import policy, text

PROVED = 40
SAMPLED = 200
# A key that made no difference is not in the witness: any value does.
ANY_VALUE = {"k:text": ("-",), "k:set": ("-",), "k:flag": ("true",), "k:number": ("7",), "k:address": ("203.0.113.9",)}


def test_same_as_z3() -> None:
    oracle = Oracle()
    proved: Counter[bool | None] = Counter()
    for seed in range(PROVED):
        after, before = draw_pair(Random(f"z3.{seed}"))
        found = gains(rights(after), rights(before))
        wanted = oracle.exceeds(after, before)
        proved[wanted] += 1
        assert found.certain, seed
        assert wanted is None or bool(found.gains) == wanted, seed
    assert proved[True] + proved[False] > PROVED * 2 // 3
    assert min(proved[True], proved[False]) > PROVED // 5


def test_witnesses_are_allowed_by_one_side_alone() -> None:
    """An evaluator that knows nothing of classes reads each witness as the request that it is."""
    seen = 0
    for seed in range(SAMPLED):
        after, before = draw_pair(Random(f"witness.{seed}"))
        for gain in gains(rights(after), rights(before)).gains:
            seen += 1
            assert allowed(after, gain.request), (seed, str(gain.request))
            assert not allowed(before, gain.request), (seed, str(gain.request))
    assert seen > SAMPLED // 2


def test_nothing_is_gained_over_oneself() -> None:
    for seed in range(60):
        side = draw_side(Random(f"self.{seed}"))
        assert not gains(rights(side), rights(side)).gains


def allowed(side: Side, request: Request) -> bool:
    identity, boundary = side
    for statements in (identity, boundary):
        if statements is None:
            continue
        effects = {each["Effect"] for each in statements if applies(each, request)}
        if "Deny" in effects or "Allow" not in effects:
            return False
    return True


def applies(statement: dict, request: Request) -> bool:  # type: ignore[type-arg]
    action = request.action.replace("…", "\x01")
    if "Action" in statement:
        about = any(matches(each, action) for each in statement["Action"])
    else:
        about = not any(matches(each, action) for each in statement["NotAction"])
    if "Resource" in statement:
        on = any(matches(each, request.resource, fold=False) for each in statement["Resource"])
    else:
        on = not any(matches(each, request.resource, fold=False) for each in statement["NotResource"])
    conditions = statement.get("Condition", {})
    return (
        about
        and on
        and all(
            met(operator, key, values, request) for operator, keys in conditions.items() for key, values in keys.items()
        )
    )


def met(operator: str, key: str, wanted: list[str], request: Request) -> bool:
    found = request.context.get(key, ANY_VALUE[key])
    quantifier, _, name = operator.rpartition(":")
    exists, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    if name == "Null":
        return ("true" if found is None else "false") in wanted
    negated, base = "Not" in name, name.replace("Not", "")
    if found is None:
        return exists or quantifier == "ForAllValues" or (negated and not quantifier)
    each = [any(compared(base, value, one) for one in wanted) != negated for value in found]
    return any(each) if quantifier == "ForAnyValue" else all(each)


def compared(operator: str, value: str, wanted: str) -> bool:
    if operator.startswith("String"):
        if operator == "StringLike":
            return matches(wanted, value, fold=False)
        return value.lower() == wanted.lower() if operator.endswith("Case") else value == wanted
    if operator == "Bool":
        return value == wanted
    if operator == "IpAddress":
        return in_network(value, wanted)
    number = float(value)
    return {"Equals": number == float(wanted), "LessThan": number < float(wanted)}.get(
        operator.removeprefix("Numeric"), number >= float(wanted)
    )


def in_network(value: str, wanted: str) -> bool:
    import ipaddress

    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)


def side(*statements: dict[str, object], boundary: list[dict[str, object]] | None = None) -> Rights:
    return Rights(clauses_of(policy(*statements)), () if boundary is None else (clauses_of(policy(*boundary)),))


ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_deny_leaves_what_it_does_not_name() -> None:
    [gain] = granted(side(ALL, {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"})).gains
    assert set(gain.actions) >= {"s3:getobject", "s3:getbucketpolicy"}
    assert all(name.startswith("s3:get") for name in gain.actions)


def test_a_boundary_without_allow_leaves_nothing() -> None:
    assert not granted(side(ALL, boundary=[{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}])).gains


def test_a_condition_that_asks_for_two_values_at_once_leaves_nothing() -> None:
    conditions = {"StringEquals": {"aws:PrincipalTag/a": "x"}, "StringLike": {"aws:PrincipalTag/a": "y*"}}
    assert not granted(side({**ALL, "Condition": conditions})).gains


def test_a_key_that_is_in_every_request_is_never_absent() -> None:
    assert not granted(side({**ALL, "Condition": {"Null": {"aws:PrincipalArn": "true"}}})).gains


def test_an_unknown_name_is_itself_and_nothing_else() -> None:
    bucket = Unknown("is known after deployment", references=(Reference("aws_s3_bucket.b", "arn"),))
    own = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": text(bucket, "/*")}
    assert not gains(side(own), side(own)).gains
    assert gains(side(own), side({**own, "Resource": "arn:aws:s3:::other/*"})).gains
    assert not gains(side(own), side({**own, "Resource": "*"})).gains


def test_a_gain_is_told_with_the_resource_that_shows_it() -> None:
    wide = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    narrow = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/public/*"}
    [gain] = gains(side(wide), side(narrow)).gains
    assert gain.actions == ("s3:getobject",)
    assert matches("arn:aws:s3:::data/*", gain.request.resource, fold=False)
    assert not matches("arn:aws:s3:::data/public/*", gain.request.resource, fold=False)


def test_a_cell_that_no_resource_fills_is_dropped() -> None:
    """A bucket's ARN is none of an object: what differs there differs nowhere."""
    after = side({"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]})
    before = side({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"})
    assert gains(after, before).gains
    assert not gains(after, before, lambda action: ["arn:aws:s3:::*/*"]).gains


def test_an_action_without_resources_is_allowed_on_the_star_alone() -> None:
    one = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::b"}
    assert granted(side(one)).gains
    assert not granted(side(one), lambda action: []).gains
    assert granted(side({**one, "Resource": "*"}), lambda action: []).gains


def test_principals() -> None:
    """An account stands for its principals, and no Allow but one that names them lets others in."""
    account = {**ALL, "Principal": {"AWS": "111122223333"}}
    role = {**ALL, "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}}
    assert not gains(side(role), side(account)).gains
    [gain] = gains(side(account), side(role)).gains
    assert gain.request.principal == "arn:aws:iam::111122223333:role/x"
    [gain] = gains(side({**ALL, "Principal": "*"}), side(account)).gains
    assert gain.request.principal
    assert "111122223333" not in gain.request.principal


def test_policies_made_to_blow_it_up_end_soon() -> None:
    many = [f"arn:aws:s3:::*{index:03}*{index * 7 % 1000:03}*" for index in range(150)]
    found = granted(side({"Effect": "Allow", "Action": "s3:*", "Resource": many}))
    assert found.gains
    assert not found.certain


def test_reach_says_what_of_a_set_is_allowed() -> None:
    rights = side(ALL, {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:role/admin"})
    [roles] = side(
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/*"}
    ).identity
    found = reach(rights, roles)
    assert found.some is not None
    assert found.rest is not None
    assert found.rest.resource == "arn:aws:iam::111122223333:role/admin"
    [objects] = side({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}).identity
    assert reach(rights, objects).rest is None
