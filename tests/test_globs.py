from __future__ import annotations

import pytest

from iacreview.globs import PathPatterns, starred


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        # Without a slash: a name at any depth, and all below it.
        ("main.tf", "main.tf", True),
        ("main.tf", "a/b/main.tf", True),
        ("main.tf", "a/xmain.tf", False),
        ("examples", "modules/a/examples/main.tf", True),
        ("examples/", "modules/a/examples/main.tf", True),
        ("*.gen.tf", "a/b.gen.tf", True),
        ("*.gen.tf", "a/b.gen.tf.bak", False),
        ("?.tf", "a.tf", True),
        ("?.tf", "ab.tf", False),
        ("?.tf", ".tf", False),
        ("*", "a/b", True),
        # With a slash: anchored at the root.
        ("modules/old", "modules/old/main.tf", True),
        ("modules/old", "modules/older/main.tf", False),
        ("modules/old", "x/modules/old/main.tf", False),
        ("/examples", "examples/main.tf", True),
        ("/examples", "a/examples/main.tf", False),
        ("./a/b", "a/b", True),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/b/c", False),
        ("a/*.tf", "a/b/c.tf", False),
        ("a/b*d/*.tf", "a/bcd/e.tf", True),
        ("a*", "b/a", True),
        # Two stars: any number of whole parts.
        ("a/**", "a/b/c", True),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("a/**/c", "a/b/cc", False),
        ("**/test/**/*.tf", "x/y/test/main.tf", True),
        ("**/test/**/*.tf", "x/y/tests/main.tf", False),
        ("**/a/**/b/**/c", "a/a/b/a/b/x/c", True),
        # Not special.
        ("[ab].tf", "a.tf", False),
        ("[ab].tf", "[ab].tf", True),
        ("a.tf", "aXtf", False),
        ("*", "", True),
    ],
)
def test_matches(pattern: str, path: str, matches: bool) -> None:
    assert PathPatterns([pattern]).matches(path) is matches


def test_any_of_several() -> None:
    patterns = PathPatterns(["a", "b/*.tf"])
    assert patterns.matches("b/x.tf")
    assert not patterns.matches("b/x.yaml")
    assert not PathPatterns([]).matches("a")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 200 + "b", "a" * 20_000),
        ("**/a/" * 200 + "b", "a/" * 2_000 + "c"),
        ("**/*a*a*a*/" * 50 + "b", "aaaa/" * 500),
    ],
)
def test_many_stars_end(pattern: str, path: str) -> None:
    assert not PathPatterns([pattern]).matches(path)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("aws_s3_bucket.logs", "aws_s3_bucket.logs", True),
        ("aws_s3_bucket.logs", "aws_s3_bucket.log", False),
        ("aws_s3_bucket.*", "aws_s3_bucket.logs", True),
        ("module.a.*.x", "module.a.b/c.d.x", True),
        ("*", "", True),
        ("**", "anything", True),
        ("ab*ba", "aba", False),
        ("ab*ba", "abba", True),
        ("*a*b*", "xxaxxbxx", True),
        ("*a*b*", "xxbxxaxx", False),
        ('m["?"]', 'm["x"]', False),
        ("*a*a*a*a*a*a*a*a*b", "a" * 20_000, False),
    ],
)
def test_starred(pattern: str, text: str, matches: bool) -> None:
    assert starred(pattern, text) is matches
