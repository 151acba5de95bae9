"""Rows of section 11 that are no decision (tests/tables/section11.txt has the others): what is kept, and for how long."""

import json
import os
import re

from harness import ROOT, equal
from world import OPEN, World, another, consent, job, oppose_at, start


def test_s11_row_32_oppositions_are_never_purged(env):
    """Four years later, whatever is trimmed: on the list, with its date, and on record."""
    w = start(env)
    oppose_at(w, "+33600000001", "2026-11-20T10:00:00+01:00", person="p-1")
    w.daemon.stop()
    env.write_conf("keep_refused_days = 1;\nkeep_done_days = 1;\nkeep_invalid_days = 1;")
    w.daemon = env.daemon("--simulate", "2030-11-26T10:30:00+01:00")
    later = another(w, "acme.later", at="2030-11-26T00:00:00Z")
    given = consent(collected_at="2026-11-19T10:00:00+01:00")
    later.push(job(1, consent=given), job(2, person="p-1", consent=given))
    later.wait_stat("refused.opposed-advertiser", 2)
    equal((w.r.smembers(w.p + "list:opposition:acme"), w.r.hlen(w.p + "oppositions:dated:acme"), w.r.xlen(w.p + "oppositions")),
          ({"+33600000001"}, 2, 1))


def test_s11_row_33_proofs_are_kept_three_years(env):
    """Only the newest consents are judged; older ones stay as proofs until three years have passed."""
    w = start(env)

    def register(day):
        return w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000001", json.dumps(
            consent(collected_at=f"{day}T10:00:00+01:00", proof=day)))
    equal(register("2023-11-20"), 1)
    for i in range(1, 13):
        last = register(f"2026-10-{i:02d}")
    equal(last, 12, "twelve are younger than three years; the first is not")
    record = json.loads(w.r.hget(w.p + "consent:acme", "+33600000001"))
    equal((len(record["consents"]), record["consents"][0]["proof"]), (12, "2026-10-12"))
    w.push(job(1, consent=None))
    w.wait_stat("ready", 1)


def test_proofs_are_kept_as_the_rulebook_says(env):
    """Another law, other years; and for ever where the law says nothing of it."""
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        text = f.read()
    for said, kept in (("proof_days = 30;", 9), (None, 12)):
        changed = text.replace("proof_days = 1096;", said) if said else re.sub(r"\nretention = \{.*?\};", "", text, flags=re.DOTALL)
        assert changed != text
        path = os.path.join(env.folder, "other.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(changed)
        env.write_conf(f'rulebook = "{path}";')
        w = World(env).define()
        daemon = env.daemon("--simulate", OPEN)
        w.wait_state()
        for day in [f"2026-09-{i:02d}" for i in range(1, 4)] + [f"2026-11-{i:02d}" for i in range(1, 10)]:
            last = w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000001", json.dumps(consent(collected_at=f"{day}T10:00:00+01:00", proof=day)))
        equal(last, kept, said)
        daemon.stop()
        w.r.delete(w.p + "consent:acme")
