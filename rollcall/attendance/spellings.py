"""Spellings of a source that probably mean the same campaign, each with its reason, for a person to confirm.

Two spellings are suggested as one when they have the same words and numbers in the same order, whatever stands between
them, or when exactly one word differs by a slip of the keyboard, which is looked for among MOST_WITH_SLIPS of them.
Numbers never differ, so neither editions nor years nor "email-1" and "email-2" are one; nor short words, so neither
"ad-a" and "ad-b" nor "us" and "uk"; nor two words that are both ordinary in campaigns (WORDS), so neither "inbound" and
"outbound" nor "contact" and "contract".

Suggestions form stars, never chains: each is like the name it would count as, not like something like it.
Depends on nothing but the spellings, what they count, and what was decided; not on the order they come in.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from urllib.parse import parse_qsl, unquote

MOST_WITH_SLIPS = 2_000  # kinds of spellings, the most frequent; the pairs of more take too long to look through
LONGEST_TAKEN_APART = 500  # characters; longer ones are the same only if they are, but for case and spaces
LONGEST_WITH_SLIPS = 120  # letters and numbers; nobody types more
LONGEST_WORD = 30  # letters; the same
SHORTEST_WORD = 4  # letters; a shorter word that differs is another word

# Words of campaigns that look like another one, and the usual words slips are made in. Two of them are two things.
WORDS = frozenset(
    """
    january february march april june july august september october november december spring summer autumn winter
    monday tuesday wednesday thursday friday saturday sunday morning evening today daily weekly monthly yearly
    inbound outbound internal external online offline onsite offsite opened unopened paid unpaid qualified unqualified
    active inactive registered unregistered subscribed unsubscribed known unknown formal informal direct indirect
    presales aftersales upsell downsell prelaunch postlaunch domestic foreign public private above below left right
    first second third fourth fifth sixth seventh eighth ninth tenth north south east west central
    northeast northwest southeast southwest alpha beta gamma delta gold cold silver bronze platinum warm black white
    austria australia slovakia slovenia niger nigeria ireland iceland island iran iraq india indonesia china chile
    mali malta malawi sweden switzerland norway finland poland portugal holland germany france spain italy greece
    europe america africa asia oceania canada mexico brazil japan korea berlin bern bonn brest munich zurich london
    paris vienna hamburg cologne dublin lublin boston austin houston dallas
    email gmail mail mailing mailer newsletter webinar seminar workshop conference congress convention meetup meeting
    event invite invited invitee invitation reminder followup launch lunch brunch breakfast dinner keynote roadshow
    customer customers custom customs user users member members partner partners prospect prospects project projects
    lead leads reader readers leader leaders dealer dealers client clients contact contacts contract contracts
    contractor subscriber subscribers existing former current recent employee employer staff team expert experts export
    trial trials trail trails demo free form forms forum list lists test tests tester testers text post past page pages
    blog vlog podcast video videos audio radio print poster banner landing site website search research brand branch
    display social organic retargeting targeting remarketing marketing affiliate referral referrer influencer video
    facebook linkedin twitter google bing youtube instagram tiktok xing reddit quora slack slick teams hubspot marketo
    salesforce pardot mailchimp capterra sale sales shop store story stories signup sign login campaign
    company companies community communities commercial content context contest consent consulting nurture
    nature native active creative reactive product products production promotion promo adoption option auction action
    service server series session season reason tour tower trade train training school scholar winner winners
    sponsor sponsored sponsors speaker speakers announcement announce annual manual medium media digital direct
    variant version edition episode feature features future software hardware health wealth finance final retail detail
    male female women woman mobile desktop tablet table round sound ground group groups booth both talk task stand
    standard start startup step stop steps shops state station status nation national international regional
    press process progress prices price prize premium preview review reviews renewal general central mentor vendor
    house horse course source force resource outreach reach teach tech bench launchpad waitlist whitelist playlist
    quarter charter chapter letter better later water paper super upper lower power tower flower flyer player layer
    """.split()  # noqa: SIM905 (a list of 400 words is read by nobody)
)
OPPOSING = ("un", "in", "im", "ir", "re", "de", "non", "ex", "co", "pre", "post", "dis", "mis")  # word and its opposite
NOT_PLURAL = frozenset({"sale", "custom", "good"})  # with an s they mean something else

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_PART = re.compile(r"[^\W\d_]+(?:[+#]+(?!\w))?|\d+|[^\w\s]")  # c++, c# are words
_IN_LINK = re.compile(r"(?:^|[?&])(?:utm_)?source=|\butm_source[=:]|&utm_[a-z]+=", re.IGNORECASE)
_UTM = re.compile(r"^utm[-_ ](?:source[-_ ])?|[-_ ]utm$", re.IGNORECASE)
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


class Reason(StrEnum):
    """Why two spellings are suggested as one. What differs between them:"""

    SPACES = "spaces"  # only spaces or characters nobody sees
    CASE = "case"  # only capital letters
    SEPARATORS = "separators"  # only what stands between the words, or their accents
    LINK = "link"  # one was copied out of a link: utm parameters, %20
    PLURAL = "plural"  # one word, by an s
    SLIP = "slip"  # one word, by a letter or two


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Count `spelling` as `name`. `words`: the one that differs, folded, here and in the name; or empty."""

    spelling: str
    name: str
    reason: Reason
    words: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A spelling as it is compared: `key` is its words without separators, neighbouring numbers kept apart."""

    raw: str
    text: str
    words: tuple[str, ...]
    key: str
    is_link: bool
    without_medium: str  # the key, were utm_medium left out; empty: there is no such parameter, or there are others


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How two keys are alike; the smaller distance is the likelier."""

    distance: int
    words: tuple[str, str]

    @property
    def reason(self) -> Reason:
        return Reason.PLURAL if _is_plural(*self.words) else Reason.SLIP


def suggest(counts: Mapping[str, int], decided: Mapping[str, str] | None = None) -> tuple[Suggestion, ...]:
    """Which spellings to count as which name, ordered by name and spelling.

    Args:
        counts: spelling → how many registrants have it, "" left out; the most frequent one of a kind becomes its name.
        decided: spelling → the name a person has decided on, perhaps itself ("keep apart"). It is not suggested
            again, but others may be suggested to count as that name.
    """
    decided = {name: name for name in (decided or {}).values()} | dict(decided or {})  # a name is decided on as well
    weights = dict.fromkeys(decided.values(), 0) | dict(counts)
    kinds = _kinds([_read(raw) for raw in weights if raw.strip()])  # no source is no spelling
    heads = {
        key: min(kind, key=lambda one: (one.raw not in decided, -weights[one.raw], one.is_link, one.raw))
        for key, kind in kinds.items()
    }
    totals = {key: sum(weights[one.raw] for one in kind) for key, kind in kinds.items()}
    ranked = sorted(kinds, key=lambda key: (heads[key].raw not in decided, -totals[key], _strange(heads[key]), key))
    searched = ranked[:MOST_WITH_SLIPS]
    moves = _moves(
        searched,
        _likenesses({key: kinds[key] for key in searched}),
        {key for key in kinds if heads[key].raw in decided},
    )
    found = []
    for key, kind in kinds.items():
        target, likeness = moves.get(key, (key, None))
        name = decided.get(heads[target].raw, heads[target].raw)
        for one in kind:
            if one.raw not in decided and one.raw != name:
                reason = likeness.reason if likeness else _reason(one, heads[target])
                found.append(Suggestion(one.raw, name, reason, likeness.words if likeness else ("", "")))
    return tuple(sorted(found, key=lambda one: (one.name, one.spelling)))


def _strange(reading: _Reading) -> int:
    """How many words are none of the usual: of two spellings counted equally often, the strange one has the slip."""
    return sum(word.isalpha() and word not in WORDS for word in reading.words)


def _moves(
    ranked: list[str], likenesses: Mapping[str, Mapping[str, _Likeness]], settled: set[str]
) -> dict[str, tuple[str, _Likeness]]:
    """Key → the key it is a slip of, and how. What is equally like two names is like neither."""
    moves: dict[str, tuple[str, _Likeness]] = {}
    names: set[str] = set()
    for key in ranked:
        near = [(likeness.distance, name) for name, likeness in likenesses.get(key, {}).items() if name in names]
        nearest = [name for distance, name in near if distance == min(near)[0]]
        if len(nearest) == 1 and key not in settled:
            moves[key] = (nearest[0], likenesses[key][nearest[0]])
        else:
            names.add(key)
    return moves


def _reason(one: _Reading, other: _Reading) -> Reason:
    """Why two spellings with the same key are two."""
    if one.is_link != other.is_link or one.key != other.key:
        return Reason.LINK
    if one.text == other.text:
        return Reason.SPACES
    return Reason.CASE if one.text.casefold() == other.text.casefold() else Reason.SEPARATORS


def _kinds(readings: list[_Reading]) -> dict[str, list[_Reading]]:
    """Key → its spellings. "x&utm_medium=email" is an "x" if nothing tells that x had another medium too."""
    kinds: dict[str, list[_Reading]] = defaultdict(list)
    with_medium: dict[str, set[str]] = defaultdict(set)
    for reading in readings:
        kinds[reading.key].append(reading)
        if reading.without_medium:
            with_medium[reading.without_medium].add(reading.key)
    for bare, keys in with_medium.items():
        if bare in kinds and len(keys) == 1 and all(one.is_link for key in keys for one in kinds[key]):
            kinds[bare] += kinds.pop(*keys)
    return dict(kinds)


# --- reading one spelling


def _read(raw: str) -> _Reading:
    text = " ".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", raw)).split())
    if len(text) > LONGEST_TAKEN_APART:
        return _Reading(raw, text, (), _key((), text), is_link=False, without_medium="")
    source, medium, others = _parameters(text) if _IN_LINK.search(text) else (_unescaped(text), "", ())
    words = _words(" ".join((source, medium, *others)))
    bare = _key(_words(source), source) if medium and not others else ""
    return _Reading(raw, text, words, _key(words, source), is_link=source != text, without_medium=bare)


def _parameters(text: str) -> tuple[str, str, tuple[str, ...]]:
    """utm_source, utm_medium and the other utm values of a link or of what somebody cut out of one."""
    link = text.partition("#")[0] if "://" in text else text
    query = re.sub("utm_source:", "utm_source=", link, flags=re.IGNORECASE).rpartition("?")[2]
    values = {name.strip().casefold(): value for name, value in parse_qsl(query)}
    first = query.partition("&")[0]
    source = values.get("utm_source") or values.get("source") or ("" if "=" in first else _unescaped(first))
    medium = values.get("utm_medium", "")
    others = tuple(values[name] for name in ("utm_campaign", "utm_term", "utm_content") if name in values)
    return (source, "" if medium == source else medium, others) if source else (text, "", ())


def _unescaped(text: str) -> str:
    """Without "utm" before or behind it; with %20 and its like decoded, unless a percent sign is only that."""
    plain = unquote(text) if "%" in text and _ESCAPES.fullmatch(text) else text
    return _UTM.sub("", text if "\ufffd" in plain else plain)


def _words(text: str) -> tuple[str, ...]:
    """Letters and numbers in turn, folded; ★ and € are words too. Empty: cannot be taken apart."""
    loose = unicodedata.normalize("NFKD", text.casefold())
    folded = unicodedata.normalize("NFC", "".join(c for c in loose if not "\u0300" <= c <= "\u036f"))
    if any(unicodedata.category(c)[0] == "M" for c in folded):
        return ()  # vowels are marks in this script; a pattern for words would lose them
    parts: list[str] = _PART.findall(folded)
    return tuple(part for part in parts if part[0].isalnum() or unicodedata.category(part) in ("So", "Sc"))


def _key(words: Iterable[str], text: str) -> str:
    key = ""
    for word in words:
        key += f".{word}" if key[-1:].isdigit() and word[0].isdigit() else word
    return key or f" {text.casefold()}"


# --- slips of the keyboard


def _likenesses(kinds: Mapping[str, list[_Reading]]) -> dict[str, dict[str, _Likeness]]:
    """Key → the keys that differ from it in one word by a slip; symmetric."""
    keys: dict[tuple[str, ...], str] = {}
    for key, kind in kinds.items():
        keys |= {one.words: key for one in kind if one.words and len(one.key) <= LONGEST_WITH_SLIPS}
    likenesses: dict[str, dict[str, _Likeness]] = defaultdict(dict)
    for mine, yours, found in (*_word_for_word(keys), *_run_together(keys)):
        known = likenesses[mine].get(yours)
        if mine != yours and (known is None or (found.distance, found.words) < (known.distance, known.words)):
            likenesses[mine][yours] = found
    return likenesses


def _word_for_word(keys: Mapping[tuple[str, ...], str]) -> Iterator[tuple[str, str, _Likeness]]:
    near = _near_words({word for words in keys for word in words})
    for words, key in keys.items():
        for at, word in enumerate(words):
            for other, distance in near.get(word, {}).items():
                if (found := keys.get((*words[:at], other, *words[at + 1 :]))) is not None:
                    yield key, found, _Likeness(distance, (word, other))


def _near_words(words: set[str]) -> dict[str, dict[str, int]]:
    """Word → words it may be a slip of, and how far. Of usual words only the nearest: "teusday" is no "thursday"."""
    near: dict[str, dict[str, int]] = defaultdict(dict)
    first = {letter for word in words - WORDS for letter in word[:2]}
    for one, other in _candidates(filter(_may_slip, words | {word for word in WORDS if word[0] in first})):
        if distance := _slip(one, other):
            near[one][other] = near[other][one] = distance
    for word in near.keys() - WORDS:
        usual = {other: distance for other, distance in near[word].items() if other in WORDS}
        for other in [other for other, distance in usual.items() if distance > min(usual.values())]:
            del near[word][other], near[other][word]
    return near


def _run_together(keys: Mapping[tuple[str, ...], str]) -> Iterator[tuple[str, str, _Likeness]]:
    """Slips where the words are parted differently as well: "customerinvte" and "customer-invite"."""
    finest: dict[str, tuple[str, ...]] = {}
    for words, key in sorted(keys.items()):
        finest[key] = max(words, finest.get(key, ()), key=len)
    for one, other in _candidates(finest, deepest=1):
        if len(finest[one]) == len(finest[other]):
            continue  # word for word finds these
        mine, yours = _slip_within(finest[one], one, other), _slip_within(finest[other], other, one)
        if mine and yours:
            yield one, other, _Likeness(mine[0], (mine[1], mine[2]))
            yield other, one, _Likeness(yours[0], (yours[1], yours[2]))


def _slip_within(words: tuple[str, ...], key: str, other: str) -> tuple[int, str, str] | None:
    """Distance, the word in which the keys differ, and what stands for it in the other key, if that is a slip."""
    same = _common(key, other)
    rest = min(_common(key[::-1], other[::-1]), len(key) - same, len(other) - same)
    end = 0
    for word in words:
        start = key.index(word, end)
        end = start + len(word)
        instead = other[start : end + len(other) - len(key)]
        if start <= same and end >= len(key) - rest and (distance := _slip(word, instead)):
            return distance, word, instead
    return None


def _candidates(texts: Iterable[str], *, deepest: int = 2) -> set[tuple[str, str]]:
    """Pairs that become the same by leaving out few letters of each, in order: all within that many slips."""
    found: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        for shorter in _left_out(text, min(deepest, 1 if len(text) < 6 else 2)):
            found[shorter].append(text)
    return {pair for alike in found.values() for pair in combinations(sorted(alike), 2)}


def _left_out(text: str, letters: int) -> set[str]:
    """The text, and all that is left of it without up to so many letters."""
    found = {text}
    for _ in range(letters):
        found |= {one[:at] + one[at + 1 :] for one in found for at, letter in enumerate(one) if letter.isalpha()}
    return found


def _may_slip(word: str) -> bool:
    """Whether it is typed letter by letter: of a length to slip in, and in an alphabet."""
    return SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.isalpha() and max(word) < "\u2e80"


def _slip(one: str, other: str) -> int:
    """How many slips make one word of the other; 0: it is another word, as far as letters tell. Symmetric.

    A letter wrong, missing, doubled or swapped. Usual words allow one, long ones two; unusual ones, names above all,
    must be longer for that, since Meyer and Mayer are two people.
    """
    if _is_plural(one, other):
        return 1
    if not {one, other} & WORDS:
        one, other = _without_same_words(one, other)
    shorter, longer = sorted((one, other), key=len)
    usual = (one in WORDS) + (other in WORDS)
    if not (_may_slip(one) and _may_slip(other)) or usual == 2 or _starts_differently(one, other):
        return 0
    if any(prefix + shorter == longer for prefix in OPPOSING):
        return 0
    if len(shorter) == len(longer) <= 5 and sorted(one) != sorted(other):
        return 0  # a short word with one letter changed is mostly another word: east, eest; list, lisa
    allowed = 1 + (len(longer) >= 8) if usual else (len(longer) >= 7) + (len(longer) >= 10)
    distance = _distance(one, other)
    return distance if distance <= allowed else 0


def _without_same_words(one: str, other: str) -> tuple[str, str]:
    """Without a usual word that both begin or end with: "newsletterus" and "newsletteruk" are us and uk."""
    cut = max((at for at in range(SHORTEST_WORD, _common(one, other) + 1) if one[:at] in WORDS), default=0)
    one, other = one[cut:], other[cut:]
    same = _common(one[::-1], other[::-1])
    cut = max((at for at in range(SHORTEST_WORD, same + 1) if one[len(one) - at :] in WORDS), default=0)
    return one[: len(one) - cut], other[: len(other) - cut]


def _is_plural(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer == f"{shorter}s" and len(shorter) >= SHORTEST_WORD and shorter not in NOT_PLURAL


def _starts_differently(one: str, other: str) -> bool:
    """Slips rarely strike the first letter, but it may change places with the second."""
    return one[0] != other[0] and one[:2] != other[1::-1]


def _common(one: str, other: str) -> int:
    """How many first letters are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _distance(one: str, other: str) -> int:
    """Letters wrong, missing or swapped with their neighbour (optimal string alignment)."""
    same = _common(one, other)
    one, other = one[same:], other[same:]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            cheapest = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cheapest = min(cheapest, earlier[j - 2] + 1)
            row.append(cheapest)
    return row[-1]
