"""A RingCentral on loopback, for the demo and the tests: real HTTP, documented rules, switches, faults.

It shares no code with the client. `start(...)` serves from a thread; `python -m rollcall.simulator` is a process.
"""

from rollcall.simulator.faults import Fault, FaultKind
from rollcall.simulator.people import Person, Registrant
from rollcall.simulator.rates import Group
from rollcall.simulator.running import Running, start
from rollcall.simulator.sessions import WebinarSession
from rollcall.simulator.switches import OwnLinks, PagesBy, SecondEmail, Switches
from rollcall.simulator.tokens import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT
from rollcall.simulator.world import LoggedCall, World

__all__ = [
    "DEMO_CLIENT_ID",
    "DEMO_CLIENT_SECRET",
    "DEMO_JWT",
    "Fault",
    "FaultKind",
    "Group",
    "LoggedCall",
    "OwnLinks",
    "PagesBy",
    "Person",
    "Registrant",
    "Running",
    "SecondEmail",
    "Switches",
    "WebinarSession",
    "World",
    "start",
]
