"""The limits, stated three times: by us, by the simulator and by RingCentral's document."""

from typing import Any

import pytest

from rollcall.ringcentral import limits
from rollcall.simulator import limits as simulated
from tests.contract import document, operation, parameters
from tests.ringcentral.test_client import OPERATIONS

TOKEN = "/restapi/oauth/token"


def schema(name: str) -> dict[str, Any]:
    """One named schema with the properties of all its parts."""
    return merged(document()["components"]["schemas"][name])


def merged(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return schema(node["$ref"].rpartition("/")[2])
    properties = dict(node.get("properties", {}))
    for part in node.get("allOf", ()):
        properties |= merged(part).get("properties", {})
    return {**node, "properties": properties}


REGISTRANT = schema("RegistrantBaseModelWithQuestionnaire")["properties"]
PER_PAGE = parameters("GET", "/webinar/registration/v1/sessions/{sessionId}/registrants")["perPage"]["schema"]
HOSTS = parameters("GET", "/webinar/history/v1/company/sessions")["hostUserId"]["schema"]


@pytest.mark.parametrize(
    ("ours", "the_simulator_s", "documented"),
    [
        (limits.NAME_LENGTH, simulated.NAME_LIMIT, REGISTRANT["firstName"]["maxLength"]),
        (limits.NAME_LENGTH, simulated.NAME_LIMIT, REGISTRANT["lastName"]["maxLength"]),
        (limits.EMAIL_LENGTH, simulated.EMAIL_LIMIT, merged(REGISTRANT["email"])["maxLength"]),
        (limits.URI_LENGTH, simulated.LINK_LONGEST, REGISTRANT["joinUri"]["maxLength"]),
        (limits.URI_LENGTH, simulated.LINK_LONGEST, REGISTRANT["cancellationUri"]["maxLength"]),
        (limits.URI_LENGTH_MIN, simulated.LINK_SHORTEST, REGISTRANT["joinUri"]["minLength"]),
        (limits.PER_PAGE, simulated.PER_PAGE_LARGEST, PER_PAGE["maximum"]),
        (limits.HOST_USER_IDS, simulated.HOSTS_LARGEST, HOSTS["maxItems"]),
    ],
)
def test_a_limit_is_the_same_in_all_three(ours: int, the_simulator_s: int, documented: int) -> None:
    """A limit that we take for larger is refused by RingCentral, person by person."""
    assert ours == the_simulator_s == documented


@pytest.mark.parametrize(
    ("ours", "the_simulator_s"),
    [
        (limits.HEAVY_LIMIT, simulated.HEAVY_LIMIT),
        (limits.MEDIUM_LIMIT, simulated.MEDIUM_LIMIT),
        (limits.LIGHT_LIMIT, simulated.LIGHT_LIMIT),
        (limits.AUTH_LIMIT, simulated.AUTH_LIMIT),
        (limits.RATE_WINDOW, simulated.WINDOW),
        (limits.PENALTY, simulated.WINDOW),
        (limits.TOKEN_LIFE_MIN, simulated.TOKEN_SECONDS_SHORTEST),
        (limits.SUBSCRIPTION_LIFE, simulated.SUBSCRIPTION_SECONDS_LARGEST),
    ],
)
def test_what_only_the_guide_tells_is_the_same_in_both(ours: float, the_simulator_s: float) -> None:
    """The document has no numbers for these."""
    assert ours == the_simulator_s


def test_the_document_names_no_limit_for_the_external_id() -> None:
    """Ours is ours; when RingCentral names one, this test tells."""
    assert "maxLength" not in REGISTRANT["externalId"]
    assert "maxLength" not in REGISTRANT["source"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_is_in_the_rate_group_we_count_it_in(name: str) -> None:
    """The pace keeps one window a group."""
    _, method, path, *_ = OPERATIONS[name]

    group = operation(method, path)["x-throttling-group"]

    is_hook = "/notifications/" in path
    light = method == "GET" or path.endswith("/renew")
    assert group == (("Light" if light else "Medium") if is_hook else "Heavy")


def test_sign_in_has_a_group_of_its_own() -> None:
    """It is paced apart from everything else."""
    assert operation("POST", TOKEN)["x-throttling-group"] == "Auth"
