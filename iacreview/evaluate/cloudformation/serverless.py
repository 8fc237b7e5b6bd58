"""What AWS SAM makes of a template, and which of the written resources each is made for."""

from __future__ import annotations

from collections.abc import Mapping

from iacreview.evaluate.cloudformation import sam
from iacreview.evaluate.cloudformation.collected import Collected
from iacreview.model.source import Source
from iacreview.parse.data.nodes import DataNode, MapNode, ScalarNode


class Serverless:
    """A template as AWS SAM deploys it, where `transform` asks for that and it can be told; else as it is written.

    `root` is the template, `made_for` the keys of the written resources by the logical ids of what is made for them.
    """

    def __init__(self, source: Source, written: MapNode, transform: ScalarNode | None, collected: Collected) -> None:
        self.root = written
        self.made_for: Mapping[str, ScalarNode] = {}
        self._written: Mapping[str, tuple[ScalarNode, DataNode]] = {}
        if transform is not None and collected.deployed:
            self._translate(source, transform, collected)

    def _translate(self, source: Source, transform: ScalarNode, collected: Collected) -> None:
        from iacreview.evaluate.cloudformation.sam_translation import TranslationError, translated

        try:
            translation = translated(self.root)
        except ImportError:
            collected.skip("what SAM makes of it is not judged: install iacreview[sam] for that", source, transform)
            return
        except TranslationError as error:
            collected.skip(f"SAM: {error}; it is judged as it is written", source, transform)
            return
        for key in translation.refused:
            reason = f"SAM refuses {key.text} (`sam validate` tells why): it is judged as it is written"
            collected.skip(reason, source, key)
        written = self.root.get("Resources")
        self._written = written.entries if isinstance(written, MapNode) else {}
        self.made_for = translation.made_for
        self.root = translation.root

    def written_as(self, name: str) -> str:
        """The type of the serverless resource that a resource is under another type."""
        return self._type(name) if name in self.made_for else ""

    def written_for(self, name: str) -> tuple[str, str] | None:
        """The logical id and type of the serverless resource that a resource is made for; an implicit API is
        nobody's.
        """
        key = self.made_for.get(name)
        type = self._type(key.text) if key is not None and name.startswith(key.text) else ""
        return (key.text, type) if key is not None and type else None

    def maker(self, name: str) -> ScalarNode | None:
        """What SAM made a resource for, where that is not the resource of the same name."""
        key = self.made_for.get(name)
        return key if key is not None and key.text != name else None

    def _type(self, name: str) -> str:
        node = self._written[name][1] if name in self._written else None
        kind = node.get("Type") if isinstance(node, MapNode) else None
        return kind.text if isinstance(kind, ScalarNode) else ""


def transform_of(macros: list[tuple[ScalarNode, DataNode]]) -> ScalarNode | None:
    """The macro that asks for AWS SAM, if one does."""
    return next((name for name, _ in macros if name.text.startswith(sam.TRANSFORM)), None)
