"""Answers as RingCentral documents them, one of each kind; a test checks them against its document."""

from typing import Any

AT = "2026-09-02T14:00:00.000Z"
TIMES = {"creationTime": "2026-08-01T08:00:00Z", "lastModifiedTime": "2026-08-02T08:00:00Z"}
PAGING = {"pageToken": "p1", "perPage": 1000}
USER = {"userId": "4001", "accountId": "37001", "domain": "pbx"}

REGISTRANT: dict[str, Any] = {
    "id": "900719925474099312",
    **TIMES,
    "firstName": "Ada",
    "lastName": "Lovelace",
    "email": "ada@example.com",
    "joinUri": "https://v.ringcentral.com/w/a/join/ada",
    "cancellationUri": "https://acme.webinar.ringcentral.com/register?action=cancel",
    "registeredPostWebinar": False,
    "externalId": "lid=123&oid=4%4056",
    "registrationTime": "2026-08-01T07:59:58Z",
    "source": "newsletter",
    "participantId": "5501",
}
REGISTRATION: dict[str, Any] = {
    "id": "8001",
    "registrationStatus": "Open",
    "registrationPageUri": "https://acme.webinar.ringcentral.com/register",
    "registrantCount": 120,
    "postWebinarRegistrantCount": 3,
    "hasRealRegistrants": True,
    "settings": {
        "autoCloseLimit": 500,
        "suppressEmails": True,
        "workEmailRequired": False,
        "onDemandDuration": "SixMonths",
        "recordingExist": None,
        "postWebinarRegistrationClosingTime": None,
    },
}
PLANNED_SESSION: dict[str, Any] = {
    "id": "8001",
    **TIMES,
    "webinar": {"id": "7001", "title": "Rates explained", "description": "", "host": {"linkedUser": USER}},
    "scheduledStartTime": AT,
    "scheduledDuration": 3600,
    "timeZone": "Europe/Berlin",
    "title": "",
    "status": "Scheduled",
    "localeCode": "en-US",
}
SESSION_DETAIL = {name: value for name, value in PLANNED_SESSION.items() if name != "webinar"}
PAST_SESSION: dict[str, Any] = {
    "id": "8000",
    **TIMES,
    "webinar": {
        "id": "7000",
        "title": "Rates",
        "host": {"firstName": "Grace", "lastName": "Hopper", "linkedUser": USER},
    },
    "startTime": "2026-08-02T14:01:10Z",
    "endTime": "2026-08-02T15:02:30Z",
    "duration": 3680,
    "title": "Rates in August",
    "scheduledStartTime": "2026-08-02T14:00:00Z",
    "scheduledDuration": 3600,
    "timeZone": "Europe/Berlin",
    "broadcastingStartTime": "2026-08-02T14:03:00Z",
    "broadcastingEndTime": "2026-08-02T15:00:00Z",
    "status": "Finished",
    "participantCount": 150,
    "attendeeCount": 145,
    "uniqueParticipantCount": 140,
    "uniqueAttendeeCount": 135,
}
HISTORY_DETAIL = {name: value for name, value in PAST_SESSION.items() if name != "webinar"}
WEBINAR: dict[str, Any] = {
    "id": "7001",
    **TIMES,
    "title": "Rates explained",
    "description": "All of it",
    "settings": {"registrationEnabled": True, "attendeeAuthentication": "Guest"},
    "host": {"userId": "4001", "accountId": "37001", "entitled": True, "linkedUser": USER},
}
PARTICIPANT: dict[str, Any] = {
    "id": "5501",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "email": "ada@example.com",
    "role": "Attendee",
    "originalRole": "Attendee",
    "type": "User",
    "joinTime": "2026-08-02T14:02:00Z",
    "leaveTime": "2026-08-02T14:58:00Z",
    "wasEjected": False,
    "registrantId": "900719925474099312",
    "uniqueUserHash": "u-1",
}
PLANNED_INVITEE: dict[str, Any] = {
    "id": "6001",
    **TIMES,
    "firstName": "Alan",
    "lastName": "Turing",
    "email": "alan@example.com",
    "jobTitle": "Fellow",
    "role": "Panelist",
    "type": "User",
    "sendInvite": True,
    "joinUri": "https://v.ringcentral.com/w/p/join/alan",
}
PAST_INVITEE: dict[str, Any] = {
    "id": "6001",
    "firstName": "Alan",
    "lastName": "Turing",
    "email": "alan@example.com",
    "role": "Panelist",
    "originalRole": "Panelist",
    "type": "User",
    "sendInvite": True,
    "joined": True,
}
SUBSCRIPTION: dict[str, Any] = {
    "id": "0b6d7b4e-7e1f-4a52-8d13-b9a7a8f4f2c1",
    "uri": "https://platform.ringcentral.com/webinar/notifications/v1/subscriptions/0b6d7b4e",
    "eventFilters": ["/webinar/registration/v1/company/sessions/registrants"],
    "disabledFilters": [],
    "expirationTime": AT,
    "expiresIn": 3600,
    "status": "Active",
    "creationTime": AT,
    "deliveryMode": {"transportType": "WebHook", "address": "https://acme.com/hooks/secret-path", "encryption": False},
}


def page(*records: dict[str, Any], next_token: str | None = None) -> dict[str, Any]:
    """One page of a list."""
    paging = PAGING | ({"nextPageToken": next_token} if next_token else {})
    return {"records": list(records), "paging": paging}
