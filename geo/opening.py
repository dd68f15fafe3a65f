"""Opening hours: what a register or OpenStreetMap writes, as a week of hours and a holiday; unknown stays unknown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.messages import say

Span = tuple[int, int]
Day = tuple[Span, ...] | None  # minutes from midnight; () closed all day; None not known
HOLIDAY = 7
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
OPEN, CLOSED, UNKNOWN = 1, 0, -1
_WHOLE_DAY: Span = (0, 1440)
_WEEK, _WORKDAYS, _WEEKEND = tuple(range(7)), tuple(range(5)), (5, 6)
_SLICE_DAYS = {"weekday": _WORKDAYS, "weekend": _WEEKEND, "daily": _WEEK, "holiday": (HOLIDAY,)} | {
    name: (number,) for number, name in enumerate(DAY_NAMES[:7])
}
_SLICE = re.compile(
    rf"({'|'.join(_SLICE_DAYS)}) ([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)"
)


@dataclass(frozen=True)
class TimeSlice:
    """A part of the week: the days that are meant, from `start` to `end` minutes after midnight."""

    days: tuple[int, ...]
    start: int
    end: int


# The four that every study reports; a profile may name its own.
STANDARD_SLICES = {
    "weekday_noon": "weekday 12:00-14:00",
    "evening": "weekday 19:00-21:00",
    "weekend": "weekend 14:30-16:30",
    "holiday": "holiday 14:30-16:30",
}


def read_slice(text: str) -> TimeSlice | None:
    """Read ``weekday 12:00-14:00``; None where it cannot be read or ends before it begins."""
    match = _SLICE.fullmatch(text)
    if match is None:
        return None
    day, hour, minute, end_hour, end_minute = match.groups()
    start = int(hour) * 60 + int(minute)
    end = 1440 if end_hour is None else int(end_hour) * 60 + int(end_minute)
    return TimeSlice(_SLICE_DAYS[day], start, end) if start < end else None


@dataclass(frozen=True)
class WeekHours:
    """Hours of Monday to Sunday and of a public holiday.

    Attributes
    ----------
    days
        Eight days; each holds disjoint spans in order, ``()`` for a day it is closed, None for one nobody states.
    """

    days: tuple[Day, ...]

    def during(self, when: TimeSlice) -> int:
        """Tell whether it is open the whole slice, on each of its days.

        One day known to be closed settles it; otherwise one day not stated leaves it unknown.
        """
        states = [_covers(self.days[day], when) for day in when.days]
        return min(states, key=(CLOSED, UNKNOWN, OPEN).index)

    def texts(self) -> dict[str, str]:
        """Write each day for a person: ``09:00-17:30``, 休息, 未注明."""
        return {name: _day_text(day) for name, day in zip(DAY_NAMES, self.days, strict=True)}


def _covers(day: Day, when: TimeSlice) -> int:
    if day is None:
        return UNKNOWN
    return OPEN if any(a <= when.start and when.end <= b for a, b in day) else CLOSED


def _day_text(day: Day) -> str:
    if day is None:
        return say("opening_unknown")
    if not day:
        return say("opening_closed")
    return "、".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in day)


def open_states(hours: pd.Series, when: TimeSlice) -> npt.NDArray[np.int8]:
    """Judge every station: `OPEN` during the whole slice, `CLOSED`, or `UNKNOWN`."""
    texts = hours.astype(object).where(hours.notna(), "")
    known = {text: parse_hours(str(text)) for text in texts.unique()}
    state = {text: UNKNOWN if week is None else week.during(when) for text, week in known.items()}
    return texts.map(state).to_numpy(dtype=np.int8)


@cache
def parse_hours(text: str) -> WeekHours | None:
    """Read opening hours as people write them.

    Both the usual part of OpenStreetMap's ``opening_hours`` (``Mo-Fr 08:30-12:00,14:00-18:00; PH off``, ``24/7``)
    and the usual Chinese forms (周一至周五 9:00-17:30，工作日 8:30—12:00，每天，周一闭馆，节假日休息).

    Returns
    -------
    WeekHours or None
        None where any part cannot be read: half of a sentence may say the opposite. Days that a schedule does not
        name are closed, except: hours without any day are known for Monday to Friday only, and a holiday is known
        only where it is named, implied by a word (每天, 工作日) or where all seven days have the same hours.

    Examples
    --------
    >>> parse_hours("工作日 9:00-12:00").days[0]
    ((540, 720),)
    >>> parse_hours("详见公告") is None
    True
    """
    tokens = list(_tokens(_plain(text)))
    if any(kind == "bad" for kind, _ in tokens):
        return None
    clauses = _clauses(tokens)
    return None if clauses is None else _week(clauses)


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFKC", text).casefold()
    flat = re.sub(r"[—–―~〜至到]+|-{2,}", "-", flat)
    flat = re.sub(r"每(?=周|星期|礼拜)", "", flat)
    return re.sub(r"\s*-\s*", "-", flat)


# A bare Chinese weekday may follow the first one: 周一至五, 周六日, 周一、三、五.
_ZH = "(?:周|星期|礼拜)"
_NUMERAL = "一二三四五六日天"
_HALF = r"(?P<{0}h>凌晨|早上|上午|早|中午|下午|傍晚|晚上|晚间|晚)?\s*"
_CLOCK = (
    r"(?P<{0}>\d{{1,2}})(?:[:.](?P<{0}m>\d{{2}})|[点时](?:(?P<{0}z>\d{{1,2}})分?|(?P<{0}k>半))?)"
)
_TIME = re.compile(
    _HALF.format("a") + _CLOCK.format("a") + r"-(?P<next>次日|翌日|第二天)?"
    + _HALF.format("b") + _CLOCK.format("b")
)  # fmt: skip
_OSM_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_OSM = re.compile(rf"(?P<o1>{'|'.join(_OSM_DAYS)})(?:-(?P<o2>{'|'.join(_OSM_DAYS)}))?(?![a-z])")
_CHINESE = re.compile(
    rf"{_ZH}(?P<c1>[{_NUMERAL}])(?:-{_ZH}?(?P<c2>[{_NUMERAL}])|(?P<more>(?:、?[{_NUMERAL}])+))?"
)
_WORDS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("daily", r"24/7", ()),
    ("all", r"全年无休|全年|365天|天天|每天|每日", (*_WEEK, HOLIDAY)),
    ("work", r"法定工作日|工作日", _WORKDAYS),
    ("days", r"周末|双休日|星期六日", _WEEKEND),
    ("days", r"(?:国家)?法定节假日|节假日|公众假期|公共假期|假日|ph", (HOLIDAY,)),
    ("whole", r"24小时|全天候|全天", ()),
    ("same", r"照常|正常|不休息|不休|无休", ()),
    ("except", r"除外|外(?!出)", ()),
    ("off", r"休息|休馆|闭馆|闭站|关闭|关门|不开放|不对外开放|不营业|off|closed|休", ()),
    (
        "noise",
        r"开放时间|服务时间|营业时间|对外开放|开放|营业|办公|服务|均可|均|免费|时间|除|为",
        (),
    ),
    ("noise", r"(?:需|须|请)(?:提前)?(?:电话)?预约|open", ()),
    ("break", r";|\n", ()),
    ("join", r"[\s,、:。()\[\]/及和与以]|\|\|", ()),
)
_PATTERNS = tuple((kind, re.compile(pattern), days) for kind, pattern, days in _WORDS)
Token = tuple[str, tuple[int, ...] | Span]


def _tokens(text: str) -> Iterator[Token]:
    """Cut a text into days, times and words; what nobody knows is ``bad``."""
    at = 0
    while at < len(text):
        time = _TIME.match(text, at)
        if time is not None:
            span = _span(time)
            yield ("bad", ()) if span is None else ("time", span)
            at = time.end()
            continue
        days = _OSM.match(text, at) or _CHINESE.match(text, at)
        if days is not None:
            yield "days", _named_days(days)
            at = days.end()
            continue
        for kind, pattern, named in _PATTERNS:
            word = pattern.match(text, at)
            if word is not None:
                if kind not in ("noise", "join"):
                    yield kind, named
                at = word.end()
                break
        else:
            yield "bad", ()
            return


def _named_days(match: re.Match[str]) -> tuple[int, ...]:
    found = match.groupdict()
    if "o1" in found:
        first, end = _OSM_DAYS.index(found["o1"]), found["o2"]
        last = _OSM_DAYS.index(end) if end else None
    else:
        first, end = _zh_day(found["c1"]), found["c2"]
        last = _zh_day(end) if end else None
    if last is not None:
        return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
    more = [_zh_day(one) for one in (found.get("more") or "") if one != "、"]
    return (first, *more)


def _zh_day(numeral: str) -> int:
    return min(_NUMERAL.index(numeral), 6)


def _span(match: re.Match[str]) -> Span | None:
    """Read 上午9:00-下午5:30; None for a time that does not exist or an end before its start."""
    start = _minute(match, "a", match["ah"] or "")
    end = _minute(match, "b", match["bh"] or "")
    if start is None or end is None:
        return None
    if match["ah"] and not match["bh"] and start >= 720 and end <= start and end < 720:
        end += 720  # 下午2:00-5:30
    if match["next"] or (end <= start and start >= 720 and end <= 360):
        end += 1440  # past midnight
    return (start, end) if start < end else None


def _minute(match: re.Match[str], key: str, half: str) -> int | None:
    hour = int(match[key])
    minute = 30 if match[f"{key}k"] else int(match[f"{key}m"] or match[f"{key}z"] or 0)
    if half in ("下午", "傍晚", "晚上", "晚间", "晚") and hour < 12:
        hour += 12
    elif half in ("晚上", "晚间", "晚") and hour == 12:
        hour = 24
    elif half == "中午" and hour < 10:
        hour += 12
    total = hour * 60 + minute
    return total if minute < 60 and total <= 1440 else None


@dataclass
class _Clause:
    """Some days and what holds on them; without days, what holds in general."""

    days: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    word: str = ""  # off, except, same
    work: bool = False
    replaces: bool = False

    @property
    def said(self) -> bool:
        return bool(self.spans or self.word)


def _clauses(tokens: list[Token]) -> list[_Clause] | None:
    """Group tokens: days, then what holds on them; None where that cannot be."""
    done: list[_Clause] = []
    now = _Clause()
    for kind, value in tokens:
        if kind in ("days", "all", "work"):
            if now.said:  # also where hours stand first: 9:00-17:30（周一至周五）
                done.append(now)
                now = _Clause()
            now.days = (*now.days, *(int(day) for day in value))
            now.work |= kind == "work"
        elif kind == "break":
            if now.said:
                done.append(now)
                now = _Clause(replaces=True)
            elif now.days:
                return None
        elif kind == "daily":
            now.days, now.spans = (*_WEEK, HOLIDAY), (_WHOLE_DAY,)
        elif kind == "whole":
            now.spans = (*now.spans, _WHOLE_DAY)
        elif kind == "time":
            now.spans = (*now.spans, (int(value[0]), int(value[1])))
        elif kind != "except" or now.days:
            now.word = kind
    if now.said:
        done.append(now)
    elif now.days:
        return _behind(done, now)
    return done or None


def _behind(done: list[_Clause], days: _Clause) -> list[_Clause] | None:
    """Give days written last to the hours written before them."""
    if len(done) != 1 or done[0].days or not done[0].spans:
        return None
    return [_Clause(days.days, done[0].spans, work=days.work)]


def _week(clauses: list[_Clause]) -> WeekHours | None:
    general = [one for one in clauses if not one.days]
    named = [one for one in clauses if one.days]
    if any(one.word and one.spans for one in clauses) or any(one.word for one in general):
        return None
    if general and any(one.spans for one in named):
        return None  # hours with and without days beside each other: nobody can say which holds
    days: list[Day] = [None] * 8
    if general:
        spans = tuple(span for one in general for span in one.spans)
        around_the_clock = _WHOLE_DAY in spans
        sure = (*_WEEK, HOLIDAY) if around_the_clock else _WEEK if named else _WORKDAYS
        for day in sure:
            days[day] = spans
    else:
        days[:7] = [()] * 7
    _apply(days, named)
    whole = _past_midnight(days)
    if whole[HOLIDAY] is None and len(set(whole[:7])) == 1:
        whole[HOLIDAY] = whole[0]
    return WeekHours(tuple(None if one is None else _merged(one) for one in whole))


def _apply(days: list[Day], named: list[_Clause]) -> None:
    """Write clauses over the week; exceptions (除…外) last, wherever they stand."""
    if any(one.work for one in named):
        days[HOLIDAY] = ()
    for one in sorted(named, key=lambda clause: clause.word in ("except", "same")):
        for day in dict.fromkeys(one.days):
            if one.word == "same":
                usual = {days[other] for other in _WORKDAYS}
                days[day] = usual.pop() if len(usual) == 1 else None
            elif one.word:
                days[day] = ()
            else:
                before = () if one.replaces else days[day] or ()
                days[day] = (*before, *one.spans)


def _past_midnight(days: list[Day]) -> list[Day]:
    """Move what lies beyond midnight to the next day; of a holiday nobody knows the next day."""
    moved = list(days)
    for number in range(7):
        late = [(0, b - 1440) for a, b in days[number] or () if b > 1440]
        after = moved[(number + 1) % 7]
        if late and after is not None:
            moved[(number + 1) % 7] = (*after, *late)
    return [None if one is None else tuple((a, min(b, 1440)) for a, b in one) for one in moved]


def _merged(day: tuple[Span, ...]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(day):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)
