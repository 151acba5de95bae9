"""Rows of section 11 that are no decision (tests/tables/section11.txt has the others): what is kept, and for how long."""

import json

from harness import equal
from world import another, consent, job, oppose_at, start


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
