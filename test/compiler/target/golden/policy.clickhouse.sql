-- main.route for ClickHouse, by routec 0.1.0. Do not edit: compile the policy again.
-- Policy sha256:1e8315e7a722417e903ba997cab148569188450a1c16de84e1e07788414f524c
-- Each row of the table of requests with what is decided, from these columns:
--   "model"        String                     the name asked for, which chooses the route; required
--   "tier"         String                     one of free, pro, enterprise; NULL is "free"
--   "region"       String                     one of eu, us; required
--   "tenant"       String                     a text; NULL is ""
--   "spent"        Decimal(18, 9) or Float64  an amount in dollars; NULL is 0
--   "month.used"   Float64                    a percentage of the budget, such as 95; NULL is 0
--   "urgent"       Bool                       true or false; NULL where it is not known
--   "needs.tools"  Bool                       true or false; NULL where it is not known
WITH "routec request" AS (
  SELECT *,
    CASE WHEN "model" IS NOT NULL THEN CASE "model" WHEN 'chat' THEN 0 WHEN 'gpt-4o' THEN 1 ELSE 1 END END AS "routec #route",
    coalesce("tier", 'free') AS "routec tier",
    "region" AS "routec region",
    coalesce("tenant", '') AS "routec tenant",
    coalesce(floor(toFloat64("spent") * 1e9) + if(toFloat64("spent") * 1e9 - floor(toFloat64("spent") * 1e9) >= 0.5, 1, 0), 0) AS "routec spent",
    coalesce(least(greatest(floor(500000000000e0 * toFloat64("month.used") / 100) + if(500000000000e0 * toFloat64("month.used") / 100 - floor(500000000000e0 * toFloat64("month.used") / 100) >= 0.5, 1, 0), 0), 500000000000e0), 0) AS "routec month.used",
    "urgent" AS "routec urgent",
    "needs.tools" AS "routec needs.tools"
  FROM requests
), "routec regions" AS (
  SELECT *,
    CASE
      WHEN "routec tenant" IS NULL THEN NULL
      WHEN "routec tenant" = 'it\'s' THEN 0
      ELSE CASE concat(CASE WHEN startsWith("routec tenant", 'acme') THEN '1' ELSE '0' END, CASE WHEN match("routec tenant", '^[Gg][Ll][Oo]+[Bb][Ee][Xx]$') THEN '1' ELSE '0' END)
        WHEN '10' THEN 1 WHEN '01' THEN 2 WHEN '00' THEN 3
      END
    END AS "routec tenant region"
  FROM "routec request"
), "routec rules" AS (
  SELECT *,
    -- who may call route chat
    "routec region" = 'eu' OR "routec tier" = 'enterprise' AS "routec 0:for",
    -- when month.used >= 90% and tier != enterprise -> small
    "routec tier" <> 'enterprise' AND "routec month.used" >= 450000000000 AS "routec 0:0",
    -- when tenant starts_with "acme" or tenant matches /^glo+bex$/i or tenant == "it's" -> strong
    "routec tenant region" BETWEEN 0 AND 2 AS "routec 0:1",
    -- when urgent and risky -> reject 429 "say no \u{202e}"
    "routec spent" >= 2500000001 AND "routec urgent" AND "routec needs.tools" AS "routec 0:2",
    -- free | pro, eu -> small
    "routec tier" <> 'enterprise' AND "routec region" = 'eu' AS "routec 0:3",
    -- _, _ -> strong with { timeout 5s }
    TRUE AS "routec 0:4",
    -- -> strong
    TRUE AS "routec 1:0"
  FROM "routec regions"
), "routec refused" AS (
  SELECT *,
    CASE
      WHEN "model" IS NULL THEN 'attribute `model` is missing: expected a text'
      WHEN "routec #route" IS NULL OR ("routec #route" = 0 AND NOT ("routec region" IS NOT NULL AND "routec 0:for")) THEN 'no route serves the model'
      WHEN NOT ("tier" IN ('free', 'pro', 'enterprise')) THEN 'attribute `tier` has another value: expected one of free, pro, enterprise'
      WHEN "region" IS NULL THEN 'attribute `region` is missing: expected one of eu, us'
      WHEN NOT ("region" IN ('eu', 'us')) THEN 'attribute `region` has another value: expected one of eu, us'
      WHEN NOT ("spent" >= 0 AND "routec spent" <= 9007199254740991) THEN 'attribute `spent` has another value: expected an amount in dollars'
      WHEN "routec #route" IN (0) AND NOT ("month.used" BETWEEN 0 AND 1.7976931348623157e+308) THEN 'state `month.used` has another value: expected a percentage of the budget, such as 95'
      WHEN "routec #route" IN (0) AND NOT ("urgent" IN (TRUE, FALSE)) THEN 'signal `urgent` has another value: expected true or false'
      WHEN "routec #route" IN (0) AND NOT ("needs.tools" IN (TRUE, FALSE)) THEN 'attribute `needs.tools` has another value: expected true or false'
    END AS "routec #error"
  FROM "routec rules"
), "routec decision" AS (
  SELECT *,
    CASE
      WHEN "routec #error" IS NOT NULL THEN NULL
      WHEN "routec #route" = 0 THEN CASE
        WHEN "routec 0:0" THEN 'chat:0'
        WHEN "routec 0:1" THEN 'chat:1'
        WHEN "routec 0:2" IS NULL THEN NULL
        WHEN "routec 0:2" THEN 'chat:2'
        WHEN "routec 0:3" THEN 'chat:3'
        WHEN "routec 0:4" THEN 'chat:4'
      END
      WHEN "routec #route" = 1 THEN CASE
        WHEN "routec 1:0" THEN 'gpt-4o:0'
      END
    END AS "routec #rule"
  FROM "routec refused"
)
SELECT * EXCEPT('^routec '),
  CASE
    WHEN "routec #rule" IN ('chat:0', 'chat:1', 'chat:2', 'chat:3', 'chat:4') THEN 'chat'
    WHEN "routec #rule" = 'gpt-4o:0' THEN 'gpt-4o'
  END AS decided_route,
  "routec #rule" AS decided_rule,
  CASE
    WHEN "routec #rule" IN ('chat:1', 'chat:4', 'gpt-4o:0') THEN 'strong'
  END AS decided_plan,
  CASE
    WHEN "routec #rule" = 'chat:2' THEN 429
  END AS decided_reject,
  CASE
    WHEN "routec #rule" = 'chat:0' THEN 'when month.used >= 90% and tier != enterprise -> small'
    WHEN "routec #rule" = 'chat:1' THEN 'when tenant starts_with "acme" or tenant matches /^glo+bex$/i or tenant == "it\'s" -> strong'
    WHEN "routec #rule" = 'chat:2' THEN 'when urgent and risky -> reject 429 "say no \xe2\x80\xae"'
    WHEN "routec #rule" = 'chat:3' THEN 'free | pro, eu -> small'
    WHEN "routec #rule" = 'chat:4' THEN '_, _ -> strong with { timeout 5s }'
    WHEN "routec #rule" = 'gpt-4o:0' THEN '-> strong'
  END AS decided_text,
  coalesce("routec #error", CASE WHEN "routec #rule" IS NULL THEN concat('the decision depends on what is not known: ', arrayStringConcat(arrayFilter(name -> name IS NOT NULL, [CASE WHEN "routec #route" = 0 AND "routec urgent" IS NULL THEN 'urgent' END, CASE WHEN "routec #route" = 0 AND "routec needs.tools" IS NULL THEN 'needs.tools' END]), ', ')) END) AS decided_error
FROM "routec decision"
