-- Facts: everything that happened, append-only. A fact carries the node it came by, never a customer.
CREATE TABLE facts (
    fact_id     BLOB NOT NULL,        -- 16 bytes: message id, else content + n-th of its like
    batch       BIGINT NOT NULL,      -- replaced as a whole when a batch is digested again; below 0 = drained from the ledger, its number; 0 = the same before numbers were kept
    node        INTEGER,              -- identifier it came by; NULL = nobody known
    event       VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL,
    source      VARCHAR NOT NULL,
    properties  VARCHAR               -- JSON object, NULL for order lines
);

-- Order lines: the facts of buying, typed. One row a line; the fact of the same fact_id is in facts.
CREATE TABLE order_lines (
    fact_id     BLOB NOT NULL,
    batch       BIGINT NOT NULL,
    node        INTEGER,
    event       VARCHAR NOT NULL,     -- product_purchased | product_returned | product_given | order_adjusted
    source      VARCHAR NOT NULL,
    order_no    VARCHAR NOT NULL,
    product_id  VARCHAR NOT NULL,
    description VARCHAR,
    quantity    DECIMAL(18, 3) NOT NULL,
    unit_price  DECIMAL(18, 4) NOT NULL,
    amount      BIGINT NOT NULL,      -- minor units, each line rounded half up
    is_goods    BOOLEAN NOT NULL,     -- false: postage, fees, vouchers, corrections
    occurred_at TIMESTAMP NOT NULL
);

-- The mirror of the ledger's node map: questions join at read.
CREATE TABLE node_map (node INTEGER PRIMARY KEY, customer INTEGER NOT NULL);

-- How far the warehouse has drained a stream of the ledger, moved in the same transaction as the rows.
CREATE TABLE drained (stream VARCHAR PRIMARY KEY, position BIGINT NOT NULL);

-- Counted purchase lines of known customers.
CREATE VIEW purchases AS
SELECT map.customer, lines.*
FROM order_lines AS lines
JOIN node_map AS map USING (node)
WHERE lines.event = 'product_purchased';

-- Orders: key = (source, order number) of a customer, time = earliest line, lines are rounded one by one.
CREATE VIEW orders AS
SELECT
    customer,
    source,
    order_no,
    min(occurred_at)::TIMESTAMP AS occurred_at,
    sum(amount)::BIGINT AS amount,
    count(*)::INTEGER AS lines
FROM purchases
GROUP BY customer, source, order_no;

-- Facts with their customer.
CREATE VIEW customer_facts AS
SELECT map.customer, facts.*
FROM facts
JOIN node_map AS map USING (node);

-- Products as their newest line names them.
CREATE VIEW products AS
SELECT
    product_id,
    arg_max(description, occurred_at) AS name,
    bool_and(is_goods) AS is_goods,
    min(occurred_at) AS first_sold_at,
    max(occurred_at) AS last_sold_at
FROM order_lines
WHERE event = 'product_purchased'
GROUP BY product_id;
