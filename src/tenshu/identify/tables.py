"""Identifiers, what links them, and the map from identifier node to customer."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from tenshu.store.tables import ledger_metadata

identifiers = Table(
    "identifiers",
    ledger_metadata,
    Column("node", Integer, primary_key=True, autoincrement=False),  # in order of arrival, from 1
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),  # normalised
    Column("batch", Integer, nullable=False),  # a batch that told it, in nearly all cases the first
    UniqueConstraint("kind", "value"),
)

links = Table(
    "links",
    ledger_metadata,
    Column("node_a", Integer, primary_key=True, autoincrement=False),  # node_a < node_b
    Column("node_b", Integer, primary_key=True, autoincrement=False),
    Column("source", String, nullable=False),
    # The first that told it; one that can never be undone, as soon as such a one has told it.
    Column("batch", Integer, nullable=False),
    Index("links_node_b", "node_b"),
)

links_again = Table(
    "links_again",  # a link that an import told first, as a later import told it again: it outlives the first
    ledger_metadata,
    Column("node_a", Integer, primary_key=True, autoincrement=False),
    Column("node_b", Integer, primary_key=True, autoincrement=False),
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Index("links_again_batch", "batch"),
)

node_map = Table(
    "node_map",
    ledger_metadata,
    Column("node", Integer, primary_key=True, autoincrement=False),
    Column("customer", Integer, nullable=False),  # the smallest node of its component
    Column("is_shared", Boolean, nullable=False, default=False),  # a weak identifier of several customers
    # Shared by two different ones of the same stronger kind: no later link makes it anybody's again.
    Column("is_common", Boolean, nullable=False, server_default="0"),
    Column(
        "epoch", Integer, nullable=False, server_default="0"
    ),  # the batch that changed it last: what the mirror has to catch up with
    Column("former", Integer),  # the customer before that batch; NULL = nobody's: not there yet, or shared
    Index("node_map_customer", "customer"),
    Index("node_map_epoch", "epoch", "node"),
)
