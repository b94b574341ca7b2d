"""Accounts that used a free variant before its model's price started, week by week after, in SQL over raw events."""

from integration.recount.asked import Asked

_OBSERVED = """
used AS (SELECT model, variant = 'free' AS free, account_key AS key, account_key || '/' || account AS who,
             time::DATE AS day FROM events WHERE account IS NOT NULL),
whole AS (SELECT max(day) AS newest, max(day) + 1 AS ended FROM used),
keys AS (SELECT key, CASE WHEN newest - max(day) > 14 THEN max(day) ELSE ended END AS key_end
         FROM used, whole GROUP BY key, newest, ended),
priced AS (SELECT slug, min(valid_from) AS priced FROM prices WHERE prompt_price > 0 OR completion_price > 0
           GROUP BY slug),
tried AS (SELECT model, min(day) AS first, max(day) + 1 AS after FROM used WHERE free GROUP BY model),
starts AS (SELECT model, CASE WHEN ended - after >= 14 THEN after
                              WHEN priced > first AND priced < ended THEN priced END AS start,
               CASE WHEN ended - after >= 14 THEN 'free_ended' ELSE 'price_began' END AS began
           FROM tried CROSS JOIN whole LEFT JOIN priced ON slug = model)
"""


def after_free(asked: Asked) -> str:
    """One row per model and week after its price started; the largest models only."""
    top = asked.top or 20
    return f"""WITH {_OBSERVED},
pool AS (SELECT DISTINCT used.model, start, began, who, key_end
         FROM used JOIN starts USING (model) JOIN keys USING (key) WHERE free AND day < start),
paid AS (SELECT pool.*, day FROM pool JOIN used USING (model, who) WHERE NOT free),
early AS (SELECT model, count(DISTINCT who) AS paid_before FROM paid WHERE day < start GROUP BY model),
sizes AS (SELECT *, row_number() OVER (ORDER BY accounts DESC, model) AS place
          FROM (SELECT model, start, began, count(*) AS accounts FROM pool GROUP BY ALL)),
weeks AS (SELECT sizes.*, week, start + (7 * week)::INTEGER AS closes FROM sizes, range(1, 13) AS all_weeks(week)
          WHERE place <= {top}),
risk AS (SELECT weeks.*, (SELECT count(*) FROM pool WHERE pool.model = weeks.model AND key_end >= closes) AS n,
    (SELECT count(DISTINCT who) FROM paid WHERE paid.model = weeks.model AND key_end >= closes
     AND day >= closes - 7 AND day < closes) AS active,
    (SELECT count(DISTINCT who) FROM paid WHERE paid.model = weeks.model AND key_end >= closes
     AND day >= weeks.start AND day < closes) AS ever FROM weeks)
SELECT NULL AS bucket, model AS part, week AS grp, start::VARCHAR AS start, began, accounts,
    coalesce(paid_before, 0) AS paid_before, n, n > 0 AS complete,
    CASE WHEN n > 0 THEN active END AS active, active / nullif(n, 0) AS retention,
    CASE WHEN n > 0 THEN ever END AS ever, ever / nullif(n, 0) AS ever_share
FROM risk LEFT JOIN early USING (model)
QUALIFY n > 0 OR week = min(CASE WHEN n = 0 THEN week END) OVER (PARTITION BY model)"""
