-- The gateway's control plane, version 11.
--
-- What may stand here: ids, counts, times (milliseconds since 1970, UTC), control numbers, digests, 16-octet keyed
-- tokens, acknowledgements that echo no data, clear headers of sealed batches, canonical ledger entries. Never a
-- value of a document: parcels never become rows.

-- Which store this is: the objects beside it have the same id in an object named `store`.
CREATE TABLE store (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32)
) STRICT;
INSERT INTO store (id) VALUES (lower(hex(randomblob(16))));

CREATE TABLE partner (
  id       TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL                       -- JSON, the binary's own
) STRICT;

CREATE TABLE agreement (
  id       TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL
) STRICT;

-- Control numbers: the last one given out in each series.
CREATE TABLE counter (
  series TEXT NOT NULL PRIMARY KEY,
  last   INTEGER NOT NULL CHECK (last BETWEEN 1 AND 999999999)
) STRICT;

-- What goes to the warden's ledger, in this order: intake entries, each with its batches' headers; `leaf` is its index
-- there, null until it is anchored.
CREATE TABLE anchor (
  position INTEGER PRIMARY KEY,
  instance BLOB NOT NULL CHECK (length(instance) = 16),
  ticket   INTEGER NOT NULL CHECK (ticket >= 1),
  part     INTEGER NOT NULL CHECK (part >= 1),
  entry    BLOB NOT NULL,                      -- canonical JSON of the intake entry
  leaf     INTEGER,
  UNIQUE (instance, ticket, part)
) STRICT;
CREATE INDEX anchor_unanchored ON anchor (position) WHERE leaf IS NULL;

CREATE TABLE interchange (
  id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  worker       TEXT NOT NULL,
  anchor       INTEGER NOT NULL REFERENCES anchor (position),  -- its first intake entry
  partner      TEXT,                           -- whose credential brought it
  sender       TEXT,                           -- the key for duplicates: known ids only, else all null
  receiver     TEXT,
  control      TEXT,
  test         INTEGER,
  channel      TEXT NOT NULL,
  verdict      TEXT NOT NULL,
  kinds        TEXT NOT NULL,                  -- of its messages, sorted, with commas between: words of a closed list
  received     INTEGER NOT NULL,
  answered     INTEGER NOT NULL,
  octets       INTEGER NOT NULL,
  rows         INTEGER NOT NULL,
  digest       BLOB NOT NULL CHECK (length(digest) = 32),  -- keyed: a plain hash would confirm a guess
  digest_month TEXT NOT NULL,
  answer       BLOB NOT NULL
) STRICT;
CREATE INDEX interchange_received ON interchange (received);
CREATE INDEX interchange_key ON interchange (partner, sender, receiver, control, test);
CREATE UNIQUE INDEX interchange_accepted_once ON interchange (partner, sender, receiver, control, test)
  WHERE verdict IN ('accepted', 'accepted-with-errors', 'accepted-in-part');

-- What is wrong with an interchange, for those of which something is: codes and places, and around each place the tags and how many
-- elements they have, nothing of what stands in them. It goes when its interchange does.
CREATE TABLE findings (
  interchange BLOB NOT NULL PRIMARY KEY REFERENCES interchange (id) ON DELETE CASCADE,
  document    TEXT NOT NULL CHECK (length(document) <= 16384)  -- JSON, the gateway's own
) STRICT;

CREATE TABLE delivery (
  id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  interchange  BLOB NOT NULL REFERENCES interchange (id),
  carrier      TEXT NOT NULL,
  agreement    TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'acknowledged', 'held', 'expired')),
  attempts     INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER,                        -- null unless waiting or sent
  last_answer  TEXT,                           -- a code of a closed list, never the carrier's words
  digest       BLOB NOT NULL CHECK (length(digest) = 32),  -- SHA-256 of the encrypted octets
  octets       INTEGER NOT NULL,
  object       TEXT,                           -- in the outbox, with copies that were made at the same time; null once expired
  start        INTEGER NOT NULL,               -- where in the object it begins
  created      INTEGER NOT NULL,
  acknowledged INTEGER,
  control      INTEGER,                        -- the control numbers of a document that was made for the carrier
  judged       TEXT CHECK (judged IN ('accepted', 'accepted-with-errors', 'accepted-in-part', 'refused')),  -- the carrier's own acknowledgement of it
  judged_at    INTEGER,
  mic_month    TEXT,                           -- of an AS2 message: under which index key the MIC is sealed that its receipt must state
  mic          BLOB,
  confirmation BLOB,                           -- canonical JSON of the carrier's signed word that it has it
  CHECK ((judged IS NULL) = (judged_at IS NULL)),
  CHECK ((mic IS NULL) = (mic_month IS NULL)),
  CHECK ((object IS NULL) = (state = 'expired')),
  CHECK ((next_attempt IS NOT NULL) = (state IN ('waiting', 'sent')))
) STRICT;
CREATE INDEX delivery_due ON delivery (carrier, next_attempt) WHERE next_attempt IS NOT NULL;
CREATE INDEX delivery_acknowledged ON delivery (acknowledged) WHERE state = 'acknowledged';
CREATE INDEX delivery_kept ON delivery (created) WHERE object IS NOT NULL;
CREATE INDEX delivery_object ON delivery (object) WHERE object IS NOT NULL;
CREATE INDEX delivery_created ON delivery (created);
CREATE INDEX delivery_interchange ON delivery (interchange);
CREATE INDEX delivery_control ON delivery (carrier, control) WHERE control IS NOT NULL;

CREATE TABLE attempt (
  delivery BLOB NOT NULL REFERENCES delivery (id),
  number   INTEGER NOT NULL,
  time     INTEGER NOT NULL,
  outcome  TEXT NOT NULL CHECK (outcome IN ('sent', 'failed')),
  answer   TEXT NOT NULL,
  PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE manifest (
  id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  interchange   BLOB NOT NULL REFERENCES interchange (id),
  ordinal       INTEGER NOT NULL,              -- of its transaction set in the interchange
  agreement     TEXT NOT NULL,
  token         BLOB NOT NULL CHECK (length(token) = 16),  -- of the manifest number, under the month's index key
  month         TEXT NOT NULL,
  purpose       TEXT NOT NULL CHECK (purpose IN ('original', 'replace', 'change', 'cancel')),
  state         TEXT NOT NULL CHECK (state IN ('current', 'replaced', 'cancelled')),
  rows          INTEGER NOT NULL,
  received      INTEGER NOT NULL,
  delivery      BLOB REFERENCES delivery (id),
  supersedes    BLOB REFERENCES manifest (id),
  superseded_by BLOB,                          -- a manifest of the same transaction: written before it
  superseded    INTEGER,
  CHECK ((state = 'current') = (superseded IS NULL) AND (superseded IS NULL) = (superseded_by IS NULL))
) STRICT;
CREATE INDEX manifest_token ON manifest (token);
CREATE INDEX manifest_interchange ON manifest (interchange);
CREATE INDEX manifest_delivery ON manifest (delivery);
CREATE UNIQUE INDEX manifest_current_once ON manifest (agreement, token) WHERE state = 'current';

CREATE TABLE batch (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of commits, none twice: the token index names batches by it
  id       BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  manifest BLOB NOT NULL REFERENCES manifest (id),
  ordinal  INTEGER NOT NULL,                   -- among its manifest's batches
  month    TEXT NOT NULL,
  received INTEGER NOT NULL,
  rows     INTEGER NOT NULL,
  segment  TEXT NOT NULL,                      -- the object that holds its segment record, and where in it
  start    INTEGER NOT NULL,
  length   INTEGER NOT NULL,
  operational INTEGER NOT NULL,                -- where in the object its clear column begins: rows + 1 records of 32
  tokens      INTEGER NOT NULL,                -- where its sorted tokens begin, 20 octets each, and how many
  token_count INTEGER NOT NULL
) STRICT;
CREATE INDEX batch_manifest ON batch (manifest);
CREATE INDEX batch_month ON batch (month);

-- Headers outlive batches and their keys by five years.
CREATE TABLE header (
  batch  BLOB NOT NULL PRIMARY KEY CHECK (length(batch) = 16),
  salt   BLOB NOT NULL CHECK (length(salt) = 32),
  header BLOB NOT NULL                         -- canonical JSON
) STRICT;

-- AS2 messages that were answered: a second one of the same Message-ID gets the same answer.
CREATE TABLE message (
  token        BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 16),  -- of both sides' names and the Message-ID, under the month's index key
  month        TEXT NOT NULL,
  answer       BLOB NOT NULL,                  -- sealed under the same key: it has a plain hash of the document
  url          TEXT,                           -- where the answer goes by itself; null: it was the answer to the request
  next_attempt INTEGER,                        -- null once it is there, or nobody took it for a day
  attempts     INTEGER NOT NULL DEFAULT 0,
  CHECK (next_attempt IS NULL OR url IS NOT NULL)
) STRICT;
CREATE INDEX message_month ON message (month);
CREATE INDEX message_due ON message (next_attempt) WHERE next_attempt IS NOT NULL;
