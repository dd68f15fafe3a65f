"""Stations, history, keys, notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXTS = (
    "subdistrict_name", "community_name", "subdistrict_code", "community_code", "address", "coordinate_source",
    "host_kind", "access_scope", "opening_hours", "activities", "usage_period", "usage_source", "operator",
    "source", "remarks",
)  # fmt: skip
_FIGURES = ("lon", "lat", "floor", "area_m2", "sessions_count", "visits_count")
_FLAGS = ("booking_required", "exemplary", "upgraded")
_DATES = ("opened_on", "closed_on", "usage_date", "source_date")
_LISTS = (
    "host_building_ids", "served_building_ids", "programmes", "co_located", "paired_branches", "services", "checks",
)  # fmt: skip
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "stations",
        sa.Column("station_id", sa.String(64), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "tier", "status")),
        *(sa.Column(name, sa.String()) for name in _TEXTS),
        *(sa.Column(name, sa.Double()) for name in _FIGURES),
        *(sa.Column(name, sa.Boolean()) for name in _FLAGS),
        *(sa.Column(name, sa.Date()) for name in _DATES),
        *(sa.Column(name, sa.JSON()) for name in _LISTS),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("station_id", name="pk_stations"),
    )
    op.create_table(
        "history",
        sa.Column("revision", _SERIAL, nullable=False, autoincrement=True),
        sa.Column("station_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.JSON()),
        sa.PrimaryKeyConstraint("revision", name="pk_history"),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.station_id"], name="fk_history_station_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_history_station_id_version", "history", ["station_id", "version"], unique=True
    )
    op.create_table(
        "keys",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("digest", name="pk_keys"),
        sa.UniqueConstraint("name", name="uq_keys_name"),
    )
    op.create_table(
        "notes",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notes"),
    )


def downgrade() -> None:
    """Take the tables away."""
    for name in ("notes", "keys", "history", "stations"):
        op.drop_table(name)
