"""A story can be rated from 1 to 10, and an account can have keys for the API."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Add the rating to stories, and the table of keys."""
    with op.batch_alter_table("stories") as stories:
        stories.add_column(sa.Column("rating", sa.Integer, nullable=True))
        stories.create_check_constraint(op.f("ck_stories_rating_from_1_to_10"), "rating BETWEEN 1 AND 10")
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("used", sa.DateTime, nullable=True),
        sa.Column("revoked", sa.DateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_tokens_user_id_users", ondelete="CASCADE"),
        sa.UniqueConstraint("fingerprint", name="uq_api_tokens_fingerprint"),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])


def downgrade() -> None:
    """Remove the keys and the ratings."""
    op.drop_table("api_tokens")
    with op.batch_alter_table("stories") as stories:
        stories.drop_constraint(op.f("ck_stories_rating_from_1_to_10"), type_="check")
        stories.drop_column("rating")
