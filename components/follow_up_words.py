"""What the lists, the files and the people on them are called: the words for the codes of `rollcall.attendance`."""

from rollcall.attendance.exports.merge_fields import Target as Mailer
from rollcall.attendance.exports.targets import Target
from rollcall.attendance.follow_up import List
from rollcall.attendance.invited import Note

LISTS = {
    List.EVERYBODY: "everybody",
    List.ATTENDED: "attended",
    List.STAYED: "stayed",
    List.LEFT_EARLY: "left early",
    List.JOINED_LATE: "joined late",
    List.ABSENT: "absent",
    List.CANCELLED: "cancelled",
    List.NEW: "new",
    List.RETURNING: "returning",
    List.ON_DEMAND: "on demand",
    List.RECENT: "registered in the last day",
}
MEANINGS = {
    List.EVERYBODY: "Everybody who ever registered, also those who cancelled and those on demand.",
    List.ATTENDED: "They came, also if they had cancelled before.",
    List.STAYED: "They came and were there for at least this share of the broadcast, from first join to last leave.",
    List.LEFT_EARLY: "They came, and left more than these minutes before the end of the broadcast.",
    List.JOINED_LATE: "They came, and joined more than these minutes after the broadcast began.",
    List.ABSENT: "They registered, did not cancel, and were not seen.",
    List.CANCELLED: "They are gone from RingCentral's list of registrants, and were not seen.",
    List.NEW: "Their email was never registered for an earlier session.",
    List.RETURNING: "Their email was registered for an earlier session before.",
    List.ON_DEMAND: "They registered after the session, for its recording. They are on no other list but “everybody”.",
    List.RECENT: "They registered in the last 24 hours and did not cancel.",
}

STANDINGS = {
    "attended": "attended",
    "absent": "absent",
    "cancelled": "cancelled",
    "not_yet_known": "not yet known",
    "on_demand": "on demand",
}

TARGETS = {
    Target.SPREADSHEET: "Spreadsheet",
    Target.SALESFORCE: "Salesforce",
    Target.HUBSPOT_CONTACTS: "HubSpot contacts",
    Target.HUBSPOT_EVENT: "HubSpot event",
    Target.MARKETO: "Marketo",
    Target.MAIL: "Mail merge",
}
RULES = {  # what the file is, and what its target asks for
    Target.SPREADSHEET: (
        "Everything that is known, the keys of the external ID as columns. In the workbook every id stays text; a "
        "spreadsheet that opens the CSV by double-click takes 00123 for a number."
    ),
    Target.SALESFORCE: (
        "Campaign members: ContactId or LeadId, and Status. A member is one or the other, so contacts and leads are "
        "two files. A status has at most 40 characters and must be one of the campaign's. The Data Import Wizard takes "
        "50,000 rows and 100 MB."
    ),
    Target.HUBSPOT_CONTACTS: (
        "Contacts with their state in this event, each address once. The columns are properties: make “Webinar Status” "
        "and the others in HubSpot once, or match them by hand. UTF-8, below 1,000 columns, 20 MB on a free plan."
    ),
    Target.HUBSPOT_EVENT: (
        "For “Import participants” on the marketing event's page: Email, Registered, Attended, Cancelled, each with "
        "its moment. That the three hold a moment is our reading; if your account wants a word, switch it below."
    ),
    Target.MARKETO: (
        "Program members, a file for each status: an import gives all its rows the same one, and takes less than 10 MB."
    ),
    Target.MAIL: (
        "Everybody's own join and cancel link, for the mails that another program sends. Who has this file can join "
        "under anybody's name in it. A text field holds 255 in Mailchimp and in Marketo; a longer link is left out, "
        "because it would be cut."
    ),
}
_SALESFORCE = "https://developer.salesforce.com/docs/atlas.en-us.api.meta/api"
_MARKETO = "https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest"
SOURCES = {  # where these rules stand, to be read on; nothing is loaded from there
    Target.SPREADSHEET: "[What a worksheet holds](https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3)",
    Target.SALESFORCE: (
        f"[CampaignMember]({_SALESFORCE}/sforce_api_objects_campaignmember.htm) · "
        "[Limits](https://help.salesforce.com/s/articleView?id=xcloud.faq_import_general_are_there_size.htm)"
    ),
    Target.HUBSPOT_CONTACTS: (
        "[Import files](https://knowledge.hubspot.com/import-and-export/set-up-your-import-file)"
    ),
    Target.HUBSPOT_EVENT: (
        "[Marketing events](https://knowledge.hubspot.com/integrations/import-marketing-event-participants)"
    ),
    Target.MARKETO: f"[Bulk import]({_MARKETO}/bulk-import/bulk-program-member-import)",
    Target.MAIL: (
        "[Mailchimp's fields](https://mailchimp.com/developer/marketing/docs/merge-fields/) · "
        f"[Marketo's]({_MARKETO}/lead-database/field-types)"
    ),
}
MAILERS = {
    Mailer.PLAIN: "any program",
    Mailer.MAILCHIMP: "Mailchimp",
    Mailer.HUBSPOT: "HubSpot",
    Mailer.MARKETO: "Marketo",
}
FILES = {  # one, and more; Marketo's are named by their status
    "": ("person", "people"),
    "contacts": ("contact", "contacts"),
    "leads": ("lead", "leads"),
}

# Why somebody is in none of a target's files, as `exports` codes it; after "12 people: ".
REASONS = {
    "no_email": "no email address",
    "same_email": "another registration under the same email is in the file, with the stronger standing",
    "no_id": "no id in their external ID",
    "ruined": "their id was ruined by a spreadsheet (1.23E+17): look it up in the CRM",
    "not_an_id": "what stands there is no Salesforce id (15 or 18 letters and digits)",
    "wrong_kind": "the id belongs to another kind of record (contacts begin with 003, leads with 00Q)",
    "wrong_checksum": "the id is mistyped: its last three characters do not fit the others",
    "same_id": "another registration of the same lead or contact is in the file, with the stronger standing",
    "no_status": "the setting has no status for them",
    "cancelled": "they cancelled: their link leads nowhere",
    "no_link": "RingCentral has given no join link",
    "link_too_long": "their link is longer than the field",
}

# What is to be known of a row of the invited list; stands in its last column.
NOTES = {
    Note.RUINED: "A spreadsheet has ruined the id (1.23E+17): look it up in the CRM.",
    Note.ROUNDED: "The id fits nobody, and a spreadsheet may have turned its last digits into zeros.",
    Note.NO_IDENTITY: "Nothing here identifies a lead.",
    Note.REPEATED: "The same lead as an earlier row; counted once.",
    Note.CONTRADICTED: "The id is one registrant's and the email another's; the id counts.",
    Note.SHARED: "The email is another lead's as well: who registered with it has another id. Only the id counts.",
}


def of_list(name: List, *, share: float, margin: float) -> str:
    """A list with its number: "stayed at least 50 %", "left over 5 min early"."""
    match name:
        case List.STAYED:
            return f"stayed at least {share * 100:.0f} %"
        case List.LEFT_EARLY:
            return f"left over {margin:.0f} min early"
        case List.JOINED_LATE:
            return f"joined over {margin:.0f} min late"
        case _:
            return LISTS[name]
