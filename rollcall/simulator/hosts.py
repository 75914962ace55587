"""The two people who host the demo's webinars."""

from typing import Any

from rollcall.simulator.sessions import OWNER_ACCOUNT, WebinarSession

OWNER = "62264425008"  # who signs in
COLLEAGUE = "62264425016"
NAMES = {OWNER: ("Priya", "Natarajan"), COLLEAGUE: ("Tomás", "Ferreira")}
EMAILS = {OWNER: "priya.natarajan@demo.example.com", COLLEAGUE: "tomas.ferreira@demo.example.com"}


def linked_user(user_id: str) -> dict[str, Any]:
    return {"linkedUser": {"userId": user_id, "accountId": OWNER_ACCOUNT, "domain": "pbx"}}


def host_of(user_id: str) -> dict[str, Any]:
    """HostModel: a name and the user behind it."""
    first_name, last_name = NAMES.get(user_id, ("Demo", "Host"))
    return {"firstName": first_name, "lastName": last_name} | linked_user(user_id)


def webinar_reference(session: WebinarSession) -> dict[str, Any]:
    """The webinar of a session as the lists of sessions show it."""
    reference = {"id": session.webinar_id, "title": session.title, "description": session.description}
    return {"webinar": {**reference, "host": host_of(session.host_id)}}
