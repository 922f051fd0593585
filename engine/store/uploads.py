"""Files the user gave, each kept once under the hash of its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from blocks.problems import Problem, UserError
from engine.store.sessions import Database, clean
from engine.store.tables import UploadTable, database_now

LARGEST_UPLOAD_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class UploadSummary:
    """Name an uploaded file without its bytes."""

    hash: str
    name: str
    size_bytes: int
    created_at: float


class Uploads(Database):
    """Keep and give back uploaded files."""

    def add_upload(self, name: str, content: bytes) -> str:
        """Keep a file and return its hash; the same bytes are kept once, under their first name.

        Raises: UserError where the file is too large.
        """
        if len(content) > LARGEST_UPLOAD_BYTES:
            raise UserError(
                Problem(
                    "too_large",
                    f"The file has {len(content):,} bytes, more than {LARGEST_UPLOAD_BYTES:,}.",
                    "Upload a part of it.",
                    expected=str(LARGEST_UPLOAD_BYTES),
                    received=str(len(content)),
                )
            )
        digest = hashlib.sha256(content).hexdigest()
        values = {"hash": digest, "name": clean(name, 255), "content": content, "size_bytes": len(content), "created_at": database_now()}
        with self.writing() as connection:
            connection.execute(self.insert_once(UploadTable, values))
        return digest

    def uploads(self) -> list[UploadSummary]:
        """List uploaded files, the newest first."""
        query = sa.select(UploadTable.hash, UploadTable.name, UploadTable.size_bytes, UploadTable.created_at)
        with self.reading() as connection:
            return [UploadSummary(**row) for row in connection.execute(query.order_by(UploadTable.created_at.desc())).mappings()]

    def upload(self, hash: str) -> bytes:
        """Return the bytes of an uploaded file.

        Raises: UserError where there is none.
        """
        with self.reading() as connection:
            content = connection.execute(sa.select(UploadTable.content).where(UploadTable.hash == clean(hash))).scalar()
        if content is None:
            raise UserError(Problem("no_such_upload", "The uploaded file is not there any more.", "Upload it again."))
        return content
