"""One instance of a module: its variables, locals, outputs and resources, each computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iacreview.evaluate.terraform.called import Called
from iacreview.evaluate.terraform.cells import Cell
from iacreview.evaluate.terraform.configuration import Configuration, Definition, joined_path
from iacreview.evaluate.terraform.evaluation import Evaluation, Place
from iacreview.evaluate.terraform.expansion import SINGLE, Expansion, Instance, Key, enabled, expand
from iacreview.evaluate.terraform.expressions import evaluate
from iacreview.evaluate.terraform.falling import Falling
from iacreview.evaluate.terraform.guards import narrowed
from iacreview.evaluate.terraform.resources import instance_attributes, resource_value
from iacreview.evaluate.terraform.scope import Meaning, Origin, Scope, Settable, felt, named
from iacreview.evaluate.terraform.types import ANY, Converter, Plain, read_type
from iacreview.evaluate.terraform.values import failed, is_known, is_null
from iacreview.evaluate.terraform.variables import GivenValue
from iacreview.model.guard import Guard, Says, When
from iacreview.model.parts import concealed
from iacreview.model.provenance import Reference
from iacreview.model.source import Source
from iacreview.model.value import Known, MapValue, Unknown, Value
from iacreview.parse.terraform.nodes import Attribute, GetAttr, Index, Literal

_CYCLE = "refers to itself"


class Module:
    """Evaluates lazily. All addresses it makes are unit-relative."""

    __slots__ = (
        "_expansions",
        "_falling",
        "_instances",
        "_locals",
        "_mentioned",
        "_origins",
        "_outputs",
        "_variables",
        "called",
        "configuration",
        "directory",
        "evaluation",
        "given",
        "place",
        "run",
        "scope",
    )

    def __init__(
        self, evaluation: Evaluation, configuration: Configuration, given: Mapping[str, GivenValue], place: Place
    ) -> None:
        self.evaluation = evaluation
        self.configuration = configuration
        self.directory = configuration.directory
        self.given = given
        self.place = place
        self.run = evaluation.run
        self._variables: dict[str, Cell[Value]] = {}
        self._locals: dict[tuple[str, When], Cell[Value]] = {}
        # What variables and locals stand for where nothing is assumed.
        self._origins: dict[tuple[str, str], Origin] = {}
        self._outputs: dict[str, Cell[Value]] = {}
        self._expansions: dict[str, Cell[Expansion]] = {}
        self._instances: dict[tuple[str, Key], Cell[MapValue]] = {}
        # The instances as other expressions see them.
        self._mentioned: dict[tuple[str, Key], Value] = {}
        self._falling = Falling(self)
        self.called = Called(self, self._enter)
        self.scope = Scope(self, Source(self.directory, ""), self.run, {"path": self._path()})
        evaluation.enter(self, configuration)

    def _enter(self, configuration: Configuration, given: Mapping[str, GivenValue], place: Place) -> Module:
        return Module(self.evaluation, configuration, given, place)

    def release(self) -> None:
        """Lets go of what it has computed. Nothing may be asked of it afterwards."""
        for name in ("_expansions", "_instances", "_locals", "_mentioned", "_origins", "_outputs", "_variables"):
            getattr(self, name).clear()
        self.called.release()
        self.given = {}
        self._falling.release()
        del self.scope, self.called

    @property
    def is_root(self) -> bool:
        return not self.place.prefix

    @property
    def conditions(self) -> Falling:
        """See ModuleNames.conditions."""
        return self._falling

    def files(self, directory: str) -> Sequence[str]:
        """See ModuleNames.files."""
        return self.evaluation.configurations.files(directory)

    def resolve(self, path: str) -> str | None:
        """Paths in expressions are relative to where Terraform runs: the root module."""
        return joined_path(self.evaluation.root, path)

    def read(self, path: str) -> Source | None:
        """A file that an expression names; None where it is not there. What is read counts as read by the unit."""
        resolved = self.resolve(path)
        source = self.evaluation.configurations.source(resolved) if resolved is not None else None
        if source is not None:
            self.evaluation.read[source.path] = None
        return source

    def is_unread(self, path: str, tell: bool = False) -> bool:
        """See Names.is_unread."""
        resolved = self.resolve(path)
        problem = self.evaluation.configurations.problems.get(resolved) if resolved is not None else None
        if problem is not None and tell and problem not in self.evaluation.problems:
            self.evaluation.problems.append(problem)
        return problem is not None

    def _path(self) -> MapValue:
        import posixpath

        here = posixpath.relpath(self.directory or ".", self.evaluation.root or ".")
        entries: dict[str, Value] = {
            "module": Known(here),
            "root": Known("."),
            "cwd": Unknown("depends on where Terraform runs"),
        }
        return MapValue(entries)

    @property
    def prefix(self) -> str:
        return self.place.prefix

    # What names mean

    def definition(self, root: str, name: str) -> Meaning | Settable | None:
        """What `var.name` or `local.name` is in any deployment; None where that is not told by its expression."""
        if root == "local" and name in self.configuration.locals:
            attribute, source = self.configuration.locals[name]
            return Meaning(attribute.expression, self.scope.within(source))
        if root == "terraform" and name == "workspace":
            return Settable("terraform.workspace", "string")
        declared = self.configuration.variables.get(name) if root == "var" else None
        if declared is None:
            return None
        given = self.given.get(name)
        if given is not None:
            return given.standing._replace(kind=_kind(declared)) if given.standing is not None else None
        return Settable(f"var.{name}", _kind(declared)) if self.is_root else None

    def is_overridable(self, value: Value) -> bool:
        """Whether a value comes from the default of a variable of the root module."""
        references = value.references
        return bool(references) and any(
            each.address.startswith("var.") and each.address[4:] not in self.evaluation.given for each in references
        )

    def origin(self, root: str, steps: Sequence[GetAttr | Index], scope: Scope) -> Origin | None:
        """What `var.x`, `local.x`, `module.x`, `data.type.x` or `type.x` stands for here."""
        if root == "var":
            return self._variable_origin(_name(steps, 0), scope.assume)
        if root == "local":
            return self._local_origin(_name(steps, 0), scope.assume)
        if root == "module":
            return self._module_origin(_name(steps, 0), steps, scope)
        if root in ("data", "ephemeral"):
            return self._resource_origin(f"{root}.{_name(steps, 0)}.{_name(steps, 1)}", 2, steps, scope)
        if root == "terraform":
            # Which workspace it will be is chosen where it is deployed.
            name = f"terraform.{_name(steps, 0)}"
            return Origin(Unknown(f"{name} is not known"), min(1, len(steps)), reference=Reference(name))
        if root in ("each", "count", "self"):
            return Origin(Unknown(f"{root} is not known here"), len(steps))
        return self._resource_origin(f"{root}.{_name(steps, 0)}", 1, steps, scope)

    def _variable_origin(self, name: str, assume: When) -> Origin | None:
        if name not in self.configuration.variables and name not in self.given:
            return None
        origin = self._origins.get(("var", name))
        if origin is None:
            cell = self._variable_cell(name)
            origin = self._variable_as(name, self.run.get(cell))
            if cell.is_done:
                self._origins["var", name] = origin
        if not assume:
            return origin
        value = self._where(name, origin.value, assume)
        return origin if value is origin.value else self._variable_as(name, value)

    def _variable_as(self, name: str, value: Value) -> Origin:
        given = self.given.get(name)
        message = given.message if given else "" if isinstance(value, Unknown) else f"default of var.{name}"
        return named(value, message, Reference(f"{self.place.prefix}var.{name}"))

    def _where(self, name: str, value: Value, assume: When) -> Value:
        """What a variable is where some guards hold."""
        declared = self.definition("var", name)
        if isinstance(declared, Settable):
            return narrowed(declared, value, assume, self.run.solver)
        if not isinstance(declared, Meaning) or not self.is_overridable(value):
            return value
        assume = felt(assume, declared.expression, declared.scope.module)
        if not assume:
            return value
        place = (f"var.{name}", assume)
        cell = self._locals.get(place)
        if cell is None and not self.run.may_assume():
            return value
        if cell is None:
            scope = declared.scope.where(assume)
            fallback = Unknown(f"var.{name} {_CYCLE}")
            cell = self._locals[place] = Cell(
                lambda: self._converted(name, evaluate(declared.expression, scope)), fallback
            )
        return self.run.get(cell)

    def _local_origin(self, name: str, assume: When) -> Origin | None:
        found = self.configuration.locals.get(name)
        if found is None:
            return None
        origin = self._origins.get(("local", name))
        if origin is None:
            cell = self._local_cell(name, found, ())
            origin = named(self.run.get(cell), f"local.{name}")
            if cell.is_done:
                self._origins["local", name] = origin
        assume = felt(assume, found[0].expression, self)
        if assume and (self.is_overridable(origin.value) or not is_known(origin.value)):
            known = (name, assume) in self._locals
            if known or self.run.may_assume():
                return named(self.run.get(self._local_cell(name, found, assume)), f"local.{name}")
        return origin

    def local(self, name: str) -> Cell[Value]:
        """What `local.name` is."""
        return self._local_cell(name, self.configuration.locals[name], ())

    def _local_cell(self, name: str, found: tuple[Attribute, Source], assume: When) -> Cell[Value]:
        cell = self._locals.get((name, assume))
        if cell is None:
            cell = self._locals[name, assume] = self._cell(found, f"local.{name} {_CYCLE}", assume)
        return cell

    def _module_origin(self, name: str, steps: Sequence[GetAttr | Index], scope: Scope) -> Origin | None:
        if name not in self.configuration.modules:
            return None
        found = self._selected(self.called.expansion(name), steps, 1, scope)
        if found is None:
            return Origin(self.called.all_outputs(name), 1)
        instance, consumed = found
        if consumed < len(steps) and isinstance(step := steps[consumed], GetAttr):
            return self.called.output(name, instance, step.name, consumed + 1)
        return Origin(self.called.outputs(name, instance), consumed)

    def _resource_origin(
        self, key: str, consumed: int, steps: Sequence[GetAttr | Index], scope: Scope
    ) -> Origin | None:
        definition = self.configuration.resources.get(key)
        if definition is None or len(steps) < consumed:
            return None
        expansion = self.expansion(key, definition)
        found = self._selected(expansion, steps, consumed, scope)
        if found is None:
            return Origin(self._all_instances(key, definition, expansion), consumed)
        instance, consumed = found
        return Origin(self._instance_value(key, definition, instance), consumed)

    def _selected(
        self, expansion: Expansion, steps: Sequence[GetAttr | Index], at: int, scope: Scope
    ) -> tuple[Instance, int] | None:
        """The one instance a traversal goes into, and the steps up to there; None where it means all of them."""
        only = expansion.instances.get(None)
        if expansion.kind == "single":
            return (only, at) if only else None
        if at >= len(steps) or not expansion.instances:
            return None
        step = steps[at]
        if isinstance(step, GetAttr) and not step.name.isdigit():
            return None
        key = Known(int(step.name)) if isinstance(step, GetAttr) else evaluate(step.key, scope)
        instance = expansion.at(key) or only
        if instance is None and not isinstance(key, Known) and len(expansion.instances) == 1:
            instance = next(iter(expansion.instances.values()))
        return (instance, at + 1) if instance else None

    # Variables, locals, outputs

    def _variable_cell(self, name: str) -> Cell[Value]:
        cell = self._variables.get(name)
        if cell is None:
            fallback = Unknown(f"var.{name} {_CYCLE}")
            definition = self.configuration.variables.get(name)
            hidden = definition is not None and (_is_true(definition, "sensitive") or _is_true(definition, "ephemeral"))
            cell = self._variables[name] = Cell(
                lambda: concealed(self._variable(name)) if hidden else self._variable(name), fallback
            )
        return cell

    def _variable(self, name: str) -> Value:
        definition = self.configuration.variables.get(name)
        given = self.given.get(name)
        value = given.value() if given else None
        if definition is None:
            return value or Unknown("it refers to a variable that is not declared")
        if value is None or (is_null(value) and _is_false(definition, "nullable")):
            default = definition.attributes.get("default")
            if default is None:
                return Unknown(f"var.{name} has no default", definition.header)
            value = evaluate(default[0].expression, self.scope.within(default[1]))
        return self._converted(name, value)

    def _converted(self, name: str, value: Value) -> Value:
        """A variable's value in its type."""
        definition = self.configuration.variables.get(name)
        type = definition.attributes.get("type") if definition is not None else None
        if type is None:
            return value
        converter = Converter(lambda node, source: evaluate(node, self.scope.within(source)))
        return converter.convert(value, read_type(type[0].expression, type[1]))

    def _cell(self, found: tuple[Attribute, Source], reason: str, assume: When = ()) -> Cell[Value]:
        attribute, source = found
        fallback = Unknown(reason, source.span(attribute.start, attribute.end))
        return Cell(lambda: evaluate(attribute.expression, self.scope.within(source).where(assume)), fallback)

    def output(self, name: str) -> Value:
        """An output's value, as seen from the caller."""
        cell = self._outputs.get(name)
        if cell is None:
            definition = self.configuration.outputs.get(name)
            found = definition.attributes.get("value") if definition else None
            if found is None:
                return failed("it refers to an output that is not declared", None)
            cell = self._outputs[name] = self._cell(found, f"output.{name} {_CYCLE}")
        return self.run.get(cell)

    # Resources

    def expansion(self, key: str, definition: Definition) -> Expansion:
        """The instances of a resource or module call."""
        cell = self.expansion_cell(key, definition)
        return SINGLE if cell is None else self.run.get(cell)

    def expansion_cell(self, key: str, definition: Definition) -> Cell[Expansion] | None:
        """The same as it is computed; None where there is nothing to compute."""
        cell = self._expansions.get(key)
        if cell is not None:
            return cell
        repeated = "count" in definition.attributes or "for_each" in definition.attributes
        if not repeated and (not definition.blocks or enabled(definition) is None):
            return None
        circle = Guard(f"{key} {_CYCLE}", Says.NOTE, scope=self.place.prefix)
        fallback = Expansion("each", {None: Instance(None, {}, (circle,))}, complete=False)
        cell = self._expansions[key] = Cell(lambda: expand(definition, self.scope, self.is_overridable), fallback)
        return cell

    def instance_cell(self, key: str, definition: Definition, instance: Instance) -> Cell[MapValue]:
        """The attributes of one instance of a resource."""
        place = (key, instance.key)
        cell = self._instances.get(place)
        if cell is None:
            scope = self._instance_scope(key, definition, instance)
            fallback = MapValue({}, definition.span, complete=False)
            cell = self._instances[place] = Cell(lambda: instance_attributes(definition, scope), fallback)
        return cell

    def _instance_scope(self, key: str, definition: Definition, instance: Instance) -> Scope:
        names: Mapping[str, Value] = instance.names
        if definition.may_name_itself:
            names = {**names, "self": resource_value(definition, self.address(key, instance), {})}
        scope = self.scope.bound(names) if names else self.scope
        return scope.where(instance.when) if instance.when else scope

    def address(self, key: str, instance: Instance) -> str:
        return f"{self.place.prefix}{key}{instance.suffix}"

    def _instance_value(self, key: str, definition: Definition, instance: Instance) -> Value:
        place = (key, instance.key)
        value = self._mentioned.get(place)
        if value is None:
            cell = self.instance_cell(key, definition, instance)
            value = resource_value(definition, self.address(key, instance), self.run.get(cell).entries)
            if cell.is_done:
                self._mentioned[place] = value
        return value

    def _all_instances(self, key: str, definition: Definition, expansion: Expansion) -> Value:
        values = {at: self._instance_value(key, definition, found) for at, found in expansion.instances.items()}
        return expansion.collected(values, definition.header)


def _kind(variable: Definition) -> str:
    """The type of a variable where it is a simple one."""
    type = variable.attributes.get("type")
    read = read_type(type[0].expression, type[1]) if type is not None else ANY
    return read.name if isinstance(read, Plain) and read is not ANY else "" if read is ANY else "other"


def _name(steps: Sequence[GetAttr | Index], at: int) -> str:
    step = steps[at] if at < len(steps) else None
    return step.name if isinstance(step, GetAttr) else ""


def _is_false(definition: Definition, name: str) -> bool:
    return _flag(definition, name) is False


def _is_true(definition: Definition, name: str) -> bool:
    return _flag(definition, name) is True


def _flag(definition: Definition, name: str) -> object:
    """What an argument says where it is a literal."""
    found = definition.attributes.get(name)
    expression = found[0].expression if found is not None else None
    return expression.value if isinstance(expression, Literal) else None
