"""licetctl calendar: the holidays of a year, as a list and drawn on a terminal."""

import harness
from harness import Failure, contains, equal
from terminal import Terminal, fits, lines_of


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


def test_calendar_is_drawn(env):
    t = Terminal(env, 80, 24)
    t.licetctl("calendar", "alsace-moselle", "--year", "2027", after="; echo end''ed")
    t.wait_for("ended")
    lines = lines_of(t)
    if max(map(len, lines)) > 80:
        raise Failure("\n".join(lines))
    at = lines.index("2027, alsace-moselle")
    # January 2027 begins on a Friday, which is a holiday; weekends are closed.
    equal([line.split() for line in lines[at:] if line[:1] in "JAO" and line[1:2].isalpha()],
          [["January", "February", "March"], ["April", "May", "June"], ["July", "August", "September"], ["October", "November", "December"]])
    contains(lines[at + 3], "             1H 2c 3c")
    contains(lines[at + 4], " 4  5  6  7  8  9c10c")
    march = [line[46:67] for line in lines[at + 3:at + 9]]
    equal(march[3], "22 23 24 25 26H27c28c")  # Good Friday
    text = "\n".join(lines)
    for part in ("H holiday", "c closed on that day of the week", "Vendredi saint", "Fri 26 Mar", "mon-fri 10:00-13:00 14:00-20:00; sat-sun closed"):
        contains(text, part)


def test_calendar_of_all_is_drawn(env):
    t = Terminal(env, 80, 24, NO_COLOR="1")
    t.licetctl("calendar", "--year", "2026", after="; echo end''ed")
    t.wait_for("ended")
    text = "\n".join(lines_of(t))
    fits(text, 80, 200)
    for part in ("2026, all territories", "h holiday in some territories", "everywhere"):
        contains(text, part)
    # Where the output is not a terminal it is the list.
    contains(env.run("calendar", "alsace-moselle", "--year", "2027", "-c", harness.CONF).out, "2027-03-26")


def test_calendar_colours(env):
    for variables in ({}, {"NO_COLOR": "1"}):
        t = Terminal(env, 80, 120, **variables)
        t.licetctl("calendar", "metropole", "--year", "2027", after="; echo end''ed")
        t.wait_for("ended", "Windows")
        equal("\033[" in t.screen("-e"), not variables)


def unfolded(text):
    """The content lines of an iCalendar file: ended by CR LF, 75 octets at most."""
    equal(text.endswith("\r\n"), True)
    for line in text.split("\r\n"):
        equal(len(line.encode()) <= 75 and "\n" not in line, True, line)
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def test_calendar_to_subscribe_to(env):
    """An event of a whole day each; the same day keeps its name in the calendar; the JSON has the same days."""
    lines = unfolded(env.ctl("calendar", "alsace-moselle", "--year", "2027", "--format", "ics").out)
    equal((lines[0], lines[1], lines[-1]), ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR"))
    days = env.ctl_json("calendar", "alsace-moselle", "--year", "2027")
    equal([li[19:] for li in lines if li.startswith("DTSTART;VALUE=DATE:")], [d["date"].replace("-", "") for d in days])
    equal([li[8:].replace("\\", "") for li in lines if li.startswith("SUMMARY:")], [d["name"] for d in days])
    equal([li[12:].replace("\\", "") for li in lines if li.startswith("DESCRIPTION:")], [d["rule"] for d in days])
    last = lines.index("DTSTART;VALUE=DATE:20271231") if "DTSTART;VALUE=DATE:20271231" in lines else lines.index("DTSTART;VALUE=DATE:20271226")
    equal(lines[last + 1][:19], "DTEND;VALUE=DATE:20")
    uids = [li for li in lines if li.startswith("UID:")]
    equal((len(set(uids)), len(uids)), (len(days), len(days)))
    both = unfolded(env.ctl("calendar", "--format", "ics").out)
    starts = {li[19:23] for li in both if li.startswith("DTSTART")}
    equal(len(starts), 2, "this year and the next")
    equal([li for li in both if li.startswith("SUMMARY") and "alsace-moselle" in li] != [], True, "where it is closed")
    equal(set(uids) <= {li for li in unfolded(env.ctl("calendar", "alsace-moselle", "--year", "2027", "--format", "ics").out) if li.startswith("UID:")}, True)
    env.ctl("calendar", "--format", "pdf", code=2)
