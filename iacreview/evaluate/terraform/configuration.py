"""A module's directory as it is written: its files, merged into definitions by address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from iacreview.errors import EncodingError, MissingError, TreeError
from iacreview.evaluate.terraform.parsed import kept, parse_file
from iacreview.model.graph import Problem
from iacreview.model.patterns import later
from iacreview.model.source import Outline, Source, Span
from iacreview.parse.terraform.nodes import Attribute, Block, Body
from iacreview.parse.unreadable import unreadable
from iacreview.tree import Tree, normal_path

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.outlines import Outlines

NATIVE = (".tf", ".tofu")
JSON = (".tf.json", ".tofu.json")
_OWN = NATIVE + JSON
# Blocks that make no resource, and which of the blocks in them have arguments; none: they have them themselves.
_AROUND = {"terraform": ("backend", "cloud", "encryption"), "check": ("data",), "action": (), "list": ()}
_SOURCE = later(r'^[ \t]*"?source"?[ \t]*[=:][ \t]*"(\.\.?/[^"$%\n]*)"', re.MULTILINE)


# What Terraform itself reads: no argument of the provider's.
META = frozenset({"count", "for_each", "depends_on", "lifecycle", "provider"})


class Content:
    """Attributes and nested blocks that are evaluated together, each with its source.

    `keys` are the places of their names. It is the same for all instances of a resource.
    """

    __slots__ = ("attributes", "blocks", "keys")

    def __init__(self, attributes: Iterable[tuple[Attribute, Source]], blocks: Iterable[tuple[Block, Source]]) -> None:
        self.attributes = tuple(attributes)
        self.blocks = tuple(blocks)
        self.keys = {each.name: source.span(each.start, each.name_end) for each, source in self.attributes}
        for block, source in self.blocks:
            self.keys.setdefault(block.type, source.span(block.start, block.header_end))


class Definition:
    """A top-level block with what override files say: attributes and nested blocks, each with its source.

    Whether it `may_name_itself` is told from its text alone.
    """

    __slots__ = ("_content", "attributes", "block", "blocks", "header", "may_name_itself", "source", "span")

    def __init__(self, block: Block, source: Source) -> None:
        self.block = block
        self.source = source
        self.header = source.span(block.start, block.header_end)
        self.span = source.span(block.start, block.end)
        self.attributes: dict[str, tuple[Attribute, Source]] = {
            name: (attribute, source) for name, attribute in block.body.attributes.items()
        }
        self.blocks: list[tuple[Block, Source]] = [(inner, source) for inner in block.body.blocks]
        self.may_name_itself = _may_name_itself(block, source)
        self._content: Content | None = None

    @property
    def content(self) -> Content:
        """What it has for the provider."""
        if self._content is None:
            attributes = [found for name, found in self.attributes.items() if name not in META]
            self._content = Content(attributes, [found for found in self.blocks if found[0].type not in META])
        return self._content

    def label(self, index: int) -> str:
        labels = self.block.labels
        return labels[index].text if index < len(labels) else ""

    def override(self, block: Block, source: Source) -> None:
        """Attributes replace those of the same name, nested blocks all those of the same type.

        In the JSON syntax a nested block looks like an attribute, so each replaces the other as well.
        """
        types = {nested_type(inner) for inner in block.body.blocks}
        for name in types:
            self.attributes.pop(name, None)
        for name, attribute in block.body.attributes.items():
            self.attributes[name] = (attribute, source)
        replaced = types | block.body.attributes.keys()
        kept = [(inner, origin) for inner, origin in self.blocks if nested_type(inner) not in replaced]
        self.blocks = kept + [(inner, source) for inner in block.body.blocks]
        self.may_name_itself = self.may_name_itself or _may_name_itself(block, source)
        self._content = None


class Configuration:
    """All definitions of one directory. `resources` are keyed `aws_s3_bucket.b` and `data.aws_region.r`."""

    __slots__ = (
        "asides",
        "directory",
        "files",
        "imported",
        "kept",
        "locals",
        "modules",
        "moved",
        "outlined",
        "outputs",
        "problems",
        "providers",
        "resources",
        "settings",
        "variables",
    )

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self.variables: dict[str, Definition] = {}
        self.outputs: dict[str, Definition] = {}
        self.modules: dict[str, Definition] = {}
        self.resources: dict[str, Definition] = {}
        self.providers: list[Definition] = []
        # What makes no resource, but may hold secrets, by address: where the state is kept, actions, what checks read.
        self.asides: dict[str, Definition] = {}
        # The `terraform` blocks, those of override files last.
        self.settings: list[Definition] = []
        self.locals: dict[str, tuple[Attribute, Source]] = {}
        self.moved: list[tuple[str, str]] = []
        self.imported: list[tuple[str, str]] = []
        # What `removed` blocks take out of the state without destroying it.
        self.kept: list[str] = []
        # Whether this is what is known of a module that is not in the tree.
        self.outlined = False


class Configurations:
    """Reads and parses each directory and each file once; shared between the units of a run."""

    __slots__ = ("_configurations", "_listed", "_outlines", "_sources", "problems", "tree")

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._configurations: dict[str, Configuration] = {}
        self._sources: dict[str, Source | None] = {}
        self._listed: dict[str, Sequence[str]] = {}
        self._outlines: Outlines | None = None
        # Why files cannot be read, or not as a whole.
        self.problems: dict[str, Problem] = {}

    @property
    def outlines(self) -> Outlines:
        """What is known of modules that are not in the tree."""
        if self._outlines is None:
            from iacreview.evaluate.terraform.outlines import Outlines

            self._outlines = Outlines()
        return self._outlines

    def load(self, directory: str) -> Configuration:
        """The configuration in a directory of the tree; empty where there is none."""
        found = self._configurations.get(directory)
        if found is None:
            found = self._configurations[directory] = _load(self, directory)
        return found

    def source(self, path: str) -> Source | None:
        """A file of the tree; None where it cannot be read: see `problems`, which has none for what is not there."""
        if path not in self._sources:
            self._sources[path] = self._read(path)
        return self._sources[path]

    def files(self, directory: str) -> Sequence[str]:
        """The files below a directory of the tree; none where there is no such directory."""
        if directory not in self._listed:
            try:
                self._listed[directory] = tuple(self.tree.files(directory))
            except TreeError:
                self._listed[directory] = ()
        return self._listed[directory]

    def problem(self, path: str) -> Problem | None:
        """Why a file that was listed cannot be read, or not as a whole."""
        if self.source(path) is None and path not in self.problems:
            return Problem("the file is not there", Span(Source(path, ""), 0, 0))
        return self.problems.get(path)

    def _read(self, path: str) -> Source | None:
        try:
            return kept(Source(path, self.tree.read(path)))
        except MissingError:
            return None
        except EncodingError as error:
            return self._read_partly(path, error)
        except TreeError as error:
            # What a path of inputs leads to that name no file yet: as Terraform says, there is none.
            if error.why != "is a directory":
                self.problems[path] = unreadable(path, error)
            return None

    def _read_partly(self, path: str, error: EncodingError) -> Source | None:
        """The native syntax takes any byte in comments; elsewhere it is a problem, and the rest counts."""
        # What git-crypt has encrypted begins so, too: no text, of which nothing can be read.
        if error.text.startswith("\0") or not path.endswith((*NATIVE, ".tfvars")):
            self.problems[path] = unreadable(path, error)
            return None
        source = Source(path, error.text)
        at = _outside_of_comments(source, error.offsets)
        if at is not None:
            self.problems[path] = unreadable(path, error, at)
        return source


def named_directories(tree: Tree, directory: str) -> set[str]:
    """The directories that `source = "./..."` in a directory's files leads to, whether there is something or not."""
    found: set[str] = set()
    for name in configuration_files(tree.listing(directory)):
        try:
            text = tree.read(_path(directory, name))
        except EncodingError as error:
            text = error.text
        except TreeError:
            continue
        if "module" in text:
            found.update(_SOURCE.findall(text))
    return {target for source in found if (target := joined_path(directory, source)) is not None}


def configuration_files(names: list[str]) -> list[str]:
    """The configuration files among a directory's names, in Terraform's order, overrides last.

    OpenTofu's `x.tofu` stands in the place of `x.tf`.
    """
    found = [name for name in names if name.endswith(_OWN) and not is_ignored(name)]
    replaced = {name.replace(".tofu", ".tf") for name in found if name.endswith((".tofu", ".tofu.json"))}
    return sorted((name for name in found if name not in replaced), key=lambda name: (_is_override(name), name))


def joined_path(directory: str, path: str) -> str | None:
    """A path relative to a directory, in the tree's spelling; None where it leads out of the tree."""
    try:
        return normal_path(f"{directory}/{path}" if directory not in ("", ".") else path)
    except TreeError:
        return None


def _may_name_itself(block: Block, source: Source) -> bool:
    """Whether `self` may stand in a block; JSON has many ways to spell it."""
    return source.path.endswith(JSON) or source.text.find("self", block.start, block.end) >= 0


def _outside_of_comments(source: Source, offsets: Sequence[int]) -> int | None:
    """The first of some places that is in no comment."""
    from iacreview.parse.terraform.comments import comments

    spans = comments(source, lambda text: "\ufffd" in text)
    return next((at for at in offsets if not any(start <= at < end for start, end in spans)), None)


def _load(configurations: Configurations, directory: str) -> Configuration:
    configuration = Configuration(directory)
    for name in configuration_files(configurations.tree.listing(directory)):
        path = _path(directory, name)
        source = configurations.source(path)
        configuration.files.append(path)
        problem = configurations.problem(path)
        if problem is not None:
            configuration.problems.append(problem)
        if source is None:
            continue
        body, problems = parse_file(source)
        configuration.problems += problems
        override = _is_override(name)
        for block in body.blocks:
            _add(configuration, block, source, override)
    return configuration


def outlined(source: Outline, body: Body) -> Configuration:
    """The configuration of what is known of a module that is not in the tree."""
    configuration = Configuration(source.path)
    configuration.outlined = True
    for block in body.blocks:
        _add(configuration, block, source, False)
    return configuration


def _add(configuration: Configuration, block: Block, source: Source, override: bool) -> None:
    if block.type == "locals":
        for name, attribute in block.body.attributes.items():
            configuration.locals[name] = (attribute, source)
        return
    if block.type == "moved":
        ends = [_address(block, name, source) for name in ("from", "to")]
        if all(ends):
            configuration.moved.append((ends[0], ends[1]))
        return
    if block.type == "import":
        address, id = _address(block, "to", source), _constant(block, "id", source)
        if address and id:
            configuration.imported.append((address, id))
        return
    if block.type == "removed":
        if (address := _address(block, "from", source)) and _has_literal(
            block, "lifecycle", "destroy", "false", source
        ):
            configuration.kept.append(address)
        return
    if block.type in _AROUND:
        configuration.asides.update(_asides(block, source))
    if block.type == "terraform":
        configuration.settings.append(Definition(block, source))
        return
    if block.type == "provider":
        configuration.providers.append(Definition(block, source))
        return
    _declare(configuration, block, source, override)


def _asides(block: Block, source: Source) -> Iterator[tuple[str, Definition]]:
    """The blocks with arguments of their own in a block that makes no resource, or that block itself."""
    inner = _AROUND[block.type]
    for each in [each for each in block.body.blocks if each.type in inner] if inner else [block]:
        around = [] if each is block else [block]
        names = [name for one in (*around, each) for name in (one.type, *(label.text for label in one.labels))]
        yield ".".join(names), Definition(each, source)


def _declare(configuration: Configuration, block: Block, source: Source, override: bool) -> None:
    """Adds a block that has an address; only an override file may say more of one that is there."""
    table = {
        "variable": configuration.variables,
        "output": configuration.outputs,
        "module": configuration.modules,
        "resource": configuration.resources,
        "data": configuration.resources,
        "ephemeral": configuration.resources,
    }.get(block.type)
    labels = [label.text for label in block.labels]
    if table is None or len(labels) != (2 if table is configuration.resources else 1):
        return
    key = ".".join(labels if block.type in ("resource", "variable", "output", "module") else [block.type, *labels])
    known = table.get(key)
    if known is None:
        table[key] = Definition(block, source)
    elif override:
        known.override(block, source)
    else:
        message = f"{key} is defined twice"
        place = Span(source, block.start, block.header_end)
        configuration.problems.append(Problem(message, place, f"what {source.path} has once more"))


def _has_literal(block: Block, inner: str, name: str, literal: str, source: Source) -> bool:
    """Whether an argument of a block inside of another one is a literal, as Terraform wants those of `lifecycle`."""
    for each in block.body.blocks:
        attribute = each.body.attributes.get(name) if each.type == inner else None
        if attribute is not None:
            return source.text[attribute.expression.start : attribute.expression.end] == literal
    return False


def _constant(block: Block, name: str, source: Source) -> str:
    """A literal string; empty where it is none, or made of parts."""
    attribute = block.body.attributes.get(name)
    written = source.text[attribute.expression.start : attribute.expression.end] if attribute is not None else ""
    is_plain = written[:1] == written[-1:] == '"' and "${" not in written and "\\" not in written
    return written[1:-1] if is_plain else ""


def _address(block: Block, name: str, source: Source) -> str:
    """The address that an attribute names, without white space; empty where it is not there."""
    attribute = block.body.attributes.get(name)
    if attribute is None:
        return ""
    text = source.text[attribute.expression.start : attribute.expression.end]
    return "".join(text.split()) if source.path.endswith(NATIVE) else "".join(text.strip('"').split())


def nested_type(block: Block) -> str:
    """The type of a nested block; for a dynamic one, of the blocks it makes."""
    return block.labels[0].text if block.type == "dynamic" and block.labels else block.type


def _path(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory not in ("", ".") else name


def is_ignored(name: str) -> bool:
    """Whether Terraform passes over a file of this name, whatever it ends in: hidden files and editors' copies."""
    return name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))


def _is_override(name: str) -> bool:
    stem = name.partition(".")[0]
    return stem == "override" or stem.endswith("_override")
