"""What the demo tells: its webinars, planned around the day, and where their registrations come from."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.simulator.hosts import COLLEAGUE, OWNER


class Keys(StrEnum):
    """What the external ID of a source's registrations looks like, which depends on who made its links."""

    LEAD = "lead"  # lid=1042&oid=57: numbers of an own database
    CONTACT = "contact"  # cid=0035g00000…&oid=57: a Salesforce contact
    PROSPECT = "prospect"  # lid=00Q5g00000…&oid=57: a Salesforce lead
    HUBSPOT = "hubspot"  # hs_object_id=…&utm_content=…: some of them
    BADGE = "badge"  # Badge 1042: no key and no value
    NONE = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where registrations come from (None: unknown), how many of a hundred, and how many of those come.

    Attributes:
        spellings: what other people have written for it; every fourth registration has one of them.
    """

    name: str | None
    weight: float
    attendance: float
    keys: Keys = Keys.NONE
    spellings: tuple[str, ...] = ()


SOURCES = (
    Source("customer-invite", 24, 0.54, Keys.CONTACT, ("Customer-Invite", "customer_invite", "customer invite")),
    Source("partner-newsletter", 15, 0.45, Keys.LEAD, ("Partner Newsletter", "partner-newsleter")),
    Source("blog", 11, 0.38, Keys.HUBSPOT),
    Source("sales-outreach", 10, 0.43, Keys.PROSPECT, ("SALES_OUTREACH",)),
    Source("linkedin", 16, 0.30, Keys.HUBSPOT, ("LinkedIn", "utm_source=linkedin")),
    Source("search-ad", 13, 0.21, Keys.HUBSPOT, ("search_ad", "utm_source=search-ad")),
    Source("webinar-archive", 4, 0.34),
    Source("podcast", 1, 0.40),
    Source("booth-qr", 0.8, 0.50, Keys.BADGE),
    Source(None, 7, 0.33),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One webinar of the demo. `days` from today and `hour` in its own zone; live ones began `minutes_ago`."""

    title: str
    description: str
    registrants: int
    zone: str
    days: int = 0
    hour: int = 15
    minutes: int = 60
    minutes_ago: int | None = None
    host: str = OWNER
    status: str = "Open"
    on_demand: int = 0
    announced: int = 28  # days before the session
    registration_enabled: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    panel: tuple[tuple[str, str, str], ...] = ()
    has_strays: bool = False  # some participants name no registrant, and one never left as far as is known
    appeal: float = 1.0  # times as many of each source come
    cancel: int = 0  # so many cancel in the first hours of the demo


PLANS = (
    Plan(
        "What 400 front desks taught us about missed calls",
        "Figures from a year of call data, and three changes that cost nothing.",
        880,
        "America/New_York",
        days=-33,
        hour=11,
        host=COLLEAGUE,
        panel=(("Panelist", "Ngozi", "Achebe"),),
        has_strays=True,
    ),
    Plan(
        "Contact centre metrics that people act on",
        "Which numbers to show to whom, with examples from three teams.",
        412,
        "Europe/Berlin",
        days=-6,
        hour=16,
        minutes=50,
        on_demand=37,
        settings={"viewRecording": True, "onDemandDuration": "ThreeMonths"},
        panel=(("CoHost", "Åsa", "Lindström"), ("Panelist", "François", "Lefèvre")),
    ),
    Plan(
        "Live clinic: bring your own call flow",
        "We rebuild two call flows of the audience, live.",
        356,
        "Europe/London",
        minutes=90,
        minutes_ago=25,
        cancel=6,
        panel=(("CoHost", "Olivia", "Bennett"),),
        has_strays=True,
    ),
    Plan(
        "Workshop: your first AI receptionist",
        "Hands-on and small: places are limited.",
        188,
        "America/Los_Angeles",
        days=2,
        hour=9,
        minutes=75,
        settings={"autoCloseLimit": 200, "workEmailRequired": True},
        cancel=4,
        panel=(("Panelist", "Priyanka", "Iyer"),),
    ),
    Plan(
        "All-hands: where we go next quarter",
        "For everybody in the company; one link, no registration.",
        0,
        "Europe/Madrid",
        days=5,
        hour=10,
        registration_enabled=False,
    ),
    Plan(
        "Customer story: Kiruna Paper moves 1,200 phones in a weekend",
        "The plan, the rollback that was not needed, and the coffee.",
        143,
        "Europe/Stockholm",
        days=9,
        hour=14,
        settings={"suppressEmails": True},
        cancel=3,
        panel=(("Panelist", "Björn", "Sjöberg"), ("Panelist", "Freja", "Hägg")),
    ),
    Plan(
        "Partner briefing: the autumn price list",
        "For certified partners; registration is closed.",
        124,
        "Asia/Tokyo",
        days=16,
        hour=13,
        minutes=45,
        host=COLLEAGUE,
        status="Closed",
    ),
    Plan(
        "Planning phone numbers for a country you have never called",
        "Porting, emergency calls, and what regulators ask.",
        0,
        "Australia/Sydney",
        days=44,
        hour=11,
        announced=60,
    ),
    # Ids go by the place in this list, so that these are the last ones here although they are the first to have been.
    Plan(
        "Hybrid teams: one number, three places",
        "Desk phone, laptop and pocket, and who picks up where.",
        264,
        "Europe/Berlin",
        days=-75,
        hour=15,
        minutes=45,
        panel=(("Panelist", "Matthias", "Weißenberg"),),
        appeal=0.9,
    ),
    Plan(
        "Moving 40 offices without a lost call",
        "A timetable for porting, and what we would do differently.",
        318,
        "Europe/London",
        days=-54,
        hour=14,
        panel=(("CoHost", "Olivia", "Bennett"), ("Panelist", "Kwame", "Mensah")),
        appeal=1.08,
    ),
    Plan(
        "Voicemail that nobody has to listen to",
        "Transcripts, routing, and the one rule that keeps them private.",
        304,
        "America/New_York",
        days=-20,
        hour=13,
        minutes=40,
        panel=(("Panelist", "Lucía", "Ibáñez"),),
        has_strays=True,
    ),
    Plan(
        "Answering in five languages with three people",
        "For support teams: greetings, menus, and when to call back.",
        128,
        "Europe/Madrid",
        days=-13,
        hour=11,
        minutes=45,
        panel=(("Panelist", "Inês", "Simões"),),
        appeal=0.95,
    ),
)


def session_id(number: int) -> str:
    """The id of the session of the `number`-th plan, the same in every world."""
    return str(980_204_100 + 17 * number)


def start_of(plan: Plan, now: datetime) -> datetime:
    """The planned hour of the planned day in the webinar's zone; a live one began on a full five minutes."""
    local = now.astimezone(ZoneInfo(plan.zone))
    if plan.minutes_ago is not None:
        begun = local - timedelta(minutes=plan.minutes_ago)
        return begun.replace(minute=begun.minute - begun.minute % 5, second=0, microsecond=0)
    return (local + timedelta(days=plan.days)).replace(hour=plan.hour, minute=0, second=0, microsecond=0)
