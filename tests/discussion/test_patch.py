"""Which lines of a file a pull request shows, by its patch."""

from __future__ import annotations

from iacreview.discussion.patch import parsed

PATCH = """\
--- a/main.tf
+++ b/main.tf
@@ -1,3 +1,4 @@
 one
-two
+2
+2b
 three
@@ -10,2 +11,2 @@ resource
 ten
-eleven
+11\r"""


def test_lines_of_the_head_with_their_numbers_in_the_base() -> None:
    lines = parsed(PATCH, "main.tf").lines
    assert {number: (each.text, each.old) for number, each in lines.items()} == {
        1: ("one", 1),
        2: ("2", 0),
        3: ("2b", 0),
        4: ("three", 3),
        11: ("ten", 10),
        12: ("11", 0),
    }


def test_lines_of_two_hunks_do_not_stand_together() -> None:
    patch = parsed(PATCH, "main.tf")
    assert patch.joined(1, 4)
    assert patch.joined(11, 12)
    assert not patch.joined(4, 11)
    assert not patch.joined(4, 1_000_000_000)


def test_what_is_above_the_first_hunk_is_no_line() -> None:
    assert parsed("+++ b/main.tf\n+added", "").lines == {}
