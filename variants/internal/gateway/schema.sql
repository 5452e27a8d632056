-- The gateway's tables. The gateway owns them; the seed creates them from this file.

CREATE TABLE api_keys (
    id     bigint PRIMARY KEY,
    digest bytea  NOT NULL UNIQUE -- SHA-256 of the key, which is stored nowhere
);

CREATE TABLE passages (
    id   bigint PRIMARY KEY,
    body text   NOT NULL
);

-- One row for each answer that was sent. A request id is the client's word, so it is unique within the client's key: nobody
-- can use up another's. No foreign key: what was billed outlives the key that it was billed to.
CREATE TABLE usage_ledger (
    key_id            bigint      NOT NULL,
    request_id        text        NOT NULL,
    model             text        NOT NULL,
    prompt_tokens     integer     NOT NULL,
    completion_tokens integer     NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    -- The transaction that wrote the row. A sequence would not do to read new rows by: numbers are given out before they are
    -- committed, so a reader that has seen 8 may have missed 7 for ever. Transactions below the oldest running one are all
    -- over, and their rows are all there. (Rows copied into another cluster need new numbers.)
    tx                xid8        NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (key_id, request_id)
);
CREATE INDEX usage_ledger_tx ON usage_ledger (tx);

-- The ledger by key, model and hour (UTC).
CREATE TABLE usage_rollup (
    key_id            bigint      NOT NULL,
    model             text        NOT NULL,
    hour              timestamptz NOT NULL,
    requests          bigint      NOT NULL,
    prompt_tokens     bigint      NOT NULL,
    completion_tokens bigint      NOT NULL,
    PRIMARY KEY (key_id, model, hour)
);

-- The rollups hold exactly the ledger's rows whose transaction is below this one.
CREATE TABLE usage_rolled (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    before xid8    NOT NULL
);
INSERT INTO usage_rolled (before) VALUES ('0');
