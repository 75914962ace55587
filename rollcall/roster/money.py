"""Amounts of money as people write them, and as whole numbers of the currency's smallest unit. Nothing is a float.

Source of the decimals: ISO 4217, list one (active codes). Left out: funds, metals, and the two with four decimals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rollcall.problem import Problem, shown

MOST = 10**12  # whole units; nobody spends a thousand billion on a webinar, and browsers count exactly up to 2^53

_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_TWO = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
    KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
    TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG
"""
DECIMALS: dict[str, int] = {
    code: digits for digits, codes in ((0, _WITHOUT), (2, _WITH_TWO), (3, _WITH_THREE)) for code in codes.split()
}
USUAL = ("EUR", "USD", "GBP", "CHF", "CAD", "AUD", "JPY", "INR")  # offered first
CURRENCIES = (*USUAL, *sorted(DECIMALS.keys() - set(USUAL)))

_BLANKS = re.compile(r"[\s'’_\u00a0\u2009\u202f]")
_DOLLARS = """
    USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MXN NAD NIO NZD SBD SGD SRD TOP TTD
    TWD UYU XCD
"""
_SIGNS = {  # whose they are, in everyday writing
    "€": {"EUR"},
    "$": set(_DOLLARS.split()),
    "£": {"GBP", "EGP", "FKP", "GIP", "LBP", "SHP", "SSP", "SYP"},
    "¥": {"JPY", "CNY"},
    "₹": {"INR"},
}
_SIGN = re.compile(r"^([€$£¥₹])\s*|\s*([€$£¥₹])$")
_GROUPED = re.compile(r"([1-9][0-9]{0,2}(?:([ .,])[0-9]{3})(?:\2[0-9]{3})*)(?:(?!\2)[.,]([0-9]+))?")
_PLAIN = re.compile(r"([0-9]+)(?:[.,]([0-9]*))?")


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` of the currency's smallest unit."""

    amount: int
    currency: str


def parse(text: str, currency: str) -> Money | Problem:
    """What somebody has written, in this currency: "1234.5", "1,234.50", "1.234,50", "1 234", "€ 1'234.00".

    Three digits after a lone point or comma are thousands, but for a currency with three decimals, where the point
    begins them: what was understood is shown, and there is no other way to read both "1,234" and "1.234". A sign of
    another currency is refused: nothing is converted.
    """
    digits = DECIMALS.get(currency)
    if digits is None:
        return Problem("currency", "unknown_currency", shown(currency))
    bare = re.sub(rf"^{currency}\s*|\s*{currency}$", "", text.strip(), flags=re.IGNORECASE)
    sign = _SIGN.search(bare.strip())
    if sign and currency not in _SIGNS[sign[1] or sign[2]]:
        return Problem("amount", "other_currency", shown(text), currency)
    bare = _BLANKS.sub(" ", _SIGN.sub("", bare.strip())).strip()
    if bare[:1] in ("-", "−"):
        return Problem("amount", "negative", shown(text))
    parted = _parted(bare, digits)
    if parted is None:
        return Problem("amount", "no_amount", shown(text))
    whole, decimals = parted
    if len(decimals) > digits:
        return Problem("amount", "too_many_decimals", shown(text), currency)
    if len(whole) > 2 * len(str(MOST)) or int(whole) > MOST:
        return Problem("amount", "too_much", shown(text))
    return Money(int(whole) * 10**digits + int(decimals.ljust(digits, "0") or "0"), currency)


def _parted(bare: str, digits: int) -> tuple[str, str] | None:
    """The whole units and the decimals without zeros at their end, or None: this is no number."""
    grouped = _GROUPED.fullmatch(bare)
    if grouped and not (digits == 3 and re.fullmatch(r"[0-9]+\.[0-9]{3}", bare)):
        return re.sub("[^0-9]", "", grouped[1]), (grouped[3] or "").rstrip("0")
    found = _PLAIN.fullmatch(bare)
    return (found[1], (found[2] or "").rstrip("0")) if found else None


def written(money: Money) -> str:
    """With thousands separators and all decimals, without the currency: "1,234.50". `parse` reads it back."""
    return of_smallest(money.amount, money.currency)


def of_smallest(amount: float, currency: str) -> str:
    """So many of the smallest unit, which may be a part of one as in a cost per person, written as `written` does."""
    digits = DECIMALS.get(currency, 2)
    if isinstance(amount, int):
        whole, rest = divmod(amount, 10**digits)
        return f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    return f"{amount / 10**digits:,.{digits}f}"
