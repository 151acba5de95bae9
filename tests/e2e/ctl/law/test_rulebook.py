"""licetctl rulebook: the law by date, and what a change of it means for what waits."""

import json
import os

from harness import ROOT, Failure, contains, equal
from world import CONSENT, UNPLACED, World, job

RULEBOOK = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")
CHANGE = "2026-08-11"


def rulebook(env, *changes):
    """The shipped rulebook with some texts replaced, in the second of its regimes only."""
    with open(RULEBOOK, encoding="utf-8") as file:
        text = file.read()
    at = text.index('id = "fr-2026";')
    head, tail = text[:at], text[at:]
    for old, new in changes:
        if old not in tail:
            raise Failure(f"{old!r} is not in the second regime")
        tail = tail.replace(old, new, 1)
    path = os.path.join(env.folder, "fr.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + tail)
    env.write_conf(f'rulebook = "{path}";\n')


def diff(env, day=CHANGE, *words):
    return env.ctl_json("rulebook", "diff", "--on", day, *words)


def fields(got):
    return {d["field"]: (d["before"], d["after"]) for d in got["differences"]}


# -- without Redis


def test_the_change_of_august(env):
    got = diff(env, CHANGE, "--offline")
    equal((got["on"], got["changes"], got["both_bind"]), (CHANGE, True, ["2026-08-10", "2026-08-11"]))
    equal([(r["id"], r["to"], r["grade"]) for r in got["ends"]], [("fr-2023", CHANGE, "primary")])
    equal([(r["id"], r["from"], r["to"], r["grade"]) for r in got["begins"]], [("fr-2026", CHANGE, None, "secondary")])
    values = {k: v for k, v in fields(got).items() if "article" not in k}
    equal(values, {"grade": ("primary", "secondary"), "lists.bloctel.mode": ("required", "unused"),
                   "lists.bloctel.max_age_days": ("30", None)})
    equal(got["same"], ["hours", "holidays", "consent", "cap", "refusal", "sectors"])
    equal(fields(got)["consent.article"][0], "L34-5 CPCE")
    equal(got["effect"], {"looked": False, "why": "--offline"})
    out = env.ctl("rulebook", "diff", "--on", CHANGE, "--offline").out
    for part in ("Regime fr-2023 ends: its last day is 2026-08-10", "Regime fr-2026 begins on 2026-08-11 (read in quotations)",
                 "Within 24 hours of a change both bind and the stricter wins; local dates: 2026-08-10 and 2026-08-11.",
                 "List bloctel is: until 2026-08-10, required; from 2026-08-11 on, unused.",
                 "The same on both days: hours, holidays, consent", "left out (--offline)"):
        contains(out, part)


def test_french(env):
    out = env.ctl("rulebook", "diff", "--on", CHANGE, "--offline", "--lang", "fr").out
    for part in ("Le régime fr-2023 prend fin : son dernier jour est le 2026-08-10",
                 "La liste bloctel est : jusqu'au 2026-08-10, obligatoire ; à partir du 2026-08-11, inutilisée.",
                 "Inchangé : horaires, jours fériés, consentement, plafond, refus, secteurs.", "n'ont pas été examinées"):
        contains(out, part)
    for part in ("lun-ven 10:00-13:00", "60 jours de silence", "si présente, 31 jours au plus"):
        contains(env.ctl("rulebook", "show", "--lang", "fr").out, part)
    contains(env.ctl("rulebook", "diff", "--on", "2026-08-12", "--lang", "fr").out, "Rien ne change le 2026-08-12.")


def test_days_without_a_change(env):
    got = diff(env, "2026-08-12")
    equal((got["changes"], got["begins"], got["ends"], got["differences"], "effect" in got), (False, [], [], [], False))
    equal((got["binds_the_day_before"], got["binds"]), (["fr-2023", "fr-2026"], ["fr-2026"]))
    contains(env.ctl("rulebook", "diff", "--on", "2026-11-24").out, "Nothing changes on 2026-11-24.")


def test_holidays_have_years_of_their_own(env):
    equal(fields(diff(env, "2025-01-01")), {"holidays.Fête de l'autonomie": ("yes", "no"), "holidays.Matari'i": ("no", "yes")})
    got = fields(diff(env, "2029-01-01"))
    equal(got["holidays.Aïd el-Fitr.known"], ("yes", "no"))
    equal(len(got), 4, "the four feasts of Mayotte")
    contains(env.ctl("rulebook", "diff", "--on", "2029-01-01").out, "(Miradj, mayotte): until 2028-12-31, yes")


def test_the_first_day_of_all(env):
    got = diff(env, "2023-03-01", "--offline")
    equal((fields(got), got["ends"], [r["id"] for r in got["begins"]]), ({"law": ("no", "yes")}, [], ["fr-2023"]))


def test_every_field_is_compared(env):
    rulebook(env, ('hours = "mon-fri 10:00-13:00,14:00-20:00"', 'hours = "mon-thu 10:00-13:00; fri 10:00-12:00"'),
             ('name = "anti-prospection"; mode = "if-present"; max_age_days = 31', 'name = "anti-prospection"; mode = "required"; max_age_days = 15'),
             ('{ name = "bloctel"; mode = "unused"', '{ name = "robinson"; mode = "required"; max_age_days = 7; article = "x"; },\n{ name = "bloctel"; mode = "unused"'),
             ('mentions = [ "identity", "choice"', 'mentions = [ "identity", "object", "choice"'),
             ('bases = [ "L223-1", "L34-5" ]', 'bases = [ "L223-1" ]'), ('"ticked-box", "signature", "recorded" ]', '"signature" ]'),
             ("slot_minutes = 15", "slot_minutes = 30"),
             ("max_age_days = 365", "max_age_days = 180"), ("product_match = true", "product_match = false"),
             ("cap = { attempts = 4; days = 30", "cap = { attempts = 3; days = 60"), ("refusal = { days = 60", "refusal = { days = 90"),
             ('{ names = [ "cpf" ]; status = "banned"', '{ names = [ "cpf" ]; status = "unapproved"'),
             ('"public", "other" ]', '"public", "pets" ]'))
    got = fields(diff(env, CHANGE, "--offline"))
    want = {"hours": ("mon-fri 10:00-13:00,14:00-20:00", "mon-thu 10:00-13:00; fri 10:00-12:00"),
            "lists.anti-prospection.mode": ("if-present", "required"), "lists.anti-prospection.max_age_days": ("31", "15"),
            "lists.robinson.mode": ("unused", "required"), "lists.robinson.article": (None, "x"),
            "consent.mentions": ("identity, choice, period, withdrawal, proof", "identity, object, choice, period, withdrawal, proof"),
            "consent.bases": ("L223-1, L34-5", "L223-1"), "consent.acts": ("ticked-box, signature, recorded", "signature"),
            "consent.slot_minutes": ("15", "30"), "consent.max_age_days": ("365", "180"), "consent.product_match": ("yes", "no"), "cap.attempts": ("4", "3"),
            "cap.days": ("30", "60"), "refusal.days": ("60", "90"), "sectors.cpf.status": ("banned", "unapproved"),
            "sectors.other.status": ("allowed", None), "sectors.pets.status": (None, "allowed")}
    equal({k: got.get(k) for k in want}, want)
    equal(diff(env, CHANGE, "--offline")["same"], ["holidays"])
    contains(env.ctl("rulebook", "diff", "--on", CHANGE, "--offline").out, "The hours are: until 2026-08-10, mon-fri 10:00-13:00")


def test_overrides_are_named(env):
    env.write_conf('list_overrides = [ "bloctel=required" ];')
    equal(diff(env, CHANGE, "--offline")["list_overrides"], ["bloctel=required"])
    contains(env.ctl("rulebook", "diff", "--on", CHANGE, "--offline").out, "list_overrides of its own: bloctel=required")


def test_show(env):
    got = env.ctl_json("rulebook", "show")
    equal([(r["id"], r["from"], r["to"]) for r in got["regimes"]], [("fr-2023", "2023-03-01", CHANGE), ("fr-2026", CHANGE, None)])
    equal(got["regimes"][1]["sectors"]["cpf"], "banned")
    equal(got["regimes"][0]["lists"][2]["mode"], "required")
    contains(env.ctl("rulebook", "show").out, "from 2023-03-01 to 2026-08-10")


def test_bad_use(env):
    for words, part in (((), "missing"), (("list",), "rulebook has no list"), (("diff", "--on", "yesterday"), "--on must be a date"),
                        (("diff", "--on", "2026-02-30"), "--on must be a date"), (("diff", "x"), "too many"), (("diff", "--lang", "de"), "--lang"),
                        (("show", "--on", CHANGE), "--on belongs to diff")):
        result = env.ctl("rulebook", *words, code=2)
        equal((result.out, result.err.count("\n")), ("", 1), repr(result))
        contains(result.err, part)


def test_the_next_change_is_the_default(env):
    env.prefix = "licet-sim:"
    for now, code in ((1786352400000, 0), (1795510800000, 1)):  # 2026-08-10, 2026-11-24
        env.redis.hset(env.prefix + "clock", mapping={"sim_base_ms": now, "real_base_ms": 0, "speed": 0})
        result = env.ctl("rulebook", "diff", code=code)
        contains(result.out + result.err, "begins on 2026-08-11" if code == 0 else "no change after today")


def test_without_redis_it_says_so(env):
    env.redis  # pylint: disable=pointless-statement
    env.server.kill()
    got = diff(env)
    equal(got["effect"]["looked"], False)
    contains(got["effect"]["why"], "Redis at ")
    equal(len(got["begins"]), 1)


# -- what waits


def hold(w, *jobs, place=UNPLACED):
    """As the daemon holds them."""
    w.r.rpush(w.key("held:" + place), *[json.dumps(j) for j in jobs])
    w.r.hincrby(w.key("stats"), "held." + place, len(jobs))


def test_what_waits_on_a_simulated_day(env):
    """Seen the day before the change: counted by the reason of the law that says no."""
    rulebook(env, ('mentions = [ "identity", "choice"', 'mentions = [ "identity", "object", "choice"'),
             ("cap = { attempts = 4; days = 30", "cap = { attempts = 1; days = 30"))
    w = World(env).define(lists=("opposition", "bloctel"), at="2026-08-09T06:00:00Z")
    w.r.hset(w.p + "clock", mapping={"sim_base_ms": 1786352400000, "real_base_ms": 0, "speed": 0})  # 2026-08-10T09:00:00Z
    w.r.sadd(w.p + "list:bloctel", "+33600000002")
    w.r.sadd(w.p + "list:opposition", "+33600000003")
    w.set_attempts("+33600000005", "2026-08-05")
    w.set_attempts("p:p-6", "2026-08-05")
    old = {**CONSENT, "collected_at": "2026-08-01T10:00:00+02:00"}
    full = {**old, "form": ["object", *CONSENT["form"]]}
    hold(w, job(1, consent=old), job(2, consent=full), job(3, consent=full), job(4, consent=None), job(5, consent=full),
         job(6, person="p-6", consent=full), job(7, consent=full), {"id": "8", "to": "hello"})
    hold(w, job(9, "0692123456", consent=old), place="la-reunion")
    for number, record in (("4", {"consents": [old]}), ("7", {"consents": [full, old]}),
                           ("8", {"consents": [old], "withdrawn_ms": 1786000000000})):
        w.r.hset(w.p + "consent:acme", "+3360000000" + number, json.dumps(record))
    w.r.hset(w.p + "consent:acme", "+33600000009", "no record")
    got = diff(env)["effect"]
    equal(got["consents"], {"looked": 4, "becomes_lawful": {"count": 0, "reasons": {}},
                            "ceases_to_be": {"count": 2, "reasons": {"consent-form": 2}}})
    equal(got["at"], "2026-08-11T12:00:00Z")
    equal(got["held"], {"looked": 8, "becomes_lawful": {"count": 1, "reasons": {"listed": 1}},
                        "ceases_to_be": {"count": 5, "reasons": {"consent-form": 3, "cap-reached": 2}}})
    out = env.ctl("rulebook", "diff", "--on", CHANGE).out
    for part in ("Held jobs: 8 looked at.", "1 lawful under the new law and not under the old (listed 1).",
                 "5 lawful under the old law and not under the new (consent-form 3, cap-reached 2)."):
        contains(out, part)
    contains(env.ctl("rulebook", "diff", "--on", CHANGE, "--lang", "fr").out, "Tâches en attente : 8 examinés.")


def test_a_sector_that_is_banned(env):
    rulebook(env, ('{ names = [ "retail", "toys"', '{ names = [ "toys"'), ('{ names = [ "cpf" ]', '{ names = [ "cpf", "retail" ]'))
    w = World(env).define(at="2026-08-09T06:00:00Z", lists=("opposition", "bloctel"))
    w.r.hset(w.p + "clock", mapping={"sim_base_ms": 1786352400000, "real_base_ms": 0, "speed": 0})
    hold(w, *[job(i, consent={**CONSENT, "collected_at": "2026-08-01T10:00:00+02:00"}) for i in range(1, 1203)])
    equal(diff(env)["effect"]["held"]["ceases_to_be"], {"count": 1202, "reasons": {"campaign-rejected": 1202}})
