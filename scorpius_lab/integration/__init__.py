"""Integration hub: pipelines, schedules and connectors."""
