"""Staff, imports that can be undone, purposes and what else the console keeps in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what version 0002 does not have."""
    op.create_table(
        "api_keys",
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("prefix"),
    )
    op.create_table(
        "attempts",
        sa.Column("counted_digest", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("counted_digest"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "audit_end",
        sa.Column("chain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain"),
    )
    op.create_table(
        "handed_by_minute",
        sa.Column("minute_at", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute_at"),
    )
    op.create_table(
        "journey_drafts",
        sa.Column("journey", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("dropped_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("journey"),
    )
    op.create_table(
        "links_again",
        sa.Column("node_a", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node_b", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("node_a", "node_b", "batch"),
    )
    op.create_index("links_again_batch", "links_again", ["batch"], unique=False)
    op.create_table(
        "people",
        sa.Column("person", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
        sa.UniqueConstraint("email", name="people_email"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "purpose_words",
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "version"),
    )
    op.create_index("purpose_words_digest", "purpose_words", ["digest"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_index("sign_ins_person", "sign_ins", ["person"], unique=False)
    op.create_table(
        "staff_links",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_table(
        "template_drafts",
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("person", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("template", "person"),
    )
    op.create_table(
        "test_sends",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("customer", sa.Integer(), nullable=True),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("test_sends_person", "test_sends", ["person", "sent_at"], unique=False)
    op.create_index("test_sends_template", "test_sends", ["template", "version"], unique=False)
    op.add_column("batches", sa.Column("import_id", sa.String(), nullable=True))
    op.add_column("batches", sa.Column("undone_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "batches_import",
        "batches",
        ["import_id"],
        unique=False,
        sqlite_where=sa.text("import_id IS NOT NULL"),
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.add_column("imports", sa.Column("undo_began_at", sa.BigInteger(), nullable=True))
    op.add_column("imports", sa.Column("undone_at", sa.BigInteger(), nullable=True))
    op.add_column("imports", sa.Column("undone_by", sa.String(), nullable=True))
    op.add_column("imports", sa.Column("undone_facts", sa.Integer(), nullable=True))
    op.add_column("imports", sa.Column("undone_people", sa.Integer(), nullable=True))
    op.create_index(
        "outbox_queued_service",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'queued' AND purpose = 'service'"),
        postgresql_where=sa.text("state = 'queued' AND purpose = 'service'"),
    )
