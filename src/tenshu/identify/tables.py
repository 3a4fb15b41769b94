"""Identifiers, what links them, and the map from identifier node to customer."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from tenshu.store.tables import ledger_metadata

identifiers = Table(
    "identifiers",
    ledger_metadata,
    Column("node", Integer, primary_key=True, autoincrement=False),  # in order of arrival, from 1
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),  # normalised
    Column("batch", Integer, nullable=False),  # the batch it arrived with
    UniqueConstraint("kind", "value"),
)

links = Table(
    "links",
    ledger_metadata,
    Column("node_a", Integer, primary_key=True, autoincrement=False),  # node_a < node_b
    Column("node_b", Integer, primary_key=True, autoincrement=False),
    Column("source", String, nullable=False),
    Column("batch", Integer, nullable=False),
    Index("links_node_b", "node_b"),
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
