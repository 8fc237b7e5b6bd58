"""A root module to a unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iacreview.evaluate.terraform.blocks import evaluate_body
from iacreview.evaluate.terraform.cells import Cell
from iacreview.evaluate.terraform.configuration import Configuration, Configurations, Content, Definition
from iacreview.evaluate.terraform.evaluation import Evaluation, Place
from iacreview.evaluate.terraform.expansion import SINGLE, Expansion, Instance, is_kept
from iacreview.evaluate.terraform.expressions import evaluate
from iacreview.evaluate.terraform.module import Module
from iacreview.evaluate.terraform.provider_choice import provider_of
from iacreview.evaluate.terraform.providers import allowed, foreign, required, required_entries
from iacreview.evaluate.terraform.resources import left_alone
from iacreview.evaluate.terraform.scope import Scope
from iacreview.evaluate.terraform.stacks import commands_of, stack_inside
from iacreview.evaluate.terraform.variables import GivenValue, Inputs, given_by_caller, given_by_files, given_by_texts
from iacreview.evaluate.terraform.written import aside_values, given_values, other_branches, written_values
from iacreview.model.finding import NOT_REVIEWED
from iacreview.model.graph import CALL, Open, Problem, Resource, Unit
from iacreview.model.guard import together
from iacreview.model.parts import is_sensitive
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue, Value
from iacreview.parse.terraform.nodes import Expression
from iacreview.tree import Tree

DIALECT = "terraform"
MAX_RESOURCES = 100_000
# What a call says beside its arguments; its source may hold a password.
_ABOUT_CALLS = ("count", "for_each", "providers", "depends_on")


def evaluate_root(
    tree: Tree,
    directory: str,
    variables: Mapping[str, Value] | None = None,
    configurations: Configurations | None = None,
    inputs: Inputs | None = None,
    every_call: bool = False,
) -> Unit:
    """All resources of a root module and of the modules it calls, as far as they are in the tree.

    `variables` are values for its variables over all others, `inputs` what a user gives beside the tree.
    `configurations` may be shared between the roots of one tree, so that a module both call is parsed once.
    With `every_call`, the calls of modules that are in the tree are among the unit's `unread` as well.
    Never raises for what the files hold: that becomes a problem, a skipped part or an unknown value.
    """
    configurations = configurations or Configurations(tree)
    evaluation = Evaluation(configurations, directory, every_call)
    configuration = configurations.load(directory)
    files: list[str] = []
    given = {**_given(evaluation, configuration, inputs or Inputs(), files), **given_by_caller(variables)}
    evaluation.given = frozenset(given)
    root = Module(evaluation, configuration, given, Place())
    unread: list[Resource] = []
    written = [*given_values(root, configurations, files)]
    resources = [*_resources(root, unread, written), *_outputs(root)]
    evaluation.problems += _cut(evaluation, resources)
    return _unit(evaluation, configuration, resources, unread, files)._replace(written=written)


def _unit(
    evaluation: Evaluation,
    configuration: Configuration,
    resources: list[Resource],
    unread: list[Resource],
    files: list[str],
) -> Unit:
    """What is evaluated, with all that was read for it; the evaluation ends here."""
    configurations, directory, solver = evaluation.configurations, evaluation.root, evaluation.run.solver
    required_versions = [each for found in evaluation.required.values() for each in found]
    provider = allowed(configurations, directory, required_versions, resources)
    evaluation.release()
    paths = [*evaluation.files, *files]
    sources = [configurations.source(path) for path in dict.fromkeys((*paths, *evaluation.read))]
    return Unit(
        directory,
        DIALECT,
        resources,
        evaluation.problems,
        evaluation.skipped,
        paths,
        evaluation.moved,
        [source for source in sources if source is not None],
        secrets=list(evaluation.run.hidden),
        imported=configuration.imported,
        kept=configuration.kept,
        open=[*_open(resources), *evaluation.foreign.values()],
        possible=solver.possible,
        is_cut=lambda: solver.cut,
        provider=provider,
        unread=unread,
    )


def _open(resources: Iterable[Resource]) -> Iterator[Open]:
    """What the resources deploy by other means than their own arguments."""
    for each in resources:
        found = stack_inside(each)
        if found is not None:
            yield found
        yield from commands_of(each)


def _given(
    evaluation: Evaluation, configuration: Configuration, inputs: Inputs, files: list[str]
) -> dict[str, GivenValue]:
    """The values that are given beside the tree and in files of values, which are added to `files`; later ones win."""
    constant = _constant(evaluation)
    directory = evaluation.root
    return {
        **given_by_texts(inputs.environment, configuration, constant, "TF_VAR"),
        **given_by_files(evaluation.configurations, directory, constant, evaluation.problems, files, inputs.files),
        **given_by_texts(inputs.texts, configuration, constant, "--var"),
    }


def _cut(evaluation: Evaluation, resources: Sequence[Resource]) -> Iterator[Problem]:
    """What a bound has left out: of what is too large as a whole, all places have one cause."""
    cause = f"the size of {evaluation.root}" if evaluation.run.exhausted else ""
    if cause:
        header = resources[0].header if resources else Span(Source(evaluation.root, ""), 0, 0)
        yield Problem("the configuration is too large to be evaluated as a whole", header, cause)
    for span, reason in evaluation.run.cut.items():
        yield Problem(f"{NOT_REVIEWED}{reason}", span, cause)


def _constant(evaluation: Evaluation) -> Callable[[Expression, Source], Value]:
    """Evaluates what may not refer to anything: the values in .tfvars files."""
    empty = Module(evaluation, Configuration(evaluation.root), {}, Place())

    def constant(node: Expression, source: Source) -> Value:
        scope = empty.scope.within(source)
        return evaluation.run.force(_cell(node, scope))

    return constant


def _resources(root: Module, unread: list[Resource], written: list[Resource]) -> Iterator[Resource]:
    """The resources of a module and of those below it, callers first; `unread` takes the calls that lead nowhere,
    `written` what no resource takes.
    """
    stack = [root]
    count = 0
    while stack:
        module = stack.pop()
        for resource in _of_module(module):
            count += 1
            if count > MAX_RESOURCES:
                module.run.exhausted = True
                return
            yield resource
        written += _written(module)
        children = [
            child
            for name, definition in module.configuration.modules.items()
            for child in _children(module, name, definition, unread)
        ]
        stack += reversed(children)


def _written(module: Module) -> Iterator[Resource]:
    yield from written_values(module)
    yield from aside_values(module)
    for key, definition in module.configuration.resources.items():
        instance = next(iter(module.expansion(key, definition).instances.values()), None)
        found = other_branches(module, key, definition, instance) if instance is not None else None
        if found is not None:
            yield found


def _children(module: Module, name: str, definition: Definition, unread: list[Resource]) -> list[Module]:
    if module.called.is_cut_off(name):
        return module.called.entered(name)
    key = f"module.{name}"
    expansion = _expansion(module, key, definition)
    found = module.called.instances(name)
    every = module.evaluation.every_call
    entered = {instance.key for instance, child in found if not child.configuration.outlined and not every}
    for instance in expansion.instances.values():
        if instance.key not in entered and len(unread) < MAX_RESOURCES:
            unread.append(_unread(module, key, definition, instance, _judged(found)))
    return [child for _, child in found]


def _judged(found: Sequence[tuple[Instance, Module]]) -> MapValue | None:
    """The arguments of which it is known what the module makes of them."""
    names = [name for _, child in found[:1] if child.configuration.outlined for name in child.configuration.variables]
    return MapValue(dict.fromkeys(names, Known(True))) if names else None


def _unread(
    module: Module, key: str, definition: Definition, instance: Instance, judged: MapValue | None = None
) -> Resource:
    """A call of a module that is not in the tree: its source and its arguments; `judged` are in its extras."""
    written = Content([each for name, each in definition.attributes.items() if name not in _ABOUT_CALLS], ())
    scope = module.scope.bound(instance.names).where(instance.when)
    cell = Cell(lambda: evaluate_body(written, scope, definition.span), MapValue({}, definition.span, complete=False))
    return Resource(
        module.address(key, instance),
        "terraform.module",
        module.run.force(cell),
        definition.header,
        definition.span,
        DIALECT,
        "module",
        together(module.place.when, instance.when),
        module.place.via,
        judged,
        module.place.calls,
    )


def _expansion(module: Module, key: str, definition: Definition) -> Expansion:
    """The instances of a resource or module call, from outside of any evaluation."""
    cell = module.expansion_cell(key, definition)
    return module.run.force(cell) if cell is not None else SINGLE


def _of_module(module: Module) -> Iterator[Resource]:
    prefix = module.place.prefix
    _note_required(module)
    module.evaluation.moved += [(prefix + before, prefix + after) for before, after in module.configuration.moved]
    declared = {} if module.configuration.outlined else module.configuration.variables
    for name, definition in declared.items():
        yield _variable(module, name, definition)
    for definition in module.configuration.providers:
        yield _provider(module, definition)
    for key, definition in module.configuration.resources.items():
        yield from _instances(module, key, definition)


def _note_required(module: Module) -> None:
    required_there = module.evaluation.required
    if module.configuration.settings and module.directory not in required_there:
        entries = required_entries(
            module.configuration, lambda node, source: _forced(module, node, module.scope.within(source))
        )
        required_there[module.directory] = required(entries)
        other = foreign(entries)
        if other is not None:
            reason = "what this provider makes of the resources is not known: it is not AWS's own"
            span = other.span or module.configuration.settings[0].header
            module.evaluation.foreign[module.directory] = Open(
                f"{module.place.prefix}provider.aws", "provider.aws", reason, span
            )


def _instances(module: Module, key: str, definition: Definition) -> Iterator[Resource]:
    provider = provider_of(definition, module.configuration, module.place)
    extras = MapValue({"prevent_destroy": Known(True)}, definition.span) if is_kept(definition) else None
    ignored = left_alone(definition)
    for instance in _expansion(module, key, definition).instances.values():
        attributes = module.run.force(module.instance_cell(key, definition, instance))
        yield Resource(
            module.address(key, instance),
            definition.label(0),
            attributes,
            definition.header,
            definition.span,
            DIALECT,
            "data" if definition.block.type == "data" else "managed",
            together(module.place.when, instance.when),
            module.place.via,
            extras,
            module.place.calls,
            provider,
            left_alone=ignored,
            dormant=instance.dormant or module.place.dormant,
            written_as=CALL if module.configuration.outlined else "",
        )


def _variable(module: Module, name: str, definition: Definition) -> Resource:
    # Its block says the same in every instance of the module: it refers to nothing.
    declared = module.evaluation.declared
    attributes = declared.get(definition)
    if attributes is None:
        attributes = declared[definition] = _of_variable(module, definition)
    return _declared(module, f"var.{name}", "terraform.variable", "parameter", definition, attributes)


def _of_variable(module: Module, definition: Definition) -> MapValue:
    entries: dict[str, Value] = {}
    keys: dict[str, Span] = {}
    for key in ("default", "sensitive"):
        found = definition.attributes.get(key)
        if found is not None:
            entries[key] = _forced(module, found[0].expression, module.scope.within(found[1]))
            keys[key] = found[1].span(found[0].start, found[0].name_end)
    type = definition.attributes.get("type")
    if type is not None:
        span = type[1].span(type[0].expression.start, type[0].expression.end)
        entries["type"] = Known(span.text, span)
        keys["type"] = type[1].span(type[0].start, type[0].name_end)
    return MapValue(entries, definition.span, keys=keys)


def _outputs(root: Module) -> Iterator[Resource]:
    """The outputs of the root module, which are shown after each apply and kept in the state."""
    for name, definition in root.configuration.outputs.items():
        entries: dict[str, Value] = {}
        keys: dict[str, Span] = {}
        for key in ("value", "sensitive"):
            found = definition.attributes.get(key)
            if found is not None:
                entries[key] = _forced(root, found[0].expression, root.scope.within(found[1]))
                keys[key] = found[1].span(found[0].start, found[0].name_end)
        attributes = MapValue(entries, definition.span, keys=keys)
        yield _declared(root, f"output.{name}", "terraform.output", "output", definition, attributes)


def _provider(module: Module, definition: Definition) -> Resource:
    content = Content(definition.attributes.values(), definition.blocks)
    cell = Cell(
        lambda: evaluate_body(content, module.scope, definition.span),
        MapValue({}, definition.span, complete=False),
    )
    attributes = module.run.force(cell)
    type = f"provider.{definition.label(0)}"
    alias = attributes.entries.get("alias")
    named = isinstance(alias, Known) and alias.data and not is_sensitive(alias)
    address = f"{type}.{alias.data}" if isinstance(alias, Known) and named else type
    return _declared(module, address, type, "provider", definition, attributes)


def _forced(module: Module, node: Expression, scope: Scope) -> Value:
    return module.run.force(_cell(node, scope))


def _cell(node: Expression, scope: Scope) -> Cell[Value]:
    return Cell(lambda: evaluate(node, scope), Known(None))


def _declared(
    module: Module, address: str, type: str, mode: str, definition: Definition, attributes: MapValue
) -> Resource:
    return Resource(
        f"{module.place.prefix}{address}",
        type,
        attributes,
        definition.header,
        definition.span,
        DIALECT,
        mode,
        module.place.when,
        module.place.via,
        calls=module.place.calls,
    )
