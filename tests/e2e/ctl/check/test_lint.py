"""check-config finds rules that never do anything: small faults put into the shipped rulebook."""

import os

from harness import ROOT, Failure, contains, equal

RULEBOOK = os.path.join(ROOT, "conf", "rulebooks", "fr.conf")
UNSIGNED = "the rulebook is not signed (approved_by, approved_on): it is used all the same"
NOW = {"sim_base_ms": 1795510800000, "real_base_ms": 0, "speed": 0}  # 2026-11-24T09:00:00Z


def write(env, *changes):
    """The shipped rulebook with each (old, new) done once; \0 before old: from the last place on."""
    with open(RULEBOOK, encoding="utf-8") as file:
        text = file.read()
    for old, new in changes:
        last = old.startswith("\0")
        old = old.lstrip("\0")
        if old not in text:
            raise Failure(f"{old!r} is not in the rulebook")
        at = text.rindex(old) if last else text.index(old)
        text = text[:at] + new + text[at + len(old):]
    path = os.path.join(env.folder, "fr.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def warnings(env, *changes, conf=""):
    """What is said besides of the shipped rulebook, at an instant that does not pass."""
    env.prefix = "licet-sim:"
    env.redis.hset(env.prefix + "clock", mapping=NOW)
    env.write_conf(f'rulebook = "{write(env, *changes)}";\n{conf}\n')
    got = env.ctl_json("check-config")
    equal(got["ok"], True)
    return [w for w in got["warnings"] if w != UNSIGNED and "was not read in the original" not in w]


def test_the_shipped_files_have_no_dead_rule(env):
    equal(warnings(env), [])
    equal(env.ctl("check-config").out.count("\n  number range"), 0)
    env.write_conf(f'rulebook = "{os.path.join(ROOT, "conf", "rulebooks", "ca.conf")}";')
    equal([w for w in env.ctl_json("check-config")["warnings"] if "not signed" not in w and "original" not in w], [], "Canada")


def test_dead_rules(env):
    rows = [
        # a weekend without a law
        ([("\0\tto = \"2026-08-11\";", "\tto = \"2026-08-08\";"), ("\tid = \"fr-2026\";\n\t\tfrom = \"2026-08-11\";",
                                                                   "\tid = \"fr-2026\";\n\t\tfrom = \"2026-08-10\";")],
         ["no law is known from 2026-08-08 to 2026-08-09: every job is held then"]),
        # an attempt count that is not remembered
        ([("\0cap = { attempts = 4;", "cap = { attempts = 33;")],
         ["regime fr-2026: a cap of 33 attempts is never reached, for the last 32 alone are remembered"]),
        # lists
        ([("\0{ name = \"bloctel\"; mode = \"unused\"", "{ name = \"robinson\"; mode = \"unused\"")],
         ["list robinson is unused in every regime that names it"]),
        # holidays
        ([("date = \"12-26\"; article", "date = \"02-29\"; from_year = 2027; to_year = 2027; article")],
         ["alsace-moselle: holiday Saint-Étienne has no date in the years it is for, 2027 to 2027"]),
        ([("complete_until = \"2028-12-31\"; },\n\t\t\t{ name = \"Aïd el-Fitr\"", "complete_until = \"2028-12-31\"; to_year = 2022; },\n\t\t\t{ name = \"Aïd el-Fitr\"")],
         ["mayotte: holiday Miradj has no date in the years it is for, 0 to 2022"]),
        ([("name = \"Lundi de Pâques\";     easter = 1; ", "name = \"Lundi de Pâques\";     easter = 0; ")],
         ["holiday Lundi de Pâques never falls on a day that has hours"]),
        # addresses
        ([("{ prefix = [ \"971\" ];   territories = [ \"guadeloupe\" ]; },",
           "{ prefix = [ \"971\" ];   territories = [ \"guadeloupe\" ]; },\n" +
           "{ prefix = [ " + ", ".join(f'"971{d}"' for d in range(10) if d != 3) + ", " + ", ".join(f'"9713{d}"' for d in range(10) if d != 3) +
           " ]; territories = [ \"guadeloupe\" ]; },")],
         ["postcode prefix 971 matches nothing: longer prefixes take all of it"]),
        ([("\"95\", \"2A\", \"2B\" ]", "\"95\", \"2A\", \"2#\" ]")], ["INSEE prefix 2# matches nothing: a code has letters and digits"]),
        # numbers
        ([("{ prefix = [ \"+262639\",", "{ prefix = [ " + ", ".join(f'"+262639{d}"' for d in range(10)) +
           " ]; class = \"mobile\"; digits = [ 12 ]; territories = [ \"mayotte\" ]; },\n\t\t{ prefix = [ \"+262639\",")],
         ["number range +262639 matches nothing: longer ranges take all of it"]),
        ([("{ prefix = [ \"+681\" ]; class = \"foreign\"; digits = [ 9 ];", "{ prefix = [ \"+681\" ]; class = \"foreign\"; digits = [ 2 ];")],
         ["number range +681 matches nothing: its numbers have 2 digits at most"]),
        ([("{ prefix = [ \"+681\" ]", "{ prefix = [ \"+06\", \"+681\" ]")], ["number range +06 matches nothing: no country code begins with 0"]),
        ([("{ prefix = [ \"0508\" ]; digits = 10; drop = 4;", "{ prefix = [ \"0508\" ]; digits = 10; drop = 3;")],
         ["national prefix 0508 of 10 digits becomes +5088…, and no range has such a number"]),
        ([("{ prefix = [ \"15\", \"17\", \"18\" ]; digits = 2; class = \"short\"; },",
           "{ prefix = [ \"1\" ]; digits = 2; class = \"short\"; },\n\t\t{ prefix = [ \"10\", \"11\", \"12\", \"13\", \"14\", \"15\", \"16\", \"17\", \"18\", \"19\" ]; digits = 2; class = \"short\"; },")],
         ["national prefix 1 of 2 digits matches nothing: longer prefixes take all of it"]),
        # what is shown
        ([("doubtful = false; article = \"Arcep 2022-1583\"; },", "doubtful = false; article = \"Arcep 2022-1583\"; },\n\t\t{ prefix = [ \"+33612\" ]; doubtful = false; },")],
         ["caller-id range +33612: the numbering has it as mobile, not as caller-id"]),
        ([("classes = [ \"free\",", "classes = [ \"free\", \"satellite\",")], []),
        ([("class = \"satellite\"", "class = \"foreign\""), ("classes = [ \"free\",", "classes = [ \"free\", \"satellite\",")],
         ["opt_out: no number is of class satellite"]),
    ]
    for changes, want in rows:
        equal(warnings(env, *changes), want, str(changes)[:200])


def test_places_without_a_minute(env):
    # Hours that are night on the other side of the world: Paris and La Réunion share none.
    got = warnings(env, ("\0hours = \"mon-fri 10:00-13:00,14:00-20:00\"", "hours = \"mon-fri 10:00-12:00\""))
    contains(got, "metropole+la-reunion: no minute is lawful in all of it; its jobs are held as place-unknown")
    equal([w for w in got if w.startswith(("metropole:", "la-reunion:", "metropole+alsace-moselle:"))], [], "places that agree")
    got = warnings(env, ("\0hours = \"mon-fri 10:00-13:00,14:00-20:00\"", "hours = \"mon-fri 10:00-10:10\""))
    contains(got, "guyane: no opening of it is longer than the guard of 600 s: nothing is released")
    got = warnings(env, ("\0hours = \"mon-fri 10:00-13:00,14:00-20:00\"", "hours = \"mon-fri 10:00-10:11\""))
    equal([w for w in got if "guard" in w and "+" not in w], [])

def test_a_regime_of_days_that_it_has_no_hours_for(env):
    head = "\t{\n\t\tid = \"fr-2023\";"
    monday = ("\t{ id = \"fr-day\"; from = \"2026-08-10\"; to = \"2026-08-11\"; grade = \"primary\"; hours = \"sun 10:00-13:00\"; hours_article = \"x\";"
              " holiday_article = \"x\"; lists = ( ); sectors = ( ); consent = { required = false; article = \"x\"; }; },\n")
    equal(warnings(env, ("\t\tto = \"2026-08-11\";", "\t\tto = \"2026-08-10\";"), (head, monday + head)),
          ["regime fr-day: no minute of its days is lawful anywhere"])


def test_a_territory_that_nothing_leads_to(env):
    got = warnings(env, ("\t{ name = \"saint-pierre-et-miquelon\"; covered", "\t{ name = \"clipperton\"; covered = true; zones = [ \"Pacific/Tahiti\" ]; },\n"
                         "\t{ name = \"saint-pierre-et-miquelon\"; covered"))
    equal(got, ["territory clipperton: no number and no address leads to it"])


def test_a_list_that_the_law_has_left(env):
    equal(warnings(env, conf='list_overrides = [ "bloctel=required" ];'),
          ["list_overrides: bloctel=required, but the rulebook uses bloctel only until 2026-08-10: nothing refreshes it any more, "
           "and every job is held once it is too old"])
    got = warnings(env, conf='list_overrides = [ "bloctel=if-present" ];')
    equal(len(got), 1)
    contains(got[0], "nothing refreshes it any more; where it was loaded")
    got = warnings(env, ("\0{ name = \"bloctel\"; mode = \"unused\"", "{ name = \"robinson\"; mode = \"unused\""), conf='list_overrides = [ "robinson=required" ];')
    equal(len(got), 1)
    contains(got[0], "no regime uses robinson")


def test_what_the_loader_refuses_with_its_line(env):
    rows = [
        (("zones = [ \"Europe/Paris\" ]", "zones = [ \"Europe/Pariss\" ]"), "unknown zone \"Europe/Pariss\""),
        (("\"cpf\" ]; status = \"banned\"", "\"cpf\", \"retail\" ]; status = \"banned\""), "sector \"retail\" is there twice"),
        (("{ prefix = [ \"972\" ];   territories", "{ prefix = [ \"971\" ];   territories"), "prefix \"971\" is there twice"),
        (("hours = \"mon-fri 10:00-13:00,14:00-20:00\"", "hours = \"\""), "hours is empty"),
        (("from = \"2023-03-01\"", "from = \"2026-08-11\""), "ends before it begins"),
        (("to = \"2026-08-11\"", "to = \"2026-08-12\""), "overlap"),
    ]
    for change, part in rows:
        path = write(env, change)
        env.write_conf(f'rulebook = "{path}";\n')
        result = env.ctl("check-config", code=1)
        equal((result.out, result.err.count("\n")), ("", 1), repr(result))
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        said = result.err.split(path + ":", 1)[1].split(":", 1)
        contains(said[1], part)
        equal(0 < int(said[0]) <= len(lines), True, result.err)
        if part.startswith("unknown zone"):
            contains(lines[int(said[0]) - 1], "Europe/Pariss")
