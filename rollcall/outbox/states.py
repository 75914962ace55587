"""The few states, with one sentence of meaning each. Nothing else in the project invents another."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class State(StrEnum):
    """Where an action stands. The transitions are the functions of `ledger`."""

    WAITING = "waiting"  # wished, not sent; may be taken back
    SENDING = "sending"  # committed together with its call before the first byte left
    UNCONFIRMED = "unconfirmed"  # a call left and no clear answer came; only a listing decides
    DONE = "done"
    REFUSED = "refused"  # answered, and would be answered the same again
    WITHDRAWN = "withdrawn"  # stopped, taken back, or replaced by a later wish, before it was sent


OPEN = frozenset({State.WAITING, State.SENDING, State.UNCONFIRMED})
IN_FLIGHT = frozenset({State.SENDING, State.UNCONFIRMED})
FINAL = frozenset(State) - OPEN


class Outcome(StrEnum):
    """What `done` means."""

    REGISTERED = "registered"  # this action made the registrant
    ALREADY_THERE = "already_there"  # RingCentral has had the person; nothing was sent, or it said so
    CANCELLED = "cancelled"
    ALREADY_GONE = "already_gone"


class Kind(StrEnum):
    """What is wished."""

    CREATE = "create"
    DELETE = "delete"


class Origin(StrEnum):
    """Where a wish came from."""

    FORM = "form"
    IMPORT = "import"
    PUBLIC = "public"
    UNDO = "undo"


class Priority(IntEnum):
    """Who goes first; lower goes ahead."""

    CLICK = 0  # somebody looks at the screen
    DOOR = 1  # somebody registers on a public page
    BATCH = 2


class Lane(IntEnum):
    """The same for readings."""

    SETTLE_CLICK = 0  # decides what became of somebody who waits
    CLICK = 1
    BATCH = 2  # an import cannot go on without it
    BACKGROUND = 3


class Standing(StrEnum):
    """What is last known of a registration."""

    NONE = "none"
    REGISTERED = "registered"
    CANCELLED = "cancelled"  # by us
    GONE = "gone"  # was registered, and a complete listing no longer shows it


class BatchKind(StrEnum):
    """What the lines of a batch wish for."""

    REGISTER = "register"
    CANCEL = "cancel"


class BatchState(StrEnum):
    """Where a batch stands."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"  # what waited is taken back; what was sent stays
    FINISHED = "finished"


class Verdict(StrEnum):
    """What the check made of a line."""

    TO_SEND = "to_send"
    ALREADY_THERE = "already_there"
    CANCELLED_EARLIER = "cancelled_earlier"
    DUPLICATE = "duplicate"
    WAITING_ELSEWHERE = "waiting_elsewhere"
    INVALID = "invalid"
    LEFT_OUT = "left_out"


BECOMES_ACTION = frozenset({Verdict.TO_SEND, Verdict.WAITING_ELSEWHERE})


class Pause(StrEnum):
    """Why a batch is paused."""

    BY_HAND = "by_hand"
    CLOSED = "registration_closed"
    FULL = "registration_full"
    OFF = "registration_off"  # an all-hands webinar
    SESSION_OVER = "session_over"
    SESSION_GONE = "session_gone"
    NO_RIGHT = "no_right"
    LINKS_REFUSED = "links_refused"
