"""The environment as somebody really fills it in: half, twice, with a typo, with the BOM of Notepad."""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from rollcall import settings
from rollcall.settings import Mode, Settings, SettingsError

LIVE = {"RC_CLIENT_ID": "an-id", "RC_CLIENT_SECRET": "s3cret-s3cret", "RC_JWT": "eyJ.s3cret.jwt"}
ROOT = Path(__file__).resolve().parent.parent


def load(root: Path, **environ: str) -> Settings:
    """The settings of an app that lies in `root`, with the .env that may lie there."""
    return settings.load(environ, root / ".env", root=root)


def problems(root: Path, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(root, **environ)
    return refused.value.problems


class TestMode:
    def test_nothing_set_is_the_demo(self, tmp_path: Path) -> None:
        """Whoever starts Rollcall for the first time sees it work, and nothing can leave the computer."""
        found = load(tmp_path)

        assert found.mode is Mode.DEMO
        assert found.server_url == ""
        assert make_url(found.database_url).database == str(tmp_path / "var" / "demo.sqlite")
        assert (found.demo_limit, found.demo_window) == (10, 60.0)

    def test_all_credentials_are_the_live_account(self, tmp_path: Path) -> None:
        """Three lines in .env are enough; the server is RingCentral's own unless another is named."""
        found = load(tmp_path, **LIVE)

        assert found.mode is Mode.LIVE
        assert found.server_url == "https://platform.ringcentral.com"
        assert found.client_id == "an-id"
        assert (found.client_secret.reveal(), found.jwt.reveal()) == ("s3cret-s3cret", "eyJ.s3cret.jwt")
        assert make_url(found.database_url).database == str(tmp_path / "var" / "rollcall.sqlite")

    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ("RC_CLIENT_ID", ["RC_CLIENT_SECRET", "RC_JWT"]),
            ("RC_CLIENT_SECRET", ["RC_CLIENT_ID", "RC_JWT"]),
            ("RC_JWT", ["RC_CLIENT_ID", "RC_CLIENT_SECRET"]),
        ],
    )
    def test_some_credentials_name_each_that_is_missing(self, tmp_path: Path, given: str, missing: list[str]) -> None:
        """Falling back to the demo would look like a success to somebody who wants to go live."""
        found = problems(tmp_path, **{given: LIVE[given]})

        assert [line.split()[0] for line in found] == missing

    def test_an_empty_line_counts_as_not_set(self, tmp_path: Path) -> None:
        """An untouched copy of .env.example is the demo."""
        assert load(tmp_path, RC_CLIENT_ID="", RC_CLIENT_SECRET=" ", RC_JWT="").mode is Mode.DEMO

    def test_a_server_without_credentials_names_them(self, tmp_path: Path) -> None:
        """Whoever sets it wants to go live; a demo that starts all the same hides what is missing."""
        found = problems(tmp_path, RC_SERVER_URL="https://platform.ringcentral.biz")

        assert [line.split()[0] for line in found] == list(LIVE)

    def test_a_database_without_credentials_is_the_demo_and_says_so(self, tmp_path: Path) -> None:
        """A database opens no door; but whoever set it should learn that it is not used."""
        found = load(tmp_path, DATABASE_URL="sqlite:///x.db")

        assert found.mode is Mode.DEMO
        assert [notice.split()[0] for notice in found.notices] == ["DATABASE_URL"]
        assert make_url(found.database_url).database == str(tmp_path / "var" / "demo.sqlite")


class TestNames:
    @pytest.mark.parametrize(
        "names",
        [
            ("RC_APP_CLIENT_ID", "RC_APP_CLIENT_SECRET", "RC_USER_JWT"),
            ("RINGCENTRAL_CLIENT_ID", "RINGCENTRAL_CLIENT_SECRET", "RINGCENTRAL_JWT"),
        ],
    )
    def test_the_names_of_ringcentrals_guide_are_read_too(self, tmp_path: Path, names: tuple[str, ...]) -> None:
        """People paste what RingCentral's console and samples give them."""
        found = load(tmp_path, **dict(zip(names, LIVE.values(), strict=True)))

        assert found == load(tmp_path, **LIVE)

    def test_two_names_with_the_same_value_are_fine(self, tmp_path: Path) -> None:
        """Both generations of names in one file are harmless while they agree."""
        assert load(tmp_path, **LIVE, RC_USER_JWT=LIVE["RC_JWT"]).mode is Mode.LIVE

    def test_two_names_with_different_values_are_named(self, tmp_path: Path) -> None:
        """Guessing one of two accounts could register people on the wrong one."""
        (problem,) = problems(tmp_path, **LIVE, RC_USER_JWT="another")

        assert "RC_JWT and RC_USER_JWT" in problem


class TestEverythingAtOnce:
    def test_every_problem_is_named_in_one_message(self, tmp_path: Path) -> None:
        """Nobody should have to start five times to learn of five typos."""
        found = problems(
            tmp_path,
            RC_CLIENT_ID="an id",
            RC_JWT="x",
            RC_SERVER_URL="http://platform.ringcentral.com",
            DATABASE_URL="mysql://host/name",
            ROLLCALL_DEMO_LIMIT="0",
            ROLLCALL_DEMO_WINDOW="soon",
            ROLLCALL_GUARDED="perhaps",
        )

        assert sorted(line.split()[0] for line in found) == [
            "DATABASE_URL",
            "RC_CLIENT_ID",
            "RC_CLIENT_SECRET",
            "RC_SERVER_URL",
            "ROLLCALL_DEMO_LIMIT",
            "ROLLCALL_DEMO_WINDOW",
            "ROLLCALL_GUARDED",
        ]

    @pytest.mark.parametrize("variable", ["RC_CLIENT_SECRET", "RC_JWT", "RC_SERVER_URL", "DATABASE_URL"])
    def test_no_value_stands_in_a_message(self, tmp_path: Path, variable: str) -> None:
        """A secret pasted into the wrong line ends up in a terminal or a log otherwise."""
        with pytest.raises(SettingsError) as refused:
            load(tmp_path, **{**LIVE, variable: "http://hunter2 hunter2:hunter2@hunter2/hunter2"})

        assert "hunter2" not in str(refused.value)
        assert refused.value.__cause__ is None


class TestSecrets:
    def test_nothing_secret_shows_in_a_repr(self, tmp_path: Path) -> None:
        """Settings end up in tracebacks and debug lines sooner or later."""
        found = load(tmp_path, **LIVE, DATABASE_URL="postgresql://me:s3cret-pw@db.example/rollcall")

        shown = f"{found!r} {found} {found.client_secret} {found.jwt!r}"

        assert "s3cret" not in shown

    def test_settings_cannot_be_changed(self, tmp_path: Path) -> None:
        """What was checked at the start holds until the end."""
        with pytest.raises(FrozenInstanceError):
            load(tmp_path).guarded = True  # type: ignore[misc]

    @pytest.mark.parametrize("value", ["two words", "line\nbreak", "no\u00a0break", "smart\u201dquote"])
    def test_a_credential_copied_badly_is_malformed(self, tmp_path: Path, value: str) -> None:
        """RingCentral would answer only "invalid client"; the reason is visible here already."""
        (problem,) = problems(tmp_path, **{**LIVE, "RC_JWT": value})

        assert problem.startswith("RC_JWT has spaces")


class TestServerUrl:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("https://platform.ringcentral.biz/", "https://platform.ringcentral.biz"),
            ("HTTPS://Platform.RingCentral.com:443", "https://platform.ringcentral.com:443"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://localhost:9000/", "http://localhost:9000"),
            ("http://[::1]:9000", "http://[::1]:9000"),
        ],
    )
    def test_good_addresses(self, tmp_path: Path, text: str, expected: str) -> None:
        """One form leaves the settings, so that a connection has one name in the store."""
        assert load(tmp_path, **LIVE, RC_SERVER_URL=text).server_url == expected

    @pytest.mark.parametrize(
        "text",
        [
            "platform.ringcentral.com",
            "ftp://platform.ringcentral.com",
            "http://platform.ringcentral.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "https://",
            "https://me:pw@platform.ringcentral.com",
            "https://@platform.ringcentral.com",
            "https://platform.ringcentral.com/restapi",
            "https://platform.ringcentral.com?x=1",
            "https://platform.ringcentral.com#x",
            "https://platform ringcentral.com",
            "https://platform.ringcentral.com:99999",
            "https://[::1",
        ],
    )
    def test_other_addresses_are_refused(self, tmp_path: Path, text: str) -> None:
        """Credentials would go to whatever stands here, in the clear with http."""
        (problem,) = problems(tmp_path, **LIVE, RC_SERVER_URL=text)

        assert problem.startswith("RC_SERVER_URL ")


class TestDatabase:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_postgresql_in_each_spelling(self, tmp_path: Path, scheme: str) -> None:
        """Hosts hand out postgres://, which SQLAlchemy does not know."""
        found = load(tmp_path, **LIVE, DATABASE_URL=f"{scheme}://me:p%40ss@db.example:5433/rollcall")

        assert found.database_url == "postgresql+psycopg://me:p%40ss@db.example:5433/rollcall"

    def test_a_relative_sqlite_file_lies_beside_the_app(self, tmp_path: Path) -> None:
        """The same settings mean the same file, wherever the app is started from."""
        found = load(tmp_path, **LIVE, DATABASE_URL="sqlite:///own.sqlite")

        assert make_url(found.database_url).database == str(tmp_path / "own.sqlite")

    @pytest.mark.parametrize(
        "text", ["nonsense", "mysql://h/n", "postgresql+psycopg2://h/n", "postgresql://h", "sqlite://"]
    )
    def test_other_databases_are_refused(self, tmp_path: Path, text: str) -> None:
        """A ledger in memory, or in a database that no test has seen, would not keep its promises."""
        (problem,) = problems(tmp_path, **LIVE, DATABASE_URL=text)

        assert problem.startswith("DATABASE_URL ")

    def test_the_demos_own_file_is_never_the_live_one(self, tmp_path: Path) -> None:
        """Invented people must have no way to a real account."""
        (problem,) = problems(tmp_path, **LIVE, DATABASE_URL="sqlite:///var/../var/demo.sqlite")

        assert "demo" in problem


class TestDataDirectory:
    def test_it_is_made_for_its_owner_only(self, tmp_path: Path) -> None:
        """It will hold people's names and addresses."""
        found = load(tmp_path, ROLLCALL_DATA_DIR="deep/own")

        assert found.data_dir == tmp_path / "deep" / "own"
        assert stat.S_IMODE(found.data_dir.stat().st_mode) == 0o700

    def test_a_path_with_odd_signs_reaches_the_database(self, tmp_path: Path) -> None:
        """Folders are called "Kunden & Gäste 100%" in real life."""
        found = load(tmp_path, **LIVE, ROLLCALL_DATA_DIR=str(tmp_path / "Kunden & Gäste 100%20"))

        assert make_url(found.database_url).database == str(found.data_dir / "rollcall.sqlite")

    def test_a_file_in_its_place_is_a_problem(self, tmp_path: Path) -> None:
        """Named at the start instead of a traceback at the first write."""
        (tmp_path / "taken").write_text("")

        (problem,) = problems(tmp_path, ROLLCALL_DATA_DIR="taken")

        assert problem.startswith("ROLLCALL_DATA_DIR ")


class TestDotenv:
    def test_the_environment_wins(self, tmp_path: Path) -> None:
        """An operator can overrule a file, whichever of the names the file uses."""
        (tmp_path / ".env").write_text("RC_APP_CLIENT_ID=from-file\nRC_CLIENT_SECRET=a\nRC_JWT=b\n")

        assert load(tmp_path, RC_CLIENT_ID="from-environment").client_id == "from-environment"

    def test_an_empty_variable_leaves_the_word_to_the_file(self, tmp_path: Path) -> None:
        """Container files often pass every variable on, set or not."""
        (tmp_path / ".env").write_text("RC_CLIENT_ID=from-file\nRC_CLIENT_SECRET=a\nRC_JWT=b\n")

        assert load(tmp_path, RC_CLIENT_ID="").client_id == "from-file"

    def test_a_file_from_notepad_is_read(self, tmp_path: Path) -> None:
        """A BOM and CRLF must not hide the first variable."""
        (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfRC_CLIENT_ID=a\r\nRC_CLIENT_SECRET='b ${c} #d'\r\nRC_JWT=e\r\n")

        (problem,) = problems(tmp_path)

        assert problem.startswith("RC_CLIENT_SECRET has spaces")

    def test_a_secret_with_a_dollar_is_taken_literally(self, tmp_path: Path) -> None:
        """Expanding ${…} would change a secret without a word."""
        (tmp_path / ".env").write_text("RC_CLIENT_ID=a\nRC_CLIENT_SECRET=b${HOME}c\nRC_JWT=e\n")

        assert load(tmp_path).client_secret.reveal() == "b${HOME}c"

    def test_a_file_that_is_no_text_is_a_problem(self, tmp_path: Path) -> None:
        """Some editors save UTF-16; ignoring the file would start the demo."""
        (tmp_path / ".env").write_bytes("RC_CLIENT_ID=a\n".encode("utf-16"))

        (problem,) = problems(tmp_path)

        assert problem.startswith(".env ")

    def test_another_file_can_be_named(self, tmp_path: Path) -> None:
        """One checkout, several accounts; and a named file that is not there is not the demo."""
        (tmp_path / "second.env").write_text("ROLLCALL_DEMO_LIMIT=77\n")

        assert load(tmp_path, ROLLCALL_DOTENV="second.env").demo_limit == 77
        assert problems(tmp_path, ROLLCALL_DOTENV="third.env")[0].startswith("ROLLCALL_DOTENV ")


class TestDemoPace:
    def test_it_can_be_made_faster(self, tmp_path: Path) -> None:
        """Whoever tries Rollcall should not wait 20 minutes for 200 people."""
        found = load(tmp_path, ROLLCALL_DEMO_LIMIT="120", ROLLCALL_DEMO_WINDOW="1.5")

        assert (found.demo_limit, found.demo_window) == (120, 1.5)

    @pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", "1e3", "nan", "\u0663"])
    def test_a_limit_is_a_whole_number_above_zero(self, tmp_path: Path, value: str) -> None:
        """Zero calls a window would wait for ever."""
        assert problems(tmp_path, ROLLCALL_DEMO_LIMIT=value)[0].startswith("ROLLCALL_DEMO_LIMIT ")

    @pytest.mark.parametrize("value", ["0", "0.0", "-1", "nan", "inf", "1e9", "60s"])
    def test_a_window_is_a_number_above_zero(self, tmp_path: Path, value: str) -> None:
        """An endless window would never let the eleventh call go."""
        assert problems(tmp_path, ROLLCALL_DEMO_WINDOW=value)[0].startswith("ROLLCALL_DEMO_WINDOW ")


class TestOpenDoor:
    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST"])
    def test_this_computer_needs_no_guard(self, tmp_path: Path, address: str) -> None:
        """The usual case asks nothing of anybody."""
        settings.refuse_open_door(address, load(tmp_path))

    @pytest.mark.parametrize(
        "address", [None, "", "0.0.0.0", "::", "192.168.1.7", "app.example.com", "127.0.0.1.nip.io"]
    )
    def test_every_other_address_names_the_variable(self, tmp_path: Path, address: str | None) -> None:
        """Without a sign-in, whoever reaches the port could cancel every registration."""
        with pytest.raises(SettingsError, match="ROLLCALL_GUARDED=yes"):
            settings.refuse_open_door(address, load(tmp_path))

    def test_a_guarded_app_may_listen_anywhere(self, tmp_path: Path) -> None:
        """Behind a proxy with sign-in it is the operator's decision."""
        settings.refuse_open_door("0.0.0.0", load(tmp_path, ROLLCALL_GUARDED="Yes"))


class Recording(Mapping[str, str]):
    """An environment in which nothing is set and which remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("document", [".env.example", "README.md"])
def test_every_variable_that_is_read_is_explained(tmp_path: Path, document: str) -> None:
    """A setting nobody can find is no setting; RingCentral's oldest names are mentioned as a family only."""
    assert (ROOT / document).is_file()
    environment = Recording()
    settings.load(environment, None, root=tmp_path)
    text = (ROOT / document).read_text(encoding="utf-8")

    missing = {name for name in environment.asked if name not in text and not name.startswith("RINGCENTRAL_")}

    assert len(environment.asked) >= 16
    assert missing == set()


def test_the_example_untouched_starts_the_demo(tmp_path: Path) -> None:
    """The first thing people do is copy it."""
    example = settings.load({}, ROOT / ".env.example", root=tmp_path)

    assert example == load(tmp_path)
