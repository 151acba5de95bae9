"""French, where it is asked for or the machine is French: nothing that we wrote stays English."""

import glob
import html
import os
import re

from decision_log import configure, lines, wait_logged
from harness import Failure, ROOT, contains, equal, full_speed, wait_until
from world import CONSENT, OPEN, World, job

NUMBER, REFUSED, HELD = "+33600000001", "+33600000501", "+590690000001"
# Words of English sentences that are none of French, and codes that people must not meet.
ENGLISH = """the of is are was were not it its and or but with without from to for by at on in this that these which who what why when where how if then until
before after between only all any each every no yes none nothing more than may must can will has have had be been being as they their there here call calls called
job jobs number numbers held refused waiting released taken done lists listed day days hour hours year years week holiday holidays reason rule rules retail toys read written
shown person people log kept erased opposed advertiser campaign rulebook rewritten off consent-missing prospecting answered busy no-answer running paused stopped unknown
Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September October November December""".split()
# What stands so in French as well, or is a name: of a command, a field, a file.
FRENCH = {"on", "as", "or", "a"}
OURS = re.compile(r"licetctl export CAMPAIGN --since|licetctl log prove|\(consent-missing|consent-missing \)|\(consent-missing\)|SHA-256|[a-z]+\.[a-z]+|opposition:acme|licet-\S+|https?://\S+|\+\d+•+|acme\S*|main|vouliez-vous dire toys|number-malformed, to :|le champ to|to: number-malformed|advertiser : acme attendu|^  source +C\. conso\..*", re.M)  # the last: the rulebook's own words


FAULTS = []


def must_be_french(what, text):
    words = re.findall(r"(?<!\w)[A-Za-zÀ-ÿ'-]+(?!\w)", OURS.sub(" ", text))
    found = sorted({w for w in words if w in ENGLISH and w not in FRENCH})
    if found:
        lines_ = [line for line in text.splitlines() if any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", OURS.sub(" ", line)) for w in found)]
        FAULTS.append(f"{what}: {found} in\n" + "\n".join(lines_[:12]))


def scene(env):
    w = World(env)
    w.folder = configure(env)
    w.define(product="jouets")
    w.r.hset(w.p + "source:web-2026", mapping={"name": "formulaire", "informed": "notice"})
    w.daemon = env.daemon("--simulate", OPEN)
    consent = {**CONSENT, "product": "jouets"}
    w.r.hset(w.p + "campaign:acme.faulty:def", mapping={"advertiser": "nobody", "sector": "toyz", "rate": "fast", "route": "night", "opt_out": "0899", "window": "mon 9", "status": "running"})
    w.r.sadd(w.p + "campaigns", "acme.faulty")
    w.push(*[job(i, consent=consent) for i in range(1, 4)], job(501, consent=None), job(7, consent=consent, to=HELD, postcode="97110"), "pas du JSON")
    for got, outcome in zip(wait_until(lambda: w.stat("ready") == 3 and w.take(3), 10, lambda: f"jobs to take: {w.state()} {w.stats()}"), ("answered", "busy", "opted-out")):
        w.done(got["token"], outcome)
    w.wait_stat("done", 3)
    w.r.hset(w.p + "list-meta:anti-prospection", mapping={"refreshed_at": "2026-11-20T06:00:00Z", "source": "fichier", "every_h": "720"})
    wait_until(lambda: len(lines(w.folder, "call")) == 3, 20, "the calls")
    wait_logged(w, w.folder)
    return w


@full_speed
def test_nothing_stays_english(env):
    w = scene(env)
    scrub = os.path.join(env.folder, "scrub.csv")
    with open(scrub, "w", encoding="utf-8") as file:
        file.write("Numéro\n0600000077\nDupont\n")
    contacts = os.path.join(env.folder, "contacts.csv")
    with open(contacts, "w", encoding="utf-8") as file:
        file.write("Téléphone;not_before;consent.product\n0600000601;24/11/2026 18:00;jouets\n0600000602;25/12/2026;\n06 12;;\n;;\n0600000603;04/05/2026;x\n")
    commands = [("explain", w.c, REFUSED), ("explain", w.c, HELD), ("explain", w.c, NUMBER), ("explain", "acme.faulty", NUMBER), ("explain", w.c, "+33600000099", "--at", "2026-12-25T11:00:00+01:00"), ("attest", w.c),
                ("dossier", NUMBER), ("dossier", REFUSED), ("dossier", HELD), ("dossier", "+33600000003"), ("calendar", "--year", "2027"), ("calendar", "mayotte"),
                ("rulebook", "show"), ("phone", NUMBER), ("phone", "0800000000"), ("phone", "06 12"), ("windows", "mayotte"), ("windows", "nouvelle-caledonie"), ("log", "verify"), ("log", "compare"), ("subject", "erase", REFUSED), ("subject", "erase", NUMBER), ("reasons",),
                ("list", "show", "opposition"), ("list", "show", "anti-prospection"), ("list", "check", "opposition", NUMBER),
                ("list", "review", "opposition"), ("list", "mend", "opposition"), ("list", "accept", "opposition", "--reason", "essai"), ("list", "load", "anti-prospection", scrub, "--force", "--skip-bad"),
                ("preflight",), ("preflight", "--at", "2026-12-25T11:00:00+01:00"), ("check-config",), ("status",), ("refused", w.c), ("invalid", w.c), ("done", w.c), ("senders",), ("forecast", w.c),
                ("enqueue", w.c, contacts, "--dry-run", "--dates", "dmy"), ("enqueue", w.c, contacts, "--dates", "dmy", "--batch", "essai"), ("enqueue", w.c, contacts, "--dates", "dmy"), ("batch", "list", w.c), ("batch", "show", w.c, "essai"), ("batch", "cancel", w.c, "essai")]
    for words in commands:
        told = env.ctl(*words, "--lang", "fr", code=None)
        text = told.out
        must_be_french(" ".join(words) + ", standard error", told.err)
        if words[0] != "reasons":  # they are codes, with what each means
            must_be_french(" ".join(words), text)
        equal(text == env.ctl(*words, "--lang", "en", code=None).out, False, f"{words} in English")
    for words in (("attest", w.c), ("dossier", NUMBER), ("subject", "show", NUMBER), ("explain", w.c, REFUSED), ("log", "prove", w.c, "1"), ("calendar", "--year", "2027")):
        page = env.ctl(*words, "--format", "html", "--lang", "fr", code=None).out
        must_be_french("html " + " ".join(words), html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>|<pre>.*?</pre>|<code>.*?</code>", " ", page, flags=re.S))))
    if FAULTS:
        raise Failure("\n".join(FAULTS))


def test_the_locale_says_it(env):
    w = scene(env)
    words = ("explain", w.c, REFUSED, "--at", "2026-11-24T10:31:00+01:00")
    french, english = (env.ctl(*words, "--lang", lang, code=1).out for lang in ("fr", "en"))
    env.extra.update(LC_ALL="", LC_MESSAGES="fr_FR.UTF-8", LANG="C")
    equal(env.ctl(*words, code=1).out, french, "LC_MESSAGES")
    equal(env.ctl_json(*words, code=1)["lang"], "en", "machines")
    env.extra.update(LC_ALL="fr")
    equal(env.ctl(*words, code=1).out, french, "LC_ALL")
    equal(env.ctl(*words, "--lang", "en", code=1).out, english, "--lang wins")
    env.extra.update(LC_ALL="C", LC_MESSAGES="fr_FR")
    equal(env.ctl(*words, code=1).out, english, "LC_ALL wins")
    env.extra.update(LC_ALL="frr_DE.UTF-8")
    equal(env.ctl(*words, code=1).out, english, "Frisian is not French")
    contains(french, "aucun consentement")


# -- the table


def literals(path):
    """The texts of a C file, those that stand behind each other as one."""
    with open(path, encoding="utf-8") as file:
        return list(texts_in(re.sub(r"/\*.*?\*/|//[^\n]*", " ", file.read(), flags=re.S)))


def texts_in(source):
    for run in re.findall(r'"(?:\\.|[^"\\\n])*"(?:\s*(?:PRId64|PRIu64|JSON_INTEGER_FORMAT)?\s*"(?:\\.|[^"\\\n])*")*', source):
        yield "".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', run))


def test_the_table_has_codes_and_what_the_core_says(env):
    """A sentence of licetctl stands in both languages where it is said. What the table translates is a code, or a text that the core keeps
    in receipts: one that was reworded without its French would be found by nobody."""
    table = os.path.join(ROOT, "src", "ctl", "base", "french.c")
    with open(table, encoding="utf-8") as file:
        text = file.read()
    inside = re.search(r"codes\[\] = \{\n(.*?)\n\};", text, re.S).group(1)
    keys = ["".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', run)) for run in re.findall(r'\{\s*((?:"(?:\\.|[^"\\\n])*"\s*)+),', inside)]
    equal(len(keys) > 150, True, f"{len(keys)} keys")
    tree = [path for top in ("src", "include") for path in glob.glob(os.path.join(ROOT, top, "**", "*.[ch]"), recursive=True) if path != table]
    tree += glob.glob(os.path.join(ROOT, "conf", "rulebooks", "*.conf"))
    core = [path for path in tree if f"{os.sep}core{os.sep}" in path or path.endswith(".conf")]
    written, by_core = ({text for path in paths for text in literals(path)} for paths in (tree, core))
    days = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
    codes = {k for k in keys if re.fullmatch(r"[a-z]+([_-][a-z]+)*", k)} | days | {"postcode and INSEE"}
    equal(sorted(codes - written), [], "codes that are written nowhere")
    equal(sorted(set(keys) - codes - by_core), [], "sentences that the core does not say")


def test_each_sentence_of_the_core_has_its_french(env):
    """A fault of a campaign, a hint of a job: what is written in src/core stands in the table of core_text.c, or in that of codes. So does what is kept in
    English of a list, of a decision log and of what Redis keeps, in Redis and in attestations."""
    def shape(text):
        text = re.sub(r"such as 20[-0-9T:+]+$", "such as %", text)
        return re.sub(r"(%[.0-9]*[lz]*[a-z*])+", "%", text.replace("%.*s", "%s")).replace("\\n", "")
    def table(name):
        with open(os.path.join(ROOT, "src", "ctl", "base", name), encoding="utf-8") as file:
            runs = re.findall(r'\{\s*((?:"(?:\\.|[^"\\\n])*"\s*)+),', file.read())
        return {shape("".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', run))) for run in runs}
    known = table("core_text.c") | table("french.c")
    # Beginnings that others follow, and names of laws.
    parts = {"window: %", "sector: %, did you mean %?", "definition: %", "%: %", "expected % at character % of \\\"%\\\"", "%", "expected at most % bytes, it has %: how it begins is kept", "the fields are",
             "route's ", "advertiser's ", "RGPD 21; L223-1 C. conso.", "D223-9 C. conso.", "caller_id was used first by SIREN %%%", "more than % fields or % bytes: it is not read",
             "%: control characters in its %"}
    missing = []
    for file in ("job/job.c", "decide/decide.c", "number/phone.c", "number/place.c", "campaign/campaign.c", "campaign/reading.c", "campaign/references.c", "campaign/situation.c", "text/fields.c"):
        for text in literals(os.path.join(ROOT, "src", "core", file)):
            if re.search(r"[a-z]{2,} [a-z%]", text) and shape(text) not in known | parts and "#include" not in text and "; " not in text[:2]:
                missing.append(f"{file}: {text}")
    kept = {"../io/redis/policy.c": r"\badd_why\(ret,", "registry/list_load.c": r"\brefuse\(l,|\bsnprintf\(why,|\bno_number\[\] =", "log/log_walk.c": r"\blog_walk_fault\(w,", "log/log_verify.c": r"\blog_walk_fault\(w,", "log/log_beside.c": r"\btell\(c,"}
    seen = 0
    for file, begin in kept.items():
        with open(os.path.join(ROOT, "src", "ctl", file), encoding="utf-8") as source:
            text = source.read()
        for call in re.finditer(begin, text):
            said = [s for s in texts_in(text[call.end():text.index(";\n", call.end())]) if re.search(r"[a-z]{2,} [a-z%]", s)]
            seen += len(said)
            missing += [f"{file}: {s}" for s in said if shape(s) not in known and "%: " + shape(s) not in known]
    equal(missing, [])
    equal(seen > 20, True, f"{seen} sentences are kept")
