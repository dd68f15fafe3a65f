"""Tables of the register: stations, their history, keys, and which state of the register a result was made from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# SQLite numbers rows by itself only where the key is a plain INTEGER
_Serial = BigInteger().with_variant(Integer(), "sqlite")
Names = list[str]


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {Names: JSON(none_as_null=True), dict[str, Any]: JSON(none_as_null=True)}  # noqa: RUF012


class Station(Base):
    """One station; columns as `geo.read.stations.REGISTER` names them, then what the register keeps about it."""

    __tablename__ = "stations"

    station_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    tier: Mapped[str]
    subdistrict_name: Mapped[str | None]
    community_name: Mapped[str | None]
    subdistrict_code: Mapped[str | None]
    community_code: Mapped[str | None]
    address: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    coordinate_source: Mapped[str | None]
    host_kind: Mapped[str | None]
    host_building_ids: Mapped[Names | None]
    served_building_ids: Mapped[Names | None]
    floor: Mapped[float | None]
    area_m2: Mapped[float | None]
    access_scope: Mapped[str | None]
    opening_hours: Mapped[str | None]
    booking_required: Mapped[bool | None]
    status: Mapped[str]
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    exemplary: Mapped[bool | None]
    programmes: Mapped[Names | None]
    co_located: Mapped[Names | None]
    paired_branches: Mapped[Names | None]
    services: Mapped[Names | None]
    activities: Mapped[str | None]
    sessions_count: Mapped[float | None]
    visits_count: Mapped[float | None]
    usage_period: Mapped[str | None]
    usage_source: Mapped[str | None]
    usage_date: Mapped[date | None]
    upgraded: Mapped[bool | None]
    operator: Mapped[str | None]
    source: Mapped[str | None]
    source_date: Mapped[date | None]
    remarks: Mapped[str | None]
    checks: Mapped[dict[str, Any] | None]
    version: Mapped[int]
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Change(Base):
    """One change of one station; ``revision`` counts all changes of the register."""

    __tablename__ = "history"

    revision: Mapped[int] = mapped_column(_Serial, primary_key=True, autoincrement=True)
    station_id: Mapped[str] = mapped_column(String(64), ForeignKey("stations.station_id"))
    version: Mapped[int]
    action: Mapped[str] = mapped_column(String(16))
    who: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changes: Mapped[dict[str, Any] | None]

    __table_args__ = (
        Index("ix_history_station_id_version", "station_id", "version", unique=True),
        {"sqlite_autoincrement": True},
    )


class Key(Base):
    """One access key: only its hash is kept."""

    __tablename__ = "keys"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Note(Base):
    """What the register knows about itself: its own id, the revision it began with."""

    __tablename__ = "notes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str]
