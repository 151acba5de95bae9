"""Whole files as clients send them: one profile takes them, each row is released, held, or in the rejects with its reason."""

import csv
import io
import json
import os
import random

from harness import Failure, contains, equal, own_target, wait_until
from office_file import RULES, make
from test_enqueue import queue, store
from world import CAMPAIGN, OPEN, World


def e164(national):
    return "+262" + national[1:] if national.startswith("0692") else "+33" + national[1:]


def rejects_of(path):
    with open(path, encoding="cp1252", newline="") as f:
        return list(csv.reader(io.StringIO(f.read()), delimiter=";"))


def office(env, count):
    seed = int(os.environ.get("LICET_SEED", random.randrange(1 << 30)))
    env.extra["XDG_CONFIG_HOME"] = env.folder
    data, fates = make(count, seed)
    w = World(env).define()
    path, bad = store(env, "clients.csv", data), env.folder + "/bad.csv"
    # Without a word of what its columns mean nothing is queued.
    contains(env.ctl("enqueue", CAMPAIGN, path, "--to-first", "Tél. mobile,Tél. fixe", code=2).err, "Accord démarchage (")
    got = env.ctl_json("enqueue", CAMPAIGN, path, *RULES, "--profile", "acme", "--save-profile", "--rejects", bad, code=1)
    good = {line: f for line, f in fates.items() if isinstance(f, dict)}
    wrong = {line: f for line, f in fates.items() if isinstance(f, str)}
    equal((got["pushed"], got["refused"], got["blank"]), (len(good), len(wrong), sum(f is None for f in fates.values())), f"seed {seed}")
    made = {int(j["id"].rsplit("-", 1)[1]): j for j in queue(w)}
    equal(sorted(made), sorted(good), f"lines, seed {seed}")
    for line, fate in good.items():
        equal((made[line]["consent"]["collected_at"], made[line]["consent"]["act"]), (fate["collected_at"], "ticked-box"), f"line {line}, seed {seed}")
    rows = rejects_of(bad)
    equal(sorted(int(r[-2]) for r in rows[1:]), sorted(wrong), f"rejects, seed {seed}")
    for r in rows[1:]:
        if not r[-1].startswith(wrong[int(r[-2])]):
            raise Failure(f"line {r[-2]}, seed {seed}: {r[-1]!r}, want {wrong[int(r[-2])]}")
    return w, seed, path, bad, good, rows


def mend(bad, rows):
    """Numbers and dates are put right; who said no stays out."""
    mended = 0
    for r in rows[1:]:
        if r[-1].startswith("Tél. mobile"):
            r[3], mended = f"065{int(r[-2]):07}", mended + 1
        elif r[-1].startswith("Date"):
            r[7], mended = "18/06/2026 10:00", mended + 1
    with open(bad, "w", encoding="cp1252", newline="") as f:
        csv.writer(f, delimiter=";", lineterminator="\r\n").writerows(rows)
    return mended


def whole_life(env, count):
    w, seed, path, bad, good, rows = office(env, count)
    mended = mend(bad, rows)
    got = env.ctl_json("enqueue", CAMPAIGN, bad, "--profile", "acme", code=1)
    equal(got["pushed"], mended, f"mended, seed {seed}")
    for again in (path, bad):
        equal(env.ctl_json("enqueue", CAMPAIGN, again, "--profile", "acme", code=None)["pushed"], 0, f"again, seed {seed}")
    w.daemon = env.daemon("--simulate", OPEN)
    total = len(good) + mended
    w.wait_intake(total, 120)
    wait_until(lambda: w.stat("ready") + w.stat("held") + w.stat("refused") == total, 60, w.stats)
    w.daemon.stop()  # else jobs move while they are counted
    stats = w.balance()
    distinct = {e164(f["number"]) for f in good.values()}
    equal(stats["refused"] + stats["invalid"], stats.get("refused.duplicate", 0), f"{stats}, seed {seed}")
    # What waits is of each number at most; nobody is left out.
    if stats["ready"] + stats["held"] < len(distinct):
        raise Failure(f"{len(distinct)} numbers, {stats}, seed {seed}")


def test_the_file_of_an_office(env):
    whole_life(env, 1500)


@own_target
def test_the_file_of_an_office_of_fifty_thousand(env):
    whole_life(env, 50000)


# Exports as programs write them: bytes, options, the jobs. What reads like a consent is asked about first.
WANT = {"collected_at": "2026-04-18T13:37:00+02:00"}
SHAPES = {
    "brevo": ('"CONTACT ID","EMAIL","PRENOM","NOM","SMS","WHATSAPP","OPT_IN","DATE_CONSENT"\n1,zoe@example.org,Zoé,Martin,33600000001,,true,18-04-2026 13:37:00\n'
              "2,ana@example.org,Ana,Petit,33600000002,,false,19-04-2026 09:00:00\n".encode("utf-8-sig"), "OPT_IN", "true",
              ("--plus", "--map", "consent.collected_at=DATE_CONSENT"), {"id": "1", "to": "+33600000001", "consent": WANT}),
    "hubspot": ('"Record ID","First Name","Last Name","Email","Phone Number","Mobile Phone Number","Postal Code","Consent date","Legal basis consent"\n'
                '"501","Zoé","Martin","zoe@example.org","","+33 6 00 00 00 01","67000","2026-04-18 13:37","Yes"\n"502","Ana","Petit","","","06 00 00 00 02","","","No"\n'.encode(),
                "Legal basis consent", "Yes", ("--map", "consent.collected_at=Consent date"), {"id": "501", "to": "+33 6 00 00 00 01", "postcode": "67000", "consent": WANT}),
    "salesforce": ('"Contact ID","First Name","Last Name","Phone","Mobile","Mailing Zip/Postal Code","Do Not Call","Consent Captured Date"\r\n'
                   '"003A","Zoé","Martin","01 42 00 00 01","06 00 00 00 01","67000","0","4/18/2026 1:37 PM"\r\n"003B","Ana","Petit","01 42 00 00 02","","75011","1","4/19/2026 9:00 AM"\r\n'
                   .encode("cp1252"), "Do Not Call", "0", ("--to-first", "Mobile,Phone", "--map", "consent.collected_at=Consent Captured Date"),
                   {"id": "003A", "to": "06 00 00 00 01", "postcode": "67000", "consent": WANT}),
    "prestashop": ('"ID";"Titre";"Prénom";"Nom";"Adresse e-mail";"phone";"phone_mobile";"postcode";"Opt in";"Inscription"\n'
                   '"7";"Mme";"Zoé";"Martin";"zoe@example.org";"";"0600000001";"67000";"1";"2026-04-18 13:37:00"\n"8";"M.";"Ana";"Petit";"";"";"0600000002";"";"0";"0000-00-00 00:00:00"\n'
                   .encode(), "Opt in", "1", ("--map", "consent.collected_at=Inscription"), {"id": "7", "to": "0600000001", "postcode": "67000", "consent": WANT}),
    "excel for mac": ("Réf;Nom;Téléphone;CP;Accord;Le\r9;Zoé Martin;06 00 00 00 01;67000;oui;18/04/26 13:37\r10;Ana Petit;06 00 00 00 02;;non;19/04/26 09:00\r\r;;;;;\r"
                      .encode("mac-roman"), "Accord", "oui", ("--map", "consent.collected_at=Le"), {"id": "9", "to": "06 00 00 00 01", "postcode": "67000", "consent": WANT}),
}


def test_exports_of_programs(env):
    """Five shapes, people made up: the consents in them are asked about, and then they go in."""
    w = World(env).define()
    for n, (name, (data, column, yes, options, want)) in enumerate(SHAPES.items()):
        path = store(env, f"shape{n}.csv", data)
        contains(env.ctl("enqueue", CAMPAIGN, path, *options, code=2).err, f"column {column} (")
        w.r.delete(w.key("queue"))
        got = env.ctl_json("enqueue", CAMPAIGN, path, *options, "--word", f"{column}:{yes}=", code=1)
        equal((queue(w), got["refused"]), ([want], 1), name)


def test_exports_keep_their_secrets(env):
    """No column of them goes to a sender unasked."""
    w = World(env).define()
    for n, (data, column, yes, options, _) in enumerate(SHAPES.values()):
        env.ctl("enqueue", CAMPAIGN, store(env, f"s{n}.csv", data), *options, "--word", f"{column}:{yes}=", code=1)
    text = json.dumps([j for j in queue(w)], ensure_ascii=False)
    for word in ("Martin", "example.org", "vars"):
        if word in text:
            raise Failure(f"{word} in {text}")
