"""Each holder of a unit has the grants of its own documents, however short-lived these are."""

from __future__ import annotations

from iacreview.catalog.world import World
from iacreview.engine.load import load_catalog
from iacreview.grants.holders import _Reader
from iacreview.grants.parts import permission_of
from iacreview.model.naming import physical_name
from iacreview.pipeline import graphs
from tests.trees import MemoryTree

PERMISSION = """
resource "aws_lambda_permission" "{name}" {{
  function_name = "{name}"
  action        = "lambda:InvokeFunction"
  principal     = "444455556666"
}}
"""


def test_a_document_that_is_gone_does_not_leave_its_grants_to_the_next_one() -> None:
    text = "".join(PERMISSION.format(name=name) for name in ("orders", "refunds"))
    (graph,) = graphs(MemoryTree({"main.tf": text}), (), load_catalog())
    world = World(graph, load_catalog())
    reader = _Reader(world, physical_name)
    for view in world.of_kind("lambda.permission"):
        document = permission_of(view)
        assert document is not None
        # Of as many copies as were made and are gone, some have the places in memory of these.
        copies = [document._replace() for _ in range(1000)]
        assert {grant.via for each in copies for grant in reader.grants(each, ())} == {document.owner}
        del copies, document
