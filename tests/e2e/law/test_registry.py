"""The registry of consents, and the forms by which they were given."""

import json

from harness import equal, wait_until
from world import CONSENT, FORM, consent, job, start


def test_registry(env):
    w = start(env)
    r, key = w.r, w.p + "consent:acme"
    equal(r.fcall("licet_consent", 1, key, "06 00 00 00 01", json.dumps(CONSENT)), 1)
    equal(r.fcall("licet_consent", 1, key, "+33600000002", json.dumps(CONSENT)), 1)
    equal(r.fcall("licet_withdraw", 1, key, "+33600000002", "crm", "mail", ""), [0, 0])
    w.push(job(1, consent=None), job(2), job(3))
    w.wait_intake(3)
    equal(w.reasons(), {"2": "consent-withdrawn"})
    w.wait_stat("ready", 2)
    equal(r.fcall("licet_withdraw", 1, key, "+33600000003", "crm", "mail", ""), [1, 0], "while ready")
    equal([j["id"] for j in w.take()], ["1"])
    w.wait_stat("refused.consent-withdrawn", 2)
    w.balance()


def test_registered_form(env):
    w = start(env)
    w.r.hset(w.p + "form:web-v3", mapping=FORM)
    w.r.hset(w.p + "form:draft", mapping={**FORM, "approved_by": ""})
    w.push(job(1, consent=consent(form="web-v3")), job(2, consent=consent(form="nobody-knows")), job(3, consent=consent(form="draft")),
           job(4, consent=consent(form="No Such Name")))
    w.wait_intake(4)
    equal({i: (f["reason"], f["rule"]) for i, f in w.ended("refused").items()},
          {"2": ("consent-form", "form-unknown"), "3": ("consent-form", "form-unapproved"), "4": ("consent-form", "form-unknown")})
    w.wait_stat("ready", 1)
    # A consent of the registry may name it too.
    w.r.fcall("licet_consent", 1, w.p + "consent:acme", "+33600000005", '{"product":"toys","channel":"automated-voice",'
              '"collected_at":"2026-09-01T10:12:00+02:00","until":"2027-08-31","form":"web-v3","proof":"x"}')
    w.push(job(5, consent=None))
    w.wait_stat("ready", 2)
    # A form that is taken away takes back what rests on it.
    w.r.hdel(w.p + "form:web-v3", "approved_by")
    w.wait_stat("refused.consent-form", 5)
    equal((w.take(), w.stat("ready")), ([], 0))
    w.balance()


def test_form_that_changes_is_asked_at_the_commit(env):
    """A form registered after a job was refused: the next job sees it."""
    w = start(env)
    w.push(job(1, consent=consent(form="late")))
    w.wait_stat("refused.consent-form", 1)
    w.r.hset(w.p + "form:late", mapping=FORM)
    wait_until(lambda: w.push(job(2 + w.stat("intake"), consent=consent(form="late"))) or w.stat("released") > 0, 10, "the form to be read")
