-- What only makes reading faster: made where it is missing, so that no version of the schema needs to know of it. Each one
-- answers a question of a desk that must be answered at once, however much was exchanged.
CREATE INDEX IF NOT EXISTS interchange_partner ON interchange (partner, received);
CREATE INDEX IF NOT EXISTS interchange_channel ON interchange (channel, received);
CREATE INDEX IF NOT EXISTS interchange_control ON interchange (control, received);
CREATE INDEX IF NOT EXISTS interchange_refused ON interchange (received)
  WHERE verdict IN ('refused', 'duplicate', 'not-edi', 'broken');
CREATE INDEX IF NOT EXISTS interchange_in_part ON interchange (received) WHERE verdict = 'accepted-in-part';
CREATE INDEX IF NOT EXISTS delivery_under_way ON delivery (agreement, interchange) WHERE next_attempt IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_held ON delivery (agreement, interchange) WHERE state = 'held';
CREATE INDEX IF NOT EXISTS delivery_refused ON delivery (agreement, interchange) WHERE judged = 'refused';
CREATE INDEX IF NOT EXISTS delivery_unjudged ON delivery (agreement, acknowledged, interchange)
  WHERE control IS NOT NULL AND judged IS NULL;
-- One for each kind: most documents have one, so that all of these together are as long as one index.
CREATE INDEX IF NOT EXISTS interchange_kind_214 ON interchange (received) WHERE kinds LIKE '%214%';
CREATE INDEX IF NOT EXISTS interchange_kind_215 ON interchange (received) WHERE kinds LIKE '%215%';
CREATE INDEX IF NOT EXISTS interchange_kind_856 ON interchange (received) WHERE kinds LIKE '%856%';
CREATE INDEX IF NOT EXISTS interchange_kind_997 ON interchange (received) WHERE kinds LIKE '%997%';
CREATE INDEX IF NOT EXISTS interchange_kind_999 ON interchange (received) WHERE kinds LIKE '%999%';
CREATE INDEX IF NOT EXISTS interchange_kind_contrl ON interchange (received) WHERE kinds LIKE '%CONTRL%';
CREATE INDEX IF NOT EXISTS interchange_kind_iftmin ON interchange (received) WHERE kinds LIKE '%IFTMIN%';
CREATE INDEX IF NOT EXISTS interchange_kind_iftsta ON interchange (received) WHERE kinds LIKE '%IFTSTA%';
CREATE INDEX IF NOT EXISTS interchange_kind_other ON interchange (received) WHERE kinds LIKE '%other%';
