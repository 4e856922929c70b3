"""Addresses of hosted files, and names that any system can unpack."""

import pytest

from migrations_app.rules.left_out import address, default, name_in_zip, why_no_pattern


@pytest.mark.parametrize("good", ["", "https://files.example/{path}", "http://h/x?f={name}&id={id}"])
def test_patterns_that_can_be_filled_in(good: str) -> None:
    assert why_no_pattern(good) == ""


@pytest.mark.parametrize(
    "bad", ["files.example/{path}", "javascript:alert({id})", "https://{path}/x", "https://h/{colour}", "https://h/all"]
)
def test_patterns_that_cannot(bad: str) -> None:
    assert why_no_pattern(bad)


def test_every_part_of_an_address_is_escaped_and_no_path_climbs() -> None:
    pattern = "https://h/{path}?n={name}&i={id}"
    assert address(pattern, "a b\\ü&.pdf", "x/y?.pdf", "AT-1&z") == "https://h/a%20b/%C3%BC%26.pdf?n=x%2Fy%3F.pdf&i=AT-1%26z"
    assert [address(pattern, path, "n", "1") for path in ("../etc/passwd", "a/../b", "a//b", "")] == [""] * 4


@pytest.mark.parametrize(
    ("name", "unpacked"),
    [
        ("../../evil.txt", "files/00007-evil.txt"),
        ("C:\\docs\\con.txt", "files/00007-_con.txt"),
        ('a<b>:"|?*.pdf', "files/00007-a_b______.pdf"),
        ("invoice\u202efdp.exe", "files/00007-invoicefdp.exe"),
        ("\0...", "files/00007-file"),
        ("é" * 300 + ".jpg", f"files/00007-{'é' * 100}.jpg"),
    ],
)
def test_names_in_the_zip_are_safe(name: str, unpacked: str) -> None:
    assert name_in_zip(7, name) == unpacked


def test_a_disguised_file_loads_unless_somebody_says_otherwise() -> None:
    assert (default("type_mismatch", "zip"), default("oversized", "link")) == ("load", "link")
