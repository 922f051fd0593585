"""Save versions of networks, with a name and a date.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "saved_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("graph_id", sa.String(length=32), nullable=False),
        sa.Column("graph_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["graph_id"], ["graph.id"], name=op.f("fk_saved_version_graph_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["graph_hash"], ["graph_version.hash"], name=op.f("fk_saved_version_graph_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_version")),
    )
    with op.batch_alter_table("saved_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_version_graph_id"), ["graph_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("saved_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_version_graph_id"))

    op.drop_table("saved_version")
