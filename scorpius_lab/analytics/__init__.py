"""Analytics engine: compliance, benchmarks and business metrics."""
