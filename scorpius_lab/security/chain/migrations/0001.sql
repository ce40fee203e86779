-- Blocks, transactions, what happened in them, and attacks found. Rows are only ever added.

CREATE TABLE chain_blocks (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    parent_hash VARCHAR,
    timestamp BIGINT,
    miner VARCHAR,
    base_fee BIGINT,
    transaction_count BIGINT,
    seen_by VARCHAR,
    state VARCHAR,
    reason VARCHAR,
    roots VARCHAR,
    roots_reason VARCHAR,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_transactions (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    transaction_hash VARCHAR,
    sender VARCHAR,
    receiver VARCHAR,
    value VARCHAR,
    method VARCHAR,
    succeeded BIGINT,
    gas_used BIGINT,
    gas_price BIGINT,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_transfers (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    standard VARCHAR,
    token VARCHAR,
    sender VARCHAR,
    receiver VARCHAR,
    amount VARCHAR,
    token_id VARCHAR,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_swaps (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    protocol VARCHAR,
    pool VARCHAR,
    holder VARCHAR,
    caller VARCHAR,
    recipient VARCHAR,
    token_in VARCHAR,
    token_out VARCHAR,
    amount_in VARCHAR,
    amount_out VARCHAR,
    side_in BIGINT,
    side_out BIGINT,
    price_after DOUBLE,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_liquidity (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    protocol VARCHAR,
    kind VARCHAR,
    pool VARCHAR,
    owner VARCHAR,
    lower BIGINT,
    upper BIGINT,
    liquidity VARCHAR,
    amount0 VARCHAR,
    amount1 VARCHAR,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_reserves (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    pool VARCHAR,
    reserve0 VARCHAR,
    reserve1 VARCHAR,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_liquidations (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    protocol VARCHAR,
    market VARCHAR,
    liquidator VARCHAR,
    borrower VARCHAR,
    debt_token VARCHAR,
    debt_amount VARCHAR,
    collateral_token VARCHAR,
    collateral_amount VARCHAR,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_approvals (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    standard VARCHAR,
    token VARCHAR,
    owner VARCHAR,
    spender VARCHAR,
    amount VARCHAR,
    token_id VARCHAR,
    expires BIGINT,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_flash_loans (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    protocol VARCHAR,
    lender VARCHAR,
    borrower VARCHAR,
    token VARCHAR,
    amount VARCHAR,
    fee VARCHAR,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_nft_sales (
    chain_id BIGINT,
    run_id VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    transaction_index BIGINT,
    position BIGINT,
    protocol VARCHAR,
    collection VARCHAR,
    token_id VARCHAR,
    seller VARCHAR,
    buyer VARCHAR,
    currency VARCHAR,
    price VARCHAR,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE TABLE chain_attacks (
    id VARCHAR,
    chain_id BIGINT,
    run_id VARCHAR,
    kind VARCHAR,
    block_number BIGINT,
    block_hash VARCHAR,
    timestamp BIGINT,
    actor VARCHAR,
    transactions VARCHAR[],
    victims VARCHAR[],
    pools VARCHAR[],
    profit JSON,
    leftover JSON,
    gas_cost VARCHAR,
    tips VARCHAR,
    net VARCHAR,
    priced_via VARCHAR,
    completeness VARCHAR,
    rule_version BIGINT,
    detail JSON,
    effective_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);
