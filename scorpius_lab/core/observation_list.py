"""The query that lists what one run observed."""

OBSERVATIONS_OF_RUN = """
SELECT o.rule_id, r.title, r.severity, o.state, o.reason, o.value, o.unit, a.name AS asset, o.part, o.evidence,
       o.detail, o.run_id
FROM observations o
LEFT JOIN (
    SELECT id, arg_max(title, version) AS title, arg_max(severity, version) AS severity FROM rules GROUP BY id
) r ON r.id = o.rule_id
LEFT JOIN (SELECT id, any_value(name) AS name FROM assets GROUP BY id) a ON a.id = o.asset_id
WHERE o.run_id = $run
ORDER BY
    list_position(['fail', 'partial', 'error', 'stale', 'manual', 'not_evaluated', 'not_applicable', 'pass'], o.state),
    list_position(['critical', 'high', 'medium', 'low', 'info'], r.severity), o.rule_id, o.part
"""
