"""The search over parameters against all assignments, tried one by one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iacreview.evaluate.formula import FALSE, TRUE, All, Any, Formula, Holds, Is, Not, Term, equal
from iacreview.evaluate.solver import Solver
from iacreview.model.guard import Guard, Says

TEXTS = ("a", "b", "c")
# A variable without a domain may also be something else than what it is compared with.
CLOSED, OPEN = ("p", "q"), ("x", "y")
CONDITIONS = ("A", "B", "C")

leaves = st.one_of(
    st.builds(Is, st.sampled_from(CLOSED + OPEN), st.sampled_from(TEXTS)),
    st.sampled_from([TRUE, FALSE]),
    st.builds(Holds, st.sampled_from(CONDITIONS)),
)
formulas: st.SearchStrategy[Formula] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda parts: All(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: Any(tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=8,
)


def truth(formula: Formula, assigned: Mapping[str, str], conditions: Mapping[str, Formula]) -> bool:
    if isinstance(formula, Is):
        return assigned[formula.variable] == formula.text
    if isinstance(formula, Holds):
        return truth(conditions[formula.condition], assigned, conditions)
    if isinstance(formula, Not):
        return not truth(formula.part, assigned, conditions)
    answers = [truth(part, assigned, conditions) for part in formula.parts]
    return all(answers) if isinstance(formula, All) else any(answers)


def without_conditions(formula: Formula, names: tuple[str, ...]) -> Formula:
    """The formula with conditions of other names as true, so that none leads back to itself."""
    if isinstance(formula, Holds):
        return formula if formula.condition in names else TRUE
    if isinstance(formula, Not):
        return Not(without_conditions(formula.part, names))
    if isinstance(formula, Is):
        return formula
    return type(formula)(tuple(without_conditions(part, names) for part in formula.parts))


@settings(max_examples=600, deadline=None)
@given(
    st.tuples(formulas, formulas, formulas),
    st.lists(formulas, max_size=2),
    st.sets(
        st.one_of(
            st.builds(
                Guard, st.sampled_from(CONDITIONS), st.just(Says.TRUE), st.booleans(), st.just(""), st.just(False)
            ),
            st.builds(
                Guard,
                st.sampled_from(CLOSED + OPEN),
                st.sampled_from(TEXTS),
                st.booleans(),
                st.just(""),
                st.just(False),
            ),
        ),
        max_size=4,
    ),
)
def test_possible_is_what_some_assignment_has(
    made: tuple[Formula, Formula, Formula], rules: list[Formula], guards: set[Guard]
) -> None:
    conditions = {name: without_conditions(made[at], CONDITIONS[:at]) for at, name in enumerate(CONDITIONS)}
    solver = Solver()
    solver.conditions = {name: (lambda formula=formula: formula) for name, formula in conditions.items()}  # type: ignore[misc]
    solver.domains = dict.fromkeys(CLOSED, TEXTS[:2])
    solver.rules = list(rules)
    every = [
        dict(zip(CLOSED + OPEN, texts, strict=True))
        for texts in product(*[TEXTS[:2]] * len(CLOSED), *[(*TEXTS, "other")] * len(OPEN))
    ]

    def holds(guard: Guard, assigned: Mapping[str, str]) -> bool:
        if isinstance(guard.value, Says):
            return truth(conditions[guard.key], assigned, conditions) is guard.holds
        return (assigned[guard.key] == guard.value) is guard.holds

    found = [each for each in every if all(truth(rule, each, conditions) for rule in rules)]
    some = any(all(holds(guard, each) for guard in guards) for each in found)
    answer = solver.possible(guards)
    # Rules about other things than the question are not looked at: if they contradict each other, all is possible.
    assert answer or not some
    if found:
        assert answer == some
    for variable in CLOSED:
        texts = solver.texts(variable, guards)
        if found:
            having = [each for each in found if all(holds(guard, each) for guard in guards)]
            assert texts is not None
            assert set(texts) == {each[variable] for each in having}


def test_operands_are_compared_term_by_term() -> None:
    either = (Term(Is("p", "a"), "one"), Term(Is("p", "b"), None, "x"))
    assert equal((Term(TRUE, None, "x"),), (Term(TRUE, None, "x"),)) is TRUE
    solver = Solver()
    solver.domains = {"p": ("a", "b")}
    solver.conditions = {
        "One": lambda: equal(either, (Term(TRUE, "one"),)),
        "Two": lambda: equal(either, (Term(TRUE, "two"),)),
    }
    assert solver.possible([Guard("One", Says.TRUE, True), Guard("p", "a")])
    assert solver.possible([Guard("Two", Says.TRUE, True), Guard("p", "b")])
    assert not solver.possible([Guard("Two", Says.TRUE, True), Guard("p", "a")])
    assert not solver.possible([Guard("One", Says.TRUE, False), Guard("p", "a")])


def test_what_leads_back_to_itself_or_is_not_declared_can_be_anything() -> None:
    solver = Solver()
    solver.conditions = {"A": lambda: Not(Holds("B")), "B": lambda: Not(Holds("A"))}
    for facts in ([("A", True)], [("A", False)], [("A", True), ("B", True)], [("None", True)], [("None", False)]):
        assert solver.possible([Guard(name, Says.TRUE, holds) for name, holds in facts])
    assert not solver.possible([Guard("None", Says.TRUE, True), Guard("None", Says.TRUE, False)])


@pytest.mark.parametrize("count", [12, 40])
def test_hard_questions_end_as_possible(count: int) -> None:
    """Pigeons in holes: each of n+1 is in one of n holes, no two in the same; exhausting that takes for ever."""
    solver = Solver()
    for pigeon in range(count + 1):
        solver.domains[str(pigeon)] = tuple(map(str, range(count)))
    pairs = [(one, other) for one in range(count + 1) for other in range(one)]
    apart = All(
        tuple(
            Not(All((Is(str(one), str(hole)), Is(str(other), str(hole)))))
            for one, other in pairs[:2000]
            for hole in range(count)
        )
    )
    solver.conditions = {"Apart": lambda: apart}
    assert solver.possible([Guard("Apart", Says.TRUE, True)])


def test_an_answer_for_want_of_work_is_possible_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iacreview.evaluate.solver.MAX_WORK_PER_QUESTION", 3)
    solver = Solver()
    never = All(
        (Any((Is("x", "a"), Is("y", "a"))), Any((Is("x", "b"), Is("y", "b"))), Not(Is("x", "a")), Not(Is("x", "b")))
    )
    solver.conditions["A"] = lambda: never
    assert solver.possible((Guard("A", Says.TRUE),))
    assert solver.cut


def test_what_takes_little_work_is_not_cut() -> None:
    solver = Solver()
    solver.conditions["A"] = lambda: All((Is("x", "a"), Not(Is("x", "a"))))
    assert not solver.possible((Guard("A", Says.TRUE),))
    assert not solver.cut
