"""licetctl reasons and vocabulary: the words that everything is said in."""

from harness import contains, equal


def test_reasons_need_no_configuration(env):
    got = env.run("reasons", "--json").json
    equal(got[0], {"code": "allowed", "class": "release", "meaning": "every rule said yes"})
    equal(env.run("reasons", "--lang", "fr", "--json").json[0]["meaning"], "autorisé")
    table = env.run("reasons", "--markdown").out.splitlines()
    equal(table[0], "| code | class | meaning |")
    equal(len(table), 2 + len(got))
    contains(env.run("reasons").out, "outside-hours")


def test_vocabulary(env):
    got = env.ctl_json("vocabulary")
    equal(got["territories"]["metropole"], "covered")
    equal(got["territories"]["nouvelle-caledonie"], "not-covered")
    equal(got["sectors"]["retail"], "allowed")
    equal(got["sectors"]["energy-saving"], "banned")
    equal(got["purposes"], ["prospecting", "service"])
    equal(got["deliveries"], ["call", "voicemail", "both"])
    equal(got["announces"], ["identity", "commercial", "opt-out", "ai"])
    equal(got["channels"], ["automated-voice"])
    equal(sorted(got["consent_form"]), ["choice", "identity", "period", "proof", "withdrawal"])
    contains(got["outcomes"], "never-again")
    contains(got["number_classes"], "mobile")
    equal(got["lists"]["opposition"], "required")
    contains(env.ctl("vocabulary").out, "automated-voice")
