"""Manual pages and --help: sound, whole, and no wider than a terminal of 80 columns."""

import re
import subprocess

from harness import contains, equal

PAGES = {"licetd": ("8", "OPTIONS", "SIGNALS"), "licetctl": ("1", "OPTIONS", "COMMANDS", "EXIT STATUS"), "licet.conf": ("5", "KEYS")}
EVERY = ("NAME", "DESCRIPTION", "ENVIRONMENT", "FILES", "SEE ALSO")


def mandoc(page, *words):
    return subprocess.run(["mandoc", *words], input=page.encode(), capture_output=True, check=False).stdout.decode()


def test_pages(env):
    for name, (section, *heads) in PAGES.items():
        page = env.run("man", name).out
        equal(mandoc(page, "-T", "lint", "-W", "style"), "", name)
        text = re.sub(".\b", "", mandoc(page, "-T", "utf8", "-O", "width=80"))
        equal([line for line in text.split("\n") if len(line) > 80], [], name)
        contains(text, f"{name.upper()}({section})")
        equal(bool(re.search(r"\n.* \d{4}-\d\d-\d\d .*\n$", text)), True, f"the date of {name}")
        there = re.findall(r"^[A-Z][A-Z ]+$", text, re.M)
        equal([head for head in (*EVERY, *heads) if head not in there and (head, name) != ("DESCRIPTION", "licetctl")], [], f"sections, {there}")


def test_the_page_has_all_that_help_has(env):
    """Every command with its usage, every line of its help: the same words."""
    words = re.sub(".\b", "", mandoc(env.run("man", "licetctl").out, "-T", "utf8", "-O", "width=80")).split()
    text = " ".join(words)
    commands = re.findall(r"^  ([a-z][a-z-]*)(?: |$)", env.run("--help").out, re.M)
    equal(len(commands) > 35, True, commands)
    for name in commands:
        usage, *more = env.run("help", name).out.removeprefix("licetctl ").split("\n\n")
        contains(text, " ".join(usage.split()))
        for part in "\n".join(more).replace("(needs no Redis)", "").split("\n"):
            contains(text, " ".join(part.split()))


def test_help_fits(env):
    equal([line for line in env.run("--help").out.split("\n") if len(line) > 80 or line != line.rstrip()], [])
