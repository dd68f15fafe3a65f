"""Where Alembic meets our database: on the connection that `api.register.database` hands over."""

from __future__ import annotations

from alembic import context

from api.register.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=False)
context.run_migrations()
