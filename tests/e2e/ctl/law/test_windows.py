"""licetctl windows: when somebody may be called."""

from harness import contains, equal


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
