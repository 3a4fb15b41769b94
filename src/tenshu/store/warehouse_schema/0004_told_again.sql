-- What an import told first and a later batch told again, as the later one told it. It is no fact beside the first;
-- it takes the first one's place when that import is undone.
CREATE TABLE facts_again (
    of_batch    BIGINT NOT NULL,      -- the batch under which the fact stands in facts
    fact_id     BLOB NOT NULL,
    batch       BIGINT NOT NULL,      -- the one that told it again
    node        INTEGER,
    event       VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL,
    source      VARCHAR NOT NULL,
    properties  VARCHAR
);

CREATE TABLE order_lines_again (
    of_batch    BIGINT NOT NULL,
    fact_id     BLOB NOT NULL,
    batch       BIGINT NOT NULL,
    node        INTEGER,
    event       VARCHAR NOT NULL,
    source      VARCHAR NOT NULL,
    order_no    VARCHAR NOT NULL,
    product_id  VARCHAR NOT NULL,
    description VARCHAR,
    quantity    DECIMAL(18, 3) NOT NULL,
    unit_price  DECIMAL(18, 4) NOT NULL,
    amount      BIGINT NOT NULL,
    is_goods    BOOLEAN NOT NULL,
    occurred_at TIMESTAMP NOT NULL
);
