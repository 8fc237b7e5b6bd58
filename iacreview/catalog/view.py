"""What a rule sees of a resource: canonical properties, whatever the dialect."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from iacreview.catalog.catalog import Kind, Property, dialect_of
from iacreview.catalog.occurrence import Occurrence, scalars
from iacreview.catalog.path import End, Path, ends
from iacreview.model.choices import Answers, questions, resolved, ways_of
from iacreview.model.graph import Resource
from iacreview.model.guard import Guard, Question, When, negated, spoken, together
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Choice, Known, ListValue, MapValue, Unknown, Value
from iacreview.model.words import NOTHING, Phrase, say, vouched

if TYPE_CHECKING:
    from iacreview.catalog.world import World

T = TypeVar("T")


class Where(NamedTuple):
    """Where a view looks: at a resource, or at a member of a collection in it, which is called `label`."""

    resource: Resource
    kind: Kind
    value: Value
    span: Span
    label: str = ""


class Under(NamedTuple):
    """Under what something stands there: whether it certainly does, under which guards, what is answered so far.

    It is `cut` where there were too many ways to answer all that was asked.
    """

    sure: bool = True
    when: When = ()
    answers: Answers = {}  # noqa: RUF012 - nobody changes a Mapping
    cut: bool = False

    def also(self, when: When, sure: bool = True) -> Under:
        """With more guards, and as sure as both are."""
        if sure and not when:
            return self
        return self._replace(when=(*self.when, *when), sure=self.sure and sure)

    def answered(self, answers: Answers) -> Under:
        """With more questions answered."""
        return self._replace(when=together(self.when, *answers.values()), answers={**self.answers, **answers})


ALWAYS = Under()


class Base(NamedTuple):
    """What a path starts from: the resource itself, or a satellite with the guards that it alone has."""

    value: Value
    owner: Resource | None = None
    when: When = ()


class View:
    """A resource, or one member of a collection in it, in canonical terms.

    `properties` are those of a member, None for a resource; what a member has not is its `parent`'s.
    """

    def __init__(
        self,
        world: World,
        where: Where,
        under: Under = ALWAYS,
        properties: Mapping[str, Property] | None = None,
        parent: View | None = None,
        notes: dict[object, Any] | None = None,
    ) -> None:
        self.world = world
        self.where = where
        self.resource, self.kind, _, self.span, _ = where
        # Whose paths lead through the resource: its language's, or `awscc`'s.
        self.dialect = dialect_of(self.resource)
        self.under = under
        self.parent = parent
        self._properties = properties
        # What has been found out, which several views may share that look at the same.
        self._notes = {} if notes is None else notes
        self._value: Value | None = None

    @property
    def value(self) -> Value:
        """What is looked at, with the answers that are given so far; put in when it is first looked at."""
        if self._value is None:
            self._value = resolved(self.where.value, self.under.answers)
        return self._value

    @property
    def when(self) -> When:
        return self.under.when

    def applies(self, name: str) -> bool:
        """Whether the property exists in this resource's dialect."""
        return bool(self.property(name).paths[self.dialect])

    def has(self, name: str) -> bool:
        """Whether the catalog knows such a property of it, or of what it is a member of."""
        if self._properties is None:
            return self.kind.has(name)
        return name in self._properties or (self.parent is not None and self.parent.has(name))

    def property(self, name: str) -> Property:
        """The property's definition; a member of a collection also sees its parent's. Raises KeyError."""
        if self._properties is None:
            return self.kind.property(name)
        if name in self._properties:
            return self._properties[name]
        assert self.parent is not None
        return self.parent.property(name)

    def native(self, prop: Property) -> str:
        """How the property is called where its resource is written: of what is made of another type, as that has it."""
        return self.written(prop).native(self.dialect)

    def written(self, prop: Property) -> Property:
        """The property as the type has it that its resource is written as."""
        return self._as_written(prop) or prop

    def _as_written(self, prop: Property) -> Property | None:
        resource, catalog = self.resource, self.world.catalog
        if not resource.written_as and resource.written_for is None:
            return None
        written = resource.written_as or (resource.written_for or ("", ""))[1]
        kind = catalog.kind_of(written) if written and not self._properties else None
        known = kind is not None and catalog.kind(kind).has(prop.name)
        return catalog.kind(kind).property(prop.name) if kind is not None and known else None

    def occurrences(self, name: str) -> list[Occurrence]:
        """Every place where the property stands; one absence where it stands nowhere. Raises KeyError."""
        found: list[Occurrence] | None = self._notes.get(name)
        if found is None:
            if self._inherits(name) and self.parent is not None:
                found = self.parent.answering(self.under.answers).occurrences(name)
            else:
                found = self._read(self.property(name))
            self._notes[name] = found
        return found

    def kept(self, purpose: Hashable, make: Callable[[View], T]) -> T:
        """What `make` makes of what the view shows, made once for each purpose; nothing in it may refer to the view."""
        if purpose not in self._notes:
            self._notes[purpose] = make(self)
        found: T = self._notes[purpose]
        return found

    def scalars(self, name: str) -> Iterator[tuple[Occurrence, tuple[Step, ...]]]:
        """Each scalar of a property that is one or has several: see scalars."""
        return (found for each in self.occurrences(name) for found in scalars(each))

    def cases(self, names: Sequence[str]) -> list[View]:
        """The view once for each way in which the choices behind some properties can fall together.

        That is the view itself where there are none. Where there are too many ways, each choice falls by itself.
        What these views leave open is `cut` off.
        """
        ways = self.kept(("cases", *names), lambda view: view._ways(names))
        return [self.answering(answers, cut) for answers, cut in ways] or [self]

    def _ways(self, names: Sequence[str]) -> list[tuple[Answers, bool]]:
        """Those ways, each with whether it is cut; none where nothing is chosen."""
        occurrences = [each for name in names if self.applies(name) for each in self.occurrences(name)]
        guards = {guard for each in occurrences for guard in each.when[len(self.when) :]}
        chosen: list[Value] = [each.value for each in occurrences if isinstance(each.value, Choice)]
        # Of a collection, what its members are is asked, too.
        chosen += [
            each.value
            for name in names
            if self.applies(name) and self.property(name).items
            for each in self.occurrences(name)
            if each.value is not None
        ]
        guards.update(guard for asked in questions(chosen) for when in asked for guard in when)
        if not guards:
            return []
        own = [self.value, *(each.owner.attributes for each in occurrences if each.owner is not None)]
        if self.parent is not None and any(map(self._inherits, names)):
            own.append(self.parent.value)
        asked = [each for each in questions(own) if not guards.isdisjoint(together(*each))]
        asked += _questions_of_satellites(guards.difference(*(together(*each) for each in asked)), guards)
        possible = self.world.graph.unit.possible
        ways = ways_of(asked, lambda said: possible((*self._around(), *said)))
        cut = any(len(answers) < len(asked) for answers in ways)
        return [(answers, cut) for answers in ways]

    def _around(self) -> When:
        """The guards under which all of the view is there."""
        return (*self.when, *self.resource.conditions)

    def _inherits(self, name: str) -> bool:
        """Whether a property of a member of a collection is its parent's."""
        return self._properties is not None and name not in self._properties

    def answering(self, answers: Answers, cut: bool = False) -> View:
        """The view where questions are answered; `cut` where there are more."""
        if answers == self.under.answers and not cut:
            return self
        under = self.under.answered(answers)
        under = under._replace(cut=True) if cut else under
        notes: dict[object, Any] = self._notes.setdefault((tuple(answers.items()), cut), {})
        return View(self.world, self.where, under, self._properties, self.parent, notes)

    def first(self, name: str) -> Value | None:
        """The property's first value, or None."""
        return next((each.value for each in self.occurrences(name) if each.value is not None), None)

    def known(self, name: str) -> str | int | float | bool | None:
        """The property's first value where it is a known scalar, else None."""
        value = self.first(name)
        return value.data if isinstance(value, Known) else None

    def members(self, name: str) -> list[View]:
        """The members of a collection, each as a view; `outer.inner` for a collection in a collection."""
        head, _, rest = name.partition(".")
        views = self._members(head)
        return [inner for view in views for inner in view.members(rest)] if rest else views

    def unread(self, name: str) -> list[Occurrence]:
        """The places of a collection whose members cannot be known."""
        head, _, rest = name.partition(".")
        found = [each for each in self._written(head) if isinstance(each.value, Unknown)]
        if rest:
            found += [each for view in self._members(head) for each in view.unread(rest)]
        return found

    def _members(self, name: str) -> list[View]:
        """Those of a collection in it. Whatever is found out of one is shared by all views of it."""
        items = self.property(name).items
        found = self.kept(("members", name), lambda view: list(view._inside(name)))
        return [View(self.world, where, under, items, self, notes) for where, under, notes in found]

    def _inside(self, name: str) -> Iterator[tuple[Where, Under, dict[object, Any]]]:
        """Where the members of a collection are, each with room for what is found out of it."""
        keyed = _is_keyed(self.property(name), self.dialect)
        for occurrence in self._written(name):
            around = self.under._replace(sure=occurrence.sure, when=occurrence.when)
            for value, under in _flat(occurrence.value, around):
                for label, member in _entries(value, keyed):
                    yield Where(self.resource, self.kind, member, member.span or occurrence.span, label), under, {}

    def _written(self, name: str) -> list[Occurrence]:
        """What is written, on all paths, without absences."""
        return self.kept(("written", name), lambda view: list(view._all_written(view.property(name))))

    def _all_written(self, prop: Property) -> Iterator[Occurrence]:
        for path in prop.paths[self.dialect]:
            for base in self._bases(path):
                for end in self._ends(path, base):
                    if end.value is not None:
                        yield self._at(prop, path, base.owner, end)

    def _bases(self, path: Path) -> list[Base]:
        return list(self._satellites(path.satellite)) if path.satellite else [Base(self.value)]

    def _satellites(self, type: str) -> Iterator[Base]:
        possible, around = self.world.graph.unit.possible, self._around()
        for satellite in self.world.satellites(self.resource, self.kind, type):
            own = tuple(each for each in satellite.conditions if each not in around)
            if not possible((*around, *own)):
                continue
            if own and not possible((*around, negated(own))):
                own = ()
            yield Base(resolved(satellite.attributes, self.under.answers), satellite, own)
        doubt = self.world.stray(self.resource, self.kind, type)
        if doubt is not None:
            yield Base(doubt)

    def _read(self, prop: Property) -> list[Occurrence]:
        """What the first path has that leads to a value; what is missing on the last one where none does."""
        paths = prop.paths[self.dialect]
        if len(paths) == 1 and not paths[0].satellite:
            # As most are: there is nothing to choose.
            led = ends(self.value, paths[0].segments, self.span, self.world.follow)
            alone = [self._at(prop, paths[0], None, end) for end in led]
            return alone or [self._absence(prop, End(None, self.span, parent=False))]
        found: list[Occurrence] = []
        places: list[tuple[Path, Base, End]] = []
        lacking: When = ()
        for path in paths:
            bases = self._bases(path)
            places = [(path, base, end) for base in bases for end in self._ends(path, base, lacking)]
            if any(end.value is not None for _, _, end in places):
                if not all(base.when for base in bases):
                    break
                # Where none of their conditions holds, it is as if there were no satellites.
                found += [self._at(prop, path, base.owner, end) for path, base, end in places]
                places, lacking = [], (*lacking, *(negated(base.when) for base in bases))
        if not places:
            return [*found, self._absence(prop, End(None, self.span, parent=False, when=lacking))]
        return [*found, *(self._at(prop, path, base.owner, end) for path, base, end in places)]

    def _ends(self, path: Path, base: Base, lacking: When = ()) -> list[End]:
        """What a path leads to from one base, where others are `lacking`."""
        missing = base.owner.header if base.owner is not None else self.span
        found = ends(base.value, path.segments, missing, self.world.follow)
        when = (*lacking, *base.when)
        return [end._replace(when=(*when, *end.when)) for end in found] if when else found

    def _at(self, prop: Property, path: Path, owner: Resource | None, end: End) -> Occurrence:
        """What is at an end of a path: what is written there, in the owner if that is another one, or missing."""
        if end.value is None:
            return self._absence(prop, end if self.under.sure else end._replace(sure=False), owner)
        under = self.under if end.sure and not end.when else self.under.also(end.when, end.sure)
        span = owner.header if owner is not None and not path.segments else end.span
        written = self._as_written(prop)
        native = (written.native(self.dialect) if written is not None else path.native) or path.satellite
        return Occurrence(end.value, span, native, under.sure, under.when, owner=owner)

    def _absence(self, prop: Property, end: End, owner: Resource | None = None) -> Occurrence:
        when = self.under.also(end.when).when
        native = self.native(prop)
        default, basis = self._default(prop, end)
        lacking = self._lacking(prop) if owner is None else ""
        return Occurrence(default, end.span, native, end.sure, when, default is not None, owner, basis, lacking)

    def _lacking(self, prop: Property) -> str:
        """The type of satellite that would have a property, where the resource has none of the types that may."""
        types = [path.satellite for path in self.written(prop).paths[self.dialect]]
        if not types or not types[0]:
            return ""
        found = (self.world.satellites(self.resource, self.kind, type) for type in types if type)
        return "" if any(found) else types[0]

    def _default(self, prop: Property, end: End) -> tuple[Value | None, Phrase]:
        """What a property is where it is not written, and what that rests on."""
        decided = self.world.decided(self.resource, prop.setting, end.span) if prop.setting else None
        if decided is not None:
            return decided, NOTHING
        if not prop.versions or self.dialect != "terraform":
            return _default(prop, self.dialect, end), _dated(prop)
        from iacreview.catalog.versions import versioned

        return versioned(prop.versions, self.world.graph.unit.provider, end.span)


def _default(prop: Property, dialect: str, end: End) -> Value | None:
    """What a property is where it is not written; None where it has no default."""
    data, reason = prop.default(dialect, end.parent)
    if reason:
        return Unknown(reason, end.span)
    if isinstance(data, list):
        return ListValue(tuple(Known(each, end.span) for each in data), end.span)
    return Known(data, end.span) if data is not None else None


def _dated(prop: Property) -> Phrase:
    return say("since {}", vouched(prop.since)) if prop.since else NOTHING


def _questions_of_satellites(left: Iterable[Guard], guards: Collection[Guard]) -> Iterator[Question]:
    """A satellite's own condition is not a choice in a value: it holds or not."""
    for guard in sorted(left, key=lambda each: spoken((each,))):
        if guard.opposite not in guards:
            yield Question(((guard,), (guard.opposite,)))


def _flat(value: Value | None, under: Under) -> Iterator[tuple[Value, Under]]:
    """A collection's members: the items of lists and of every branch of a choice, or the one value itself."""
    if isinstance(value, Choice):
        for when, branch in value.branches:
            yield from _flat(branch, under.also(when))
    elif isinstance(value, ListValue):
        for item in value.items:
            yield from _flat(item, under.also((), value.complete))
    elif value is not None:
        yield value, under


def _is_keyed(prop: Property, dialect: str) -> bool:
    """Whether the members of a collection are the entries of a map."""
    return any(path.text.startswith("@") for sub in prop.items.values() for path in sub.paths[dialect])


def _entries(value: Value, keyed: bool) -> Iterator[tuple[str, Value]]:
    if not keyed:
        if isinstance(value, MapValue):
            yield "", value
        return
    if isinstance(value, MapValue):
        for key, entry in value.entries.items():
            span = value.keys.get(key)
            pair = {"@key": Known(key, span or entry.span), "@value": entry}
            yield key, MapValue(pair, entry.span, entry.via, entry.references)
