"""The page for people, as a browser shows it: each view, both languages, a window that opens meanwhile; and what it may not do."""

import datetime
import gzip
import http.client
import json
import os
import re
import socket
import time
import urllib.request

from harness import Failure, contains, equal, free_port, full_speed, own_target, wait_until
from world import OPEN, World, job

CAMPAIGNS = ("acme.noel", "acme.paused", "acme.wrong", "acme.reunion", "acme.over")
NIGHT = "2026-11-24T09:59:30+01:00"


def get(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    reply = connection.getresponse()
    return reply.status, dict(reply.getheaders()), reply.read()


def scene(env, at=OPEN, **options):
    port = free_port()
    env.write_conf(f"metrics_port = {port};\n", **options)
    w = World(env).define()
    for name in CAMPAIGNS[1:]:
        World(env, campaign=name).define(**{"acme.paused": {"status": "paused"}, "acme.wrong": {"sector": "nonsense"}, "acme.over": {"status": "stopped"}}.get(name, {}))
    w.port, w.daemon = port, env.daemon("--simulate", at)
    return w


def state(w):
    return json.loads(get(w.port, "/state.json")[2])


def lively(env, at=OPEN):
    w = scene(env, at)
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition", "+33600000009", "web", "no")
    w.push(*[job(i) for i in range(1, 10)], {"id": "bad"}, job(20, consent=None))
    World(env, campaign="acme.reunion").push(job(21, to="+262692000021", postcode="97400"))
    return w


def test_what_it_reads(env):
    w = lively(env)
    w.wait_stat("ready", 8)
    wait_until(lambda: any(c["id"] == w.c and c.get("ready") == 8 for c in state(w)["campaigns"]), 10, lambda: state(w))
    got = state(w)
    equal({c["id"]: (c["state"], c["need"]) for c in got["campaigns"]}["acme.wrong"], ("rejected", "act"))
    equal({c["id"]: c["need"] for c in got["campaigns"]}["acme.paused"], "paused")
    places = {p["place"]: p for p in got["places"]}
    equal((places["metropole"]["open"], places["metropole"]["zone"], places["la-reunion"]["why"]), (True, "Europe/Paris", "outside-hours"))
    wait_until(lambda: [x["list"] for x in state(w)["lists"]][:1] == ["opposition"], 10, lambda: state(w)["lists"])
    equal([r["route"] for r in got["routes"]], ["main"])
    one = wait_until(lambda: [x for x in [json.loads(get(w.port, f"/campaign/{w.c}.json")[2])] if x["stats"].get("refused.opposed-platform")], 10, "the refusal")[0]
    equal((one["stats"]["refused.opposed-platform"], one["campaign"]["product"]), (1, "toys"))
    def held():
        return [(p["place"], p["held"]) for p in json.loads(get(w.port, "/campaign/acme.reunion.json")[2])["places"]]
    wait_until(lambda: held() == [("la-reunion", 1)], 10, held)
    days = json.loads(get(w.port, "/calendar/2027.json")[2])["territories"]
    equal({"metropole", "alsace-moselle", "la-reunion", "mayotte", "saint-martin"} - {t["territory"] for t in days}, set())
    contains(json.dumps([t for t in days if t["territory"] == "alsace-moselle"]), "2027-03-26")
    equal(json.loads(get(w.port, "/reasons.json")[2])["holiday"]["fr"], "jour férié")
    for path in ("/campaign/nobody.json", "/campaign/.json", "/calendar/27.json", "/calendar/9999.json", "/calendar/x.json", "/state2.json", "/nothing", "/page.js/", "/.json",
                 "/campaign/" + "a" * 200 + ".json", "/../page.js", "/campaign/%00.json"):
        equal(get(w.port, path)[0], 404, path)


def test_the_forecast_is_licetctls(env):
    """The end, its band and its days are those that the command tells; closed days are named."""
    w = scene(env, "2026-12-22T10:30:00+01:00")
    w.r.hset(w.p + "list-meta:opposition", "refreshed_at", "2026-12-22T06:00:00Z")
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": "5"})
    w.r.hset(w.key("hours"), mapping={f"2026-12-21T{h:02d}Z:released": n for h, n in ((9, 90), (10, 150), (13, 100), (14, 110))})
    w.push(*[job(i) for i in range(2000)])
    w.wait_stat("held", 1995)
    # licetd knows that all was taken in: what it reckons is kept for a while.
    wait_until(lambda: any(c["id"] == w.c and c["because"] == "route-full" for c in state(w)["campaigns"]), 10, lambda: state(w))
    got, said = json.loads(get(w.port, f"/forecast/{w.c}.json")[2]), env.ctl_json("forecast", w.c)
    equal((got["rate_from"], got["hours"], said["lately"]["hours"]), ("history", 4, 4))
    for mine, theirs in (("finish", said["finish"]), ("early", said["band"]["early"]), ("late", said["band"]["late"])):
        a, b = (datetime.datetime.fromisoformat(x.replace("Z", "+00:00")) for x in (got[mine], theirs))
        # Each at its own instant, while nothing goes out.
        assert abs((a - b).total_seconds()) <= 40, (mine, got[mine], theirs)
    equal(got["early"] < got["finish"] < got["late"], True)
    closed = {d["date"]: d["closed"] for d in got["days"] if d["closed"]}
    equal((closed["2026-12-25"], closed["2026-12-26"], closed.get("2026-12-27", "weekend")), ("Noël", "Saint-Étienne", "weekend"))
    equal([d["date"] for d in said["days"]], [d["date"] for d in got["days"] if d["released"]])
    equal(sum(d["released"] for d in got["days"]), 1995)
    equal([json.loads(get(w.port, f"/forecast/{c}.json")[2])["blocked"] for c in (w.c, "acme.paused", "acme.wrong")], [False, True, True])
    for path in ("/forecast/nobody.json", "/forecast/.json"):
        equal(get(w.port, path)[0], 404, path)


def test_how_it_answers(env):
    w = scene(env)
    for path, kind in (("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")):
        status, headers, body = get(w.port, path)
        equal(status, 200)
        contains(headers["Content-Type"], kind)
        contains(headers["Content-Security-Policy"], "default-src 'none'")
        equal((headers["X-Content-Type-Options"], "Set-Cookie" in headers), ("nosniff", False))
        status, packed, bytes_ = get(w.port, path, **{"Accept-Encoding": "gzip, br"})
        equal((packed["Content-Encoding"], gzip.decompress(bytes_)), ("gzip", body))
        equal(get(w.port, path, **{"If-None-Match": headers["ETag"]})[0::2], (304, b""))
    assert sum(len(get(w.port, p)[2]) for p in ("/", "/page.js", "/page.css")) < 60 * 1024
    for method in ("POST", "PUT", "DELETE"):
        request = urllib.request.Request(f"http://127.0.0.1:{w.port}/state.json", method=method)
        try:
            urllib.request.urlopen(request, timeout=10)
            raise Failure(method + " was answered")
        except urllib.error.HTTPError as error:
            equal(error.code >= 400, True)


def test_at_a_socket(env):
    path = os.path.join(env.folder, "page.sock")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)  # of a daemon that was killed
    env.write_conf(f'web_socket = "{path}";\n')
    World(env).define()
    daemon = env.daemon("--simulate", OPEN)
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(path)
        s.sendall(b"GET /state.json HTTP/1.0\r\nHost: x\r\n\r\n")
        answer = b""
        while True:
            more = s.recv(65536)
            if not more:
                break
            answer += more
    contains(answer.decode(), '"campaigns":')
    equal(os.stat(path).st_mode & 0o777, 0o660)
    daemon.stop()
    equal(os.path.exists(path), False)
    with open(path, "w", encoding="ascii") as f:
        f.write("somebody's file")
    daemon = env.daemon("--simulate", OPEN)
    contains(daemon.log(), "going on without")
    equal(os.path.getsize(path), 15)


@full_speed
def test_many_look(env):
    """However many look, Redis is asked what one would ask; who is slow or idle is in nobody's way."""
    w = scene(env)
    idle = []
    for _ in range(100):
        s = socket.create_connection(("127.0.0.1", w.port), timeout=10)
        s.sendall(b"GET /state.json HTTP/1.1\r\nHost")
        idle.append(s)
    # licetd has begun, and read what there is.
    wait_until(lambda: len(state(w)["campaigns"]) == 5 and all(c["state"] for c in state(w)["campaigns"]) and state(w)["lists"], 10, lambda: state(w))

    def readings():
        return w.r.info("commandstats")["cmdstat_fcall_ro"]["calls"]
    before, began = readings(), time.monotonic()
    for _ in range(60):
        equal(get(w.port, "/state.json")[0], 200)
    asked, seconds = readings() - before, time.monotonic() - began
    # One a second for those who look, and the readings of licetd itself.
    assert asked < 30 + 3 * seconds, f"sixty looks in {seconds:.1f} s asked {asked} times"
    w.push(job(1))
    equal(len(w.wait_taken(1)), 1)
    for s in idle:
        s.close()


# -- in a browser


def browser(language="en-GB", width=1280, height=900, dark=False):
    from selenium import webdriver  # pylint: disable=import-outside-toplevel
    from selenium.webdriver.chrome.service import Service  # pylint: disable=import-outside-toplevel
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={width},{height}", f"--lang={language}",
                 f"--accept-lang={language}", *(["--blink-settings=preferredColorScheme=0"] if dark else [])):
        options.add_argument(word)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    b = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    b.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    return b


def shown(b, w, hash_, what, shot=None):
    """Go there, and wait until it is drawn with that text."""
    b.get(f"http://127.0.0.1:{w.port}/#/{hash_}")
    wait_until(lambda: what in b.execute_script("return document.body.innerText"), 15, lambda: f"{what!r} in {b.execute_script('return document.body.innerText')[:3000]}")
    if os.environ.get("LICET_SHOTS") and shot:
        b.save_screenshot(os.path.join(os.environ["LICET_SHOTS"], shot + ".png"))
    return b.execute_script("return document.body.innerText")


def quiet(b, w):
    """No error, no request to elsewhere, nothing wider than the window."""
    equal([e for e in b.get_log("browser") if e["level"] == "SEVERE" and not re.search("favicon|nobody.json", e["message"])], [])
    asked = [m["params"]["request"]["url"] for m in (json.loads(e["message"])["message"] for e in b.get_log("performance")) if m["method"] == "Network.requestWillBeSent"]
    equal([u for u in asked if not u.startswith((f"http://127.0.0.1:{w.port}/", "data:", "chrome"))], [])
    assert asked
    width = b.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"wider than the window: {width}"


@own_target
def test_each_view(env):
    w = lively(env)
    w.wait_stat("ready", 8)
    for i, j in enumerate(w.take(4)):
        w.done(j["token"], ("answered", "busy", "opted-out", "voicemail")[i])
    w.wait_stat("done", 4)
    wait_until(lambda: w.r.hlen(w.key("hours")), 90, "the first minute of history")
    b = browser()
    try:
        text = shown(b, w, "", "Campaigns (5)", "overview")
        contains(text, "Needs somebody")
        contains(text, "campaign has faults")
        text = shown(b, w, "c/" + w.c, "Refused and invalid, by reason", "campaign")
        contains(text, "opposition list")
        shown(b, w, "c/acme.reunion", "opens", "held")
        shown(b, w, "c/acme.reunion", "About ", "forecast")
        shown(b, w, "c/nobody", "No campaign has that name")
        shown(b, w, "places", "open until", "places")
        shown(b, w, "calendar/alsace-moselle/2027", "Vendredi saint", "calendar")
        shown(b, w, "routes", "closed: calls flow", "routes")
        shown(b, w, "lists", "in order", "lists")
        shown(b, w, "log", "None is kept", "log")
        quiet(b, w)
        body = b.execute_script("return document.documentElement.outerHTML")
        equal(re.findall(r"\+?33600\d{6}|0600\d{6}", body), [])
    finally:
        b.quit()


@full_speed
def test_french_small_and_dark(env):
    w = lively(env)
    w.wait_stat("ready", 8)
    b = browser("fr-FR", 360, 780, dark=True)
    try:
        text = shown(b, w, "", "À traiter", "fr-overview")
        contains(text, "campagne non conforme")
        text = shown(b, w, "c/" + w.c, "Issue des appels", "fr-campaign")
        contains(text, "opposition, toute la plateforme")
        shown(b, w, "places", "ouvre", "fr-places")
        shown(b, w, "calendar/guadeloupe/2027", "Jours fermés", "fr-calendar")
        quiet(b, w)
    finally:
        b.quit()


@own_target
def test_a_window_opens_while_one_looks(env):
    w = lively(env, NIGHT)
    b = browser()
    try:
        shown(b, w, "c/" + w.c, "opens")
        wait_until(lambda: "with a sender" in b.execute_script("return document.body.innerText") or "ready" in b.execute_script("return document.body.innerText").split("Where its jobs are")[1].split("By the hour")[0],
                   60, lambda: b.execute_script("return document.body.innerText"))
        quiet(b, w)
    finally:
        b.quit()


@own_target
def test_by_keyboard_and_when_licetd_is_gone(env):
    from selenium.webdriver.common.keys import Keys  # pylint: disable=import-outside-toplevel
    w = lively(env)
    w.wait_stat("ready", 8)
    b = browser()
    try:
        shown(b, w, "", "Campaigns (5)")
        body = b.switch_to.active_element
        seen = []
        for _ in range(12):
            body.send_keys(Keys.TAB)
            body = b.switch_to.active_element
            seen.append(body.get_attribute("id"))
        contains(" ".join(seen), "skip nav- nav-places nav-calendar")
        b.find_element("id", "nav-places").send_keys(Keys.ENTER)
        wait_until(lambda: "open until" in b.execute_script("return document.body.innerText"), 10, "the view of places")
        w.daemon.kill()
        wait_until(lambda: "has not answered for" in b.execute_script("return document.body.innerText"), 30, "it to say that what it shows is old")
    finally:
        b.quit()
