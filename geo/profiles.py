"""City profiles: tiers, expected counts, standards, rules and words of a city, as data (``data/profiles/*.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

from geo.errors import Fault, InputError, fault, raise_if_any
from geo.opening import STANDARD_SLICES, read_slice
from geo.params import DEFAULT_RULES, DEFAULT_TIERS, PACES, Pace, Rule
from geo.study_keys import Section, shown
from geo.tables import nearest_name

Relation = Literal["nested", "disjoint", "unstated"]
Comparison = Literal["=", ">", ">=", "<", "<=", "about"]
EACH = ("subdistrict", "community", "none")
RELATIONS = ("nested", "disjoint", "unstated")
COMPARISONS = ("=", ">", ">=", "<", "<=", "about")
PROGRAMME_KINDS = ("buildings", "zones", "line", "stations")
STANDARD = "standard"
_SOURCE_FOLDER = Path(__file__).resolve().parents[1] / "data" / "profiles"


@dataclass(frozen=True)
class TierSpec:
    """One tier of a city's stations.

    Attributes
    ----------
    id
        As in the register table and in rules.
    name
        As an official writes it.
    words
        Other words a register uses for it.
    each
        Kind of unit of which each must have one (``subdistrict``, ``community``), or ``none``.
    expected
        Count that a source states for the whole scope; None leaves it open (N).
    least_m2, strict
        Area standard; `strict` means more than, not at least.
    upgraded
        Share of these stations that must have been rebuilt, None where nothing is said.
    """

    id: str
    name: str
    words: tuple[str, ...] = ()
    each: str = "none"
    expected: int | None = None
    least_m2: float | None = None
    strict: bool = False
    upgraded: float | None = None


@dataclass(frozen=True)
class AreaClass:
    """Stations larger than a size; `strict` for 超过 (>), else 不少于 (≥)."""

    name: str
    size_m2: float
    strict: bool


@dataclass(frozen=True)
class Programme:
    """A programme that names buildings (百楼百站), zones of a layer (百园百站), a line (驿站群) or just stations."""

    name: str
    kind: str = "buildings"
    expected: int | None = None
    layer: str = ""


@dataclass(frozen=True)
class Figure:
    """A published figure as it stands in its source: it is compared, never used in place of a count.

    Attributes
    ----------
    indicator
        Id in the catalogue of indicators that counts the same thing, or empty.
    comparison
        What the source says: ``=``, ``>`` (超过), ``>=``, ``about`` (约、近).
    tiers
        What the figure counts; empty for all.
    zone
        Zone it speaks of; empty for the whole district.
    """

    text: str
    value: float
    comparison: Comparison = "="
    indicator: str = ""
    tiers: tuple[str, ...] = ()
    zone: str = ""
    as_of: date | None = None
    source: str = ""


@dataclass(frozen=True)
class Profile:
    """One city: everything that differs from place to place.

    Attributes
    ----------
    zone
        Zone that the expected counts hold for; empty for the whole study.
    area_relation
        Whether an area class includes the larger ones; ``unstated`` reports both.
    checks_name, checks
        Name and labels of the checklist (六有).
    slices
        Name -> time slice.
    aliases
        Other writings of names of places -> ours (traditional characters, old names).
    """

    id: str = STANDARD
    name: str = "通用"
    title: str = "十分钟党群服务圈"
    zone: str = ""
    as_of: date | None = None
    source: str = ""
    tiers: tuple[TierSpec, ...] = ()
    area_classes: tuple[AreaClass, ...] = ()
    area_relation: Relation = "unstated"
    checks_name: str = "六有"
    checks: tuple[str, ...] = ("有场所", "有设施", "有标志", "有党旗", "有书报", "有制度")
    programmes: tuple[Programme, ...] = ()
    figures: tuple[Figure, ...] = ()
    rules: tuple[Rule, ...] = DEFAULT_RULES
    slices: Mapping[str, str] = field(default_factory=lambda: dict(STANDARD_SLICES))
    aliases: Mapping[str, str] = field(default_factory=dict)
    households_m2: float = 30.0
    community_pass_share: float | None = None

    @property
    def tier_ids(self) -> tuple[str, ...]:
        """Tiers from the top down."""
        return tuple(one.id for one in self.tiers)

    @property
    def default_tier(self) -> str:
        """Tier of a station whose register has none."""
        ids = self.tier_ids
        return "community" if "community" in ids else ids[-1]

    def words(self) -> dict[str, str]:
        """Every word for a tier, as a register writes it -> tier."""
        words = {word: one.id for one in self.tiers for word in one.words}
        return (
            words | {one.name: one.id for one in self.tiers} | {one: one for one in self.tier_ids}
        )

    def tier_name(self, tier: str) -> str:
        """Return how a tier is printed; one that is not in the profile keeps its id."""
        return next((one.name for one in self.tiers if one.id == tier), tier)


STANDARD_PROFILE = Profile(
    tiers=(
        TierSpec("subdistrict", "街道党群服务中心", each="subdistrict"),
        TierSpec("community", "社区党群服务中心", each="community"),
        TierSpec("emerging", "新兴领域党群服务站"),
    )
)


def profile_folder() -> Path:
    """Return the folder of the profiles that come with the project: of the checkout, or of the installed package."""
    if _SOURCE_FOLDER.is_dir():
        return _SOURCE_FOLDER
    return Path(str(files("geo").joinpath("profiles_data")))


def profile_names() -> tuple[str, ...]:
    """List the profiles that come with the project."""
    return tuple(sorted(path.stem for path in profile_folder().glob("*.toml")))


def profile_of(city: str | None, folder: Path | None = None) -> Profile:
    """Read the profile that a study names: one of ours, or a ``.toml`` file of its own beside the study.

    Raises
    ------
    InputError
        Carrying every fault of the profile.
    """
    if city is None or city == STANDARD:
        return STANDARD_PROFILE
    own = city.endswith(".toml")
    path = ((folder or Path()) / city) if own else profile_folder() / f"{city}.toml"
    if not path.is_file():
        names = profile_names()
        raise InputError(
            fault(
                "profile_unknown",
                city=city,
                allowed="、".join(names),
                nearest=nearest_name(city, names) or "—",
            )
        )
    text = path.read_text(encoding="utf-8-sig")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(fault("profile_not_toml", file=path.name, why=str(error))) from error
    return parse_profile(table, path.stem, PACES)


def parse_profile(table: Mapping[str, object], name: str, paces: Mapping[str, Pace]) -> Profile:
    """Check the tables of a profile.

    Raises
    ------
    InputError
        Carrying every fault found.
    """
    return _Reader(table, name, paces).profile()


class _Reader:
    """Reads one profile and gathers what is wrong with it."""

    def __init__(self, table: Mapping[str, object], name: str, paces: Mapping[str, Pace]) -> None:
        self.faults: list[Fault] = []
        self.name = name
        self.top = Section(f"{name}.toml", table, self.faults)
        self.paces = paces

    def profile(self) -> Profile:
        """Read all tables; raise once."""
        head = self._section("profile")
        usual = Profile()
        tiers = self._tiers()
        relation, classes = self._areas()
        checks = self._section("checks")
        standards = self._section("standards")
        made = Profile(
            id=self.name,
            name=head.text("name", required=True) or "",
            title=head.text("title") or usual.title,
            zone=head.text("zone") or "",
            as_of=head.day("as_of") if head.has("as_of") else None,
            source=head.text("source") or "",
            tiers=tiers,
            area_classes=classes,
            area_relation=relation,
            checks_name=checks.text("name") or usual.checks_name,
            checks=checks.texts("labels", usual.checks),
            programmes=tuple(self._programme(one) for one in self._each("programme")),
            figures=tuple(self._figure(one) for one in self._each("figure")),
            rules=self._rules(tuple(one.id for one in tiers)),
            slices=self._slices(),
            aliases=self.top.pairs("aliases"),
            households_m2=standards.number(
                "area_per_100_households_m2", usual.households_m2, above=0
            )
            or usual.households_m2,
            community_pass_share=standards.number("community_pass_share", None, least=0, most=1),
        )
        for section in (head, checks, standards, self.top):
            section.finish()
        raise_if_any(self.faults)
        return made

    def _section(self, key: str) -> Section:
        return Section(f"{self.name}.toml [{key}]", self.top.get(key), self.faults)

    def _each(self, key: str) -> list[Section]:
        value = self.top.get(key)
        if value is not None and not isinstance(value, list):
            self.faults.append(fault("study_not_array", section=key))
        tables = value if isinstance(value, list) else []
        return [
            Section(f"{self.name}.toml [[{key}]] #{number}", one, self.faults)
            for number, one in enumerate(tables, 1)
        ]

    def _tiers(self) -> tuple[TierSpec, ...]:
        tiers: list[TierSpec] = []
        sections = self._each("tier")
        if not sections:
            self.top.add("profile_without_tiers")
        for one in sections:
            tier = self._tier(one)
            if tier.id in [other.id for other in tiers]:
                one.add("study_name_twice", key="id", found=tier.id)
            tiers.append(tier)
        self._words_differ(tiers, sections)
        return tuple(tiers)

    def _tier(self, one: Section) -> TierSpec:
        expected = one.whole("expected", 0, least=0) if one.has("expected") else None
        least, above = (one.number(key, None, above=0) for key in ("least_m2", "above_m2"))
        if least is not None and above is not None:
            one.add("profile_area_twice")
        tier = TierSpec(
            id=one.text("id", required=True) or "",
            name=one.text("name", required=True) or "",
            words=one.texts("words", ()),
            each=one.choice("each", EACH, "none"),
            expected=expected,
            least_m2=above if least is None else least,
            strict=above is not None,
            upgraded=one.number("upgraded_share", None, least=0, most=1),
        )
        one.known += ["expected"]
        one.finish()
        return tier

    def _words_differ(self, tiers: list[TierSpec], sections: list[Section]) -> None:
        """One word cannot mean two tiers."""
        seen: dict[str, str] = {}
        for tier, section in zip(tiers, sections, strict=True):
            for word in dict.fromkeys((tier.id, tier.name, *tier.words)):
                if word in seen:
                    section.add("profile_word_twice", word=word, other=seen[word])
                seen.setdefault(word, tier.id)

    def _areas(self) -> tuple[Relation, tuple[AreaClass, ...]]:
        section = self._section("area_classes")
        relation = cast(Relation, section.choice("relation", RELATIONS, "unstated"))
        value = section.get("classes")
        classes = []
        for number, one in enumerate(value if isinstance(value, list) else [], 1):
            each = Section(f"{section.where} classes #{number}", one, self.faults)
            above, least = (each.number(key, None, above=0) for key in ("above_m2", "least_m2"))
            if (above is None) == (least is None):
                each.add("profile_class_size")
            size = above if above is not None else least
            classes.append(
                AreaClass(each.text("name", required=True) or "", size or 0.0, above is not None)
            )
            each.finish()
        section.finish()
        return relation, tuple(sorted(classes, key=lambda one: -one.size_m2))

    def _programme(self, one: Section) -> Programme:
        made = Programme(
            one.text("name", required=True) or "",
            one.choice("kind", PROGRAMME_KINDS, "buildings"),
            one.whole("expected", 0) if one.has("expected") else None,
            one.text("layer") or "",
        )
        one.known += ["expected"]
        one.finish()
        return made

    def _figure(self, one: Section) -> Figure:
        made = Figure(
            text=one.text("text", required=True) or "",
            value=one.number("value", 0.0) or 0.0,
            comparison=cast(Comparison, one.choice("comparison", COMPARISONS, "=")),
            indicator=one.text("indicator") or "",
            tiers=one.texts("tiers", ()),
            zone=one.text("zone") or "",
            as_of=one.day("as_of"),
            source=one.text("source", required=True) or "",
        )
        one.finish()
        return made

    def _rules(self, tiers: tuple[str, ...]) -> tuple[Rule, ...]:
        from geo.study_rules import default_rules, read_rules

        value = self.top.get("rule")
        if value is None:
            return default_rules(tiers or DEFAULT_TIERS)
        return read_rules(value, self.paces, tiers or DEFAULT_TIERS, self.faults)

    def _slices(self) -> dict[str, str]:
        slices = self.top.pairs("slices")
        for name, text in slices.items():
            if read_slice(text) is None:
                self.top.add("study_opening_form", key=f"slices.{name}", found=shown(text))
        return slices or dict(STANDARD_SLICES)
