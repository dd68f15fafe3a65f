"""Opening hours read into a week; what cannot be read stays unknown."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.opening import (
    CLOSED,
    HOLIDAY,
    OPEN,
    STANDARD_SLICES,
    UNKNOWN,
    open_states,
    parse_hours,
    read_slice,
)  # fmt: skip

NINE_FIVE_THIRTY = ((540, 1050),)
CLOSED_DAY: tuple = ()


def week(text: str) -> tuple:
    found = parse_hours(text)
    assert found is not None, text
    return found.days


@pytest.mark.parametrize(
    ("text", "workday", "saturday", "sunday", "holiday"),
    [
        ("周一至周五 9:00-17:30", NINE_FIVE_THIRTY, (), (), None),
        ("周一到周五9：00—17：30", NINE_FIVE_THIRTY, (), (), None),
        ("星期一~星期五 09:00-17:30", NINE_FIVE_THIRTY, (), (), None),
        ("周一至五：9点至17点30分", NINE_FIVE_THIRTY, (), (), None),
        ("9:00-17:30（周一至周五）", NINE_FIVE_THIRTY, (), (), None),
        ("开放时间：每周一至周五上午9:00至下午5:30", NINE_FIVE_THIRTY, (), (), None),
        ("Mo-Fr 09:00-17:30", NINE_FIVE_THIRTY, (), (), None),
        ("Mo-Fr 09:00-17:30; PH off", NINE_FIVE_THIRTY, (), (), ()),
        ("Mo-Fr 09:00-17:30; Sa,Su,PH 10:00-16:00", NINE_FIVE_THIRTY, *[((600, 960),)] * 3),
        ("工作日 9:00-17:30", NINE_FIVE_THIRTY, (), (), ()),
        ("工作日 8:30—12:00,14:00—18:00", ((510, 720), (840, 1080)), (), (), ()),
        ("工作日上午8:30-12:00，下午2:30-6:00", ((510, 720), (870, 1080)), (), (), ()),
        ("9:00-17:30，周末及节假日休息", NINE_FIVE_THIRTY, (), (), ()),
        ("每天 9:00-17:30", *[NINE_FIVE_THIRTY] * 4),
        ("每天 9:00-17:30（节假日除外）", *[NINE_FIVE_THIRTY] * 3, ()),
        ("周一至周日 9:00-17:30", *[NINE_FIVE_THIRTY] * 4),
        ("周一至周五 9:00-21:00；周六 10:00-17:00", ((540, 1260),), ((600, 1020),), (), None),
        ("Mo-Fr 09:00-21:00; Sa-Su 10:00-17:00", ((540, 1260),), ((600, 1020),), ((600, 1020),), None),
        ("周一至周五9:00-17:30，节假日照常开放", NINE_FIVE_THIRTY, (), (), NINE_FIVE_THIRTY),
        ("24/7", *[((0, 1440),)] * 4),
        ("24小时", *[((0, 1440),)] * 4),
        ("全天", *[((0, 1440),)] * 4),
        ("365天全天候开放", *[((0, 1440),)] * 4),
        ("9:00-17:30", NINE_FIVE_THIRTY, None, None, None),
        ("周一至周五 9:00-17:30（需预约）", NINE_FIVE_THIRTY, (), (), None),
        ("Mo-Su 18:00-02:00", *[((0, 120), (1080, 1440))] * 3, ((0, 120), (1080, 1440))),
    ],
)  # fmt: skip
def test_forms_that_people_write(text, workday, saturday, sunday, holiday) -> None:
    assert week(text) == (*[workday] * 5, saturday, sunday, holiday)


def test_single_days_and_exceptions() -> None:
    assert [day != () for day in week("周二至周日 9:00-20:00")[:7]] == [False, *[True] * 6]
    assert [day != () for day in week("9:00-17:00，周一闭馆")[:7]] == [False, *[True] * 6]
    assert [day != () for day in week("除周一外每天 9:00-17:00")[:7]] == [False, *[True] * 6]
    assert [day != () for day in week("周一、三、五 9:00-12:00")[:7]] == [
        True,
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert [day != () for day in week("周六日 9:00-12:00")[:7]] == [*[False] * 5, True, True]
    assert [day != () for day in week("周五至周一 9:00-12:00")[:7]] == [
        True,
        False,
        False,
        False,
        True,
        True,
        True,
    ]
    assert week("Mo-Fr 08:00-20:00; We 10:00-12:00")[2] == ((600, 720),)


@pytest.mark.parametrize(
    "text",
    ["", "详见公告", "预约开放", "夏季 9:00-18:00", "9-17", "周一至周五", "9:00-5:30", "25:00-26:00", "9:70-10:00",
     "周六上午", "Apr-Oct Mo-Fr 09:00-17:00", "周一至周五 9:00-17:30，晚上看情况", "周一至周五 9:00-12:00 休息",
     "周一至周五 9:00-12:00；14:00-18:00", "休息"],
)  # fmt: skip
def test_what_cannot_be_read_is_never_guessed(text: str) -> None:
    assert parse_hours(text) is None


def test_open_during_the_whole_slice() -> None:
    noon = read_slice("weekday 12:00-14:00")
    assert noon is not None
    hours = pd.Series(
        [
            "Mo-Fr 09:00-17:30",
            "工作日 8:30-12:00,14:00-18:00",
            "周一至周四 9:00-17:30",
            None,
            "Mo-Fr 12:00-14:00",
        ]
    )
    assert open_states(hours, noon).tolist() == [OPEN, CLOSED, CLOSED, UNKNOWN, OPEN]


def test_a_day_known_to_be_closed_settles_it_and_one_not_stated_leaves_it_open() -> None:
    weekend, holiday = read_slice("weekend 10:00-12:00"), read_slice("holiday 10:00-12:00")
    assert weekend is not None
    assert holiday is not None
    assert parse_hours("Mo-Sa 09:00-17:00").during(weekend) == CLOSED
    assert parse_hours("9:00-17:00").during(weekend) == UNKNOWN
    assert parse_hours("Mo-Fr 09:00-17:00").during(holiday) == UNKNOWN
    assert parse_hours("工作日 9:00-17:00").during(holiday) == CLOSED


def test_slices() -> None:
    assert all(read_slice(text) for text in STANDARD_SLICES.values())
    assert read_slice("daily 20:00-24:00").end == 1440
    assert read_slice("weekday 14:00-12:00") is None
    assert read_slice("weekday 12:00-12:00") is None
    assert read_slice("noon") is None


def test_days_as_a_person_reads_them() -> None:
    texts = parse_hours("周一至周五 8:30-12:00,14:00-18:00").texts()
    assert (texts["mon"], texts["sat"], texts["holiday"]) == (
        "08:30-12:00、14:00-18:00",
        "休息",
        "未注明",
    )


@given(st.text(alphabet="周一二五六日至-—: 90123，；每天工作休息PHMoFr小时(),", max_size=24))
def test_any_text_gives_eight_sound_days_or_nothing(text: str) -> None:
    found = parse_hours(text)
    if found is None:
        return
    assert len(found.days) == HOLIDAY + 1
    for day in found.days:
        ends = [minute for span in day or () for minute in span]
        assert ends == sorted(set(ends))
        assert all(0 <= minute <= 1440 for minute in ends)
