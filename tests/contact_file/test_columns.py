"""Which column is what: certainty goes before reach."""

import json

import pytest

from rollcall.contact_file import columns
from rollcall.contact_file.columns import Mapping
from tests.contact_file.lists import a_table

ADA = "ada@example.com"


def matched(*header: str) -> dict[str, str]:
    """Target → the name of its column, of a table whose every cell is an address if its column's name has a "mail"."""
    cells = [ADA if "mail" in name.lower() else "x" for name in header]
    mapping = columns.match(a_table(list(header), cells))
    found = {target: getattr(mapping, target) for target in columns.TARGETS}
    named = {target: header[column] for target, column in found.items() if column is not None}
    return named | {key: header[column] for column, key in mapping.keys}


class TestMatch:
    @pytest.mark.parametrize(
        ("first", "last", "email"),
        [
            ("First Name", "Last Name", "Email"),
            ("firstName", "lastName", "emailAddress"),
            ("FIRST_NAME*", "LAST_NAME*", "E-MAIL"),
            ("Given\u00a0name", "Surname", "Work Email (required)"),
            ("Vorname", "Nachname", "E-Mail-Adresse"),
            ("Vorname", "Name", "E‑Mail"),
            ("Prénom", "Nom", "Adresse e-mail"),
            ("Nombre", "Apellidos", "Correo electrónico"),
            ("Nome", "Cognome", "Indirizzo email"),
            ("Nome", "Sobrenome", "E-mail"),
            ("Voornaam", "Achternaam", "E-mailadres"),
            ("Förnamn", "Efternamn", "Mail"),
            ("Imię", "Nazwisko", "Adres e-mail"),
            ("名", "姓", "メールアドレス"),
        ],
    )
    def test_the_names_of_common_exports_are_known(self, first: str, last: str, email: str) -> None:
        """However they are spelled: case, accents, hyphens, brackets and blanks do not count."""
        cells = ["Ada", "Lovelace", ADA]

        mapping = columns.match(a_table([first, last, email], cells))

        assert (mapping.first_name, mapping.last_name, mapping.email) == (0, 1, 2)
        assert columns.missing(mapping) == []

    @pytest.mark.parametrize(
        "name", ["Name", "Full Name", "Nome", "Nom", "Company Name", "First Name Pronunciation", "Last Activity", "Ad"]
    )
    def test_a_name_that_could_mean_something_else_is_left_to_the_marketer(self, name: str) -> None:
        """A wrong match registers people wrongly; a missing one is asked for."""
        assert matched(name, "Email") == {"email": "Email"}

    def test_an_email_status_is_no_email(self) -> None:
        """Likeness of names would take it."""
        assert matched("Email Status", "Email Opt Out", "E-Mail") == {"email": "E-Mail"}

    def test_two_columns_of_one_name_are_left_open(self) -> None:
        """Which one is right only the marketer knows."""
        mapping = columns.match(a_table(["First name", "First Name", "Email"], ["Ada", "Bob", ADA]))

        assert columns.missing(mapping) == ["first_name", "last_name"]

    def test_of_two_names_the_plainer_is_taken(self) -> None:
        """CRM exports have "Email" and "Work Email" side by side."""
        assert matched("Work Email", "Email", "Lead Source", "Source") == {"email": "Email", "source": "Source"}

    def test_an_email_is_also_found_by_its_values(self) -> None:
        """One column full of addresses, whatever it is called."""
        table = a_table(["Kontakt", "Firma"], [ADA, "x"], ["bob@example.com", "y"], ["", "z"])

        assert columns.match(table).email == 0

    @pytest.mark.parametrize("name", ["Owner Email", "Referred by", "Lead owner", "Invited By Email"])
    def test_somebody_elses_address_is_not_taken(self, name: str) -> None:
        """Registering the sales manager fifty times helps nobody."""
        assert columns.match(a_table([name, "Firma"], [ADA, "x"])).email is None

    def test_two_columns_of_addresses_are_left_open(self) -> None:
        """Without a name there is no telling which."""
        assert columns.match(a_table(["Kontakt A", "Kontakt B"], [ADA, "b@example.com"])).email is None

    def test_a_column_named_email_without_addresses_is_not_believed(self) -> None:
        """ "Email: yes/no" is a wish, and the addresses stand elsewhere."""
        table = a_table(["Email", "Kontakt"], ["yes", ADA], ["no", "bob@example.com"])

        assert columns.match(table).email == 1

    def test_crm_ids_become_keys_of_the_external_id(self) -> None:
        """They are what the marketer's CRM is told afterwards."""
        assert matched("Lead ID", "ContactId", "opportunity_id", "Email") == {
            "lid": "Lead ID",
            "cid": "ContactId",
            "oid": "opportunity_id",
            "email": "Email",
        }

    @pytest.mark.parametrize(
        ("values", "keys"),
        [
            (["00Q5e00000AbCdE", "00Q5e00000AbCdEFGH"], ((0, "lid"),)),
            (["0035e00000AbCdE", "0035e00000AbCdF"], ((0, "cid"),)),
            (["00Q5e00000AbCdE", "0035e00000AbCdE"], ()),
            (["00Q", "00Q"], ()),
            (["a0B5e00000AbCdE", "a0B5e00000AbCdE"], ()),
        ],
    )
    def test_a_salesforce_id_says_itself_what_it_is(self, values: list[str], keys: tuple[tuple[int, str], ...]) -> None:
        """By its first three characters; mixed or unknown ones are left open."""
        table = a_table(["Salesforce ID", "Email"], *([value, ADA] for value in values))

        assert columns.match(table).keys == keys

    def test_own_links_are_found(self) -> None:
        """Whether they are sent is another question, asked elsewhere."""
        assert matched("Join Link", "Cancellation URL") == {
            "join_uri": "Join Link",
            "cancellation_uri": "Cancellation URL",
        }

    def test_columns_of_a_receipt_are_never_matched(self) -> None:
        """A receipt uploaded again must not send RingCentral's own links back, nor its statuses."""
        header = ["rollcall_email", "rollcall_join_link", "Rollcall_Cancel_Link", "rollcall_status", "x"]
        mapping = columns.match(a_table(header, [ADA, ADA, ADA, "declined", "x"]))

        assert mapping == Mapping()
        assert columns.opt_out_columns(a_table(header, [ADA, ADA, ADA, "declined", "x"])) == []


class TestOptOut:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Unsubscribed", "TRUE"),
            ("Email Opt Out", "1"),
            ("Has Opted Out of Email", "yes"),
            ("Do Not Contact", "x"),
            ("Bounced Date", "2026-03-01"),
            ("Refunded", "Ja"),
            ("Abgemeldet", "ja"),
            ("Status", "Unsubscribed"),
            ("Approval Status", "denied"),
            ("RSVP", "Declined"),
        ],
    )
    def test_a_column_that_says_no_is_warned_of(self, name: str, value: str) -> None:
        """Registering people who opted out is the costliest mistake here."""
        table = a_table(["Email", name], [ADA, ""], ["bob@example.com", value])

        assert columns.opt_out_columns(table) == [1]
        assert columns.opt_out_cells(table, 1) == {value}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Email Opt Out", "FALSE"),
            ("Unsubscribed", "0"),
            ("Status", "Approved"),
            ("Bounced", "n/a"),
            ("Notes", "spam"),
        ],
    )
    def test_a_column_in_which_nobody_says_no_is_not(self, name: str, value: str) -> None:
        """CRMs export it always; a warning that is always there is read by nobody."""
        assert columns.opt_out_columns(a_table(["Email", name], [ADA, value])) == []


class TestMapping:
    def test_it_survives_json(self) -> None:
        """The draft is kept in the store from the first moment."""
        mapping = Mapping(0, None, 2, keys=((3, "lid"),), source_constant="Web", constant_keys=(("c", "1"),))

        assert Mapping.from_json(json.loads(json.dumps(mapping.to_json()))) == mapping

    def test_names_of_a_later_version_are_passed_over(self) -> None:
        """A draft may be older or newer than the code that reads it."""
        assert Mapping.from_json({"email": 1, "full_name": 0}) == Mapping(email=1)
