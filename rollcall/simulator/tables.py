"""The tables of the state file; one row per thing, times as epoch seconds."""

FIRST_REGISTRANT = 4_100_000_000_000  # ids have one length, so they sort alike as numbers and as text

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, webinar_id TEXT NOT NULL UNIQUE, host_id TEXT NOT NULL,
    title TEXT NOT NULL, description TEXT NOT NULL, time_zone TEXT NOT NULL,
    starts_at REAL NOT NULL, seconds INTEGER NOT NULL, started_at REAL NOT NULL, ended_at REAL NOT NULL,
    created_at REAL NOT NULL, changed_at REAL NOT NULL,
    registration_enabled INTEGER NOT NULL, registration_status TEXT NOT NULL, status_set_at REAL NOT NULL,
    settings TEXT NOT NULL, calendar_sequence INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS registrant (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, email_key TEXT NOT NULL,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL,
    external_id TEXT, source TEXT, visitor_id TEXT, ip_address TEXT, questionnaire TEXT,
    join_uri TEXT, cancellation_uri TEXT,
    registered_at REAL NOT NULL, created_at REAL NOT NULL, listed_at REAL NOT NULL,
    post_webinar INTEGER NOT NULL DEFAULT 0, participant_id TEXT, attended_at REAL
);
CREATE INDEX IF NOT EXISTS registrant_by_session ON registrant (session_id, id);
CREATE INDEX IF NOT EXISTS registrant_by_email ON registrant (session_id, email_key);
CREATE TABLE IF NOT EXISTS cancellation (registrant_id INTEGER PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS participant (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, role TEXT NOT NULL,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL,
    joined_at REAL NOT NULL, left_at REAL NOT NULL, user_hash TEXT NOT NULL,
    registrant_id TEXT, invitee_id TEXT
);
CREATE INDEX IF NOT EXISTS participant_by_session ON participant (session_id, id);
CREATE TABLE IF NOT EXISTS invitee (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, role TEXT NOT NULL,
    first_name TEXT, last_name TEXT, email TEXT, job_title TEXT, linked_user TEXT,
    type TEXT NOT NULL, send_invite INTEGER NOT NULL, created_at REAL NOT NULL, changed_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS invitee_by_session ON invitee (session_id, id);
CREATE TABLE IF NOT EXISTS subscription (
    id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, filters TEXT NOT NULL, address TEXT NOT NULL,
    verification_token TEXT, created_at REAL NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS token (
    access_token TEXT PRIMARY KEY, user TEXT NOT NULL, owner_id TEXT NOT NULL, scopes TEXT NOT NULL,
    issued_at REAL NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS arrival (user TEXT NOT NULL, grp TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS arrival_by_user ON arrival (user, grp, at);
CREATE TABLE IF NOT EXISTS penalty (
    user TEXT NOT NULL, grp TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (user, grp)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY, fault TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0, struck INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL,
    grp TEXT NOT NULL, email TEXT NOT NULL, registrant_id TEXT NOT NULL, arrived_at REAL NOT NULL,
    status INTEGER, carried_out INTEGER NOT NULL DEFAULT 0, complete INTEGER, fault TEXT NOT NULL DEFAULT ''
);
INSERT INTO sqlite_sequence (name, seq) SELECT 'registrant', {FIRST_REGISTRANT}
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'registrant');
"""

CONTENTS = (
    "setting", "session", "registrant", "cancellation", "participant", "invitee", "subscription",
    "token", "arrival", "penalty", "fault", "call",
)  # fmt: skip
