"""The options of licetd: what is bad use, and what is read to its end."""

import os
import subprocess

from harness import BUILD, contains, equal


def test_bad_use_is_told_in_one_line(env):
    """With exit 2, before anything is read; what is good use is read to its end."""
    at = "2026-11-24T09:59:50+01:00"

    def licetd(*words):
        done = subprocess.run([os.path.join(BUILD, "licetd"), *words], check=False, capture_output=True)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    for words, said in (
            (("--nope",), "unknown option: --nope"),
            (("-x",), "unknown option: -x"),
            (("now",), "unexpected word: now"),
            (("-c", env.conf, "--", "--check"), "unexpected word: --check"),
            (("-c",), "-c needs a value"),
            (("--check", "--verdict"), "--verdict needs a value"),
            (("--check=1",), "this takes no value: --check=1"),
            (("--redis", "localhost"), "--redis must be HOST:PORT"),
            (("--prefix=",), "--prefix must not be empty"),
            (("--socket", "/s", "--redis", "h:1"), "--socket and --redis exclude each other"),
            (("--simulate", "now"), f"--simulate: expected an instant such as {at}, not now"),
            (("--simulate", at, "--speed", "0"), "--speed: expected a number above 0 and up to 100000, not 0"),
            (("--speed", "2"), "--speed needs --simulate")):
        equal(licetd(*words), (2, "", f"licetd: {said}\n"))
    code, out, err = licetd("-c", env.conf, "--prefix", "real:", "--simulate", at, "--check")
    equal((code, out), (2, ""))
    contains(err, "licetd: --simulate needs a prefix that begins with licet-sim:")
    for words in (("-c", env.conf, "--check"), ("-c" + env.conf, "--check"), ("--check", f"--config={env.conf}", "--redis=h:1"),
                  ("--config", env.conf, f"--simulate={at}", "--speed=2", "--prefix=licet-sim:", "--instance=b", "--require-approved", "--check")):
        equal(licetd(*words), (0, "", ""))
    code, out, err = licetd("--help", "--nope")
    equal((code, err), (0, ""))
    contains(out, "--require-approved")
