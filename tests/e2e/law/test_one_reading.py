"""One reading of times and consents: what a function of Redis takes is what the core reads, and as the same thing."""

import datetime
import json
import random
import re

from harness import equal, full_speed, wait_until
from redis import ResponseError
from world import CONSENT, consent, job, oppose_at, start

ODD_INSTANTS = ("", "2027-03-01", "2027-03-01T10:00:00", "2027-03-01T10:00Z", "2027-03-01T10:00:60Z", "2027-06-30T23:59:60Z", "2027-03-01T24:00:00Z",
                "2027-02-29T10:00:00Z", "2028-02-29T10:00:00Z", "2100-02-29T10:00:00Z", "2027-13-01T10:00:00Z", "2027-00-10T10:00:00Z", "2027-04-31T10:00:00Z",
                "2027-03-01T10:00:00z", "2027-03-01t10:00:00Z", "2027-03-01 10:00:00Z", "2027-03-01  10:00:00Z", "2027-03-01T10:00:00.Z", "2027-03-01T10:00:00.9Z",
                "2027-03-01T10:00:00.0009Z", "2027-03-01T10:00:00,5Z", "2027-03-01T10:00:00.1234567890123456789012345Z", "2027-03-01T10:00:00+0100",
                "2027-03-01T10:00:00+01", "2027-03-01T10:00:00+1:00", "2027-03-01T10:00:00+24:00", "2027-03-01T10:00:00+23:59", "2027-03-01T10:00:00-23:59",
                "2027-03-01T10:00:00+01:60", "2027-03-01T10:00:00 +01:00", "2027-03-01T10:00:00+01:00 ", " 2027-03-01T10:00:00+01:00", "2027-03-01T10:00:00Z\n",
                "2027-03-01T10:00:00\u221201:00", "2027-03-01T1\u0660:00:00Z", "02027-03-01T10:00:00Z", "+2027-03-01T10:00:00Z", "27-03-01T10:00:00Z",
                "2027-3-1T10:00:00Z", "2027/03/01T10:00:00Z", "20270301T100000Z", "2027-03-01T-1:00:00Z", "2027-03-01T10:-1:00Z", "2027-03-01T10:00:0xZ",
                "2027-03-01T10:00:00ZZ", "2027-03-01T10:00:00.5.5Z", "2027-03-01T10:00:00.5", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "now", "1803895200000")


def instants(count):
    """Sound ones ahead of the clock, and the same with a byte changed."""
    draw = random.Random(20270301)
    found = list(ODD_INSTANTS)
    while len(found) < count:
        day = f"20{draw.randrange(27, 60)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        time = f"{draw.randrange(24):02d}:{draw.randrange(60):02d}:{draw.randrange(60):02d}"
        fraction = draw.choice(("", "", "." + "".join(draw.choice("0123456789") for _ in range(draw.randrange(1, 12)))))
        zone = draw.choice(("Z", f"{draw.choice('+-')}{draw.randrange(15):02d}:{draw.choice((0, 15, 30, 45)):02d}"))
        text = day + draw.choice("TT ") + time + fraction + zone
        if draw.randrange(3) == 0:
            at = draw.randrange(len(text))
            text = text[:at] + draw.choice("0123456789:+-TZ. x") + text[at + draw.randrange(2):]
        found.append(text)
    return found


def read_by_core(w, texts):
    """UTC ms as jobs that are to wait until then are put off; None: the job is invalid."""
    w.push(*[job(i, not_before=text) for i, text in enumerate(texts)])
    w.wait_intake(len(texts))
    later = {json.loads(j.split("\t")[-1])["id"]: score for j, score in w.r.zrange(w.key("later"), 0, -1, withscores=True)}
    invalid = w.ended("invalid")
    return [None if str(i) in invalid else int(later.get(str(i), -1)) for i in range(len(texts))]


def read_here(text):
    """By code that is neither the core's nor the functions'; of an instant that both take."""
    date, time, fraction, zone = re.fullmatch(r"(.{10})[T ](.{8})(?:\.(\d+))?(Z|.{6})", text).groups()
    offset = 0 if zone == "Z" else (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 60 + int(zone[4:]))
    local = datetime.datetime.fromisoformat(date + "T" + time).replace(tzinfo=datetime.timezone.utc) - datetime.timedelta(minutes=offset)
    return int(local.timestamp()) * 1000 + int(((fraction or "") + "000")[:3])


@full_speed
def test_instants(env):
    w = start(env)
    texts, same = instants(320), 0
    want = read_by_core(w, texts)
    assert 100 < want.count(None) < 220, want.count(None)
    for i, (text, ms) in enumerate(zip(texts, want)):
        number = f"+337{i:08d}"
        try:
            oppose_at(w, number, text)
        except ResponseError as error:
            equal((str(error).split()[0], ms), ("EVENT", None), repr(text))
            continue
        if text == "":
            continue  # now
        assert ms is not None, f"taken by the function, not by the core: {text!r}"
        event = int(w.r.hget(w.p + "oppositions:dated:acme", number).split()[0])
        equal(event, read_here(text), repr(text))
        # Closed hours put a job off to their end.
        same += ms == event
        assert ms >= event or ms == -1, f"{text!r}: the core reads an earlier one, {ms} before {event}"
    assert same > 30, same


def test_a_no_is_not_rounded_to_before_the_yes(env):
    """Both within a second, in the registry and as an opposition that a consent lifts."""
    w = start(env)
    key = w.p + "consent:acme"
    yes, no = "2026-09-01T10:12:00.500+02:00", "2026-09-01T10:12:00.900+02:00"
    for number, given, taken in (("+33600000001", yes, no), ("+33600000002", no, yes), ("+33600000003", yes, yes)):
        w.r.fcall("licet_consent", 1, key, number, json.dumps(consent(collected_at=given)))
        w.r.fcall("licet_withdraw", 1, key, number, "crm", "mail", taken)
    for number, given, taken in (("+33600000004", yes, no), ("+33600000005", no, yes), ("+33600000006", yes, yes)):
        w.r.fcall("licet_consent", 1, key, number, json.dumps(consent(collected_at=given, via="web")))
        oppose_at(w, number, taken)
    w.push(*[job(i, consent=None) for i in range(1, 7)])
    w.wait_intake(6)
    equal(w.reasons(), {"1": "consent-withdrawn", "3": "consent-withdrawn", "4": "opposed-advertiser", "6": "opposed-advertiser"})
    equal({j["id"] for j in w.wait_taken(2)}, {"2", "5"})


SOUND = json.dumps(CONSENT)


def changed(**fields):
    return json.dumps(consent(**fields))


ODD_CONSENTS = (
    SOUND, " \n" + SOUND + "\t ", SOUND + "x", SOUND + SOUND, SOUND[:-1], SOUND[1:], "", "[]", "null", '"text"', "1", "{}", "\ufeff" + SOUND, "\x0b" + SOUND, SOUND + "\x0c",
    SOUND + "\x00", SOUND[:-1] + ",}", SOUND[:-1] + ', "act": NaN}', SOUND[:-1] + ', "act": 0x10}', SOUND[:-1] + ', "act": 01}', SOUND[:-1] + ", 'act': 'ticked-box'}",
    SOUND[:-1] + ', "product": "toys"}', SOUND[:-1] + ', "product": "sweets"}', SOUND[:-1] + ', "\\u0070roduct": "toys"}', SOUND[:-1] + ', "forms": []}',
    SOUND[:-1] + ', "withdrawn_ms": 1}', SOUND[:-1] + ', "act": null}', SOUND[:-1] + ', "act": true}', SOUND[:-1] + ', "act": 1e999}', SOUND[:-1] + ', "bases": []}',
    SOUND[:-1] + ', "bases": {}}', SOUND[:-1] + ', "bases": [[]]}', SOUND[:-1] + ', "bases": ["L223-1", 1]}', SOUND[:-1] + ', "bases": "L223-1"}', SOUND[:-1] + ', /* a */ "act": "x"}',
    SOUND.replace("toys", "to\\u0079s"), SOUND.replace("toys", "t\\u00e9"), SOUND.replace("toys", "t\u00e9"), SOUND.replace("toys", "\\ud83d\\ude00"), SOUND.replace("toys", "\\ud83d"),
    SOUND.replace("toys", "\\ude00\\ud83d"), SOUND.replace("toys", "\\ud83d\\u0041"), SOUND.replace("toys", "a\\u0000b"), SOUND.replace("toys", "a\\u0001b"), SOUND.replace("toys", "a\tb"),
    SOUND.replace("toys", "a\\tb"), SOUND.replace("toys", "a\\qb"), SOUND.replace("toys", "a\x7fb"), SOUND.replace("toys", "a\\u007fb"), SOUND.replace("toys", "a\\u00zzb"),
    SOUND.replace("toys", ""), SOUND.replace("toys", "x" * 64), SOUND.replace("toys", "x" * 65), SOUND.replace("toys", "\u00e9" * 32), SOUND.replace("toys", "\u00e9" * 33),
    SOUND.replace("form-v3/88121", "x" * 256), SOUND.replace("form-v3/88121", "x" * 257), SOUND.replace("form-v3/88121", "x" * 9000),
    changed(until="31/08/2027"), changed(until="2027-02-30"), changed(until="2027-08-31T10:00:00Z"), changed(until="2027-08-31T10:00:00"), changed(until="2027-8-31"), changed(until=2027),
    changed(until="2027-08-31 "), changed(until=None), changed(until=""), changed(collected_at="2026-09-01"), changed(collected_at="2026-09-01T10:12:60+02:00"), changed(collected_at=None),
    changed(collected_at=1788250320), changed(collected_at="2026-09-01T10:12:00.25+02:00"), changed(advertiser="55210055"), changed(advertiser="552100554"),
    changed(advertiser="55210055400013"), changed(advertiser="552100554000130"), changed(advertiser=552100554), changed(slot="2026-11-24T10:40:00+01:00"), changed(slot="2026-11-24"),
    changed(form="web-v3"), changed(form="No Such"), changed(form=""), changed(form=[]), changed(form=["proof"] * 16), changed(form=["proof"] * 17), changed(form=["proof", None]),
    changed(form={"a": 1}), changed(via="web"), changed(via=""), changed(via="x" * 33), changed(act="x" * 64), changed(act="x" * 65), changed(channel="sms"), changed(channel=""),
    changed(product=None), changed(channel=None), changed(proof=None), changed(proof=""), changed(proof=7), SOUND.replace('"proof"', '"pr\u00e9uve"'),
    "[" * 40 + SOUND + "]" * 40, SOUND[:-1] + ', "act": ' + "[" * 100 + "]" * 100 + "}")
BROKEN_BYTES = (b"\xff", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\x80", b"\xe2\x82", b"\xf0\x9f\x98")


def consents(count):
    draw = random.Random(20260901)
    found = [text.encode() for text in ODD_CONSENTS] + [SOUND.replace("toys", "to@s").encode().replace(b"@", b) for b in BROKEN_BYTES]
    while len(found) < count:
        text = bytearray(SOUND.encode())
        for _ in range(draw.randrange(1, 3)):
            at = draw.randrange(len(text))
            text[at:at + draw.randrange(2)] = draw.choice((b"", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"0", b"x", b"\n", b"\xc3\xa9", b"\xa9"))
        found.append(bytes(text))
    return list(dict.fromkeys(found))


def is_object(text):
    """Alone: text that closes the consent and goes on in the job is another job."""
    try:
        json.JSONDecoder().decode(text.decode("utf-8", "replace").strip(" \t\r\n"))
        return True
    except ValueError:
        return False


def has_what_a_registry_needs(text):
    try:
        given = json.loads(text)
    except ValueError:
        return False
    return isinstance(given, dict) and all(given.get(name) for name in ("product", "channel", "collected_at")) and len(given["collected_at"]) > 10


@full_speed
def test_consents(env):
    w = start(env)
    raw = env.server.connect(decode_responses=False)
    texts = [text for text in consents(320) if b"\x00" not in text or not is_object(text)]
    assert len(texts) >= 300, len(texts)
    jobs = [b'{"id":"%d","to":"+336%08d","consent":%s}' % (i, i, text) for i, text in enumerate(texts)]
    raw.rpush(w.key("queue"), *jobs)
    w.wait_intake(len(texts), 60)
    invalid = {fields[b"job"] for _, fields in raw.xrange(w.key("invalid"))}
    key, taken = w.p + "consent:acme", 0
    for i, text in enumerate(texts):
        sound = jobs[i] not in invalid and jobs[i][:512] not in invalid and is_object(text)  # of a large one that is kept
        number = f"+337{i:08d}"
        try:
            raw.fcall("licet_consent", 1, key, number, text)
        except ResponseError as error:
            equal(str(error).split()[0], "CONSENT", repr(text))
            assert not sound or not has_what_a_registry_needs(text), f"refused by the function alone: {text!r}: {error}"
            equal(raw.hget(key, number), None)
            continue
        taken += 1
        assert sound, f"taken by the function alone: {text!r}"
        equal(raw.hget(key, number), b'{"consents":[' + text.strip(b" \t\r\n") + b"]}", "kept to the byte")
    assert 60 < taken < 250, taken


def test_proofs_stay_as_they_were_given(env):
    """To the byte, whatever is added, withdrawn or erased: cjson would write them in another form."""
    w = start(env)
    key, number = w.p + "consent:acme", "+33600000001"
    first = '{ "bases":[], "product":"to\\u0079s","channel":"automated-voice", "collected_at":"2026-09-01T10:12:00.250+02:00","form":["identity" ,"proof"] }'
    second = json.dumps(consent(proof="second"))
    w.r.fcall("licet_consent", 1, key, number, first)
    w.r.fcall("licet_consent", 1, key, number, second)
    equal(w.r.hget(key, number), '{"consents":[' + second + "," + first + "]}")
    w.r.fcall("licet_consent", 1, key, number, first)
    equal(w.r.hget(key, number), '{"consents":[' + first + "," + second + "]}", "given again")
    w.r.fcall("licet_withdraw", 1, key, number, "crm", "mail", "")
    assert w.r.hget(key, number).startswith('{"consents":[' + first + "," + second + '],"withdrawn_ms":'), w.r.hget(key, number)
    w.r.fcall("licet_erase", 1, key, number)
    assert first + "," + second in w.r.hget(key, number), w.r.hget(key, number)


def test_a_withdrawal_keeps_what_could_not_be_read(env):
    w = start(env)
    key, number = w.p + "consent:acme", "+33600000001"
    w.r.hset(key, number, '{"consents":{}}')
    try:
        w.r.fcall("licet_consent", 1, key, number, SOUND)
        raise AssertionError("the record was written over")
    except ResponseError as error:
        equal(str(error), "CONSENT the record of that number is not readable")
    w.r.fcall("licet_withdraw", 1, key, number, "crm", "mail", "")
    record = json.loads(w.r.hget(key, number))
    equal((record["consents"], bytes.fromhex(record["unread"])), ([], b'{"consents":{}}'))
    w.push(job(1))
    wait_until(lambda: w.stat("refused.consent-withdrawn") == 1, 10, lambda: w.stats())
