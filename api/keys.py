"""Access keys: made, hashed, revoked, looked up.

A key is 256 bits from the system's generator, so there is no dictionary to try and nothing to stretch: one SHA-256
keeps it secret, costs microseconds a request, and cannot be used to tire the service out as a slow hash could.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Literal

import sqlalchemy as sa

from api.register.database import Database
from api.register.errors import ConflictError
from api.register.models import Key
from geo.errors import InputError, NotFoundError, ServiceCircleError, fault

Role = Literal["reader", "editor", "admin"]
ROLES: tuple[Role, ...] = ("reader", "editor", "admin")
_PREFIX = "sc_"
_KEY = re.compile(r"sc_[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[\w .@()（）\-]{1,100}")
_REMEMBERED_SECONDS = 2.0
_MOST_REMEMBERED = 1_000


@dataclass(frozen=True)
class Person:
    """Who asks."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this role includes another."""
        return ROLES.index(self.role) >= ROLES.index(role)


def add_key(database: Database, name: str, role: Role) -> str:
    """Make a key and return it; it is not kept and cannot be shown again.

    Raises
    ------
    InputError
        When the name cannot be one.
    ConflictError
        When a key of this name is or was in use: history names people by it.
    """
    if not _NAME.fullmatch(name):
        raise InputError(fault("key_bad_name", name=name))
    key = _PREFIX + secrets.token_urlsafe(32)
    with database.writing() as session:
        if session.scalar(sa.select(Key).where(Key.name == name)) is not None:
            raise ConflictError(fault("key_name_taken", name=name))
        session.add(Key(digest=_digest(key), name=name, role=role, made_at=datetime.now(UTC)))
    return key


def revoke_key(database: Database, name: str) -> None:
    """Revoke a key; the service refuses it within seconds.

    Raises
    ------
    NotFoundError
        When nobody has a key of this name.
    """
    with database.writing() as session:
        found = session.scalar(sa.select(Key).where(Key.name == name))
        if found is None:
            raise NotFoundError(fault("key_unknown", name=name))
        found.revoked_at = found.revoked_at or datetime.now(UTC)


def keys(database: Database) -> list[tuple[str, str, datetime, datetime | None]]:
    """Return name, role, day of making and of revoking of every key."""
    with database.reading() as session:
        found = session.scalars(sa.select(Key).order_by(Key.name))
        return [(one.name, one.role, one.made_at, one.revoked_at) for one in found]


class ForbiddenError(ServiceCircleError, PermissionError):
    """The caller is known and may not."""


class UnknownCallerError(ServiceCircleError, PermissionError):
    """The caller is not known."""


class Keys:
    """Looks keys up, remembering each answer for two seconds so that a busy caller costs no query a request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._known: dict[str, tuple[float, Person | None]] = {}

    def person(self, key: str) -> Person | None:
        """Return who bears a key; None for a wrong or revoked one.

        Raises
        ------
        UnavailableError
            When the database does not answer.
        """
        if not _KEY.fullmatch(key):
            return None
        digest, now = _digest(key), time.monotonic()
        with self._lock:
            until, person = self._known.get(digest, (0.0, None))
        if now < until:
            return person
        with self._database.reading() as session:
            found = session.get(Key, digest)
            person = _person(found)
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = (now + _REMEMBERED_SECONDS, person)
        return person


def _person(key: Key | None) -> Person | None:
    if key is None or key.revoked_at is not None:
        return None
    role = next((one for one in ROLES if one == key.role), None)
    return Person(key.name, role) if role is not None else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("ascii")).hexdigest()
