-- Only what DuckLake has too: no keys, checks, sequences, enums or indexes. Rows are appended, never updated.
-- effective: when it was true in the world; collected: when it was read; recorded: when it was stored.

CREATE TABLE runs (
    id VARCHAR, function VARCHAR, version VARCHAR, parameters JSON, inputs JSON, scope JSON, seed BIGINT,
    actor VARCHAR, host VARCHAR, started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ, outcome VARCHAR, error VARCHAR,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);

CREATE TABLE rules (
    content_id VARCHAR, id VARCHAR, version INTEGER, title VARCHAR, severity VARCHAR, confidence VARCHAR,
    description VARCHAR, remedy VARCHAR, requirements VARCHAR[], controls VARCHAR[], techniques VARCHAR[],
    references_ VARCHAR[], author VARCHAR, tags VARCHAR[],
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);

CREATE TABLE assets (
    content_id VARCHAR, id VARCHAR, kind VARCHAR, name VARCHAR, attributes JSON,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);

CREATE TABLE observations (
    id VARCHAR, run_id VARCHAR, rule_id VARCHAR, rule_version INTEGER, asset_id VARCHAR, part VARCHAR,
    state VARCHAR, reason VARCHAR, evidence VARCHAR[], value DOUBLE, unit VARCHAR, detail JSON,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);

CREATE TABLE blobs (
    sha256 VARCHAR, size BIGINT, media_type VARCHAR,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);

CREATE TABLE collections (
    id VARCHAR, sha256 VARCHAR, run_id VARCHAR, source VARCHAR, collector VARCHAR, query VARCHAR, outcome VARCHAR,
    classification VARCHAR, collected_by VARCHAR,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);

CREATE TABLE findings (
    id VARCHAR, fingerprint VARCHAR, run_id VARCHAR, rule_id VARCHAR, rule_version INTEGER, severity VARCHAR,
    confidence VARCHAR, asset_id VARCHAR, location_kind VARCHAR, location_key VARCHAR, location JSON, message VARCHAR,
    evidence VARCHAR[], detail JSON,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);

CREATE TABLE finding_events (
    id VARCHAR, fingerprint VARCHAR, state VARCHAR, reason VARCHAR, until TIMESTAMPTZ, actor VARCHAR, run_id VARCHAR,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
