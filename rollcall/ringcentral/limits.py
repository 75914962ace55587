"""What RingCentral takes and allows, each number with where it comes from.

"OpenAPI" is the public document of August 2026, "guide" the developer guide of April 2026. The simulator states
the same numbers a second time on purpose; a test compares both with the trimmed copy of the document.
"""

NAME_LENGTH = 64  # characters, firstName and lastName; OpenAPI RcwBaseContactModel
EMAIL_LENGTH = 256  # characters, at least 1; OpenAPI RcwEmailModel
URI_LENGTH_MIN = 5  # characters, joinUri and cancellationUri; OpenAPI RegistrantMinimalModel
URI_LENGTH = 256  # characters, the same fields
EXTERNAL_ID_LENGTH = 255  # characters; our own limit, the document names none
SOURCE_LENGTH = 255  # characters; our own limit, the document names none
PER_PAGE = 1000  # records a page; OpenAPI PerPage.maximum
HOST_USER_IDS = 10  # hosts one company list can be narrowed to; OpenAPI HostUserId.maxItems
SUBSCRIPTION_LIFE = 315_360_000  # seconds, ten years; guide "Webinar notifications", expiresIn

# Calls per window, user and app, by rate group; guide "Rate limits". RingCentral changes them on request, so what
# the X-Rate-Limit-* headers say goes before these.
HEAVY_LIMIT = 10  # every webinar call except subscriptions
MEDIUM_LIMIT = 40  # creating, changing and deleting subscriptions
LIGHT_LIMIT = 50  # reading and renewing subscriptions
AUTH_LIMIT = 5  # sign-in
RATE_WINDOW = 60.0  # seconds
PENALTY = 60.0  # seconds after a 429; every call meanwhile starts them anew

TOKEN_LIFE_MIN = 600.0  # seconds; OpenAPI BaseTokenRequest.access_token_ttl.minimum
RENEW_BEFORE = 300.0  # seconds before its end that a token is renewed; our judgement

CONNECT_TIMEOUT = 5.0  # seconds to one address of the server; ours, like the three below
READ_TIMEOUT = 15.0  # seconds of silence
CALL_TIMEOUT = 20.0  # seconds from first to last, the body included: no call takes longer
BODY_SIZE = 20 * 1024 * 1024  # bytes of one answer after unpacking; 1,000 registrants are about 1 MB
RETRY_AFTER_MAX = 86_400.0  # seconds; a longer Retry-After is taken for this one
