"""The names that columns have in the exports we know, lower case and without blanks, hyphens and Latin accents.

Order is rank: of two columns with names listed for one target, the one listed earlier is taken.
"""

import re

NAMES = {
    "first_name": (
        *("firstname", "givenname", "forename", "fname", "first", "contactfirstname", "leadfirstname"),
        *("registrantfirstname", "attendeefirstname", "preferredfirstname"),
        *("vorname", "prenom", "primernombre", "primeironome", "voornaam", "fornamn", "fornavn", "etunimi"),
        *("imie", "jmeno", "krestnijmeno", "keresztnev", "prenume", "имя", "όνομα"),
    ),
    "last_name": (
        *("lastname", "surname", "familyname", "lname", "last", "contactlastname", "leadlastname"),
        *("registrantlastname", "attendeelastname"),
        *("nachname", "familienname", "zuname", "nomdefamille", "apellidos", "apellido", "cognome", "sobrenome"),
        *("achternaam", "efternamn", "efternavn", "etternavn", "sukunimi", "nazwisko", "prijmeni", "priezvisko"),
        *("vezeteknev", "фамилия", "επώνυμο", "soyad", "soyadı"),
    ),
    "email": (
        *("email", "emailaddress", "emailid", "workemail", "workemailaddress", "businessemail"),
        *("businessemailaddress", "companyemail", "primaryemail", "contactemail", "leademail", "registrantemail"),
        *("attendeeemail", "useremail", "mail", "mailaddress", "emailadresse", "mailadresse", "adresseemail"),
        *("adressemail", "adressedemessagerie", "courriel", "correo", "correoelectronico", "direcciondecorreo"),
        *("direcciondecorreoelectronico", "indirizzoemail", "posta", "postaelettronica", "enderecodeemail"),
        *("emailadres", "epost", "epostadress", "epostadresse", "sahkoposti", "adresemail"),
        *("メール", "メールアドレス", "eメール", "邮箱", "电子邮件", "電子郵件", "이메일", "почта", "электроннаяпочта"),
    ),
    "source": (
        *("source", "registrationsource", "utmsource", "sourcename", "leadsource", "originalsource"),
        *("trafficsource", "campaignsource", "quelle", "leadquelle", "herkunft", "fuente", "origine", "fonte"),
    ),
    "join_uri": ("joinuri", "joinlink", "joinurl", "ownjoinlink"),
    "cancellation_uri": (
        *("cancellationuri", "cancellationlink", "cancellationurl", "cancellink", "cancelurl", "canceluri"),
        *("owncancellink", "owncancellationlink"),
    ),
}
TARGETS = tuple(NAMES)

# Names that mean one thing only beside another column: "Name" next to "Vorname" is the last name, alone it is both.
PAIRED_NAMES = (
    ("last_name", "name", ("vorname", "prenom", "voornaam", "fornavn", "fornamn")),
    ("last_name", "nom", ("prenom",)),
    ("first_name", "nombre", ("apellidos", "apellido")),
    ("first_name", "nome", ("cognome", "sobrenome", "apelido")),
    ("last_name", "apelido", ("nome",)),
    ("first_name", "名", ("姓",)),
    ("last_name", "姓", ("名",)),
)

# CRM columns → key in the external ID.
CRM_KEYS = {
    "lid": ("lid", "leadid", "leadid18", "salesforceleadid", "sfdcleadid", "crmleadid"),
    "cid": (
        "cid",
        "contactid",
        "contactid18",
        "salesforcecontactid",
        "sfdccontactid",
        "crmcontactid",
        "recordidcontact",
    ),
    "oid": ("oid", "opportunityid", "opportunityid18", "salesforceopportunityid", "dealid"),
    "aid": ("accountid", "accountid18", "salesforceaccountid"),
    "cmid": ("campaignmemberid",),
}
# A Salesforce id says by its first three characters what it is.
SALESFORCE_NAMES = ("salesforceid", "sfdcid", "sfid", "salesforcerecordid", "id18", "recordid18")
SALESFORCE_PREFIXES = {"00q": "lid", "003": "cid", "006": "oid", "001": "aid", "00v": "cmid"}

# Somebody else's address in the person's row; matched in a name with its blanks.
NOT_THIS_PERSON = re.compile(
    r"\b(owner|manager|referr\w*|referred|invited|inviter|host|assistant|rep|executive|created|modified|organi[sz]er"
    r"|secondary|alternat\w*|other|cc|bcc|sender|besitzer|proprietaire)\b"
)

OPT_OUT_WORDS = re.compile(
    r"\b(unsubscribe[ds]?|unsubscription|opt(?:ed)? ?out|optout|do not (?:contact|e ?mail|mail|call)|dnc"
    r"|bounce[ds]?|suppress(?:ed|ion)|blacklist(?:ed)?|declined|refunded|cancell?ed|complained|spam"
    r"|abgemeldet|abbestellt|nicht kontaktieren|desabonne|desinscrit|baja|disiscritto|cancelado|uitgeschreven)\b"
)
# In a column of the first kind, what does not mean: do not write to this person.
NO_WISH = frozenset(
    (
        *("", "0", "n", "no", "false", "f", "none", "null", "nan", "na", "n a", "nein", "non", "falsch", "faux", "nee"),
        *("never", "subscribed", "active", "0 0"),
    )
)
STATUS_NAMES = frozenset(
    (
        *("status", "email status", "member status", "registration status", "approval status", "attendee status"),
        *("contact status", "subscription status", "order status", "guest status", "invitation status", "rsvp status"),
        *("marketing status", "marketing contact status", "email marketing status", "rsvp", "response"),
    )
)
OPT_OUT_VALUES = frozenset(
    (
        *("unsubscribed", "opted out", "opt out", "bounced", "hard bounce", "hard bounced", "declined", "refunded"),
        *("cancelled", "canceled", "denied", "rejected", "suppressed", "cleaned", "spam", "complained", "blocked"),
        *("do not contact", "abgemeldet", "abgelehnt", "not attending", "non marketing contact"),
    )
)
