"""Errors of files and connections in French: each sentence stands in both languages where it is said, and the place of an error is the same in both."""

import glob
import os
import re
import subprocess

from harness import BUILD, CONF, ROOT, contains, equal
from spaces import enter
from test_french import ENGLISH, FRENCH

LITERAL = r'"(?:\\.|[^"\\\n])*"'
# What of src/io says nothing to people, or is licetd's alone. The table of licet.conf's help is English in every language, as --help is.
NOT_SAID = {"io/config/usage.c", "io/host/error_text.c", "io/host/http.c", "io/host/log.c", "io/host/mem.c", "io/proof/store.c", "io/redis/key_table.c", "io/redis/link.c", "io/redis/policy.c"}
ENDS = "ctl_fail|ctl_misuse|ctl_note|ctl_will_fail|wrong|does_not_add_up|everywhere_must_answer|each_do|in_each|ask_id|ask_refused|fault"
# Where a sentence is also put together before it is said.
MADE = {"ctl/explain/verify.c", "ctl/explain/case_json.c", "ctl/log/line_index.c", "ctl/log/log_beside.c", "ctl/log/log_judge.c", "ctl/log/log_walk.c", "ctl/registry/list_everywhere.c",
        "ctl/space/each.c", "ctl/space/everywhere.c", "ctl/space/find.c", "ctl/space/others.c"}
LIBRARIES = {"syntax error", "duplicate setting name", "mismatched element type in array", "Out of memory", "Server closed the connection", "Name or service not known", "Temporary failure in name resolution"}


def source(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/|//[^\n]*|#include[^\n]*", " ", file.read(), flags=re.S)


def cut_calls(text, names):
    """What is inside the brackets of calls of these functions, and the text without those calls."""
    inside, outside, at = [], [], 0
    for found in re.finditer(rf"\b(?:{names})\(", text):
        if found.start() < at:
            continue
        outside.append(text[at:found.start()])
        at, depth = found.end(), 1
        while depth > 0:
            token = re.compile(LITERAL + r"|[()]").search(text, at)
            depth += {"(": 1, ")": -1}.get(token.group(), 0)
            at = token.end()
        inside.append(text[found.end():at - 1])
    return "\n".join(inside), "\n".join(outside) + text[at:]


def sentences(text):
    for run in re.findall(rf"{LITERAL}(?:\s*{LITERAL})*", text):
        said = "".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', run))
        if re.search(r"[a-z]{2,} ([a-z]|%[^ ]* ?[a-z])|%[^ ]* [a-z]{2,}", said):
            yield said


def texts_of_others():
    table = re.search(r"\} texts\[\] = \{(.*?)\n\};", source("src/io/host/error_text.c"), re.S).group(1)
    return {"".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', run)) for run in re.findall(rf"\{{\s*((?:{LITERAL}\s*)+),", table)}


def test_each_error_stands_in_both_languages(env):
    known, missing, seen = texts_of_others(), [], 0
    paths = [os.path.relpath(path, os.path.join(ROOT, "src")) for top in ("io/**/*.c", "ctl/**/*.c") for path in glob.glob(os.path.join(ROOT, "src", top), recursive=True)]
    for path in sorted(set(paths) - NOT_SAID):
        text = source(os.path.join("src", path))
        seen += text.count("error_pick(")
        if not path.startswith(("io/", "ctl/input/")):
            text, _ = cut_calls(text, ENDS + ("|refuse|snprintf|mem_format" if path in MADE else ""))
        _, text = cut_calls(text, "error_pick|lang_pick|KEY|assert|print|log_warn")
        missing += [f"{path}: {said}" for said in sentences(text) if said not in known and not said.startswith("<")]
    equal(missing, [], "no French beside it")
    equal(seen > 200, True, f"{seen} sentences")


def test_the_table_has_what_the_core_and_libraries_say(env):
    """And nothing that nobody says any more."""
    known = texts_of_others()
    core = "".join(source(path) for path in ("src/core/law/week.c", "src/core/time/zone.c"))
    equal(sorted(said for said in sentences(core) if said not in known and not said.startswith("expected %s")), [], "no French")
    written = {"".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', run)) for path in ("src/core/law/week.c", "src/core/time/zone.c", *glob.glob(os.path.join(ROOT, "src/ctl/input/*.c"))) for run in re.findall(rf"{LITERAL}(?:\s*{LITERAL})*", source(path))}
    equal(sorted(known - written - LIBRARIES), [], "French of what nobody says")


# -- as people meet them


KEYS = {"hours"}  # of the files


def english_words(text):
    return sorted({w for w in re.findall(r"(?<![\w/._=-])[A-Za-zÀ-ÿ'-]+(?![\w/=_])", text) if w in ENGLISH and w not in FRENCH and w not in KEYS})


def put(env, name, data):
    path = os.path.join(env.folder, name)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return path


def rulebook_without(env, name, old, new):
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as file:
        text = file.read()
    equal(old in text, True, f"{old} in the rulebook")
    return put(env, name, text.replace(old, new, 1))


def test_bad_files_are_refused_in_french(env):
    def conf(name, text):
        return "check-config", "-c", env.write_conf(text, name)

    def law(*words):
        return "--rulebook", rulebook_without(env, *words)

    env.redis  # pylint: disable=pointless-statement
    cases = {
        conf("a.conf", "look_sm = 3;\n"): "a.conf:1: clé inconnue look_sm dans le fichier ; vouliez-vous dire look_ms ?",
        conf("b.conf", "look_ms = 3;\n"): "b.conf:1: look_ms doit être compris entre 10 et 10000, et non 3",
        conf("c.conf", "look_ms = ;\n"): "c.conf:1: erreur de syntaxe",
        conf("d.conf", 'redis_password_file = "/nonexistent/password";\n'): "redis_password_file: /nonexistent/password: aucun fichier ni dossier de ce nom",
        ("check-config", "-c", "/nonexistent.conf"): "/nonexistent.conf: aucun fichier ni dossier de ce nom",
        ("check-config", "--rulebook", "/nonexistent.conf"): "--rulebook /nonexistent.conf : aucun fichier ni dossier de ce nom (depuis le dossier courant)",
        ("check-config", "mayotte", "-c", CONF): "trop d'arguments ; usage : licetctl check-config",
        ("calendar", *law("e.conf", 'date = "12-25"', 'date = "12-32"')): "date doit être un mois et un jour comme « 12-25 », et non « 12-32 »",
        ("windows", "mayotte", *law("f.conf", "mon-fri 10:00-13:00", "mon-fri 10-13:00")): "hours : attendu au caractère 9 de « mon-fri 10-13:00",
        ("rulebook", "show", *law("g.conf", '"Europe/Paris"', '"Europe/Pris"')): "fuseau inconnu « Europe/Pris » : ",
        ("verify", put(env, "h.json", "{"), "-c", CONF): "h.json: ligne 1, colonne 1 : pas un reçu : du JSON est attendu",
        ("list", "load", "anti-prospection", put(env, "i.xls", b"\xD0\xCF\x11\xE0" + bytes(600)), "-c", CONF, *env.server.words): "i.xls: un fichier Excel d'avant 2007 : l'y enregistrer en « CSV UTF-8 », ou en .xlsx",
        ("status", "-c", CONF, "--redis", "127.0.0.1:1"): "Redis à 127.0.0.1:1 : connexion refusée",
    }
    for words, want in cases.items():
        told = env.run(*words, "--lang", "fr", code=None).err
        contains(told, want)
        equal(english_words(told.split(" ; usage :")[0].replace("licetctl: ", "", 1)), [], told)
        equal(want in env.run(*words, "--lang=en", code=None).err, False, f"{words} in English")


def test_the_locale_chooses_and_the_daemon_stays_english(env):
    bad = put(env, "bad.csv", "telephone\n0600000001\n")
    env.write_conf("look_sm = 3;\n", "typo.conf")
    typo = os.path.join(env.folder, "typo.conf")
    env.extra.update(LC_ALL="fr_FR.UTF-8")
    contains(env.run("enqueue", "acme.c", bad, "-c", typo, code=1).err, "clé inconnue look_sm")
    contains(env.run("check-config", "--json", "-c", typo, code=1).out, "unknown key look_sm")
    contains(env.run("check-config", "--json", "--lang", "fr", "-c", typo, code=1).out, "clé inconnue look_sm")
    rows = put(env, "rows.csv", "telephone\n0600000001\n06 12\n")
    env.redis  # pylint: disable=pointless-statement
    env.write_conf("look_ms = 150;\n")
    told = env.ctl("list", "load", "anti-prospection", rows, code=None).err
    contains(told, "rows.csv:3: number-malformed: ")
    contains(told, "10 chiffres commençant par 0, ou + et un indicatif de pays")
    told = subprocess.run([os.path.join(BUILD, "licetd"), "--check", "-c", typo], capture_output=True, text=True, env=env.environment(), timeout=60, check=False)
    contains(told.stderr, "unknown key look_sm")


def ends_in_french(env, cases):
    for words, (want, code) in cases.items():
        told = env.ctl(*words, "--lang", "fr", code=code).err
        contains(told, want)
        equal(english_words(told.split(" ; usage :")[0].replace("licetctl: ", "")), [], told)
        equal(want in env.ctl(*words, "--lang", "en", code=code).err, False, f"{words} in English")


def test_lists_and_logs_end_in_french(env):
    r = env.redis
    empty, key = put(env, "empty.csv", "telephone\n"), os.path.join(env.folder, "log.key")
    env.ctl("log", "keygen", "-o", key)
    ends_in_french(env, {
        ("list", "check", "anti-prospektion", "06 00 00 00 01"): ("liste inconnue anti-prospektion, vouliez-vous dire anti-prospection ?", 1),
        ("list", "show", "ni-vue"): ("liste ni-vue : aucune règle ne la nomme et rien ne s'y trouve", 1),
        ("list", "load", "ni-vue", empty): ("rien n'a été chargé (--force)", 1),
        ("list", "load", "anti-prospection", empty): ("liste anti-prospection : il n'y a aucun numéro dans le fichier : rien n'a été changé", 1),
        ("list", "check", "opposition", "06"): ("••: number-malformed: 10 chiffres commençant par 0", 1),
        ("list", "accept", "opposition"): ("accept exige --reason : pourquoi", 2),
        ("list", "mend", "anti-prospection"): ("anti-prospection est chargée en entier : corriger son fichier", 2),
        ("list", "review", "anti-prospection"): ("ce sont opposition et opposition:ANNONCEUR qui sont revues", 1),
        ("log", "verify"): ("aucun dossier n'est nommé, et log_dir est vide dans la configuration", 1),
        ("log", "verify", env.folder): ("n'est pas un journal des décisions : checkpoints : aucun fichier", 1),
        ("log", "prove", "acme.c", "1", "--log", env.folder): ("n'est pas un journal des décisions : checkpoint : aucun fichier", 1),
        ("log", "keygen"): ("-o doit dire quel fichier créer", 2),
        ("log", "keygen", "--next"): ("ne disent quelle clé est remplacée", 1),
        ("log", "keygen", "-o", key): ("log.key existe déjà : rien n'a été modifié", 1),
    })
    # What is kept of a list reads the same whoever loaded it; whoever looks reads it in his language.
    kept = "there is no number in the file: nothing was changed, its date neither (--force)"
    equal(r.hget(env.prefix + "list-meta:anti-prospection", "last_error"), kept)
    contains(env.ctl("list", "show", "anti-prospection", "--lang", "fr").out, "il n'y a aucun numéro dans le fichier")
    contains(env.ctl("status", "--all", "--lang", "fr").out, "il n'y a aucun numéro dans le fichier")
    contains(env.ctl("list", "show", "anti-prospection").out, kept)
    r.config_set("appendfsync", "no")
    contains(env.ctl("status", "--lang", "fr").out, ", appendfsync vaut no\n")
    env.extra.update(LC_ALL="fr_FR.UTF-8")
    equal(env.ctl_json("list", "load", "anti-prospection", empty, code=1)["error"], kept)


def test_spaces_end_in_french(env):
    """What all commands share where there are several spaces."""
    r = env.redis
    env.write_conf('prefix = "licet-sim:{a}:";\n')
    env.set_prefix("licet-sim:{a}:")
    enter(r, "a", "b")
    for name in "ab":
        r.sadd(f"licet-sim:{{{name}}}:campaigns", "acme.c")
    r.set("licet-sim:{b}:list:opposition", "x")
    ends_in_french(env, {
        ("list", "check", "opposition", "06 00 00 00 01"): ("on ignore si le numéro est sur la liste dans l'espace b : liste opposition : sa clé n'est pas une liste", 1),
        ("list", "mend", "opposition"): ("ceci se fait dans un seul espace, et il y en a 2 : en désigner un avec --space : a, b", 1),
        ("list", "review", "anti-prospection"): ("on ignore ce qui est à revoir dans les espaces a, b : anti-prospection est chargée", 1),
        ("list", "load", "anti-prospection", "-"): ("l'entrée standard ne peut être lue qu'une fois, et il y a 2 espaces", 2),
        ("refused", "acme.c"): ("la campagne acme.c se trouve dans deux espaces, a et b : en désigner un avec --space", 1),
        ("list", "show", "opposition:A"): ("n'est pas un identifiant (liste) : [a-z0-9]", 2),
        ("status", "--space", "a"): ("espace a seul : ce que les autres détiennent n'y figure pas", 0),
    })
    env.extra.update(LC_ALL="fr_FR.UTF-8")
    contains(env.ctl("halt", "source:nulle", "--reason", "essai", code=1).err, "aucune campagne n'a la source nulle : rien n'a été arrêté (--force")
    contains(env.ctl("oppose", "06 00 00 00 01", "--undo", code=2).err, "--undo exige --reason")
