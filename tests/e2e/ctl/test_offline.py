"""What licetctl answers without a Redis: exact JSON, exit codes, one line for bad use."""

import os

from harness import CONF, ROOT, Failure, contains, equal

RULEBOOK = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")


# -- phone


def test_phone_of_an_allowed_number(env):
    equal(env.ctl_json("phone", "0692123456"),
          {"e164": "+262692123456", "place": "la-reunion", "territories": ["la-reunion"],
           "zones": ["Indian/Reunion"], "class": "mobile"})


def test_phone_of_a_mobile_may_be_in_two_places(env):
    for text in ("06 12 34 56 78", "+33 (0)6 12 34 56 78", "0033612345678", "06.12.34.56.78", "+33612345678"):
        got = env.ctl_json("phone", text)
        equal((got["e164"], got["place"], got["territories"]),
              ("+33612345678", "metropole+alsace-moselle", ["metropole", "alsace-moselle"]), text)


def test_phone_without_quotes_is_one_number(env):
    equal(env.ctl_json("phone", "06", "12", "34", "56", "78")["e164"], "+33612345678")


def test_phone_refused(env):
    rows = [
        ("", "number-malformed", "invalid", None),
        ("hello", "number-malformed", "invalid", None),
        ("06 12 34 56", "number-malformed", "invalid", None),
        ("0899 12 34 56", "number-class", "refuse", "+33899123456"),
        ("0162 00 00 00", "number-class", "refuse", "+33162000000"),
        ("3103", "number-class", "refuse", None),
        ("+687 12 34 56", "number-not-covered", "refuse", "+687123456"),
        ("+32 470 12 34 56", "number-not-covered", "refuse", "+32470123456"),
    ]
    for text, reason, verdict, e164 in rows:
        got = env.ctl_json("phone", text, code=1)
        equal((got["reason"], got["verdict"], got["e164"]), (reason, verdict, e164), text)
        contains(env.ctl("phone", text, code=1).out, reason)


def test_phone_reads_well(env):
    out = env.ctl("phone", "0692 12 34 56").out
    for part in ("+262692123456", "mobile", "la-reunion", "Indian/Reunion", "allowed"):
        contains(out, part)
    if "\033" in out:
        raise Failure("colour outside a terminal")


# -- windows


def test_windows_of_la_reunion_in_may(env):
    got = env.ctl_json("windows", "la-reunion", "--from", "2027-05-01T00:00:00Z", "--days", "31")
    equal(got[0], {"open": "2027-05-03T06:00:00Z", "close": "2027-05-03T09:00:00Z"})
    equal(got[1], {"open": "2027-05-03T10:00:00Z", "close": "2027-05-03T16:00:00Z"})
    # 21 weekdays, of which Ascension (6 May) and Whit Monday (17 May) are closed.
    equal(len(got), 2 * 19)
    days = {each["open"][:10] for each in got}
    equal({"2027-05-06", "2027-05-17"} & days, set())


def test_windows_of_a_number_are_those_of_its_place(env):
    period = ("--from", "2027-05-01T00:00:00Z", "--days", "31")
    equal(env.ctl_json("windows", "0692123456", *period), env.ctl_json("windows", "la-reunion", *period))


def test_windows_are_clipped_and_half_open(env):
    def windows(start, days):
        return env.ctl_json("windows", "metropole", "--from", start, "--days", days)

    # 2027-01-04 is a Monday; Paris is one hour ahead.
    equal(windows("2027-01-04T11:30:00+01:00", "1")[0],
          {"open": "2027-01-04T10:30:00Z", "close": "2027-01-04T12:00:00Z"})
    equal(windows("2027-01-04T13:00:00+01:00", "1")[0],
          {"open": "2027-01-04T13:00:00Z", "close": "2027-01-04T19:00:00Z"})
    equal(windows("2027-01-03T10:00:00+01:00", "1"), [])  # it ends as Monday opens
    equal(windows("2027-01-03T10:30:00Z", "1"),
          [{"open": "2027-01-04T09:00:00Z", "close": "2027-01-04T10:30:00Z"}])


def test_windows_follow_the_clock_change(env):
    got = env.ctl_json("windows", "metropole", "--from", "2027-03-26T12:00:00Z", "--days", "5")
    equal([each["open"] for each in got],
          ["2027-03-26T13:00:00Z", "2027-03-30T08:00:00Z", "2027-03-30T12:00:00Z", "2027-03-31T08:00:00Z"])


def test_windows_of_an_uncertain_place_are_lawful_everywhere(env):
    friday = ("--from", "2027-03-26T00:00:00+01:00", "--days", "1")  # Good Friday
    equal(len(env.ctl_json("windows", "metropole", *friday)), 2)
    equal(env.ctl_json("windows", "alsace-moselle", *friday), [])
    equal(env.ctl_json("windows", "metropole+alsace-moselle", *friday), [])
    contains(env.ctl("windows", "metropole+alsace-moselle", *friday).out, "Vendredi saint")


def test_windows_beyond_what_is_known_say_so(env):
    later = ("--from", "2029-02-01T00:00:00Z")
    equal(env.ctl_json("windows", "mayotte", *later), [])
    contains(env.ctl("windows", "mayotte", *later).out, "law-unknown")


def test_windows_refuse_what_has_no_rules(env):
    equal(env.ctl_json("windows", "nouvelle-caledonie", code=1)["reason"], "number-not-covered")
    equal(env.ctl_json("windows", "0899123456", code=1)["reason"], "number-class")
    equal(env.ctl_json("windows", "", code=1)["reason"], "number-malformed")


# -- calendar


def test_calendar_of_alsace_moselle(env):
    got = env.ctl_json("calendar", "alsace-moselle", "--year", "2027")
    equal(set(got[0]), {"date", "name", "rule"})
    equal([each["date"] for each in got],
          ["2027-01-01", "2027-03-26", "2027-03-29", "2027-05-01", "2027-05-06", "2027-05-08", "2027-05-17",
           "2027-07-14", "2027-08-15", "2027-11-01", "2027-11-11", "2027-12-25", "2027-12-26"])
    contains(got[1]["rule"], "Easter Sunday - 2 days")


def test_calendar_of_everywhere(env):
    got = env.ctl_json("calendar", "--year", "2027")
    by_name = {(each["date"], each["name"]): each["territories"] for each in got}
    equal(len(by_name[("2027-12-25", "Noël")]), 13)
    equal(by_name[("2027-12-26", "Saint-Étienne")], ["alsace-moselle"])
    out = env.ctl("calendar", "--year", "2027").out
    contains(out, "2027-12-26  Sunday")
    contains(out, "everywhere")


def test_calendar_warns_where_lists_end(env):
    result = env.ctl("calendar", "mayotte", "--year", "2029")
    contains(result.err, "law-unknown")
    equal(env.ctl("calendar", "mayotte", "--year", "2028").err, "")


# -- words


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


# -- check-config


def test_check_config_of_the_shipped_files(env):
    got = env.ctl_json("check-config")
    equal(got["ok"], True)
    equal(got["rulebook"]["id"], "fr")
    equal(len(got["rulebook"]["hash"]), 64)
    if not any("not signed" in each for each in got["warnings"]):
        raise Failure(got["warnings"])
    out = env.ctl("check-config").out
    contains(out, "mon-fri 10:00-13:00,14:00-20:00")
    contains(out, "not signed")


def test_check_config_warns_of_a_list_that_nobody_refreshes(env):
    env.write_conf('list_overrides = [ "bloctel=required", "nosuch=required", "anti-prospection=required" ];')
    warnings = env.ctl_json("check-config")["warnings"]
    equal([w for w in warnings if "bloctel" in w and "only until 2026-08-10" in w] != [], True, "bloctel")
    equal([w for w in warnings if "nosuch" in w] != [], True, "an unknown list")
    equal([w for w in warnings if "anti-prospection" in w], [], "a list that is in use")


def rulebook_with(env, old, new):
    with open(RULEBOOK, encoding="utf-8") as file:
        text = file.read()
    if text.count(old) < 1:
        raise Failure(f"{old!r} is not in the rulebook")
    path = os.path.join(env.folder, "fr.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    env.write_conf(f'rulebook = "{path}";\n')
    return path


def test_check_config_warns_of_a_holiday_that_closes_nothing(env):
    rulebook_with(env, 'name = "Lundi de Pâques";     easter = 1; ', 'name = "Lundi de Pâques";     easter = 0; ')
    warnings = env.ctl_json("check-config")["warnings"]
    equal("holiday Lundi de Pâques never falls on a day that has hours" in warnings, True, str(warnings))


def test_check_config_refuses_with_file_and_line(env):
    path = rulebook_with(env, 'id = "fr";', 'id = "fr";\nversoin = "x";')
    got = env.ctl_json("check-config", code=1)
    equal(got["ok"], False)
    equal(got["error"].startswith(path + ":"), True, got["error"])
    contains(env.ctl("check-config", code=1).err, path + ":")

    env.write_conf("look_sm = 3;\n", "typo.conf")
    contains(env.ctl("check-config", code=1).err, "typo.conf:1: unknown key look_sm in the file; did you mean look_ms?")


def test_check_config_reads_the_password_file(env):
    env.write_conf('redis_password_file = "/nonexistent/password";\n')
    contains(env.ctl("check-config", code=1).err, "/nonexistent/password: No such file or directory")


# -- use


def one_line(result, part):
    equal(result.out, "", "output")
    equal(result.err.count("\n"), 1, f"lines of {result.err!r}")
    contains(result.err, part)


def test_bad_use_is_one_line_and_exit_2(env):
    rows = [
        ((), "a command is missing"),
        (("fone",), "unknown command fone"),
        (("phones", "1"), "did you mean phone?"),
        (("phone",), "an argument is missing"),
        (("reasons", "x"), "too many arguments"),
        (("reasons", "--lang", "de"), "--lang must be en or fr"),
        (("reasons", "--lang"), "--lang needs a value"),
        (("reasons", "--markdown=1"), "--markdown takes no value"),
        (("reasons", "--markdwon"), "did you mean --markdown?"),
        (("windows", "metropole", "--form", "x"), "unknown option --form, did you mean --from?"),
        (("windows", "metropole", "--from", "2027-05-01T00:00:00"), "--from must be an instant with its offset"),
        (("windows", "metropole", "--days", "0"), "--days must be a number from 1 to"),
        (("windows", "metropol", "-c", CONF), "metropol is no place, did you mean metropole?"),
        (("calendar", "alsace", "-c", CONF), "alsace is no place"),
        (("calendar", "--year", "27"), "--year must be a number"),
        (("phone", "1", "-c"), "-c needs a value"),
        (("phone", "1", "--redis", "localhost"), "--redis must be HOST:PORT"),
        (("phone", "1", "--prefix", "a b"), "--prefix may only have"),
        (("phone", "1", "--socket", "/s", "--redis", "h:1"), "exclude each other"),
    ]
    for words, part in rows:
        one_line(env.run(*words, code=2), part)


def test_a_missing_configuration_is_named(env):
    if not os.path.exists("/etc/licet/licet.conf"):
        one_line(env.run("phone", "0692123456", code=1), "-c FILE")
    one_line(env.run("phone", "0692123456", "-c", "/nonexistent.conf", code=1),
             "/nonexistent.conf: No such file or directory")


def test_help(env):
    everything = env.run("--help").out
    for name in ("phone", "windows", "calendar", "reasons", "vocabulary", "check-config"):
        contains(everything, name)
        contains(env.run("help", name).out, f"licetctl {name}")
        equal(env.run(name, "--help").out, env.run("help", name).out)
    equal(env.run("help").out, everything)
    contains(everything, "--socket PATH")


def test_options_stand_anywhere(env):
    first = env.run("-c", CONF, "--json", "phone", "0692123456").out
    last = env.run("phone", "0692123456", "--json", f"--config={CONF}").out
    equal(first, last)


# -- the clock


def test_a_simulated_clock_is_followed(env):
    env.prefix = "licet-sim:offline:"
    env.redis.hset(env.prefix + "clock",
                   mapping={"sim_base_ms": 1798534800000, "real_base_ms": 0, "speed": 0})  # 2026-12-29T09:00:00Z
    equal(env.ctl_json("check-config")["now"], "2026-12-29T09:00:00Z")
    equal(env.ctl_json("windows", "metropole", "--days", "1")[0],
          {"open": "2026-12-29T09:00:00Z", "close": "2026-12-29T12:00:00Z"})


def test_without_redis_the_wall_clock_is_used(env):
    env.prefix = "licet-sim:offline:"
    result = env.run("windows", "metropole", "--json", "-c", CONF, "--prefix", env.prefix,
                     "--socket", os.path.join(env.folder, "nobody"))
    contains(result.err, "the wall clock is used")
    equal(isinstance(result.json, list), True)
