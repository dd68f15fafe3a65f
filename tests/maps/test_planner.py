"""The planner's page is the briefing map and nothing less; every sentence of its desk is said by its scripts."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from geo.errors import InputError
from geo.result import StudyResult
from maps.briefing import build_map
from maps.offline import POLICY
from maps.planner import SCRIPTS, door_page, planner_page, planner_texts

# texts said by the pages around the scripts, and by the code
_ELSEWHERE = {"no_map", "door_title", "door_wrong"}


def scripts() -> str:
    folder = files("maps").joinpath("assets")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)


def unsaid(texts: dict[str, str], script: str) -> list[str]:
    said = set(re.findall(r'"([a-z0-9_]+)"', script))
    begun = tuple(re.findall(r'text\("([a-z_]+_)" \+', script))
    return [key for key in texts if key not in said and not key.startswith(begun)]


def test_every_sentence_of_the_desk_is_said() -> None:
    assert set(unsaid(planner_texts("zh"), scripts())) == _ELSEWHERE
    assert unsaid({"a": "甲", "b_c": "乙", "d": "丁"}, 'text("a"); text("b_" + c)') == ["d"]


def test_the_page_keeps_the_map_and_may_ask_its_service(small_demo: StudyResult) -> None:
    html = build_map(small_demo)
    page = planner_page(html)
    assert f"content=\"{POLICY}; connect-src 'self'\"" in page
    assert page.index("SC.Desk") < page.index("ServiceCircle.start(")
    assert page.index("ServiceCircle.start(") < page.index("ServiceCircle.startPlanner()")
    assert '"tab_trial": "推演"' in page


def test_only_a_map_will_do() -> None:
    with pytest.raises(InputError):
        planner_page("<html><body></body></html>")


def test_the_door_speaks_both_languages() -> None:
    assert "访问密钥" in door_page("zh")
    assert 'lang="en"' in door_page("en") and "访问密钥" not in door_page("en")
