"""The simulator's numbers and operations are those of RingCentral's document, and it shares nothing with the client."""

import ast
from pathlib import Path

import pytest

import rollcall.simulator
from rollcall.simulator import limits
from rollcall.simulator.operations import OPERATIONS, SIGN_IN
from rollcall.simulator.registration import DURATIONS
from rollcall.simulator.sessions import SETTINGS
from tests.contract import document, operation, parameters

SCHEMAS = document()["components"]["schemas"]


def test_field_limits_are_the_documents() -> None:
    """Stated a second time on purpose."""
    names = SCHEMAS["RcwBaseContactModel"]["properties"]
    link = SCHEMAS["RegistrantMinimalModel"]["allOf"][1]["properties"]["joinUri"]

    assert {names["firstName"]["maxLength"], names["lastName"]["maxLength"]} == {limits.NAME_LIMIT}
    assert SCHEMAS["RcwEmailModel"]["maxLength"] == limits.EMAIL_LIMIT
    assert (link["minLength"], link["maxLength"]) == (limits.LINK_SHORTEST, limits.LINK_LONGEST)
    assert SCHEMAS["BaseTokenRequest"]["properties"]["access_token_ttl"]["minimum"] == limits.TOKEN_SECONDS_SHORTEST
    assert SCHEMAS["SubscriptionListResource"]["properties"]["records"]["maxItems"] == limits.SUBSCRIPTIONS_LARGEST


def test_page_sizes_are_the_documents() -> None:
    """Default and largest."""
    schema = parameters("GET", "/webinar/registration/v1/sessions/1/registrants")["perPage"]["schema"]

    assert (schema["default"], schema["maximum"]) == (limits.PER_PAGE_DEFAULT, limits.PER_PAGE_LARGEST)
    hosts = parameters("GET", "/webinar/history/v1/company/sessions")["hostUserId"]["schema"]
    assert hosts["maxItems"] == limits.HOSTS_LARGEST


def test_registration_settings_are_the_documents() -> None:
    """Every writable one, and the durations."""
    described = SCHEMAS["RegSessionModel"]["properties"]["settings"]["properties"]

    assert SETTINGS.keys() == {name for name, one in described.items() if not one.get("readOnly")}
    assert set(DURATIONS) == set(described["onDemandDuration"]["enum"])


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: f"{one.method} {one.template}")
def test_group_and_scope_of_each_operation_are_the_documents(one: object) -> None:
    """A wrong group would let a client pass that RingCentral refuses."""
    described = operation(one.method, one.template)

    assert described["x-throttling-group"].lower() == one.group
    assert described.get("x-app-permission", "") == one.scope


def test_every_operation_of_the_trimmed_document_is_simulated() -> None:
    """Nothing the client may call is missing."""
    described = {
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method in methods
        if method != "parameters"
    }

    assert described == {(one.method, one.template) for one in OPERATIONS} | {("POST", SIGN_IN)}


def test_the_simulator_imports_nothing_of_the_rest() -> None:
    """Shared code would share mistakes."""
    [folder] = rollcall.simulator.__path__
    found = set()
    for file in Path(folder).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}

    ours = {name for name in found if name.startswith(("rollcall", "components", "pages"))}
    assert ours
    assert all(name.startswith("rollcall.simulator") for name in ours)
