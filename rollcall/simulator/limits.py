"""The limits RingCentral documents, in the simulator's own words.

The client states them a second time; a test compares both with the public OpenAPI document.
"""

NAME_LIMIT = 64  # characters of a first or last name, and of a job title
EMAIL_LIMIT = 256  # characters
LINK_SHORTEST = 5  # characters of a join or cancellation link
LINK_LONGEST = 256  # characters
PER_PAGE_DEFAULT = 100  # records
PER_PAGE_LARGEST = 1000  # records; more is clamped, not refused
HOSTS_LARGEST = 10  # values of hostUserId

HEAVY_LIMIT = 10  # calls a window; guide "Rate limits"
MEDIUM_LIMIT = 40
LIGHT_LIMIT = 50
AUTH_LIMIT = 5
WINDOW = 60.0  # seconds

SIGN_INS_LARGEST = 5  # parallel sessions per user and app (guide: "about five")
TOKEN_SECONDS = 3600  # life of an access token
TOKEN_SECONDS_SHORTEST = 600  # what a caller may ask for as access_token_ttl
SUBSCRIPTIONS_LARGEST = 30  # per user and app
SUBSCRIPTION_SECONDS_LARGEST = 315_360_000  # ten years
SUBSCRIPTION_SECONDS_DEFAULT = 604_800  # our reading: seven days, as on RingCentral's general API
HANDSHAKE_BYTES = 1024  # of the answer with its headers
HANDSHAKE_SECONDS = 3.0  # within which a webhook address must echo the Validation-Token
