"""A part that looks by itself draws all anew, but takes nothing back that somebody has clicked."""

from types import SimpleNamespace

import pytest
from streamlit.commands import execution_control
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from components import redraw as redrawing
from components.redraw import redraw


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> ScriptRequests:
    """What is wished of a run in which only one part of the page is being drawn."""
    wished = ScriptRequests()
    run = SimpleNamespace(
        fragment_ids_this_run=["part"], script_requests=wished, page_script_hash="import", query_string="",
        cached_message_hashes=set(), context_info=None,
    )  # fmt: skip
    for module in (redrawing, execution_control):
        monkeypatch.setattr(module, "get_script_run_ctx", lambda: run)
    ThreadState.initialize()
    return wished


def test_the_whole_page_is_drawn_anew(requests: ScriptRequests) -> None:
    """Else an import that has ended would go on standing there as running."""
    redraw()

    wished = requests.on_scriptrunner_ready()
    assert wished.type is ScriptRequestType.RERUN
    assert wished.rerun_data.fragment_id_queue == []


def test_a_click_on_a_link_that_waits_is_not_taken_back(requests: ScriptRequests) -> None:
    """The import ended in the very moment in which "See its people" was clicked, and nothing happened."""
    requests.request_rerun(RerunData(page_script_hash="imports"))

    redraw()

    assert requests.on_scriptrunner_ready().rerun_data.page_script_hash == "imports"
