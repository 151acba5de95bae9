"""licetctl phone: a number, its place and its class."""

from harness import Failure, contains, equal


def test_phone_of_an_allowed_number(env):
    equal(env.ctl_json("phone", "0692123456"),
          {"e164": "+262692123456", "place": "la-reunion", "territories": ["la-reunion"],
           "zones": ["Indian/Reunion"], "class": "mobile"})


def test_phone_of_a_mobile_may_be_in_two_places(env):
    for text in ("06 12 34 56 78", "+33 (0)6 12 34 56 78", "0033612345678", "06.12.34.56.78", "+33612345678"):
        got = env.ctl_json("phone", text)
        equal((got["e164"], got["place"], got["territories"]),
              ("+33612345678", "metropole+alsace-moselle", ["metropole", "alsace-moselle"]), text)


def test_phone_without_quotes_is_one_number(env):
    equal(env.ctl_json("phone", "06", "12", "34", "56", "78")["e164"], "+33612345678")


def test_phone_refused(env):
    rows = [
        ("", "number-malformed", "invalid", None),
        ("hello", "number-malformed", "invalid", None),
        ("06 12 34 56", "number-malformed", "invalid", None),
        ("0899 12 34 56", "number-class", "refuse", "+33899123456"),
        ("0162 00 00 00", "number-class", "refuse", "+33162000000"),
        ("3103", "number-class", "refuse", None),
        ("+687 12 34 56", "number-not-covered", "refuse", "+687123456"),
        ("+32 470 12 34 56", "number-not-covered", "refuse", "+32470123456"),
    ]
    for text, reason, verdict, e164 in rows:
        got = env.ctl_json("phone", text, code=1)
        equal((got["reason"], got["verdict"], got["e164"]), (reason, verdict, e164), text)
        contains(env.ctl("phone", text, code=1).out, reason)


def test_phone_reads_well(env):
    out = env.ctl("phone", "0692 12 34 56").out
    for part in ("+262692123456", "mobile", "la-reunion", "Indian/Reunion", "allowed", "only the number: no hour, list, consent or cap"):
        contains(out, part)
    if "every rule" in out:
        raise Failure("only the number was looked at")
    if "\033" in out:
        raise Failure("colour outside a terminal")
