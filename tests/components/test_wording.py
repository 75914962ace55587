"""Every error, problem and reason has its words: nobody meets a bare code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components import status, wording
from rollcall import problem as problems
from rollcall import settling
from rollcall.contact_file import problem as file_problems
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState, Pause
from rollcall.problem import Problem
from rollcall.roster.capabilities import Name
from rollcall.roster.sessions import RegistrationStatus

ROOT = Path(__file__).resolve().parent.parent.parent


def calls_of(name: str) -> Iterator[ast.Call]:
    """Every call of a function or class of this name in the domain."""
    files = [file for file in (ROOT / "rollcall").rglob("*.py") if "simulator" not in file.parts]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name:
                yield node


def words_at(place: int, *names: str) -> set[str]:
    """The literal texts that stand at this place of the calls."""
    found = [call.args[place] for name in names for call in calls_of(name) if len(call.args) > place]
    return {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def keywords(name: str, *calls: str) -> set[str]:
    """The literal texts that are given under this keyword."""
    given = [
        keyword.value for call in calls for node in calls_of(call) for keyword in node.keywords if keyword.arg == name
    ]
    return {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def returned_by(path: str, *functions: str) -> set[str]:
    """The literal texts that these functions return."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in functions]
    assert len(bodies) == len(functions), f"{functions} have moved away from {path}"
    inner = [
        part for body in bodies for node in ast.walk(body) if isinstance(node, ast.Return) for part in ast.walk(node)
    ]
    texts = {part.value for part in inner if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return {text for text in texts if text.isidentifier()}


class TestProblems:
    def test_every_code_of_the_domain_has_a_sentence(self) -> None:
        """Codes as they are given, not as somebody remembers them."""
        given = words_at(1, "Problem") | returned_by("rollcall/links.py", "_wrong_place")

        assert given - set(wording.PROBLEMS) == set()

    def test_no_sentence_is_left_over(self) -> None:
        """A sentence for a code that nobody gives is a code that was renamed."""
        assert [code for code in wording.PROBLEMS if not re.search(rf"\b{code}\b", problems.__doc__ or "")] == []

    @pytest.mark.parametrize("code", wording.PROBLEMS)
    def test_every_sentence_can_be_said(self, code: str) -> None:
        """With a value and a detail, and without."""
        full = wording.problem(Problem("email", code, "anna@acme", "65 of 64"))
        bare = wording.problem(Problem("email", code))

        assert not re.search(r"[{}]", full.replace("{ref}", ""))
        assert "None" not in full + bare

    def test_a_stored_problem_is_said_alike(self) -> None:
        """What is kept with a line of a batch reads as it did when it was found."""
        one = Problem("email", "no_ending", "anna@acme")

        stored = wording.stored_problem({"field": "email", "code": "no_ending", "value": "anna@acme", "detail": ""})

        assert stored == wording.problem(one) == "“anna@acme” is not an email address (no ending such as .com)."

    def test_what_was_typed_is_never_taken_for_a_placeholder(self) -> None:
        """Curly brackets in a value stay what they are."""
        assert "{detail}" in wording.problem(Problem("join_uri", "no_host", "https://{detail}"))


class TestFiles:
    def test_every_code_has_its_words(self) -> None:
        """Each way in which a file cannot be read says how to save one that can."""
        assert words_at(0, "FileProblem") - set(wording.FILES) == set()

    def test_every_kind_of_file_has_a_name(self) -> None:
        """`This is an Excel workbook, not a CSV`."""
        listed = (file_problems.__doc__ or "").split("not_csv")[1].split("undecodable")[0]
        kinds = set(re.findall(r"\b(xlsx|xls|ods|[a-z]+\d*)(?=,|:|\s+or\b)", listed)) - {"detail", "binary,"}

        assert {kind for kind in kinds if kind not in wording.KINDS} <= {"comma", "semicolon", "than"}

    @pytest.mark.parametrize("code", wording.FILES)
    def test_nothing_was_imported_is_said(self, code: str) -> None:
        """The first question of somebody whose file was refused."""
        words = wording.file(code, "xlsx")

        assert "Nothing was imported" in words.text or code == "no_rows"
        assert "{" not in words.title + words.text


class TestRingCentral:
    def test_every_reason_of_an_action_has_its_words(self) -> None:
        """Refused and unconfirmed people alike."""
        given = (
            words_at(0, "_failure", "Failure")
            | keywords("code", "Failure")
            | returned_by("rollcall/settling.py", "_why_unknown")
            | set(settling.CODE_OF.values())
        )

        assert given - set(wording.ACTIONS) == set()

    def test_every_stop_and_trouble_has_its_words(self) -> None:
        """What keeps a connection from working."""
        assert keywords("reason", "stop") - set(wording.STOPS) == set()
        assert returned_by("rollcall/worker.py", "_trouble") - set(wording.TROUBLES) == set()

    def test_ringcentrals_own_words_are_quoted(self) -> None:
        """They often say more than we can."""
        words = wording.action("invalid", "Last name is too short", "lastName")

        assert words.text.startswith(
            "RingCentral says (field lastName): “Last name is too short” Nobody was registered."
        )

    def test_an_answer_without_words_is_not_quoted(self) -> None:
        """“HTTP 400” is ours, and says nothing."""
        assert wording.action("invalid", "HTTP 400").text.startswith("RingCentral gives no reason (HTTP 400).")

    def test_an_unknown_reason_is_still_said(self) -> None:
        """A row written by another version must not break a page."""
        assert wording.action("new_code").title == "RingCentral refused this"
        assert wording.pause("new_reason", 3).title == "Paused"
        assert wording.trouble("new", "14:02").title == "RingCentral has faults since 14:02"

    def test_an_address_that_does_not_answer_may_be_wrong(self) -> None:
        """Who is online and mistyped the server would wait for ever; the demo has no address to mistype."""
        assert "Is RC_SERVER_URL right?" in wording.trouble("unreachable", "14:02").text
        assert "RC_SERVER_URL" not in wording.trouble("unreachable", "14:02", is_live=False).text

    @pytest.mark.parametrize("reason", Pause)
    def test_every_pause_says_how_many_wait(self, reason: Pause) -> None:
        """Nobody should fear for those who were not sent yet."""
        assert "388 people" in wording.pause(reason.value, 388).text

    def test_every_registration_but_open_says_what_to_do(self) -> None:
        """Closed, off, gone, not allowed."""
        assert set(wording.REGISTRATION) == set(RegistrationStatus) - {RegistrationStatus.OPEN}

    def test_every_question_has_words(self) -> None:
        """What is known of this RingCentral, and what is not yet."""
        assert {name for name, _ in wording.CAPABILITIES} == set(Name) == set(wording.QUESTIONS)
        noted = {
            (Name[call.args[2].attr], call.args[3].value)
            for call in calls_of("note")
            if len(call.args) > 3 and isinstance(call.args[2], ast.Attribute) and isinstance(call.args[3], ast.Constant)
        }
        assert noted - set(wording.CAPABILITIES) == set()


class TestLooks:
    def test_every_state_has_a_word_an_icon_and_a_colour(self) -> None:
        """States are shown the same everywhere."""
        assert set(status.STATUSES) == set(Status)
        assert set(status.BATCHES) == set(BatchState)
        assert set(status.REGISTRATIONS) == set(RegistrationStatus)

    def test_no_two_states_share_a_word(self) -> None:
        """The word alone must tell, for those who see neither colour nor icon."""
        words = [look.word for look in status.STATUSES.values()]

        assert len(set(words)) == len(words)

    def test_a_registration_ringcentral_invents_later_is_unknown(self) -> None:
        """Unknown values are kept, not fatal."""
        assert status.registration_look("Paused") is status.UNKNOWN
