"""Pinyin initials: read as words are, other signs kept."""

from __future__ import annotations

import pytest

from maps.initials import initials, initials_text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("重庆路2号", "cql2h"),  # 重 in 重庆 is c, not z
        ("重点学校", "zdxx"),
        ("云麓区A座", "ylqaz"),
        ("", ""),
        ("😀12", "😀12"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_one_line_a_name_whatever_it_holds() -> None:
    assert initials_text(["望江街道", "Tower 1", "甲\n乙", ""]) == "wjjd\n\nj y\n"
