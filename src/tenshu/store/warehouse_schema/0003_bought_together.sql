-- What is bought together, as of the last fit: one row a directed pair. Replaced as a whole by every fit.
CREATE TABLE bought_together (
    product_id VARCHAR NOT NULL,      -- who has this in the basket ...
    other_id   VARCHAR NOT NULL,      -- ... often has this too
    baskets    INTEGER NOT NULL,      -- counted baskets with both
    support    DOUBLE NOT NULL,       -- share of all counted baskets with both
    confidence DOUBLE NOT NULL,       -- share of the baskets with product_id that have other_id too
    lift       DOUBLE NOT NULL,       -- confidence / share of all counted baskets with other_id
    strength   DOUBLE NOT NULL        -- what recommendations are ordered by: pairs of large baskets count less
);

-- Goods that are still on sale, as of the last fit.
CREATE TABLE sellable_products (
    product_id VARCHAR NOT NULL,
    name       VARCHAR,               -- as the newest line names it
    unit_price DECIMAL(18, 4) NOT NULL, -- the middle price of the recent lines
    buyers     INTEGER NOT NULL,      -- known customers who bought it recently
    popularity INTEGER NOT NULL       -- 1 = most buyers
);

-- The fits, one row each, so that a recommendation can say what it rests on.
CREATE TABLE bought_together_fits (
    version   INTEGER NOT NULL,
    as_of_at  TIMESTAMP NOT NULL,
    baskets   INTEGER NOT NULL,       -- counted: at least two goods and no more than the cap
    too_large INTEGER NOT NULL,       -- baskets left out because of the cap
    pairs     INTEGER NOT NULL        -- rows of bought_together
);
