"""Receipts: what explain --receipt writes, licetctl verify judges again without Redis."""

import hashlib
import json
import os
import stat

from harness import CONF, Failure, ROOT, contains, equal, full_speed
from world import CAMPAIGN, CONSENT, OPEN, World, job

NUMBER = "+33600000001"
HIDDEN = "600000001"
GIVEN = {"consent": CONSENT}
RULEBOOK = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")


def receipt(env, number=NUMBER, *words, code=0, name="r.json", campaign=CAMPAIGN, **given):
    """Ask for one and return its path; what is printed besides must not show the number."""
    path = os.path.join(env.folder, name)
    if os.path.exists(path):
        os.unlink(path)
    if given:
        words += ("--job", json.dumps(given))
    out = env.ctl("explain", campaign, number, *words, "--receipt", path, "--json", code=code).out
    digits = number.replace(" ", "").lstrip("+0")
    if len(digits) > 7 and digits in out:
        raise Failure(f"a number in {out!r}")
    return path


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(path, got, seal=True):
    if seal:
        got["hash"] = seal_of(got)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(got, file)
    return path


def seal_of(got):
    rest = {k: v for k, v in got.items() if k != "hash"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def verify(env, path, *words, code=0):
    """Without Redis: there is none that it could ask."""
    return env.run("verify", path, "-c", env.conf, "--socket", os.path.join(env.folder, "nobody"), *words, code=code)


def verdicts(env, path):
    got = verify(env, path, "--json").json
    equal((got["confirmed"], got["differences"]), (True, []), path)
    return got["verdict"], got["reason"]


# -- every verdict, from a real Redis


def test_release_and_holds(env):
    w = World(env).define()
    w.push(job(1), job(2, "0692 12 34 56"), job(3, not_before="2026-11-26T11:00:00+01:00"))
    w.set_attempts("+33600000004", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04")
    daemon = env.daemon("--simulate", OPEN)
    w.wait_intake(3)
    equal(verdicts(env, receipt(env)), ("release", "allowed"))
    got = load(os.path.join(env.folder, "r.json"))
    equal((got["job"], got["facts"]["judged"], got["facts"]["number"]), ("ready", "found", NUMBER))
    holds = [("outside-hours", "0692123456", (), {}), ("not-before", "+33600000003", (), {}), ("cap-reached", "+33600000004", (), GIVEN),
             ("weekend", NUMBER, ("--at", "2026-11-28T11:00:00+01:00"), {}), ("holiday", NUMBER, ("--at", "2026-12-25T11:00:00+01:00"), {}),
             ("window-closing", NUMBER, ("--at", "2026-11-24T12:55:00.250+01:00"), {}), ("list-stale", NUMBER, ("--at", "2026-11-24T05:00:00Z"), {})]
    for reason, number, words, given in holds:
        equal(verdicts(env, receipt(env, number, *words, **given)), ("hold", reason), reason)
    w.r.hset(w.p + "list-meta:anti-prospection", "refreshed_at", "2026-11-20T06:00:00Z")
    equal(verdicts(env, receipt(env, NUMBER, "--at", "2026-12-22T11:00:00+01:00")), ("hold", "list-stale"))
    equal(verdicts(env, receipt(env, "0639123456", **GIVEN)), ("release", "allowed"), "Mayotte")
    later = {"consent": {**CONSENT, "collected_at": "2028-09-01T10:12:00+02:00", "until": "2029-08-31"}}
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2029-01-30T06:00:00Z")
    w.r.delete(w.p + "list-meta:anti-prospection")
    equal(verdicts(env, receipt(env, "0639123456", "--at", "2029-02-01T11:00:00+03:00", **later)), ("hold", "law-unknown"))
    daemon.stop()
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-11-24T06:00:00Z")
    states = [("campaign-paused", lambda: w.r.hset(w.key("def"), "status", "paused"), lambda: w.r.hset(w.key("def"), "status", "running")),
              ("campaign-rejected", lambda: w.r.hset(w.key("def"), "sectr", "retail"), lambda: w.r.hdel(w.key("def"), "sectr")),
              ("campaign-not-started", lambda: w.r.hset(w.key("def"), "start", "2026-11-25T10:00:00+01:00"), lambda: w.r.hdel(w.key("def"), "start")),
              ("outside-campaign-hours", lambda: w.r.hset(w.key("def"), "window", "mon-fri 17:00-19:00"), lambda: w.r.hdel(w.key("def"), "window")),
              ("halted", lambda: w.r.hset(w.p + "halt", "route:main", "stop"), lambda: w.r.delete(w.p + "halt")),
              ("history-unknown", lambda: w.r.hdel(w.p + "advertiser:acme", "attempts_before"),
               lambda: w.r.hset(w.p + "advertiser:acme", "attempts_before", "none")),
              ("list-missing", lambda: w.r.rename(w.p + "list-meta:opposition", w.p + "aside"), lambda: w.r.rename(w.p + "aside", w.p + "list-meta:opposition")),
              ("list-malformed", lambda: w.r.set(w.p + "list:opposition", "x"), lambda: w.r.delete(w.p + "list:opposition")),
              ("facts-unknown", lambda: w.r.hset(w.p + "consent:acme", "+33600000009", "no record"), lambda: w.r.delete(w.p + "consent:acme")),
              ("route-full", lambda: (w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": "1"}), w.r.rpush(w.ready, "x")),
               lambda: w.r.delete(w.p + "route:main", w.ready)),
              ("rate-limit", lambda: (w.r.hset(w.key("def"), "rate", "1/h"), w.r.set(w.key("pace"), "9999999999999")),
               lambda: (w.r.hdel(w.key("def"), "rate"), w.r.delete(w.key("pace"))))]
    for reason, begin, end in states:
        begin()
        words = () if reason in ("route-full", "rate-limit") else ("--at", OPEN)
        equal(verdicts(env, receipt(env, "+33600000009", *words, **GIVEN)), ("hold", reason), reason)
        end()
    equal(verdicts(env, receipt(env, "+33600000009", "--at", OPEN, **GIVEN)), ("release", "allowed"), "as it was")


def test_holds_by_configuration(env):
    """Options of licet.conf are in the receipt, which needs that file no more."""
    w = World(env).define()
    for conf, reason in (("require_approved = true;", "law-unknown"), ('list_overrides = [ "anti-prospection=required" ];', "list-missing")):
        env.write_conf(conf)
        path = receipt(env, NUMBER, "--at", OPEN, **GIVEN)
        env.conf = CONF
        equal(verdicts(env, path), ("hold", reason), conf)
    w.r.hset(w.key("def"), "caller_id", "+33162009999")
    w.r.hset(w.p + "advertiser:acme", "caller_ids", "+590598712345")
    w.r.hset(w.key("def"), "caller_id", "+590598712345")
    equal(verdicts(env, receipt(env, NUMBER, "--at", OPEN, **GIVEN)), ("hold", "campaign-rejected"), "a doubtful range")
    env.write_conf("caller_id_doubtful = true;")
    path = receipt(env, NUMBER, "--at", OPEN, **GIVEN)
    env.conf = CONF
    equal(verdicts(env, path), ("release", "allowed"))
    World(env, w.p, "aaa.twin").define(advertiser="aaa")
    w.r.hset(w.p + "advertiser:aaa", "siren", "552100554")
    path = receipt(env, NUMBER, "--at", OPEN, code=0, **GIVEN)
    equal(load(path)["facts"]["faults_beside"][0]["fault"], "advertiser-incomplete", "a fault of another advertiser")
    equal(verdicts(env, path), ("hold", "campaign-rejected"))


def test_refusals(env):
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.r.sadd(w.p + "list:opposition", "+33600000002")
    w.r.sadd(w.p + "list:opposition:acme", "+33600000003")
    w.r.sadd(w.p + "list:anti-prospection", "+33600000004")
    w.r.sadd(w.key("cancel"), "gone")
    w.r.sadd(w.key("seen"), "+33600000005", "p:p-1")
    w.set_attempts("p:p-2", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04")
    w.r.hset(w.p + "consent:acme", "+33600000006", json.dumps({"consents": [CONSENT], "withdrawn_ms": 1790000000000.0}))

    def consent(**changes):
        return {"consent": {k: v for k, v in {**CONSENT, **changes}.items() if v is not None}}

    rows = [("opposed-platform", "+33600000002", GIVEN), ("opposed-advertiser", "+33600000003", GIVEN), ("listed", "+33600000004", GIVEN),
            ("duplicate", "+33600000005", GIVEN), ("duplicate", NUMBER, {**GIVEN, "person": "p-1"}), ("cancelled", NUMBER, {**GIVEN, "id": "gone"}),
            ("consent-missing", NUMBER, {"vars": {"note": HIDDEN}}), ("consent-withdrawn", "+33600000006", GIVEN),
            ("consent-expired", NUMBER, consent(until="2026-11-01")), ("consent-scope", NUMBER, consent(product="cars")),
            ("consent-channel", NUMBER, consent(channel="call")), ("consent-form", NUMBER, consent(proof=None)),
            ("number-class", "0899123456", GIVEN), ("number-not-covered", "+687123456", GIVEN),
            ("job-expired", NUMBER, {**GIVEN, "not_after": "2026-11-24T10:00:00+01:00"}),
            ("cap-unreachable", NUMBER, {**GIVEN, "person": "p-2", "not_after": "2026-11-30T10:00:00+01:00"})]
    for reason, number, given in rows:
        path = receipt(env, number, "--at", OPEN, code=1, **given)
        equal(verdicts(env, path), ("refuse", reason), reason)
    w.r.hset(w.key("def"), "status", "stopped")
    equal(verdicts(env, receipt(env, NUMBER, "--at", OPEN, code=1, **GIVEN)), ("refuse", "campaign-ended"))


ANYWHERE = "metropole+alsace-moselle+guadeloupe+saint-martin+saint-barthelemy+guyane+martinique+la-reunion+mayotte" \
           "+saint-pierre-et-miquelon+nouvelle-caledonie+polynesie-francaise+wallis-et-futuna"


def test_what_is_no_sound_job(env):
    World(env).define()
    rows = [("json-malformed", "{"), ("json-malformed", "[]"), ("field-unknown", '{"postcod": "1"}'), ("field-malformed", '{"person": 7}'),
            ("field-malformed", '{"consent": {"until": "soon"}}'), ("job-too-large", json.dumps({"vars": {"x": "y" * 9000}}))]
    for reason, text in rows:
        path = os.path.join(env.folder, "r.json")
        got = env.ctl("explain", CAMPAIGN, NUMBER, "--at", OPEN, "--job", text, "--receipt", path, "--json", code=1).json
        equal(got["reason"], reason, text)
        equal(verdicts(env, path), ("invalid", reason), text)
        os.unlink(path)
    for number in ("06 12 34", "hello", "", "é", "+33" + "1" * 40):
        equal(verdicts(env, receipt(env, number, "--at", OPEN, code=1)), ("invalid", "number-malformed"), number)
    equal(verdicts(env, receipt(env, NUMBER, "--at", OPEN, code=1, postcode="9999")), ("invalid", "field-malformed"))


def test_what_the_daemon_did_is_found(env):
    """Receipts of jobs that are out, done and refused."""
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.push(job(1), job(2, consent=None))
    w.wait_intake(2)
    taken = w.wait_taken(1)[0]
    path = receipt(env)
    equal((load(path)["job"], verdicts(env, path)), ("taken", ("release", "allowed")))
    equal(load(path)["facts"]["attempts"], [], "its own attempt is not counted")
    w.done(taken["token"])
    w.wait_stat("done", 1)
    path = receipt(env, code=1)
    equal((load(path)["job"], verdicts(env, path)[0]), ("done", "refuse"))
    path = receipt(env, "+33600000002", code=1)
    equal((load(path)["job"], verdicts(env, path)), ("refused", ("refuse", "consent-missing")))


# -- what a receipt holds


def test_a_receipt_is_whole_and_the_answer_is_masked(env):
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.set_attempts(NUMBER, "2026-11-04")
    given = {**GIVEN, "postcode": "67000", "vars": {"phone": NUMBER}}
    path = os.path.join(env.folder, "r.json")
    answer = env.ctl("explain", CAMPAIGN, NUMBER, "--at", OPEN, "--job", json.dumps(given), "--receipt", path, "--json")
    if HIDDEN in answer.out:
        raise Failure(answer.out)
    got = load(path)
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600)
    equal((got["receipt"], got["hash"]), ("licet-receipt-1", seal_of(got)))
    equal((answer.json["receipt_file"], answer.json["receipt_hash"]), (path, got["hash"]))
    contains(got["personal_data"], "personal data")
    equal((got["facts"]["number"], got["to"], json.loads(got["facts"]["job"])["vars"]), (NUMBER, "+3360000••••", {"phone": NUMBER}))
    same = {k: v for k, v in got.items() if k not in ("receipt", "personal_data", "hash", "facts")}
    equal({k: answer.json[k] for k in same}, same, "the answer says the same")
    rules = {r["rule"]: r for r in got["rules"]}
    equal(got["placed"], {"by": "postcode", "candidates": ["metropole", "alsace-moselle"], "postcode": "67000", "insee": None,
                          "place": "alsace-moselle", "zones": ["Europe/Paris"]})
    equal(rules["window"]["inputs"]["local"], [{"zone": "Europe/Paris", "date": "2026-11-24", "day": "Tuesday", "time": "10:30:00"}])
    equal(rules["window"]["inputs"]["hours"], ["mon-fri 10:00-13:00,14:00-20:00"])
    equal(rules["window"]["regimes"], [{"id": "fr-2026", "from": "2026-08-11", "to": None, "grade": "secondary"}])
    equal((rules["cap"]["inputs"]["counted"], rules["cap"]["inputs"]["days_of_number"]), (1, ["2026-11-04"]))
    equal(rules["consent"]["inputs"]["consents"][0]["until"], "2027-08-31")
    equal([(li["name"], li["mode"], li["meta"]) for li in rules["lists"]["inputs"]["lists"]],
          [("opposition", "required", True), ("opposition:acme", "if-present", False), ("anti-prospection", "if-present", True)])
    equal((got["facts"]["def"]["product"], got["facts"]["source"]["informed"]), ("toys", "notice-v2"))
    contains(got["exceptions"], "not for businesses")
    contains(env.ctl("explain", CAMPAIGN, NUMBER, "--at", OPEN, "--receipt", path, code=1).err, "File exists")
    equal(load(path), got, "no receipt is written over")
    contains(env.ctl("explain", CAMPAIGN, NUMBER, "--receipt", env.folder + "/no/r.json", code=1).err, "No such file")


def test_how_a_place_was_found(env):
    World(env).define()
    rows = [("0388123456", {}, "prefix", "alsace-moselle"), (NUMBER, {"postcode": "75001"}, "postcode", "metropole"),
            (NUMBER, {"insee": "67482"}, "insee", "alsace-moselle"), (NUMBER, {"postcode": "67000", "insee": "67482"}, "postcode and INSEE", "alsace-moselle"),
            ("0692123456", {"postcode": "75001"}, "united", "metropole+la-reunion"), (NUMBER, {"postcode": "97400"}, "united", "metropole+alsace-moselle+la-reunion"),
            (NUMBER, {"postcode": "75001", "insee": "97411"}, "united", "metropole+alsace-moselle+la-reunion"),
            (NUMBER, {"postcode": "00421"}, "unknown", ANYWHERE), (NUMBER, {"postcode": "75 001"}, "postcode", "metropole")]
    for number, address, by, place in rows:
        got = load(receipt(env, number, "--at", OPEN, **GIVEN, **address))
        equal((got["placed"]["by"], got["placed"]["place"], got["place"]), (by, place, place), f"{number} {address}")


def test_both_regimes_around_a_change(env):
    World(env).define(lists=("opposition", "bloctel"), at="2026-08-09T06:00:00Z")
    given = {"consent": {**CONSENT, "collected_at": "2026-08-01T10:12:00+02:00"}}
    path = receipt(env, NUMBER, "--at", "2026-08-10T11:00:00+02:00", **given)
    consent = next(r for r in load(path)["rules"] if r["rule"] == "consent")
    equal([r["id"] for r in consent["regimes"]], ["fr-2023", "fr-2026"])
    equal(verdicts(env, path), ("release", "allowed"))


def test_texts_that_are_no_utf_8(env):
    w = World(env).define()
    w.r.hset(w.p + "advertiser:acme", "name", "Soci\xe9t\xe9".encode("latin-1"))
    w.r.hset(w.p + "advertiser:acme", b"r\xe9f", "hex:00")
    path = receipt(env, NUMBER, "--at", OPEN, **GIVEN)
    equal(load(path)["facts"]["advertiser"]["name"], "hex:536f6369e974e9")
    equal(load(path)["facts"]["advertiser"]["hex:72e966"], "hex:6865783a3030")
    equal(verdicts(env, path), ("release", "allowed"))


# -- what does not stand


@full_speed
def test_one_fact_changed(env):
    """Whether or not the hash was made anew."""
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.set_attempts(NUMBER, "2026-11-01", "2026-11-02", "2026-11-03")
    got = load(receipt(env, NUMBER, "--at", OPEN, **GIVEN))
    changes = [("attempts", ["2026-11-20"] * 4, "cap-reached"), ("listed_on", "opposition", "opposed-platform"), ("cancelled", True, "cancelled"),
               ("marked", True, "duplicate"), ("halt_scope", "all", "halted"), ("registry_unknown", True, "facts-unknown"), ("brake", "rate-limit", "rate-limit"),
               ("at", "2026-11-24T04:00:00Z", "list-stale"), ("number", "0899123456", None), ("def", {**got["facts"]["def"], "product": "cars"}, "consent-scope"),
               ("lists", [], "list-missing"), ("job", got["facts"]["job"].replace("toys", "cars"), "consent-scope"), ("attempts", [], None)]
    path = os.path.join(env.folder, "changed.json")
    for name, value, reason in changes:
        changed = {**got, "facts": {**got["facts"], name: value}}
        result = verify(env, save(path, changed, seal=False), "--json", code=1).json
        equal(result["differences"][0]["at"], "hash", name)
        result = verify(env, save(path, changed), "--json", code=0 if name == "number" else 1).json
        if name == "number":
            continue  # the job has the number: its own copy is for jobs that cannot be read
        again = {d["at"]: d["again"] for d in result["differences"] if not d["at"].startswith("facts")}
        equal(result["confirmed"], False, name)
        equal(again.get("reason"), reason, name)
        if HIDDEN in json.dumps(result):
            raise Failure(result)
    for key, value in (("verdict", "hold"), ("reason", "listed"), ("until", OPEN), ("rule", "x"), ("next_lawful", None), ("place", "metropole")):
        result = verify(env, save(path, {**got, key: value}), "--json", code=1).json
        equal([d["at"] for d in result["differences"]], [key])
    rules = [{**r, "inputs": {**r["inputs"], "counted": 1}} if r["rule"] == "cap" else r for r in got["rules"]]
    result = verify(env, save(path, {**got, "rules": rules}), code=1)
    contains(result.out, "rules.cap.inputs.counted: the receipt says 1, judged again it is 3")
    rules = [{**r, "verdict": "refuse"} if r["rule"] == "halt" else r for r in got["rules"]]
    result = verify(env, save(path, {**got, "rules": rules}), "--lang", "fr", code=1)
    contains(result.out, 'rules.halt.verdict : le reçu dit "refuse", rejugé : "release"')


@full_speed
def test_one_byte_changed(env):
    World(env).define()
    path = receipt(env, NUMBER, "--at", OPEN, **GIVEN)
    with open(path, "rb") as file:
        text = file.read()
    changed = os.path.join(env.folder, "changed.json")
    for at in range(5, len(text), max(1, len(text) // 60)):
        if text[at:at + 1] in b" \n":
            continue  # space between values is no part of what is hashed
        with open(changed, "wb") as file:
            file.write(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
        result = verify(env, changed, code=1)
        if HIDDEN in result.out + result.err:
            raise Failure(repr(result))


def test_another_rulebook(env):
    World(env).define()
    path = receipt(env, NUMBER, "--at", OPEN, **GIVEN)
    with open(RULEBOOK, encoding="utf-8") as file:
        text = file.read()
    other = os.path.join(env.folder, "other.conf")
    with open(other, "w", encoding="utf-8") as file:
        file.write(text + "# the same law\n")
    result = verify(env, path, "--rulebook", other, code=1)
    contains(result.err, "judged by another rulebook: fr 2026-11-23, time zones ")
    equal(verify(env, path, "--rulebook", other, "--json", code=1).json["confirmed"], False)
    equal(env.run("verify", path, "--rulebook", RULEBOOK, "-c", CONF).code, 0)
    if not os.path.exists("/etc/licet/licet.conf"):
        equal(env.run("verify", path, "--rulebook", RULEBOOK).code, 0, "without any licet.conf")
    got = load(path)
    got["rulebook"]["hash"] = hashlib.sha256((text + "# the same law\n").encode()).hexdigest()
    contains(verify(env, save(path, got), code=1).err, "another rulebook")


@full_speed
def test_what_is_no_receipt(env):
    w = World(env).define()
    path = receipt(env, NUMBER, "--at", OPEN, **GIVEN)
    got = load(path)
    bad = os.path.join(env.folder, "bad.json")
    contains(verify(env, "/nonexistent.json", code=1).err, "No such file")
    contains(verify(env, env.folder, code=1).err, "Is a directory")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    rows = [("", "line 1, column 0"), ("[]", "expected an object"), ("{}", "receipt: expected a text"), ("{" * 5000, "expected JSON"), ("[" * 100000, "expected JSON"),
            ('{"a":1,"a":2}', "expected JSON"), ('{"receipt":"licet-receipt-1","x":1e999}', "expected JSON"), ("\0", "expected JSON"),
            ('{"receipt":"licet-receipt-1"}', "hash: expected a text"), ('{"receipt":"licet-receipt-9","hash":""}', "expected licet-receipt-1, not licet-receipt-9"),
            ('{"receipt":"a\\u001b[31m","hash":""}', "not a?[31m"), (text.replace('"toys"', "99999999999999999999", 1), "expected JSON")]
    rows += [(text[:n], "expected JSON") for n in range(1, len(text) - 3, len(text) // 25)]
    for content, part in rows:
        with open(bad, "w", encoding="utf-8") as file:
            file.write(content)
        result = verify(env, bad, code=1)
        equal((result.out, result.err.count("\n")), ("", 1), repr(result))
        contains(result.err, part)
    contains(env.run("verify", "-", "-c", CONF, stdin=b"x" * (4 * 1024 * 1024 + 1), code=1).err, "larger than")
    equal(env.run("verify", "-", "-c", CONF, stdin=text.encode()).code, 0)
    masked = env.ctl("explain", CAMPAIGN, NUMBER, "--at", OPEN, "--json", code=1).out
    with open(bad, "w", encoding="utf-8") as file:
        file.write(masked)
    contains(verify(env, bad, code=1).err, "numbers are masked in it")
    w.r.delete(w.key("def"))
    values = [None, True, 7, -1, 1.5, 9223372036854775807, "", "x", "hex:0", "hex:zz", "hex:00", [], [None], [7], ["x"], {}, {"x": 1}, [{"x": 1}], [{"name": 1}],
              [{"name": "a"}], [{"fault": "x"}], [{"fault": "field-missing"}], ["x"] * 40, {"a": None}, "9" * 100000, "2026-99-99T00:00:00Z"]
    for at, name in enumerate([*got["facts"], "new_fact"]):
        for value in values[at % 3::3]:  # a process each: every third is for another field
            changed = {**got, "facts": {**got["facts"], name: value}}
            result = verify(env, save(bad, changed), code=None)
            if result.code not in (0, 1):
                raise Failure(f"{name} = {value!r:.60}: {result!r}")
            if result.err and (f"facts.{name}" not in result.err or result.err.count("\n") != 1):
                raise Failure(f"{name} = {value!r:.60}: {result!r}")
        del changed["facts"][name]
        result = verify(env, save(bad, changed), code=0 if name == "new_fact" else 1)
    for key in got:
        for value in (None, 7, [], {}, "x", [{}]):
            result = verify(env, save(bad, {**got, key: value}, seal=key != "hash"), code=None)
            if result.code not in (0, 1) or (result.code == 0 and key not in ("text", "hint", "exceptions", "personal_data") and got[key] != value):
                raise Failure(f"{key} = {value!r}: {result!r}")


def test_use(env):
    for words, part in (((), "missing"), (("a", "b"), "too many"), (("a", "--lang", "de"), "--lang"), (("a", "--rulebok", "x"), "did you mean --rulebook?")):
        result = env.run("verify", *words, "-c", CONF, code=2)
        equal((result.out, result.err.count("\n")), ("", 1), repr(result))
        contains(result.err, part)


# -- French


def test_french(env):
    w = World(env).define()
    w.r.hset(w.p + "consent:acme", NUMBER, json.dumps({"consents": [CONSENT]}))
    path = os.path.join(env.folder, "fr.json")
    out = env.ctl("explain", CAMPAIGN, NUMBER, "--at", "2026-12-25T11:00:00+01:00", "--lang", "fr", "--receipt", path).out
    for part in ("le ven. 25 déc. 2026 11:00 Europe/Paris", "régime fr-2026, du 2026-08-11, sans fin", "tâche : aucune pour ce numéro", "… fenêtre", "attente",
                 "✓ consentement", "✓ pas avant", "Ce qui a été examiné", "horaires lun-ven 10:00-13:00", "jour férié Noël", "jour vendredi",
                 "Pas maintenant : jour férié (Noël) ; jusqu'au lun. 28 déc. 2026 10:00 Europe/Paris",
                 "Aucune exception n'est appliquée aux appels automatiques : ni entre professionnels", "Reçu : "):
        contains(out, part)
    for english in ("window", "consents", "what was", "Not now", "until", "release", "hold ", "Friday"):
        if english in out:
            raise Failure(f"{english!r} is in {out}")
    got = load(path)
    equal((got["lang"], got["text"]), ("fr", "jour férié"))
    contains(got["exceptions"], "ni pour la presse")
    contains(verify(env, path, "--lang", "fr").out, "Confirmé : le 2026-12-25T10:00:00Z, campagne acme.noel")
    contains(verify(env, path).out, 'Confirmed: at 2026-12-25T10:00:00Z, campaign acme.noel to +3360000•••• was "hold" (holiday, until 2026-12-28T09:00:00Z)')
    contains(env.ctl("explain", CAMPAIGN, "06 12", "--at", OPEN, "--lang", "fr", code=1).out, "Jamais, tâche incorrecte : numéro inexistant")
    w.r.hset(w.key("def"), "sector", "renewable-energy")
    contains(env.ctl("explain", CAMPAIGN, NUMBER, "--at", OPEN, "--lang", "fr").out, "secteur interdit (sector-banned)")
    equal(env.ctl_json("explain", CAMPAIGN, NUMBER, "--at", OPEN, "--lang", "fr")["rule"], "sector-banned", "codes stay codes")
