"""What every test may rely on: nothing of the developer's own set-up reaches it."""

import os
from collections.abc import Iterator

import pytest

pytest_plugins = ("tests.databases",)  # `store` on SQLite and PostgreSQL, for every room

OURS = ("RC_", "RINGCENTRAL_", "ROLLCALL_", "STREAMLIT_")
KEPT = ("ROLLCALL_FORBID_SKIP",)  # a word to the tests, not to the app


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """No variable and no `.env` of the developer reaches a test, or an app that a test starts.

    For the whole session, so that it also holds for what session fixtures start. Without this, the browser journeys
    of somebody who has gone live would register people on a real account.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name == "DATABASE_URL" or (name.startswith(OURS) and name not in KEPT):
                patch.delenv(name)
        patch.setenv("ROLLCALL_DOTENV", os.devnull)
        yield
