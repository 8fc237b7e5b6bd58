"""The modules that one module instance calls: each instance is entered once, with the arguments of its call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.configuration import Configuration, Definition, outlined
from iacreview.evaluate.terraform.evaluation import Place
from iacreview.evaluate.terraform.expansion import Expansion, Instance, Key
from iacreview.evaluate.terraform.expressions import evaluate
from iacreview.evaluate.terraform.provider_choice import passed_providers
from iacreview.evaluate.terraform.scope import Meaning, Origin, Scope
from iacreview.evaluate.terraform.sources import MAX_MODULES, TextOf
from iacreview.evaluate.terraform.variables import GivenValue
from iacreview.model.graph import Problem
from iacreview.model.guard import together
from iacreview.model.parts import is_sensitive
from iacreview.model.provenance import Reference, Step
from iacreview.model.source import Outline, Skipped
from iacreview.model.value import Failed, Known, MapValue, Unknown, Value
from iacreview.parse.terraform.nodes import Expression

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.module import Module

Enter = Callable[[Configuration, Mapping[str, GivenValue], Place], "Module"]

_KNOWN = "what is known of its arguments is judged"
# What a call says beside the arguments of the module.
_ABOUT_CALL = ("source", "version", "count", "for_each", "providers", "depends_on")


class Called:
    """The module instances below `caller`; `enter` makes one."""

    __slots__ = ("_caller", "_enter", "_entered")

    def __init__(self, caller: Module, enter: Enter) -> None:
        self._caller = caller
        self._enter = enter
        self._entered: dict[tuple[str, Key], Module | None] = {}

    def release(self) -> None:
        """Lets go of what it refers to. Nothing may be asked of it afterwards."""
        self._entered.clear()
        del self._caller, self._enter

    def expansion(self, name: str) -> Expansion:
        """The instances of a call."""
        return self._caller.expansion(f"module.{name}", self._caller.configuration.modules[name])

    def instances(self, name: str) -> list[tuple[Instance, Module]]:
        """The instances of a called module that is in the tree."""
        found = [(instance, self.at(name, instance)) for instance in self.expansion(name).instances.values()]
        return [(instance, module) for instance, module in found if module is not None]

    def entered(self, name: str) -> list[Module]:
        """The instances of a called module that have been entered so far."""
        return [module for (called, _), module in self._entered.items() if called == name and module is not None]

    def is_cut_off(self, name: str) -> bool:
        """Whether no more modules are entered, which is noted: calls in calls are not gone through one by one then."""
        evaluation = self._caller.evaluation
        if evaluation.calls.may_enter(evaluation.modules):
            return False
        header = self._caller.configuration.modules[name].header
        evaluation.run.note(f"module {name} is one of more than {MAX_MODULES} calls", header)
        return True

    def at(self, name: str, instance: Instance) -> Module | None:
        """One instance of a called module; None where its source is not in the tree, which is noted once."""
        place = (name, instance.key)
        if place not in self._entered:
            self._entered[place] = self._call(name, instance)
        return self._entered[place]

    def _call(self, name: str, instance: Instance) -> Module | None:
        directory = self._directory(name)
        if self.is_cut_off(name):
            return None
        if directory is None:
            return self._outlined(name, instance)
        configuration = self._caller.evaluation.configurations.load(directory)
        return self._enter(configuration, self._arguments(name, instance), self._place(name, instance))

    def _outlined(self, name: str, instance: Instance) -> Module | None:
        """What is known of a module that is not in the tree; None where that is nothing."""
        definition = self._caller.configuration.modules[name]
        text = self._text_of(definition)
        found = self._caller.evaluation.configurations.outlines.known(text("source") or "", text("version"))
        if found is None:
            return None
        self._note_outline(definition)
        configuration = outlined(Outline(definition.header, found.text), found.body)
        place = self._place(name, instance)
        place = place._replace(via=self._caller.place.via)
        given = {each: _undecided(each) for each in found.undecided} | self._arguments(name, instance)
        return self._enter(configuration, given, place)

    def _note_outline(self, definition: Definition) -> None:
        """What was skipped is known in part."""
        skipped = self._caller.evaluation.skipped
        path, line = definition.header.path, definition.header.first.line
        for at, each in enumerate(skipped):
            if (each.path, each.line) == (path, line) and _KNOWN not in each.reason:
                skipped[at] = each._replace(reason=f"{each.reason}; {_KNOWN}")

    def _directory(self, name: str) -> str | None:
        """Where a called module is; None, with a note, where it is not in the tree or the call is a circle."""
        caller, evaluation = self._caller, self._caller.evaluation
        definition = caller.configuration.modules[name]
        target = evaluation.calls.resolve(definition, caller.directory, self._path(name), self._text_of(definition))
        if isinstance(target, Skipped):
            if target not in evaluation.skipped:
                evaluation.skipped.append(target)
            return None
        if target in (*caller.place.chain, caller.directory):
            problem = Problem(f"module {name} calls itself", definition.header)
            if problem not in evaluation.problems:
                evaluation.problems.append(problem)
            return None
        return target

    def _text_of(self, definition: Definition) -> TextOf:
        def text(name: str) -> str | None:
            found = definition.attributes.get(name)
            value = evaluate(found[0].expression, self._caller.scope.within(found[1])) if found else None
            if not isinstance(value, Known) or not isinstance(value.data, str) or is_sensitive(value):
                return None  # OpenTofu refuses a source that is sensitive, and no message may show it
            return value.data

        return text

    def _path(self, name: str) -> str:
        above = self._caller.place.name
        return f"{above}.{name}" if above else name

    def _place(self, name: str, instance: Instance) -> Place:
        caller, above = self._caller, self._caller.place
        definition = caller.configuration.modules[name]
        address = caller.address(f"module.{name}", instance)
        return Place(
            f"{address}.",
            self._path(name),
            (*above.chain, caller.directory),
            (Step(f"{address} is called", definition.header), *above.via),
            together(above.when, instance.when),
            (definition.span, *above.calls),
            passed_providers(definition, caller.configuration, above),
            above.dormant or instance.dormant,
        )

    def _arguments(self, name: str, instance: Instance) -> dict[str, GivenValue]:
        scope = self._caller.scope.bound(instance.names).where(instance.when)
        address = self._caller.address(f"module.{name}", instance)
        return {
            key: _given(attribute.expression, scope.within(source), f"{address} passes {key}")
            for key, (attribute, source) in self._caller.configuration.modules[name].attributes.items()
            if key not in _ABOUT_CALL
        }

    # What the caller sees of it

    def output(self, name: str, instance: Instance, output: str, consumed: int) -> Origin:
        """One output of one instance, as what a traversal begins with."""
        module = self.at(name, instance)
        address = f"module.{name}{instance.suffix}"
        if module is None:
            return Origin(self._missing(address, output), consumed)
        if module.configuration.outlined and output not in module.configuration.outputs:
            return Origin(self._missing(address, output), consumed)
        value = module.output(output)
        return Origin(value, consumed, "" if isinstance(value, Failed) else f"output {output} of {address}")

    def outputs(self, name: str, instance: Instance) -> Value:
        """All outputs of one instance."""
        module = self.at(name, instance)
        if module is None:
            return self._missing(f"module.{name}{instance.suffix}", "")
        outputs = {output: module.output(output) for output in module.configuration.outputs}
        header = self._caller.configuration.modules[name].header
        return MapValue(outputs, header, complete=not module.configuration.outlined)

    def all_outputs(self, name: str) -> Value:
        """All outputs of all instances."""
        expansion = self.expansion(name)
        values = {key: self.outputs(name, instance) for key, instance in expansion.instances.items()}
        return expansion.collected(values, self._caller.configuration.modules[name].header)

    def _missing(self, address: str, output: str) -> Unknown:
        reference = Reference(f"{self._caller.prefix}{address}", output)
        return Unknown(f"{address} is not in the tree", references=(reference,))


def _undecided(name: str) -> GivenValue:
    reason = f"the default of {name} differs between the versions of the module that may be meant"
    return GivenValue(lambda: Unknown(reason), reason)


def _given(node: Expression, scope: Scope, message: str) -> GivenValue:
    return GivenValue(lambda: evaluate(node, scope), message, Meaning(node, scope))
