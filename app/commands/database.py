"""Ask the database how it stands, without making anything where there is none yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from blocks.problems import Problem, UserError

if TYPE_CHECKING:
    from engine.settings import Settings


def schema_revision(settings: Settings) -> str | None:
    """Return the migration the database stands at, or None where nothing has been made yet.

    Raises:
        UserError: where it does not answer, or its URL cannot be read.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from engine.store.sessions import Database, connect

    if settings.embedded and not _file_exists(make_url(settings.database_url).database):
        return None
    database = Database(connect(settings.database_url))
    try:
        return database.schema_revision()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0][:200].rstrip(".?")
        raise UserError(
            Problem("database", f"The database does not answer: {reason}.", "Start it, and check GRADLOOM_DATABASE_URL.")
        ) from error
    finally:
        database.close()


def _file_exists(path: str | None) -> bool:
    return path is None or Path(path).exists()
