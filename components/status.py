"""States as word, icon and colour: the same everywhere."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState
from rollcall.roster.sessions import RegistrationStatus

Colour = Literal["gray", "blue", "orange", "green", "red"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown."""

    word: str
    icon: str  # a Material symbol's name
    colour: Colour
    meaning: str = ""

    @property
    def label(self) -> str:
        """For Markdown within a line: icon and word, coloured."""
        return f":{self.colour}[:material/{self.icon}: {self.word}]"

    def counted(self, amount: int) -> str:
        """The same with a number: how many are in that state."""
        return f":{self.colour}[:material/{self.icon}: {amount:,} {self.word}]"


STATUSES = {
    Status.WAITING: Look("waiting", "schedule", "gray", "Will be sent when its turn comes."),
    Status.SENDING: Look("being sent", "sync", "blue", "Its call is on the way."),
    Status.UNCONFIRMED: Look(
        "not confirmed",
        "help",
        "orange",
        "RingCentral has not answered; checking before anything is sent again.",
    ),
    Status.REGISTERED: Look("registered", "check_circle", "green", "RingCentral has the person."),
    Status.ALREADY_THERE: Look("already there", "how_to_reg", "gray", "Was registered before; nothing was sent."),
    Status.CANCELLED: Look("cancelled", "person_off", "gray", "The registration was cancelled."),
    Status.ALREADY_GONE: Look("already gone", "person_off", "gray", "Was not registered any more."),
    Status.REFUSED: Look("refused", "error", "red", "RingCentral said no; the reason is beside it."),
    Status.WITHDRAWN: Look("taken back", "undo", "gray", "Was taken back before it was sent."),
    Status.CANCELLED_EARLIER: Look("cancelled earlier", "person_off", "gray", "Cancelled here before; left alone."),
    Status.DUPLICATE: Look("twice in the file", "content_copy", "gray", "The first row with this email counts."),
    Status.INVALID: Look("wrong", "edit_off", "red", "Something in the row has to be put right."),
    Status.LEFT_OUT: Look("left out", "remove_circle", "gray", "Not to be sent."),
}

BATCHES = {
    BatchState.DRAFT: Look("draft", "edit_note", "gray", "Not started."),
    BatchState.RUNNING: Look("running", "sync", "blue"),
    BatchState.PAUSED: Look("paused", "pause_circle", "orange"),
    BatchState.STOPPED: Look("stopped", "stop_circle", "gray", "What waited was taken back; what was sent stays."),
    BatchState.FINISHED: Look("finished", "check_circle", "green"),
}

REGISTRATIONS = {
    RegistrationStatus.OPEN: Look("open", "lock_open", "green"),
    RegistrationStatus.CLOSED: Look("closed", "lock", "red"),
    RegistrationStatus.OFF: Look("no registration", "groups", "gray"),
    RegistrationStatus.GONE: Look("deleted", "event_busy", "red"),
    RegistrationStatus.NO_RIGHT: Look("not allowed", "lock_person", "orange"),
}
FULL = Look("full", "group_add", "orange")
UNKNOWN = Look("not read yet", "help", "gray")


def show_status(status: Status) -> None:
    """A badge for what a person is at; its meaning shows when pointed at."""
    look = STATUSES[status]
    st.badge(look.word, icon=f":material/{look.icon}:", color=look.colour, help=look.meaning or None)


def show_batch_state(state: str) -> None:
    """A badge for where a batch stands."""
    look = BATCHES[BatchState(state)]
    st.badge(look.word, icon=f":material/{look.icon}:", color=look.colour, help=look.meaning or None)


def registration_look(status: str | None) -> Look:
    """Open, closed, off …; `None` is not read yet, and a word RingCentral adds later is shown as it is unknown here."""
    return REGISTRATIONS.get(RegistrationStatus(status), UNKNOWN) if status in set(RegistrationStatus) else UNKNOWN
