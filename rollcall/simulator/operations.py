"""Every operation that is simulated: method, path, rate group, scope, and who answers it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rollcall.simulator import configuration, history, invitees, registrants, registration, subscriptions, tokens
from rollcall.simulator.answers import Answer, Call, Problem
from rollcall.simulator.caller import Request
from rollcall.simulator.rates import Group

READ, EDIT = "ReadWebinars", "EditWebinars"
CONFIGURATION = "/webinar/configuration/v1"
HISTORY = "/webinar/history/v1"
WEBINAR = "/webinars/{webinarId}"
SESSION = f"{WEBINAR}/sessions/{{sessionId}}"
INVITEES = f"{SESSION}/invitees"
REGISTRATION = "/webinar/registration/v1/sessions/{sessionId}"
REGISTRANTS = f"{REGISTRATION}/registrants"
SUBSCRIPTION = f"{subscriptions.PATH}/{{subscriptionId}}"


@dataclass(frozen=True, slots=True)
class Operation:
    """`prepare` runs after the call was let in and before the world is held: it may take time."""

    method: str
    template: str
    answer: Callable[[Request], Answer]
    scope: str = READ
    group: Group = Group.HEAVY
    prepare: Callable[[Call], Problem | None] | None = None
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template)
        object.__setattr__(self, "pattern", re.compile(pattern))


OPERATIONS = (
    Operation("GET", f"{CONFIGURATION}/webinars", configuration.list_webinars),
    Operation("GET", f"{CONFIGURATION}{WEBINAR}", configuration.get_webinar),
    Operation("GET", f"{CONFIGURATION}/sessions", configuration.list_sessions),
    Operation("GET", f"{CONFIGURATION}/company/sessions", configuration.list_company_sessions),
    Operation("GET", f"{CONFIGURATION}{SESSION}", configuration.get_session),
    Operation("PATCH", f"{CONFIGURATION}{INVITEES}", invitees.change_invitees, EDIT),
    Operation("GET", f"{CONFIGURATION}{INVITEES}", invitees.list_invitees),
    Operation("GET", f"{CONFIGURATION}{INVITEES}/{{inviteeId}}", invitees.get_invitee),
    Operation("PUT", f"{CONFIGURATION}{INVITEES}/{{inviteeId}}", invitees.put_invitee, EDIT),
    Operation("DELETE", f"{CONFIGURATION}{INVITEES}/{{inviteeId}}", invitees.delete_invitee, EDIT),
    Operation("GET", f"{HISTORY}{WEBINAR}", history.get_webinar),
    Operation("GET", f"{HISTORY}/sessions", history.list_sessions),
    Operation("GET", f"{HISTORY}/company/sessions", history.list_company_sessions),
    Operation("GET", f"{HISTORY}{SESSION}", history.get_session),
    Operation("GET", f"{HISTORY}{SESSION}/participants", history.list_participants),
    Operation("GET", f"{HISTORY}{INVITEES}", invitees.list_history_invitees),
    Operation("GET", f"{HISTORY}{INVITEES}/{{inviteeId}}", invitees.get_history_invitee),
    Operation("GET", REGISTRATION, registration.get_registration),
    Operation("PATCH", REGISTRATION, registration.change_registration, EDIT),
    Operation("GET", REGISTRANTS, registrants.list_registrants),
    Operation("POST", REGISTRANTS, registrants.create_registrant, EDIT),
    Operation("GET", f"{REGISTRANTS}/{{registrantId}}", registrants.get_registrant),
    Operation("DELETE", f"{REGISTRANTS}/{{registrantId}}", registrants.delete_registrant, EDIT),
    Operation("GET", subscriptions.PATH, subscriptions.list_subscriptions, "", Group.LIGHT),
    Operation(
        "POST", subscriptions.PATH, subscriptions.create_subscription, "", Group.MEDIUM, subscriptions.shake_hands
    ),
    Operation("GET", SUBSCRIPTION, subscriptions.get_subscription, "", Group.LIGHT),
    Operation("PUT", SUBSCRIPTION, subscriptions.put_subscription, "", Group.MEDIUM),
    Operation("DELETE", SUBSCRIPTION, subscriptions.delete_subscription, "", Group.MEDIUM),
    Operation("POST", f"{SUBSCRIPTION}/renew", subscriptions.renew_subscription, "", Group.LIGHT),
)

SIGN_IN = "/restapi/oauth/token"
SIGN_INS = {SIGN_IN: tokens.sign_in, "/restapi/oauth/revoke": tokens.sign_out}


def find(call: Call) -> tuple[Operation, Call] | None:
    """The operation of a call, and the call with the parts of its path."""
    for operation in OPERATIONS:
        if operation.method == call.method and (match := operation.pattern.fullmatch(call.path)):
            return operation, replace(call, params=match.groupdict())
    return None
