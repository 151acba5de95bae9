"""What the pages of the manual tell people to type works as it stands there, and so does each command's example."""

import glob
import os
import re
import signal
import subprocess

from examples import Shell, blocks, of_page, pages
from harness import BUILD, ROOT, SIM, Failure, contains, equal, full_speed, wait_until
from world import World, job

# Pages whose examples change most come last; what is not named here comes first, in the order of names.
LAST = ("licetctl-campaign.1", "licet-sender.7", "licet-redis.7", "licet-lists.7", "licetctl-list.1", "licetctl-sender.1", "licet-operations.7", "licet-campaign.5")
ERASING = ("licet-evidence.7", "licetctl-subject.1")  # each erases a person at its end; in both languages
ALONE = (*ERASING, *("fr/" + name for name in ERASING), "licetctl-space.1")  # the last one: of prefixes with a tag
FILES = {
    "contacts.csv": "id;Téléphone;Ville\nn1;0600000051;Lyon\nn2;0600000052;Lille\n",
    "crm.csv": "Réf;Mobile;Accord;Date\nk1;0600000054;Oui;18/09/2026 13:37\n",
    "two-numbers.csv": "id;Téléphone;Mobile;Zone;Ville\nt1;0400000001;0600000053;75001;Paris\n",
    "consents.csv": "number,product,channel,collected_at,until,form,proof\n"
                    "0612345678,toys,automated-voice,2026-09-01T10:12:00+02:00,2027-08-31,identity choice period withdrawal proof,f/1\n",
    "calls.csv": "number,at\n0600000063,2026-11-20\n",
    "scrub.csv": "Numéro\n" + "".join(f"06000008{i:02}\n" for i in range(20)),
}


def scene(env):
    """All that the examples take for granted: the campaign with jobs everywhere, the number, one job that is unknown, files."""
    env.extra["XDG_CONFIG_HOME"] = env.folder  # where profiles are kept
    for name, text in FILES.items():
        with open(os.path.join(env.folder, name), "w", encoding="utf-8") as f:
            f.write(text)
    with open(os.path.join(ROOT, "conf", "rulebooks", "fr.conf"), encoding="utf-8") as f:
        law = f.read()
    with open(os.path.join(env.folder, "decree.conf"), "w", encoding="utf-8") as f:
        f.write(law.replace('from = "2026-08-11";', 'from = "2026-08-11";\n\t\tto = "2027-03-01";', 1))
    w = World(env).define(lists=("opposition", "anti-prospection"))
    w.r.hset(w.p + "route:main", mapping={"location": "FR", "lease_s": "1"})
    w.push(job(4))
    w.daemon = env.daemon("--simulate", "2026-11-24T10:30:00+01:00")
    w.wait_stat("ready", 1)
    w.take(1, "box")
    w.wait_stat("unknown", 1)
    w.r.hset(w.p + "route:main", "lease_s", "900")
    World(env, w.p, "acme.other").define()
    w.push(job("crm-1", "06 12 34 56 78"), job("crm-2", "0600000022"), job(8), job(9, consent=None), '{"id":"11","to":"06"}')
    w.wait_intake(6)
    w.r.sadd(w.p + "list:opposition", "+33600000077")
    w.r.xadd(w.p + "errors", {"event": "test", "text": "x"})
    return w


def name_of(path):
    return os.path.relpath(path, os.path.join(ROOT, "src", "man"))[:-len(".scd")]


def run_page(shell, name):
    ran = 0
    for kind, block in blocks(os.path.join(ROOT, "src", "man", name + ".scd")):
        if kind == "run":
            try:
                shell.run(block)
            except Failure as error:
                raise Failure(f"{name}: {error}") from error
            ran += 1
        elif kind == "shown" and re.search(r"^(licetctl|redis-cli|licetd|make) ", block, re.M):
            raise Failure(f"{name}: these are commands, and nothing runs them:\n{block}")
    for left in glob.glob(os.path.join(shell.env.folder, "*.json*")) + glob.glob(os.path.join(shell.env.folder, "attestation.txt")):
        os.unlink(left)  # no page writes over what another one wrote
    if not ran and name not in ("licet-hacking.7", "licet-security.7", "licetd.8", "licet-cluster.7"):
        raise Failure(f"{name} has no example that is run")


@full_speed
def test_pages(env):
    scene(env)
    shell = Shell(env)
    names = [name_of(path) for path in pages()]
    equal(sorted({*LAST, *ALONE} - set(names)), [])
    for name in [n for n in names if n not in (*LAST, *ALONE)] + list(LAST):
        run_page(shell, name)


def run_erasing(env, folder):
    w = scene(env)
    for name in ERASING:
        run_page(Shell(env), folder + name)
        for left in glob.glob(os.path.join(env.folder, "*.html")):
            os.unlink(left)
        taken_in = w.stat("intake")
        w.push(job(f"after {name}", "06 12 34 56 78"))
        w.wait_stat("intake", taken_in + 1)


@full_speed
def test_evidence(env):
    run_erasing(env, "")


@full_speed
def test_evidence_in_french(env):
    run_erasing(env, "fr/")


@full_speed
def test_the_example_of_each_command(env):
    w = scene(env)
    shell = Shell(env)
    w.wait_stat("ready", 3)
    token = w.take(1, "box")[0]["token"]
    told = [name for name in env.run("completion").out.split("kinds=${kinds/ @command / ")[1].split(" }")[0].split(",") if name]
    # Those that stop, or use up, come last; before a call the number is not a duplicate.
    later = ["oppose", "halt", "unhalt", "campaign", "take", "sender", "subject", "verify"]
    for name in ["explain"] + [n for n in told if n not in ("explain", *later)] + later:
        text = env.run("help", name).out
        example = re.search(r"^Example\n((?:  .*\n)+)", text, re.M).group(1)
        contains(example, f"licetctl {name}")
        example = example.replace("6b04ca6b4c5fc0f5.1", token).replace("acme.noel crm-1 not-placed", "acme.noel 4 not-placed").replace("552100554", "732829320")
        if name == "breaker":  # nothing is open: it says so
            shell.run(example, code=1)
            continue
        if name == "advertiser":
            w.r.hset(w.p + "sirens", "732829320", "other")
        if name == "batch":
            shell.run("licetctl enqueue acme.noel contacts.csv --again")
        if name == "top":
            example = example.replace("top", "top --once")
        if name in ("init", "space"):
            continue  # test_init, test_spaces
        shell.run(example)


@full_speed
def test_spaces(env):
    for name in ("travel", "retail"):
        World(env, f"licet-sim:{{{name}}}:").define()
        env.daemon("--instance", "vm-" + name, "--simulate", "2026-11-24T10:30:00+01:00")
    shell = Shell(env)
    run_page(shell, "licetctl-space.1")
    example = re.search(r"^Example\n((?:  .*\n)+)", env.run("help", "space").out, re.M).group(1)
    contains(example, "licetctl space add travel")
    shell.run(example)


def test_licetd(env):
    """It reads the files and stops; it runs without any, on a clock of its own."""
    env.redis.ping()
    check, rehearse = of_page("licetd.8", "licetd")[0].replace("\\\n", "").strip().splitlines()
    equal(subprocess.run([os.path.join(BUILD, "licetd"), *check.split()[1:]], cwd=ROOT, check=False).returncode, 0)
    words = rehearse.split()[1:]
    at = words.index("--redis")
    words[at:at + 2] = ["--socket", env.server.socket]
    words[words.index("--prefix") + 1] = SIM
    with open(os.path.join(env.folder, "log"), "wb") as log, \
            subprocess.Popen([os.path.join(BUILD, "licetd"), *words], cwd=ROOT, env=env.environment(), stderr=log) as licetd:
        wait_until(lambda: list(env.redis.scan_iter(SIM + "daemon:*")), 20, "its heartbeat")
        licetd.send_signal(signal.SIGTERM)
        equal(licetd.wait(20), 0)


def test_acl(env):
    """The loop gives each user of the file its password, and Redis takes that file."""
    loop, = of_page("licet-security.7", "acl")
    users = os.path.join(env.folder, "users.acl")
    with open(os.path.join(ROOT, "conf", "redis-users.acl"), encoding="utf-8") as f, open(users, "w", encoding="utf-8") as out:
        out.write(f.read().replace("user default off", "user default on nopass ~* &* +@all"))
    subprocess.run(["bash", "-ec", loop], cwd=env.folder, input=b"".join(b"word-%d\n" % i for i in range(5)), stdout=subprocess.DEVNULL, check=True)
    env.start_redis("--aclfile", users)
    for i, user in enumerate(("daemon", "ops", "marketing", "sender", "monitoring")):
        equal(env.redis.execute_command("AUTH", f"licet-{user}", f"word-{i}"), True, user)
