"""--help, help COMMAND and the parts of the manual: made from the same tables, and no wider than a terminal of 80 columns."""

import re

from harness import contains, equal, full_speed

GROUPS = ["Setup", "Look", "Campaigns", "Stop", "Senders", "People", "Evidence", "Law"]
PARTS = ("commands", "options", "licetd", "reasons", "outcomes", "configuration", "keys")


def listed(env):
    """The commands of --help."""
    return re.findall(r"^.{10}([a-z][a-z-]*) +\S", "\n".join(env.run("--help").out.splitlines()[1:-3]), re.M)


def test_help_fits(env):
    lines = env.run("--help").out.splitlines()
    equal([line for line in lines if len(line) > 80 or line != line.rstrip()], [])
    equal(len(lines) <= 50, True, f"{len(lines)} lines")
    equal([line.split()[0] for line in lines[1:-3] if line[0] != " "], GROUPS)
    names = listed(env)
    equal((len(names) > 35, len(names)), (True, len(lines) - 4), "a line a command")
    equal((sorted(set(names)), "man" in names), (sorted(names), False))


@full_speed
def test_each_command_tells_its_options_and_an_example(env):
    for name in listed(env):
        text = env.run("help", name).out
        equal([line for line in text.splitlines() if len(line) > 80], [], name)
        usage = " ".join(text.split("\n\n")[0].split())
        contains(text, f"\nExample\n  licetctl {name}")
        contains(text, "\n  --socket PATH")
        # What the usage has, the list explains, and nothing else.
        told = re.findall(r"^  (--[a-z-]+)(?: (\S+))?(?:  |$)", text.split("\nEvery command takes")[0], re.M)
        equal(sorted({option for option, _ in told}), sorted(set(re.findall(r"--[a-z-]+", usage))), name)


@full_speed
def test_each_option_is_known_to_its_command(env):
    """The parser takes what the table has: a flag takes no value, another needs one, a typo leads to it."""
    for name in listed(env):
        text = env.run("help", name).out.split("\nEvery command takes")[0]
        forms = {line.split()[2] if re.match(r"[a-z]", (line.split() + ["", ""])[2]) else "" for line in text.split("\n\n")[0].splitlines() if line.startswith("licetctl")}
        for option, argument in sorted(set(re.findall(r"^  (--[a-z-]+)(?: (\S+))?(?:  |$)", text, re.M))):
            for form in sorted(forms):
                words = [name, *([form] if form else []), option]
                if argument:
                    got = env.run(*words, "--redis", "127.0.0.1:1", code=None)
                    equal((got.code, "needs a value" in got.err or "Redis at" in got.err), (got.code, True), words)
                    continue
                got = env.run(*words[:-1], option + "=x", "--redis", "127.0.0.1:1", code=None)
                equal((got.code, "takes no value" in got.err or "Redis at" in got.err), (got.code, True), words)


def test_a_typo_names_the_nearest(env):
    for words, said in ((("statsu",), "did you mean status?"), (("explian", "c", "1"), "did you mean explain?"), (("windows", "metropole", "--form", "x"), "did you mean --from?"),
                        (("completion", "--shel", "zsh"), "did you mean --shell?"), (("phone", "1", "--soket", "/x"), "did you mean --socket?"),
                        (("rulebook", "show", "--on", "2026-01-01"), "--on belongs to diff"), (("windows", "--days"), "--days needs a value; usage: licetctl windows NUMBER|PLACE [--from T] [--days N]")):
        contains(env.run(*words, code=2).err, said)
    contains(env.run("rulebook", "show", "--on", "2026-01-01", code=2).err, "usage: licetctl rulebook show\n")


def test_parts(env):
    for part in PARTS:
        equal(env.run("man", part).out.startswith(("*", "#", "-")), True, part)
    contains(env.run("man", "command", "explain").out, "*licetctl explain* CAMPAIGN NUMBER")
    contains(env.run("man", "licetctl", code=2).err, "no part licetctl")
