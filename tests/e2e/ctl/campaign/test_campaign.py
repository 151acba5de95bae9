"""licetctl campaign: put, pause, resume, stop, cancel and purge, each with a word on what is out still."""

import json
import os
import signal
import stat
import threading

from checks import fails, lines, misuse, shows, write
from harness import contains, equal, full_speed, wait_until
from world import BEFORE, CAMPAIGN, CONSENT, OPEN, World, job, start, start_ready

DEFINITION = ("advertiser acme purpose prospecting sector retail product toys delivery call message noel.wav message_seconds 25 "
              "synthetic_voice no caller_id +33162001234 source web-2026 route main status running").split()
DEFINITION += ["announces", "identity commercial opt-out", "opt_out", "+33805123456 key:9"]


def test_a_contact_number_that_may_be_gone_is_warned_of(env):
    w = World(env).define()
    env.daemon("--simulate", OPEN)
    w.wait_state()
    contains(shows(env, "campaign", "put", CAMPAIGN, "opt_out", "0612345678 key:9"), "stored, sound\n  warning: opt_out: a number of class mobile")
    contains(env.ctl_json("campaign", "show", CAMPAIGN)["warning"], "class mobile")
    contains(shows(env, "campaign", "show", CAMPAIGN), "warning: opt_out")
    wait_until(lambda: "class mobile" in w.state()["warning"], 10, "licetd to say so too")
    equal(w.state()["faults"], "")
    env.ctl("campaign", "put", CAMPAIGN, "opt_out", "+33805123456 key:9")
    wait_until(lambda: w.state()["warning"] == "", 10, "it to be gone")
    contains(env.ctl("campaign", "put", CAMPAIGN, "message_seconds", "120", code=1).out, "opt_out_at_seconds is missing")
    env.ctl("campaign", "put", CAMPAIGN, "message_seconds", "120", "opt_out_at_seconds", "12")
    contains(env.ctl("campaign", "put", CAMPAIGN, "announces", "opt-out commercial identity", code=1).out, "identity comes first")


def test_campaign_put(env):
    w = World(env).define()
    got = env.ctl_json("campaign", "put", "acme.new", *DEFINITION)
    equal(got, {"id": "acme.new", "stored": True, "faults": []})
    assert w.r.sismember(w.p + "campaigns", "acme.new")
    equal(w.r.hget(w.p + "campaign:acme.new:def", "announces"), "identity commercial opt-out")
    out = shows(env, "campaign", "put", "acme.new", "sectr", "retail", code=1)
    contains(out, "not stored")
    contains(out, "field-unknown: sectr, did you mean sector?")
    equal(w.r.hexists(w.p + "campaign:acme.new:def", "sectr"), False)
    got = env.ctl_json("campaign", "put", "acme.new", "sector", "renewable-energy", code=1)
    equal((got["stored"], got["faults"][0]["fault"]), (False, "sector-banned"))
    equal(env.ctl_json("campaign", "put", "acme.new", "rate", "5/s", "family", "f1")["stored"], True)
    equal(env.ctl_json("campaign", "put", "acme.new", "family", "")["stored"], True)
    equal(w.r.hmget(w.p + "campaign:acme.new:def", "rate", "family"), ["5/s", None], "an empty value takes a field away")
    contains(shows(env, "campaign", "put", "acme.new", "route", "nowhere", "--force"), "stored, 1 fault")
    equal([c["id"] for c in env.ctl_json("campaign", "list")], ["acme.new", CAMPAIGN])
    w.r.hset(w.p + "advertiser:aaa", mapping={"name": "Twin", "siren": "552100554", "caller_ids": "+33162001234", "country": "FR",
                                              "attempts_before": "none"})
    World(env, w.p, "aaa.twin").define(advertiser="aaa")
    contains(env.ctl("campaign", "put", CAMPAIGN, "rate", "6/s", code=1).out, "siren is that of advertiser aaa")
    for words in (("put",), ("put", "acme.new"), ("put", "acme.new", "rate"), ("put", "A", "rate", "5/s"), ("show",), ("list", "x"),
                  ("pause", CAMPAIGN, "x"), ("burn", CAMPAIGN), ("cancel", CAMPAIGN), ("cancel", CAMPAIGN, "x" * 129),
                  ("stop", CAMPAIGN, "--end", "--export", "f"), ("pause", CAMPAIGN, "--end"), ("show", CAMPAIGN, "--export", "f"),
                  ("stop", CAMPAIGN, "--force")):
        misuse(env, "campaign", *words)
    for verb in ("show", "pause", "resume", "stop", "purge"):
        contains(fails(env, "campaign", verb, "acme.noe"), "did you mean acme.noel?")
    contains(fails(env, "campaign", "cancel", "acme.noe", "1"), "did you mean acme.noel?")


def test_a_window_that_a_place_never_has(env):
    """Hours that no minute has in both zones of a place: told at put, and by one name everywhere."""
    w = start(env, OPEN, job(1), *[job(i, to=f"+26269200000{i}", postcode="75001") for i in (2, 3)])
    w.wait_stat("held.metropole+la-reunion", 2)
    done = env.ctl("campaign", "put", CAMPAIGN, "window", "mon-fri 18:00-19:30")
    contains(done.err, "acme.noel: its window never meets the lawful hours of metropole+la-reunion: 2 jobs there never go out")
    equal(env.ctl_json("campaign", "put", CAMPAIGN, "window", "mon-fri 18:00-19:30")["window_never"], [{"place": "metropole+la-reunion", "jobs": 2}])
    got = env.ctl_json("explain", CAMPAIGN, "+262692000002")
    equal((got["reason"], got["rule"], got["until"]), ("outside-campaign-hours", "the campaign's own window never meets the lawful hours there", None))
    equal(env.ctl_json("forecast", CAMPAIGN, "--rate", "300/h")["never"], {"outside-campaign-hours": 2})
    w.r.hset(w.key("def"), "end", "2030-01-01T00:00:00Z")  # later than any consent
    equal(env.ctl_json("forecast", CAMPAIGN, "--rate", "1/d")["never"], {"outside-campaign-hours": 2})
    w.wait_state(because="outside-campaign-hours")
    # Before they are anywhere: whoever queues a file is told how many.
    rows = ("to;postcode", "0612345611;75001", "0692000012;75001", "0692000013;97400", "0692000014;75001")
    path = write(env, "reunion.csv", *rows)
    done = env.ctl("enqueue", CAMPAIGN, path)
    contains(done.err, "acme.noel: its window never meets the lawful hours of metropole+la-reunion: 2 jobs there never go out")
    equal(env.ctl_json("enqueue", CAMPAIGN, path, "--again")["window_never"], [{"place": "metropole+la-reunion", "jobs": 2}])
    w.r.hdel(w.key("def"), "window")
    equal("its window" in env.ctl("enqueue", CAMPAIGN, path, "--again").err, False)


def test_campaign_life(env):
    w = start(env)
    w.push(*[job(i) for i in range(5)])
    w.wait_stat("ready", 5)
    token = w.take(2)[0]["token"]
    w.wait_stat("taken", 2)
    got = env.ctl_json("campaign", "show", CAMPAIGN)
    equal((got["definition"]["product"], got["faults"], got["queue"], got["counters"]["taken"]), ("toys", [], 0, 2))
    equal(got["balance"], {"intake": 5, "sum": 5, "holds": True})
    for part in ("voice", "retail", "intake 5 = 5", "ready"):
        contains(shows(env, "campaign", "show", CAMPAIGN), part)
    equal(env.ctl_json("campaign", "pause", CAMPAIGN),
          {"id": CAMPAIGN, "status": "paused", "ready": 0, "taken": 2, "waiting": 3, "acted": True, "daemon": True, "because": "", "until": ""})
    equal((w.take(), w.stat("held")), ([], 3))
    contains(shows(env, "campaign", "resume", CAMPAIGN), "running")
    w.wait_stat("ready", 3)
    contains(fails(env, "campaign", "purge", CAMPAIGN), "is running: stop it first")
    out = shows(env, "campaign", "stop", CAMPAIGN)
    contains(out, "0 ready, 2 taken (senders have them: calls may be ringing)")
    contains(out, "3 ended as campaign-ended")
    equal(w.stat("refused"), 3)
    contains(fails(env, "campaign", "purge", CAMPAIGN), "2 jobs taken")
    w.done(token)
    w.done(w.r.hkeys(w.p + "ready:main:lease")[0])
    w.wait_stat("done", 2)
    w.wait_state(state="stopped")
    contains(shows(env, "campaign", "purge", CAMPAIGN), "purged")
    equal(env.ctl_json("campaign", "list"), [])
    equal([k for k in w.r.scan_iter(w.key("*")) if not k.endswith(":state")], [])


def test_put_says_what_is_out(env):
    """Whatever senders would see: when the command returns, nothing of the old definition is ready."""
    w = start_ready(env, 5)
    equal(len(w.take(2)), 2)
    for fields, want in (({"window": "mon-fri 16:00-18:00"}, (0, 2)), ({"window": ""}, None), ({"end": "2026-11-24T10:00:00+01:00"}, (0, 2))):
        got = env.ctl_json("campaign", "put", CAMPAIGN, *[x for pair in fields.items() for x in pair])
        equal((got["stored"], got["acted"], got["daemon"]), (True, True, True))
        if want is None:
            w.wait_stat("ready", 3)
        else:
            equal((got["ready"], got["taken"]), want, str(fields))
    contains(shows(env, "campaign", "put", CAMPAIGN, "rate", "5/s"), "0 ready, 2 taken (senders have them: calls may be ringing)")
    w.daemon.stop()
    result = env.ctl("campaign", "put", CAMPAIGN, "message", "other.wav")
    contains(result.err, "no licetd answers")
    w.balance()


def test_pause_says_what_is_out(env):
    w = start_ready(env, 6)
    equal(len(w.take(2)), 2)
    got = env.ctl_json("campaign", "pause", CAMPAIGN)
    equal((got["status"], got["ready"], got["taken"], got["waiting"], got["acted"]), ("paused", 0, 2, 4, True))
    contains(shows(env, "campaign", "pause", CAMPAIGN), "0 ready, 2 taken (senders have them: calls may be ringing), 4 waiting")
    w.r.hset(w.key("def"), "window", "mon-fri 16:00-18:00")
    out = shows(env, "campaign", "resume", CAMPAIGN)
    wait_until(lambda: "outside-campaign-hours" in shows(env, "campaign", "resume", CAMPAIGN), 10, lambda: out)
    equal(env.ctl_json("campaign", "resume", CAMPAIGN)["until"], "2026-11-24T15:00:00Z")
    w.balance()


def test_pause_without_a_daemon_is_honest(env):
    w = start_ready(env, 3)
    w.daemon.stop()
    result = env.ctl("campaign", "pause", CAMPAIGN)
    contains(result.out, "3 ready (no sender gets them any more)")
    contains(result.err, "no licetd answers")
    equal(w.take(), [], "that is true")
    got = env.ctl_json("campaign", "pause", CAMPAIGN)
    equal((got["acted"], got["daemon"]), (False, False))
    # One that runs and does not act.
    w.daemon = env.daemon("--simulate", OPEN)
    env.ctl("campaign", "resume", CAMPAIGN)
    w.daemon.signal(signal.SIGSTOP)
    result = env.ctl("campaign", "pause", CAMPAIGN)
    contains(result.err, "has not acted within 3 s")
    w.daemon.signal(signal.SIGCONT)
    w.wait_state(state="paused")


def test_stop_ends_what_waits(env):
    w = start(env, OPEN, *[job(i) for i in range(8)], job("l", "0612000001", not_before="2026-11-25T11:00:00+01:00"), route={"backlog": 3})
    w.wait_stat("ready", 3)
    w.wait_stat("later", 1)
    w.take(1)
    got = env.ctl_json("campaign", "stop", CAMPAIGN)
    equal((got["status"], got["ready"], got["taken"], got["waiting"], got["ended"], got["exported"], got["acted"]),
          ("stopped", 0, 1, 0, 8, None, True))
    equal(w.balance()["refused.campaign-ended"], 8)
    equal(env.ctl_json("requeue", CAMPAIGN, "--reason", "campaign-ended")["requeued"], 8)
    env.ctl("campaign", "resume", CAMPAIGN)
    w.wait_stat("intake", 9)
    w.balance()


def test_export_before_anything_ends(env):
    raw = '{"id":"r",\n "to":"0600000050", "consent":' + json.dumps(CONSENT) + ',"vars":{"x":1.50}}'
    w = start(env, OPEN, *[job(i) for i in range(5)], job("m", "0692 00 00 01"), raw, job("l", "0612000001", not_before="2026-11-25T11:00:00+01:00"))
    w.wait_stat("ready", 6)
    w.take(1)
    path = os.path.join(env.folder, "rest.jsonl")
    got = env.ctl_json("campaign", "stop", CAMPAIGN, "--export", path)
    equal((got["exported"], got["ended"], got["taken"], got["waiting"]), (7, 7, 1, 0))
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600)
    equal(os.listdir(env.folder).count("rest.jsonl.part"), 0)
    all_ = lines(path)
    equal({j["job"]["id"] for j in all_}, {f["id"] for _, f in w.r.xrange(w.key("refused"))})
    by_id = {j["job"]["id"]: j for j in all_}
    equal((by_id["l"]["state"], by_id["l"]["due"], by_id["m"]["place"], by_id["r"]["job"]),
          ("later", "2026-11-25T10:00:00Z", "la-reunion", json.loads(raw)))
    w.balance()
    contains(fails(env, "campaign", "stop", CAMPAIGN, "--export", path), "is there already: nothing was changed")
    contains(fails(env, "campaign", "stop", CAMPAIGN, "--export", "/no/such/folder/x"), "nothing was changed")
    # What was written can be queued again, as it is.
    again = World(env, w.p, "acme.again").define()
    with open(path, encoding="utf-8") as f:
        jobs = "".join(json.dumps(json.loads(line)["job"]) + "\n" for line in f)
    env.ctl("enqueue", "acme.again", "-", stdin=jobs.encode())
    again.wait_intake(7)


@full_speed
def test_export_that_fails_ends_nothing(env):
    count = 20000
    w = start(env, BEFORE)
    for i in range(0, count, 1000):
        w.push(*[job(k, f"+3361{k:07d}") for k in range(i, i + 1000)])
    w.wait_stat("held", count, 20)
    w.daemon.stop()
    path = os.path.join(env.folder, "rest.jsonl")
    contains(fails(env, "campaign", "stop", CAMPAIGN, "--export", path), "no licetd answers: nothing was exported")
    equal((w.r.hget(w.key("def"), "status"), os.path.exists(path)), ("paused", False))
    env.daemon("--simulate", BEFORE)
    # Jobs that come all the time: what is in the file would not be all that ends.
    pushed, stop = [], threading.Event()

    def push():
        while not stop.wait(0.001):
            pushed.append(job(f"p{len(pushed)}", f"+3362{len(pushed):07d}"))
            w.push(pushed[-1])
    thread = threading.Thread(target=push)
    thread.start()
    try:
        wait_until(lambda: len(pushed) > 20, 10, "jobs to come")
        result = env.ctl("campaign", "stop", CAMPAIGN, "--export", path, code=None)
    finally:
        stop.set()
        thread.join()
    equal(result.code, 1, repr(result))
    contains(result.err, "jobs came or moved all the time")
    equal((w.r.hget(w.key("def"), "status"), os.path.exists(path), os.path.exists(path + ".part"), w.stat("refused")), ("paused", False, False, 0))
    w.wait_intake(count + len(pushed))
    equal(env.ctl_json("campaign", "stop", CAMPAIGN, "--export", path)["exported"], count + len(pushed))
    equal(len({j["job"]["id"] for j in lines(path)}), count + len(pushed))
    w.wait_stat("refused.campaign-ended", count + len(pushed), 30)
    w.balance()


def test_cancel_while_ready(env):
    """SADD is enough: no sender needs to come for it."""
    w = start_ready(env, 5)
    w.r.sadd(w.key("cancel"), "2", "4")
    equal([j["id"] for j in w.take(1)], ["0"])
    w.wait_stat("cancelled", 2)
    w.wait_stat("taken", 1)
    equal(w.reasons(), {"2": "cancelled", "4": "cancelled"})
    equal((w.stat("ready"), w.attempts("+33600000002"), w.balance()["cancelled"]), (2, [], 2))
    equal(sorted(j["id"] for j in w.take()), ["1", "3"])
    # Paused and cancelled in one breath: it is over, not held.
    w.push(job(8), job(9))
    w.wait_stat("ready", 2)
    w.r.hset(w.key("def"), "status", "paused")
    w.r.sadd(w.key("cancel"), "9")
    w.wait_stat("held", 1)
    env.ctl("campaign", "resume", CAMPAIGN)
    equal([j["id"] for j in w.wait_taken(1)], ["8"])
    w.wait_stat("cancelled", 3)
    w.balance()


def test_cancel_says_where_it_was(env):
    w = start(env, "2026-11-24T18:00:00+01:00", *[job(i) for i in range(4)], job("h", "0692 00 00 01"),
              job("l", "0612000001", not_before="2026-11-25T11:00:00+01:00"), job("d", "0612000002"))
    w.wait_stat("ready", 5)
    w.wait_stat("held", 1)
    got = {j["id"]: j for j in w.take(2) + w.take(3)}
    w.done(got["1"]["token"], "answered")
    w.wait_stat("done", 1)
    w.push(job("r", "0612000003"))
    w.wait_stat("ready", 1)
    result = env.ctl_json("campaign", "cancel", CAMPAIGN, "r", "h", "l", "0", "1", "nope", code=1)
    by_id = {j["id"]: j for j in result["jobs"]}
    equal({i: (j["was"], j["now"], j["cancelled"], j["out"]) for i, j in by_id.items()},
          {"r": ("ready", "refused", True, False), "h": ("held", "held", True, False), "l": ("later", "later", True, False),
           "0": ("taken", "taken", False, True), "1": ("done", "done", False, False), "nope": ("none", "none", False, False)})
    equal((w.stat("ready"), w.stat("cancelled"), by_id["h"]["detail"], by_id["1"]["detail"]), (0, 1, "la-reunion", "answered"))
    out = shows(env, "campaign", "cancel", CAMPAIGN, "r", "h", "0", "1", "nope", code=1)
    for part in ("r: was cancelled before", "h: cancelled; held la-reunion: it ends when it is met", "0: NOT cancelled: it is out, s1 has it",
                 "1: NOT cancelled: it is over already, done, answered", "nope: no such job"):
        contains(out, part)
    equal(env.ctl_json("campaign", "cancel", CAMPAIGN, "h")["jobs"][0]["cancelled"], True, "exit 0")
    w.push(job("nope", "0612000004"))
    w.wait_stat("cancelled", 2)
    w.balance()


def test_cancelled_retry_is_not_tried(env):
    w = World(env).define(retry="busy:1m")
    w.push(job(1))
    env.daemon("--simulate", OPEN, "--speed", "60")
    token = w.wait_taken(1)[0]["token"]
    equal(env.ctl_json("campaign", "cancel", CAMPAIGN, "1", code=1)["jobs"][0]["now"], "taken")
    w.done(token, "busy")
    w.wait_stat("cancelled", 1)
    equal(w.balance()["later"], 0)


def test_cancel_without_a_daemon(env):
    w = start_ready(env, 2)
    w.daemon.stop()
    result = env.ctl("campaign", "cancel", CAMPAIGN, "1")
    contains(result.out, "1: cancelled; ready, but no sender gets it any more")
    contains(result.err, "no licetd answers")
    equal([j["id"] for j in w.take()], ["0"])
