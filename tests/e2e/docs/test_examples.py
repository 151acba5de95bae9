"""The senders of tests/examples, as a user would run them: against a spool as Asterisk
treats it, and against an HTTP API on loopback that counts the requests of a minute."""

import http.server
import json
import os
import re
import shlex
import subprocess
import threading
import time

from harness import ROOT, contains, equal, full_speed, wait_until
from sender import Sender, once, outcomes, ready
from world import World, job, start

CALL_FILE = os.path.join(ROOT, "tests", "examples", "asterisk-call-file")
VOICE_API = os.path.join(ROOT, "tests", "examples", "voice-api-batch")


# -- Asterisk


class Asterisk:
    """The spool of call files: takes a file once its time has come, marks it, and when the
    call is over archives it with its status."""

    def __init__(self, env, answers=None, picks_up=True):
        self.folder = os.path.join(env.folder, "spool")
        self.answers = answers or {}  # by the last two digits of the number: a status, or a function
        self.picks_up = picks_up
        self.calls, self.faults = {}, []
        for name in ("tmp", "outgoing", "outgoing_done", "licet"):
            os.makedirs(os.path.join(self.folder, name))
        env.extra = {"ASTERISK_SPOOL": self.folder, "ASTERISK_RING_S": "30"}
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._scan, daemon=True)
        self.thread.start()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def _scan(self):
        while not self.ends.wait(0.01):
            for name in os.listdir(self.path("outgoing")) if self.picks_up else ():
                try:
                    self._call(name)
                except FileNotFoundError:
                    self.faults.append(f"{name} vanished")

    def _call(self, name):
        path = self.path("outgoing", name)
        if os.stat(path).st_mtime > time.time():
            self.faults.append(f"the time of {name} lies ahead")
            return
        with open(path, encoding="ascii") as file:
            text = file.read()
        call = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith("Set: "))
        call["set"] = dict(line[5:].split("=", 1) for line in text.splitlines() if line.startswith("Set: "))
        call["lines"] = text.count("\n")
        if not text.endswith("\n") or "LICET_MESSAGE" not in call["set"]:
            self.faults.append(f"half a file: {text!r}")
        number = call["Channel"].split("/")[1].split("@")[0]
        self.calls[number] = call
        with open(path, "a", encoding="ascii") as file:
            file.write(f"StartRetry: 1 1 ({time.time():.0f})\n")
        status = self.answers.get(number[-2:], "Completed")
        if callable(status):
            status = status(self, call)
        with open(path, "a", encoding="ascii") as file:
            file.write(f"Status: {status}\n")
        os.rename(path, self.path("outgoing_done", name))

    def left(self):
        return sorted(n for folder in ("tmp", "outgoing", "outgoing_done", "licet") for n in os.listdir(self.path(folder)))

    def stop(self):
        self.ends.set()
        self.thread.join()
        equal(self.faults, [])


def key_nine(asterisk, call):
    """What the dialplan does when somebody presses it."""
    with open(asterisk.path("licet", call["set"]["LICET_TOKEN"]), "w", encoding="ascii") as file:
        file.write("key 9\n")
    return "Completed"


def test_asterisk(env):
    w = start(env, message="noel 2026 Application: System")
    asterisk = Asterisk(env, {"02": "Expired", "03": "Failed", "04": key_nine})
    ready(w, *[job(i) for i in range(1, 31)])
    got, err = once(env, shlex.quote(CALL_FILE), "--jobs", "8")
    asterisk.stop()
    equal(got["outcomes"], {"answered": 27, "no-answer": 1, "failed": 1, "opted-out": 1}, err)
    w.wait_stat("done", 30)
    done = outcomes(w)
    equal((done["1"], done["2"][0], done["3"][0], done["4"]), (("answered", ""), "no-answer", "failed", ("opted-out", "key 9")))
    equal(w.r.smembers(w.p + "list:opposition:acme"), {"+33600000004"})
    equal(len(asterisk.calls), 30, "calls, each once")
    call = asterisk.calls["+33600000001"]
    equal((call["MaxRetries"], call["WaitTime"], call["CallerID"], call["Archive"]), ("0", "30", "<+33162001234>", "yes"))
    equal((call["set"]["LICET_MESSAGE"], call["lines"]), ("noel2026Application:System", 11), "no line of its own")
    equal(asterisk.left(), [], "files with numbers in them")
    w.balance()


def call_file(env, left_ms, **more):
    values = {"LICET_TOKEN": "6b04.1", "LICET_TO": "+33600000001", "LICET_CALLER_ID": "+33162001234", "LICET_MESSAGE": "m.wav",
              "LICET_NOW_MS": "1795510800000", "LICET_NOT_AFTER_MS": str(1795510800000 + left_ms)}
    done = subprocess.run([CALL_FILE], env={**os.environ, **env.extra, **values, **more}, stdout=subprocess.PIPE, check=False, timeout=60)
    return done.returncode, done.stdout.decode().strip()


@full_speed
def test_asterisk_and_the_deadline(env):
    asterisk = Asterisk(env)
    equal(call_file(env, 0), (15, "too late: 0 s are left"))
    equal(call_file(env, -5000)[0], 15)
    equal(call_file(env, 4999), (15, "too late: 4 s are left"))
    equal(asterisk.calls, {})
    equal(call_file(env, 12500, LICET_MESSAGE="m.wav\nApplication: System"), (10, ""))
    call = asterisk.calls["+33600000001"]
    equal((call["WaitTime"], call["set"]["LICET_MESSAGE"]), ("12", "m.wavApplication:System"), "no longer than what is left, and no line of its own")
    asterisk.stop()
    # A box that does not look: the file is taken back, in time or when nothing may start any more.
    equal(call_file(env, 60000, ASTERISK_PICKUP_S="1"), (20, "Asterisk does not look at its spool"))
    code, said = call_file(env, 5000)
    equal((code, re.sub(r"\d+", "N", said)), (15, "too late: Asterisk did not take it in N s"))
    equal(asterisk.left(), [])
    code, said = call_file(env, 60000, ASTERISK_SPOOL="/no/such/folder")
    equal((code, said), (20, "/no/such/folder/tmp cannot be written to"))


def test_asterisk_that_is_stopped(env):
    """The end of the bridge leaves no call behind that starts later; and a box that is down burns no campaign."""
    w = start(env)
    asterisk = Asterisk(env, picks_up=False)
    ready(w, *[job(i) for i in range(1, 6)])
    sender = Sender(env, shlex.quote(CALL_FILE))
    wait_until(lambda: len(os.listdir(asterisk.path("outgoing"))) == 1, 10, "a call file")
    sender.signal().wait_said("event=stopping").signal().wait()
    equal(asterisk.left(), [])
    w.wait_stat("done", 1)
    env.extra["ASTERISK_PICKUP_S"] = "1"
    got, err = once(env, shlex.quote(CALL_FILE), code=1)
    contains(err, "event=command-cannot-work")
    equal(got["outcomes"], {"not-placed": 1})
    w.wait_stat("done", 2)
    equal((w.balance()["ready"], asterisk.left()), (3, []))
    asterisk.stop()


# -- an HTTP voice API


class VoiceApi:
    """Takes five requests a minute. A test's minute is short, and begins with the first request that is one too many:
    so the limit is met however slow the machine is."""

    KEY = "made-up-key-31f0"

    def __init__(self, env, minute_s=1.0, port=0):
        self.minute_s = minute_s
        self.taken, self.full_until, self.accepted, self.refused, self.faults = 0, None, [], 0, []
        self.answers = []  # statuses for the next requests; None: hang up without an answer
        self.hold = threading.Event()
        self.hold.set()
        lock, api = threading.Lock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.hold.wait()
                with lock:
                    status, answer, headers = api.judge(self.path, body)
                if status is None:
                    self.close_connection = True
                    return
                text = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        key_file = os.path.join(env.folder, "key")
        with open(key_file, "w", encoding="ascii") as file:
            file.write(self.KEY + "\n")
        env.extra = {"VOICE_API_URL": f"http://127.0.0.1:{self.port}", "VOICE_API_KEY_FILE": key_file, "no_proxy": "*"}

    def judge(self, path, body):
        numbers = body["phoneNumbers"].split(",")
        if path != "/v1/campaign/send" or len(numbers) > 500 or not body["tokenAudio"]:
            self.faults.append((path, len(numbers)))
            return 400, {"success": False}, {}
        if body["apiKey"] != self.KEY:
            return 401, {"success": False}, {}
        now = time.monotonic()
        if self.full_until is not None and now >= self.full_until:
            self.taken, self.full_until = 0, None
        if self.taken >= 5:
            self.full_until = self.full_until or now + self.minute_s
            self.refused += 1
            return 429, {"success": False}, {"Retry-After": str(max(1, round(self.minute_s)))}
        self.taken += 1
        status = self.answers.pop(0) if self.answers else 200
        if status != 200:
            return status, {"success": False}, {}
        self.accepted.append(numbers)
        return 200, {"success": True, "campaignId": 1000 + len(self.accepted)}, {}

    def numbers(self):
        return sorted(number for numbers in self.accepted for number in numbers)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        equal(self.faults, [])


@full_speed
def test_voice_api_and_its_minute(env):
    """Eleven requests at five a minute: none lost, none sent twice."""
    w = start(env)
    api = VoiceApi(env)
    count = 110
    ready(w, *[job(i) for i in range(count)])
    got, err = once(env, shlex.quote(VOICE_API), "--batch", "10")
    api.stop()
    equal(got["outcomes"], {"submitted": count}, err)
    equal(api.numbers(), [f"+336{i:08d}" for i in range(count)])
    equal([len(numbers) for numbers in api.accepted], [10] * 11)
    assert api.refused >= 2, "the limit was never met"
    w.wait_stat("done", count)
    equal(outcomes(w)["0"], ("submitted", "campaign 1001"))
    w.balance()


def test_voice_api_full_requests(env):
    w = start(env)
    api = VoiceApi(env)
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "backlog": 2000})
    ready(w, *[job(i) for i in range(1200)])
    got, _ = once(env, shlex.quote(VOICE_API), "--batch", "500")
    api.stop()
    equal(got["outcomes"], {"submitted": 1200})
    equal([len(numbers) for numbers in api.accepted], [500, 500, 200])
    equal(len(set(api.numbers())), 1200)


def test_voice_api_of_two_campaigns(env):
    """One request has one message: a batch of several campaigns becomes several."""
    w = start(env)
    other = World(env, w.p, "acme.other").define(message="other.wav")
    w.push(*[job(i) for i in range(3)])
    other.push(*[job(i) for i in range(10, 14)])
    w.wait_stat("ready", 3)
    other.wait_stat("ready", 4)
    api = VoiceApi(env)
    got, _ = once(env, shlex.quote(VOICE_API), "--batch", "500")
    api.stop()
    equal(got["outcomes"], {"submitted": 7})
    equal(sorted(len(numbers) for numbers in api.accepted), [3, 4])


def test_voice_api_answers(env):
    """What was certainly not accepted is not-placed; what may have been is failed."""
    w = start(env)
    api = VoiceApi(env, minute_s=0.001)
    api.answers = [422, 500, None, 408, 200]
    ready(w, *[job(i) for i in range(1, 6)])
    once(env, shlex.quote(VOICE_API), "--batch", "1")
    w.wait_stat("done", 5)
    said = outcomes(w)
    equal([said[str(i)][0] for i in range(1, 6)], ["not-placed", "failed", "failed", "failed", "submitted"])
    contains(said["2"][1], "HTTP 500")
    contains(said["3"][1], "it may have been accepted")
    equal(api.numbers(), ["+33600000005"])
    # A wrong key: the campaign is not run through it.
    with open(env.extra["VOICE_API_KEY_FILE"], "w", encoding="ascii") as file:
        file.write("old\n")
    w.push(*[job(i) for i in range(10, 20)])
    w.wait_stat("ready", 10)
    got, err = once(env, shlex.quote(VOICE_API), "--batch", "2", code=1)
    w.wait_stat("done", 7)
    equal((got["outcomes"], w.balance()["ready"]), ({"not-placed": 2}, 8))
    contains(err, "event=command-cannot-work")
    env.extra["VOICE_API_KEY_FILE"] = "/no/such/file"
    got, err = once(env, shlex.quote(VOICE_API), "--batch", "2", code=1)
    contains(err, "VOICE_API_KEY_FILE")
    equal(got["outcomes"], {"not-placed": 2})
    api.stop()
    w.wait_stat("done", 9)
    w.balance()


def test_voice_api_that_is_away(env):
    """Nothing was sent while there was no connection; it is when there is one, in one request."""
    w = start(env)
    api = VoiceApi(env)
    port = api.port
    api.stop()
    ready(w, *[job(i) for i in range(3)])
    sender = Sender(env, shlex.quote(VOICE_API), "--batch", "10", "--once")
    w.wait_stat("taken", 3)
    wait_until(lambda: "curl: (7)" in sender.err, 10, "a refused connection")
    api = VoiceApi(env, port=port)
    sender.wait()
    api.stop()
    equal(api.numbers(), [f"+336{i:08d}" for i in range(3)])
    w.wait_stat("done", 3)
    equal({o for o, _ in outcomes(w).values()}, {"submitted"})


@full_speed
def test_voice_api_and_the_deadline(env):
    """Jobs whose deadline comes while the API makes them wait are not placed."""
    w = start(env)
    api = VoiceApi(env, minute_s=2)
    api.taken = 5
    ready(w, job(1), job(2, not_after="2026-11-24T12:00:00+01:00"))
    lines = []
    for taken in w.take(2):
        taken["not_after_ms"] = int(taken["not_after_ms"])
        lines.append(json.dumps(taken))
    soon = min(json.loads(line)["not_after_ms"] for line in lines)
    done = subprocess.run([VOICE_API], input="\n".join(lines).encode(), stdout=subprocess.PIPE, check=True, timeout=60,
                          env={**os.environ, **env.extra, "LICET_NOW_MS": str(soon - 500), "LICET_TIMEOUT_S": "120"})
    api.stop()
    said = {line.split()[1]: line for line in done.stdout.decode().splitlines()}
    equal(sorted(said), ["not-placed", "submitted"])
    contains(said["not-placed"], "too late: more requests than the API takes")
    equal(api.numbers(), ["+33600000001"])
    # No time for the pause: nothing was accepted, and it says so.
    api = VoiceApi(env, minute_s=600)
    api.taken = 5
    done = subprocess.run([VOICE_API], input="\n".join(lines).encode(), stdout=subprocess.PIPE, check=True, timeout=60,
                          env={**os.environ, **env.extra, "LICET_NOW_MS": str(soon - 600000), "LICET_TIMEOUT_S": "32"})
    api.stop()
    equal([line.split()[1] for line in done.stdout.decode().splitlines()], ["not-placed"] * 2)


def test_the_key_is_no_argument(env):
    """Arguments can be read by everybody on the machine."""
    w = start(env)
    api = VoiceApi(env)
    api.hold.clear()
    ready(w, job(1))
    sender = Sender(env, shlex.quote(VOICE_API), "--batch", "1", "--once")
    seen = set()

    def look():
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    seen.add(file.read())
            except OSError:
                continue
        return any(line.startswith(b"curl\0") and f":{api.port}/".encode() in line for line in seen)

    wait_until(look, 10, "the request")
    api.hold.set()
    sender.wait()
    api.stop()
    assert not any(VoiceApi.KEY.encode() in line for line in seen), "the key was an argument"
    equal(api.numbers(), ["+33600000001"])
