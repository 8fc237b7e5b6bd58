"""What is shown of texts that may hold a secret: the search beforehand leaves nothing to the expressions that they find."""

from __future__ import annotations

import re

import pytest

from iacreview.model.digest import digests
from iacreview.veil import MASK, Veil

SECRET = "Zq9~Vault!17xK"
ROWS = [
    ("as it is", SECRET, f"is {SECRET}", f"is {MASK}"),
    ("in capitals", SECRET, f"is {SECRET.upper()}", f"is {MASK}"),
    ("reversed", SECRET, f"is {SECRET[::-1]}", f"is {MASK}"),
    ("in hexadecimal digits", SECRET, SECRET.encode().hex().upper(), MASK),
    ("hashed", SECRET, f"md5 {next(digests(SECRET.encode()))}", f"md5 {MASK}"),
    ("a hash, cut off", SECRET, f"md5 {next(digests(SECRET.encode()))[:12]} ...", f"md5 {MASK} ..."),
    ("beyond ASCII", "Übermut-2017-kx", "is übermut-2017-KX", f"is {MASK}"),
    ("beyond ASCII, encoded", "Übermut-2017-kx", "is %C3%9Cbermut-2017-kx", f"is {MASK}"),
    ("with a letter that is like one of ASCII", "kappa-sigma-17", "is kappa-\u017figma-17", f"is {MASK}"),
    ("with a letter that is like two", "pi-iota-iota-2017", "is pi-\u0130ota-\u0131ota-2017", f"is {MASK}"),
    ("beside signs of ours", SECRET, "on ${\u2026} and " + SECRET, "on ${\u2026} and " + MASK),
    ("weak, in quotes", "admin", 'is "admin"', f'is "{MASK}"'),
    ("weak, in a word", "admin", "is administered", "is administered"),
    ("not there", SECRET, "is ${\u2026}", "is ${\u2026}"),
]


@pytest.mark.parametrize(("secret", "text", "shown"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_shown_of_many_texts_is_what_is_shown_of_each(secret: str, text: str, shown: str) -> None:
    veil = Veil([secret])
    assert veil(text) == shown
    assert veil.over(["before", text, "after"]) == {"before": "before", text: shown, "after": "after"}


def test_no_letter_but_four_is_like_one_of_ascii() -> None:
    beyond = "".join(map(chr, range(0x80, 0x110000)))
    assert re.findall("(?i)[a-z0-9]", beyond) == ["\u0130", "\u0131", "\u017f", "\u212a"]
