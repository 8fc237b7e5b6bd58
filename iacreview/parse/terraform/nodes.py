"""The syntax tree of HCL native syntax. Offsets are into the source's text, end exclusive.

Expression
├── Literal        number, bool, null
├── Template       "..." or heredoc: parts are TemplateText and expressions and directives
├── Name           the root of a traversal: var, local, aws_s3_bucket, each ...
├── GetAttr        object.name, and the legacy object.0
├── Index          object[key]
├── Splat          object[*] or object.*, followed by steps applied to each element
├── SplatItem      stands for the element inside Splat.each
├── Call           name(args...), name may be provider::ns::fn
├── Unary Binary Conditional Parens
├── Tuple Object   [..] {..}
└── For            [for ...] {for ...}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from iacreview.model.source import Source


class Node:
    """Base of all nodes. What a node `mentions`, and its text in `words`, is kept with it by whoever evaluates it."""

    __slots__ = ("end", "mentions", "start", "words")

    start: int
    end: int
    mentions: Any
    words: str


class Expression(Node):
    __slots__ = ()


class Traversal(Expression):
    """Base of a name and of the steps from it. Its `route`, the beginning, the steps, and whether these are all names,
    is kept with it by whoever evaluates it.
    """

    __slots__ = ("route",)

    route: tuple[Expression, Sequence[GetAttr | Index], bool] | None


class Lasting(Expression):
    """Base of those that may be made of constants alone. The `constant` that one then is in a source is kept with it by
    whoever evaluates it.
    """

    __slots__ = ("constant",)

    constant: tuple[Source, Any] | None


class Literal(Lasting):
    __slots__ = ("value",)

    def __init__(self, value: int | float | bool | None, start: int, end: int) -> None:
        self.value = value
        self.start = start
        self.end = end
        self.constant = None


class TemplateText(Node):
    """Literal text of a template: `value` is unescaped and dedented."""

    __slots__ = ("value",)

    def __init__(self, value: str, start: int, end: int) -> None:
        self.value = value
        self.start = start
        self.end = end


class TemplateIf(Node):
    """%{ if condition } then %{ else } otherwise %{ endif }"""

    __slots__ = ("condition", "otherwise", "then")

    def __init__(
        self, condition: Expression, then: list[TemplatePart], otherwise: list[TemplatePart], start: int, end: int
    ) -> None:
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        self.start = start
        self.end = end


class TemplateFor(Node):
    """%{ for key, value in collection } body %{ endfor }"""

    __slots__ = ("body", "collection", "key", "value")

    def __init__(
        self, key: str | None, value: str, collection: Expression, body: list[TemplatePart], start: int, end: int
    ) -> None:
        self.key = key
        self.value = value
        self.collection = collection
        self.body = body
        self.start = start
        self.end = end


TemplatePart: TypeAlias = "TemplateText | TemplateIf | TemplateFor | Expression"


class Template(Lasting):
    """A quoted template or a heredoc. A plain string has one TemplateText part, "" has none.

    Strip markers (~) and the indentation of `<<-` are already applied to the texts. Each text is such that,
    where it has no escapes, value equals the source between start and end.
    """

    __slots__ = ("heredoc", "parts")

    def __init__(self, parts: list[TemplatePart], heredoc: bool, start: int, end: int) -> None:
        self.parts = parts
        self.heredoc = heredoc
        self.start = start
        self.end = end
        self.constant = None


class Name(Traversal):
    __slots__ = ("name",)

    def __init__(self, name: str, start: int, end: int) -> None:
        self.name = name
        self.start = start
        self.end = end
        self.route = None


class GetAttr(Traversal):
    __slots__ = ("name", "object")

    def __init__(self, object: Expression, name: str, start: int, end: int) -> None:
        self.object = object
        self.name = name
        self.start = start
        self.end = end
        self.route = None


class Index(Traversal):
    __slots__ = ("key", "object")

    def __init__(self, object: Expression, key: Expression, start: int, end: int) -> None:
        self.object = object
        self.key = key
        self.start = start
        self.end = end
        self.route = None


class SplatItem(Expression):
    __slots__ = ()

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Splat(Expression):
    """`full` is [*], which takes index steps too; the legacy .* takes attribute steps only.

    `each` is an expression over SplatItem: for a[*].b it is GetAttr(SplatItem, "b").
    """

    __slots__ = ("each", "full", "object")

    def __init__(self, object: Expression, each: Expression, full: bool, start: int, end: int) -> None:
        self.object = object
        self.each = each
        self.full = full
        self.start = start
        self.end = end


class Call(Expression):
    __slots__ = ("args", "expand", "name")

    def __init__(self, name: str, args: list[Expression], expand: bool, start: int, end: int) -> None:
        self.name = name
        self.args = args
        self.expand = expand
        self.start = start
        self.end = end


class Unary(Expression):
    __slots__ = ("operand", "operator")

    def __init__(self, operator: str, operand: Expression, start: int, end: int) -> None:
        self.operator = operator
        self.operand = operand
        self.start = start
        self.end = end


class Binary(Expression):
    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Expression, right: Expression, start: int, end: int) -> None:
        self.operator = operator
        self.left = left
        self.right = right
        self.start = start
        self.end = end


class Conditional(Expression):
    __slots__ = ("condition", "otherwise", "then")

    def __init__(self, condition: Expression, then: Expression, otherwise: Expression, start: int, end: int) -> None:
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        self.start = start
        self.end = end


class Parens(Expression):
    __slots__ = ("inner",)

    def __init__(self, inner: Expression, start: int, end: int) -> None:
        self.inner = inner
        self.start = start
        self.end = end


class Tuple(Lasting):
    __slots__ = ("items",)

    def __init__(self, items: list[Expression], start: int, end: int) -> None:
        self.items = items
        self.start = start
        self.end = end
        self.constant = None


class Object(Lasting):
    """A key that is a bare Name is the literal string of it; (name) in Parens is the reference."""

    __slots__ = ("items",)

    def __init__(self, items: list[tuple[Expression, Expression]], start: int, end: int) -> None:
        self.items = items
        self.start = start
        self.end = end
        self.constant = None


class For(Expression):
    """`result_key` is None for the tuple form; `grouping` is the `...` of the object form."""

    __slots__ = ("collection", "condition", "grouping", "key", "result", "result_key", "value")

    def __init__(
        self,
        key: str | None,
        value: str,
        collection: Expression,
        result_key: Expression | None,
        result: Expression,
        condition: Expression | None,
        grouping: bool,
        start: int,
        end: int,
    ) -> None:
        self.key = key
        self.value = value
        self.collection = collection
        self.result_key = result_key
        self.result = result
        self.condition = condition
        self.grouping = grouping
        self.start = start
        self.end = end


class Attribute(Node):
    """name = expression. start..name_end is the name."""

    __slots__ = ("expression", "name", "name_end")

    def __init__(self, name: str, name_end: int, expression: Expression, start: int, end: int) -> None:
        self.name = name
        self.name_end = name_end
        self.expression = expression
        self.start = start
        self.end = end


class Label(Node):
    __slots__ = ("text",)

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.start = start
        self.end = end


class Block(Node):
    """type "label" { body }. start..header_end is the header without the brace."""

    __slots__ = ("body", "header_end", "labels", "type")

    def __init__(self, type: str, labels: list[Label], body: Body, header_end: int, start: int, end: int) -> None:
        self.type = type
        self.labels = labels
        self.body = body
        self.header_end = header_end
        self.start = start
        self.end = end


class Body(Node):
    """Attributes by name and blocks, each in the order written. The `content` that these are in a source is kept with
    it by whoever evaluates it.
    """

    __slots__ = ("attributes", "blocks", "content")

    content: tuple[Source, Any] | None

    def __init__(self, attributes: dict[str, Attribute], blocks: list[Block], start: int, end: int) -> None:
        self.attributes = attributes
        self.blocks = blocks
        self.start = start
        self.end = end
        self.content = None
