"""Who works here, how they came in, and what they did."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from tenshu.store.tables import Instant, ledger_metadata

people = Table(
    "people",
    ledger_metadata,
    Column("person", Integer, primary_key=True, autoincrement=True),
    Column("email", String, nullable=False),  # as `account_of` writes it
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),  # viewer | staff | marketer | owner
    Column("language", String),  # ja | en; none follows the browser
    Column("password", String),  # argon2id; none before the invitation is taken
    Column("status", String, nullable=False),  # invited | active | ended
    Column("since_at", Instant, nullable=False),
    UniqueConstraint("email", name="people_email"),
    sqlite_autoincrement=True,
)

sign_ins = Table(
    "sign_ins",
    ledger_metadata,
    Column("token_digest", LargeBinary, primary_key=True),  # the token itself is in the browser alone
    Column("person", Integer, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ip", String, nullable=False),
    Column("agent", String, nullable=False),
    Index("sign_ins_person", "person"),
)

staff_links = Table(
    "staff_links",
    ledger_metadata,
    Column("token_digest", LargeBinary, primary_key=True),
    Column("kind", String, nullable=False),  # set_up | invitation | reset
    Column("person", Integer),  # whose; none for set_up
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

attempts = Table(
    "attempts",
    ledger_metadata,
    Column("counted_digest", LargeBinary, primary_key=True),  # of what is counted: an account, an address, both
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)

audit = Table(
    "audit",
    ledger_metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("done_at", Instant, nullable=False),
    Column("person", Integer, nullable=False),  # 0: nobody who is signed in
    Column("name", String, nullable=False),  # of the person, as it was then
    Column("act", String, nullable=False),
    Column("about", String, nullable=False),
    Column("detail", String, nullable=False),  # JSON
    Column("ip", String, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of this row and of the digest before it
)

audit_end = Table(
    "audit_end",
    ledger_metadata,
    Column("chain", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("number", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

api_keys = Table(
    "api_keys",
    ledger_metadata,
    Column("prefix", String, primary_key=True),  # what is shown of the key
    Column("digest", LargeBinary, nullable=False),
    Column("kind", String, nullable=False),  # write | secret
    Column("title", String, nullable=False),
    Column("scope", String, nullable=False),  # JSON: what the key may do
    Column("made_by", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("ended_at", Instant),
)
