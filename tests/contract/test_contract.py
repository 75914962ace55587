"""The checks against RingCentral's document can themselves fail."""

import pytest

from tests.contract import check_answer, check_request, document, path_template, schema_for

REGISTRANTS = "/webinar/registration/v1/sessions/8001/registrants"
SESSION = "/webinar/registration/v1/sessions/8001"
NINE = "2026-08-04T09:00:00Z"
ADA = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}
STORED = {
    **ADA,
    "id": "9007199254740993",
    "creationTime": "2026-08-04T09:00:00.000Z",
    "lastModifiedTime": "2026-08-04T09:00:00.000Z",
}


def test_the_copy_names_its_source_and_date() -> None:
    """Whoever doubts a check must be able to find the document it came from."""
    description = document()["info"]["description"]

    assert "RingCentral public OpenAPI document, August 2026" in description
    assert "Trimmed" in description


def test_a_path_as_called_is_found_in_the_document() -> None:
    """Tests check real calls, which carry real ids."""
    assert path_template(f"{REGISTRANTS}?perPage=7") == "/webinar/registration/v1/sessions/{sessionId}/registrants"


def test_an_unknown_path_is_named() -> None:
    """An invented endpoint must not pass for a documented one."""
    with pytest.raises(KeyError, match="no path /webinar/v1/webinars"):
        path_template("/webinar/v1/webinars")


def test_a_documented_exchange_passes() -> None:
    """The ordinary registration of one person."""
    check_request("POST", REGISTRANTS, body=ADA)
    check_answer("POST", REGISTRANTS, 201, STORED)
    check_answer("DELETE", f"{REGISTRANTS}/1", 204)
    check_answer("GET", REGISTRANTS, 429, {"errors": [{"errorCode": "CMN-301", "message": "x"}]})


@pytest.mark.parametrize(
    "body",
    [
        {**ADA, "firstName": "x" * 65},
        {**ADA, "joinUri": "https://example.com/join"},
        {**ADA, "questionnaire": [{"questionId": "1"}]},
        {"firstName": "Ada", "lastName": "Lovelace"},
        {**ADA, "externalId": 7},
    ],
)
def test_a_request_against_the_document_is_named(body: dict[str, object]) -> None:
    """Too long, read-only, half an answer, incomplete, wrong type: each must be seen."""
    with pytest.raises(AssertionError, match="against the document"):
        check_request("POST", REGISTRANTS, body=body)


@pytest.mark.parametrize(
    "broken", [{"id": 7}, {"creationTime": "yesterday"}, {"email": None}, {"registeredPostWebinar": 1}]
)
def test_an_answer_against_the_document_is_named(broken: dict[str, object]) -> None:
    """A simulator that drifts from RingCentral's shapes would teach the client wrong things."""
    with pytest.raises(AssertionError, match="against the document"):
        check_answer("POST", REGISTRANTS, 201, STORED | broken)


def test_query_parameters_are_checked() -> None:
    """Required, known, in range."""
    check_request(
        "GET", "/webinar/history/v1/sessions", query={"endTimeFrom": NINE, "endTimeTo": NINE, "status": ["Active"]}
    )
    for query in ({"endTimeFrom": NINE}, {"endTimeFrom": NINE, "endTimeTo": "soon"}):
        with pytest.raises(AssertionError):
            check_request("GET", "/webinar/history/v1/sessions", query=query)
    for query in ({"perPage": "1001"}, {"email": "ada@example.com"}):
        with pytest.raises(AssertionError):
            check_request("GET", REGISTRANTS, query=query)


def test_a_partial_change_of_the_registration_session_passes_but_not_a_read_only_field() -> None:
    """The schema requires four properties; the description says that the call is partial."""
    check_request("PATCH", SESSION, body={"registrationStatus": "Closed"})

    with pytest.raises(AssertionError, match="registrantCount"):
        check_request("PATCH", SESSION, body={"registrantCount": 7})


def test_an_undocumented_status_is_named() -> None:
    """A 418 is a surprise that the test must show."""
    with pytest.raises(KeyError, match="documents no answer 418"):
        schema_for("GET", SESSION, 418)
