"""Whether guards can hold together: a search over what the parameters behind them can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iacreview.evaluate.formula import TRUE, All, Any, Formula, Holds, Is, Leaves, Not, Same, Term, equal, leaves_of
from iacreview.model.guard import Guard, Says, When

# How much work one question, and all of a unit's, may make; past it everything counts as possible. Mostly that reports
# more; but a parameter's default may then count where conditions leave another value, so the unit says that it was cut.
MAX_WORK_PER_QUESTION = 100_000
MAX_WORK = 1_000_000
MAX_DEPTH = 100
# Any text that no condition names: CloudFormation's cannot have this one.
_OTHER = "\0"
_JOINED = (All, Any)


class Solver:
    """The conditions, parameters and rules of a unit's templates, each template's under its prefix.

    `conditions` make a named condition's formula, `operands` say what a parameter is, `domains` list the texts that a
    variable can be (a variable without one can be anything), `rules` hold in every deployment. It is `cut` once an
    answer is for want of work.
    """

    def __init__(self) -> None:
        self.conditions: dict[str, Callable[[], Formula]] = {}
        self.operands: dict[str, Sequence[Term]] = {}
        self.domains: dict[str, tuple[str, ...]] = {}
        self.rules: list[Formula] = []
        self._meanings: dict[Guard, Formula] = {}
        self._formulas: dict[str, Formula] = {}
        self._read: dict[str, Leaves] = {}
        self._answers: dict[frozenset[Guard], bool] = {}
        self._texts: dict[tuple[str, frozenset[Guard]], tuple[str, ...] | None] = {}
        self._variables: dict[Guard, Sequence[str]] = {}
        self.work = MAX_WORK
        self.cut = False

    def possible(self, guards: Iterable[Guard]) -> bool:
        """Whether all the guards hold in some deployment: False is certain, True may be for want of knowledge."""
        key = frozenset(guards)
        answer = self._answers.get(key)
        if answer is None:
            # A question that comes up while it is answered is not known.
            self._answers[key] = True
            parts = [key] if len(key) < 2 or self.rules else self._apart(key)
            if len(parts) > 1:
                answer = all(map(self.possible, parts))
            else:
                answer = not key or self._all_hold(key)
            self._answers[key] = answer
        return answer

    def _all_hold(self, guards: frozenset[Guard]) -> bool:
        goals = [self.meaning(guard) for guard in _in_order(guards)]
        if len(goals) == 1 and not self.rules:
            formula, wanted = self._in_the_end(goals[0])
            if isinstance(formula, Is):
                return self._can_be(formula, wanted)
        return self._found(goals)

    def _in_the_end(self, formula: Formula) -> tuple[Formula, bool]:
        """What a formula says once names and negations are followed, and whether it says that it is so."""
        wanted = True
        for _ in range(MAX_DEPTH):
            if isinstance(formula, Holds):
                formula = self.formula(formula.condition)
            elif isinstance(formula, Not):
                formula, wanted = formula.part, not wanted
            else:
                break
        return formula, wanted

    def _can_be(self, comparison: Is, wanted: bool) -> bool:
        """Whether a variable may be a text, or another one, where nothing else is asked."""
        domain = self.domains.get(comparison.variable)
        if domain is None:
            return True
        return comparison.text in domain if wanted else any(text != comparison.text for text in domain)

    def _apart(self, guards: frozenset[Guard]) -> list[frozenset[Guard]]:
        """The guards in groups that have no variable in common: each group is a question of its own."""
        groups: list[tuple[set[Guard], set[str]]] = []
        for guard in guards:
            own, about = {guard}, set(self._about(guard))
            apart = []
            for group in groups:
                if group[1].isdisjoint(about):
                    apart.append(group)
                else:
                    own |= group[0]
                    about |= group[1]
            groups = [*apart, (own, about)]
        return [frozenset(own) for own, _ in groups]

    def _about(self, guard: Guard) -> Iterable[str]:
        if guard not in self._variables:
            self._variables[guard] = tuple(self.mentions([self.meaning(guard)]))
        return self._variables[guard]

    def texts(self, variable: str, guards: Iterable[Guard]) -> tuple[str, ...] | None:
        """All texts that a variable can be where the guards hold; None where it may be another than those named."""
        known = tuple(guards)
        key = (variable, frozenset(known))
        if key not in self._texts:
            self._texts[key] = self._all_texts(variable, known)
        return self._texts[key]

    def _all_texts(self, variable: str, known: Sequence[Guard]) -> tuple[str, ...] | None:
        if self._is_apart(variable, known):
            return self.domains.get(variable) if self.possible(known) else ()
        goals = [self.meaning(guard) for guard in known]
        named = self.domains.get(variable) or tuple(self.mentions([*goals, *self.rules]).get(variable, ()))
        if variable not in self.domains and self._found([*goals, *(Not(Is(variable, text)) for text in named)]):
            return None
        return tuple(text for text in named if self.possible((*known, Guard(variable, text))))

    def may_be(self, variable: str, text: str, guards: When) -> bool:
        """Whether a variable can be a text where the guards hold."""
        if not self._is_apart(variable, guards):
            return self.possible((*guards, Guard(variable, text)))
        domain = self.domains.get(variable)
        return (domain is None or text in domain) and self.possible(guards)

    def _is_apart(self, variable: str, guards: Iterable[Guard]) -> bool:
        """Whether guards say nothing of a variable, directly or by what it is compared with, and nothing else does."""
        if self.rules or variable in self.operands:
            return False
        return not any(variable in self._about(guard) for guard in guards)

    def meaning(self, guard: Guard) -> Formula:
        """A guard as a formula."""
        found = self._meanings.get(guard)
        if found is None:
            found = self._meanings[guard] = self._meaning(guard)
        return found

    def _meaning(self, guard: Guard) -> Formula:
        if isinstance(guard.subject, tuple):
            formula: Formula = Any(tuple(All(tuple(map(self.meaning, when))) for when in guard.subject))
        elif isinstance(guard.value, Says):
            formula = Holds(guard.key)
        else:
            operand = self.operands.get(guard.key, (Term(TRUE, None, guard.key),))
            formula = equal(operand, (Term(TRUE, guard.value),))
        return formula if guard.holds else Not(formula)

    def knows(self, condition: str) -> bool:
        """Whether a condition is declared."""
        return condition in self.conditions

    def formula(self, condition: str) -> Formula:
        """A named condition's formula; that of one that is not declared can hold or not."""
        if condition not in self._formulas:
            make = self.conditions.get(condition)
            self._formulas[condition] = Is(f"condition {condition}", "true") if make is None else make()
        return self._formulas[condition]

    def _found(self, goals: Sequence[Formula]) -> bool:
        rules = self._relevant(goals) if self.rules else ()
        search = _Search(self, (*goals, *rules), min(MAX_WORK_PER_QUESTION, self.work))
        before = search.work
        answer = search.found()
        self.work -= before - search.work
        return answer

    def _relevant(self, goals: Sequence[Formula]) -> Iterator[Formula]:
        """The rules that say anything of what the goals are about, directly or through other rules."""
        pending = {rule: self.mentions([rule]).keys() for rule in self.rules}
        about = set(self.mentions(goals))
        while related := [rule for rule, named in pending.items() if not about.isdisjoint(named)]:
            yield from related
            for rule in related:
                about |= pending.pop(rule)

    def mentions(self, goals: Sequence[Formula]) -> dict[str, dict[str, None]]:
        """The texts that each variable is compared with, in the goals and in the conditions that they name."""
        found: dict[str, dict[str, None]] = {}
        seen: set[str] = set()
        pairs: dict[Same, None] = {}
        pending = [leaves_of(goal) for goal in goals]
        while pending and self.spend():
            leaves = pending.pop()
            pairs.update(dict.fromkeys(leaves.pairs))
            for each in (*leaves.comparisons, *(pair.otherwise for pair in leaves.pairs)):
                found.setdefault(each.variable, {})[each.text] = None
            for name in leaves.conditions:
                if name not in seen:
                    seen.add(name)
                    pending.append(self._reading(name))
        self._share(found, pairs)
        return found

    def _share(self, found: dict[str, dict[str, None]], pairs: Iterable[Same]) -> None:
        """Gives variables that are compared with each other, however indirectly, one set of texts for all."""
        others: dict[str, list[str]] = {}
        for one, other in pairs:
            others.setdefault(one, []).append(other)
            others.setdefault(other, []).append(one)
        seen: set[str] = set()
        for start in others:
            texts: dict[str, None] = {}
            pending = [start]
            while pending:
                name = pending.pop()
                if name not in seen:
                    seen.add(name)
                    texts.update(found.get(name, {}))
                    texts.update(dict.fromkeys(self.domains.get(name, ())))
                    found[name] = texts
                    pending += others[name]

    def _reading(self, condition: str) -> Leaves:
        if condition not in self._read:
            self._read[condition] = leaves_of(self.formula(condition))
        return self._read[condition]

    def spend(self) -> bool:
        """Whether there may be more work; one piece of it counts from now on."""
        self.work -= 1
        return self.work > 0


def _in_order(guards: frozenset[Guard]) -> Sequence[Guard]:
    return sorted(guards, key=_rank) if len(guards) > 1 else tuple(guards)


def _rank(guard: Guard) -> tuple[str, str, bool]:
    return guard.key, str(guard.value), guard.holds


class _Search:
    """One question: is there an assignment under which all goals hold?"""

    def __init__(self, solver: Solver, goals: Sequence[Formula], work: int) -> None:
        self.solver = solver
        self.goals = goals
        self.work = work
        self._mentions: Mapping[str, Iterable[str]] | None = None
        self._refused: dict[str, set[str]] = {}
        self._allowed: dict[str, set[str]] = {}
        self._plain = True

    def found(self) -> bool:
        forced = self._forced()
        if forced is None:
            return False
        if self._plain:
            return all(self._can_be(name, forced.get(name)) for name in (*self._refused, *self._allowed))
        pending: list[tuple[Sequence[Formula], dict[str, str]]] = [(self.goals, forced)]
        while pending:
            goals, assigned = pending.pop()
            reading = _Reading(self, assigned)
            answers = [reading.truth(goal, 0) for goal in goals]
            if False in answers:
                continue
            if reading.open is None or self.work <= 0:
                self.solver.cut |= None in answers and (reading.cut or self.work <= 0)
                return True
            left = [goal for goal, answer in zip(goals, answers, strict=True) if answer is None]
            pending += [(left, {**assigned, reading.open: text}) for text in reversed(self._texts(reading.open))]
        return False

    def _forced(self) -> dict[str, str] | None:
        """What variables must be for all goals to hold, as far as that is plain; None where they contradict it.

        What they must not be, or may be alone, is noted beside it, and whether that is all there is to the goals.
        """
        assigned: dict[str, str] = {}
        pending = [(goal, True) for goal in self.goals]
        seen: set[tuple[str, bool]] = set()
        while pending and self.spend():
            current, wanted = pending.pop()
            if isinstance(current, Not):
                pending.append((current.part, not wanted))
            elif isinstance(current, Holds):
                if (current.condition, wanted) not in seen:
                    seen.add((current.condition, wanted))
                    pending.append((self.solver.formula(current.condition), wanted))
            elif isinstance(current, Is):
                if wanted and not self._assign(assigned, current):
                    return None
                if not wanted:
                    self._refused.setdefault(current.variable, set()).add(current.text)
            elif not isinstance(current, Same) and (isinstance(current, All) is wanted or len(current.parts) == 1):
                pending += [(part, wanted) for part in current.parts]
            elif not (wanted and isinstance(current, Any) and self._one_of(current)):
                self._plain = False
        self._plain = self._plain and not pending
        return assigned

    def _one_of(self, formula: Any) -> bool:
        """Notes that a variable must be one of some texts, where that is all that a formula says."""
        texts = {part.text for part in formula.parts if isinstance(part, Is)}
        named = {part.variable if isinstance(part, Is) else "" for part in formula.parts}
        if len(named) != 1 or not texts:
            return False
        name = named.pop()
        self._allowed[name] = texts & self._allowed.get(name, texts)
        return True

    def _can_be(self, variable: str, text: str | None) -> bool:
        """Whether there is anything that a variable, which must be a text if there is one, may be."""
        refused, allowed = self._refused.get(variable, set()), self._allowed.get(variable)
        if text is not None:
            return text not in refused and (allowed is None or text in allowed)
        domain = self.solver.domains.get(variable)
        if allowed is None and domain is None:
            return True
        left = (allowed if allowed is not None else set(domain or ())) - refused
        return bool(left if domain is None else left.intersection(domain))

    def spend(self) -> bool:
        """Whether the question may make more work; one piece of it counts from now on."""
        self.work -= 1
        return self.work > 0

    def _assign(self, assigned: dict[str, str], wanted: Is) -> bool:
        domain = self.solver.domains.get(wanted.variable)
        possible = domain is None or wanted.text in domain
        return possible and assigned.setdefault(wanted.variable, wanted.text) == wanted.text

    def _texts(self, variable: str) -> Sequence[str]:
        """What a variable can be; without a domain, also another text than those it is compared with."""
        domain = self.solver.domains.get(variable)
        if domain is not None:
            return domain
        if self._mentions is None:
            self._mentions = self.solver.mentions(self.goals)
        return (*self._mentions.get(variable, ()), _OTHER)


class _Reading:
    """What formulas are under an assignment of some variables: true, false, or open (None)."""

    def __init__(self, search: _Search, assigned: dict[str, str]) -> None:
        self.search = search
        self.assigned = assigned
        self.open: str | None = None
        self.cut = False
        self.conditions: dict[str, bool | None] = {}

    def truth(self, formula: Formula, depth: int) -> bool | None:
        search = self.search
        search.work -= 1
        if depth > MAX_DEPTH or search.work <= 0:
            self.cut = True
            return None
        if isinstance(formula, Is):
            text = self._text(formula.variable)
            return None if text is None else text == formula.text
        if isinstance(formula, _JOINED):
            return self._several(formula, depth)
        if isinstance(formula, Holds):
            return self._condition(formula.condition, depth)
        if isinstance(formula, Not):
            answer = self.truth(formula.part, depth + 1)
            return None if answer is None else not answer
        return self._same(formula, depth)

    def _same(self, formula: Same, depth: int) -> bool | None:
        one, other = self._text(formula.one), self._text(formula.other)
        if one == other == _OTHER:
            return self.truth(formula.otherwise, depth + 1)
        return None if one is None or other is None else one == other

    def _text(self, variable: str) -> str | None:
        text = self.assigned.get(variable)
        if text is None and self.open is None:
            self.open = variable
        return text

    def _several(self, formula: All | Any, depth: int) -> bool | None:
        decisive = isinstance(formula, Any)
        answer: bool | None = not decisive
        for part in formula.parts:
            found = self.truth(part, depth + 1)
            if found is decisive:
                return decisive
            if found is None:
                answer = None
        return answer

    def _condition(self, name: str, depth: int) -> bool | None:
        if name not in self.conditions:
            # A condition that leads back to itself is open.
            self.conditions[name] = None
            self.conditions[name] = self.truth(self.search.solver.formula(name), depth + 1)
        return self.conditions[name]
