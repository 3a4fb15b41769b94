-- Published cut points: where one score, decile or rank ends and the next begins, as JSON.
-- A purchase moves its buyer by the version published last; others move only with the next version.
CREATE TABLE rank_cuts (
    version INTEGER NOT NULL,
    as_of   TIMESTAMP NOT NULL,   -- the instant they were computed for, UTC
    kind    VARCHAR NOT NULL,     -- rfm.recency | rfm.frequency | rfm.monetary | decile | rank
    cuts    VARCHAR NOT NULL,     -- JSON: see know/cuts.py
    PRIMARY KEY (version, kind)
);
