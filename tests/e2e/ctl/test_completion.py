"""What Tab does behind licetctl, typed in bash and in zsh. Nothing of it asks Redis."""

import os

from harness import Failure, equal, full_speed
from terminal import Terminal

COMMON = {"-c", "--config", "--socket", "--space", "--redis", "--rulebook", "--prefix", "--instance", "--json", "--lang", "--help"}
# What is typed, what the line is then, and what is offered; None: as it was, nothing.
CASES = (
    # A command, and before it.
    ("licetctl stat", "licetctl status ", None),
    ("licetctl for", "licetctl forecast ", None),
    ("licetctl --", None, {*COMMON - {"-c"}, "--version"}),
    ("licetctl --json --so", "licetctl --json --socket ", None),
    ("licetctl he", "licetctl help ", None),
    ("licetctl help he", None, None),
    ("licetctl help forec", "licetctl help forecast ", None),
    ("licetctl help forecast ", None, None),
    ("licetctl -c licet.conf stat", "licetctl -c licet.conf status ", None),
    ("licetctl --config=licet.conf stat", "licetctl --config=licet.conf status ", None),
    ("licetctl --redis host:6379 stat", "licetctl --redis host:6379 status ", None),
    ("licetctl --redis host:6379 campaign pu", None, {"put", "purge"}),
    # Subcommands: once, and what belongs to them.
    ("licetctl campaign ", None, {"list", "show", "put", "pause", "resume", "stop", "cancel", "purge"}),
    ("licetctl campaign show ", None, None),
    ("licetctl campaign stop acme.noel --e", None, {"--end", "--export"}),
    ("licetctl campaign show acme.noel --e", None, None),
    ("licetctl rulebook diff --of", "licetctl rulebook diff --offline ", None),
    # Options: those that are there are not there again.
    ("licetctl status --", None, {*COMMON - {"-c"}, "--all"}),
    ("licetctl status --all --a", None, None),
    ("licetctl status --all --j", "licetctl status --all --json ", None),
    ("licetctl dossier 0600000001 --from 2026-11-24T10:00:00Z --fr", None, None),
    ("licetctl dossier 0600000001 --from 2026-11-24T10:00:00Z --t", "licetctl dossier 0600000001 --from 2026-11-24T10:00:00Z --to ", None),
    # Values.
    ("licetctl explain C 0600000001 --lang ", None, {"en", "fr"}),
    ("licetctl explain C 0600000001 --lang=f", "licetctl explain C 0600000001 --lang=fr ", None),
    ("licetctl export C --format c", "licetctl export C --format csv ", None),
    ("licetctl export C --kind ", None, {"done", "refused", "invalid"}),
    ("licetctl refused C --reason opposed-", None, {"opposed-advertiser", "opposed-platform"}),
    ("licetctl report token never", "licetctl report token never-again ", None),
    ("licetctl settle C 1 voic", "licetctl settle C 1 voicemail ", None),
    ("licetctl halt all --reason ", None, None),
    # Files, where there is one, whatever its name.
    ("licetctl enqueue C jo", "licetctl enqueue C jobs\\ one.jsonl ", None),
    ("licetctl list load bloctel num", "licetctl list load bloctel numbers.csv ", None),
    ("licetctl list show num", None, None),
    ("licetctl verify rec", "licetctl verify receipts/", None),
    ("licetctl enqueue C numbers.csv --report num", "licetctl enqueue C numbers.csv --report numbers.csv ", None),
    ("licetctl enqueue C numbers.csv num", None, None),
    ("licetctl --socket num", "licetctl --socket numbers.csv ", None),
    ("licetctl phone num", None, None),
)

BASH = ("exec bash --norc --noprofile -i",
        "PS1='$ '; bind 'set show-all-if-ambiguous on'; bind 'set bell-style none'; bind 'set completion-query-items 0'; "
        "bind 'set page-completions off'; . ../licetctl.bash")
ZSH = ("exec zsh -f -i",
       "PS1='$ '; LISTMAX=0; fpath=($PWD/../zsh $fpath); setopt no_always_last_prompt no_beep no_list_ambiguous no_auto_menu no_list_types; "
       "autoload -U compinit; compinit -u -D")


def shell(env, start, settings):
    """That shell, in a folder with some files."""
    work = os.path.join(env.folder, "work")
    os.makedirs(os.path.join(work, "receipts"))
    for name in ("jobs one.jsonl", "numbers.csv"):
        with open(os.path.join(work, name), "wb"):
            pass
    t = Terminal(env, width=150, height=100)
    for line in (f"cd {work}", start, settings, "clear; echo rea''dy"):
        t.type(line)
        t.key("Enter")
    t.wait_for("ready\n$")
    return t


def complete(t, typed, count):
    """The line after Tab, and the words that were offered. What is typed behind it shows that the shell is ready with it."""
    t.key("C-u", "C-l")
    t.type(typed)
    t.key("Tab")
    t.type(f"@{count}@")
    lines = [line for line in t.wait_for(f"@{count}@").split("\n") if line]
    line = next(line for line in lines if line.endswith(f"@{count}@"))
    above = lines[:lines.index(line)]
    equal([a for a in above if a.startswith("$ ")], above[:1], "where it was typed")
    return line.removeprefix("$ ").removesuffix(f"@{count}@"), {word for a in above[1:] for word in a.split()}


def try_all(t, cases):
    wrong = []
    for count, (typed, line, offered) in enumerate(cases):
        got, want = complete(t, typed, count), (line or typed, offered or set())
        # What all that is offered begins with may have been added.
        if got[1] != want[1] or (not got[0].startswith(typed) if offered else got[0] != want[0]):
            wrong.append((typed, got, want))
    if wrong:
        raise Failure("\n".join(map(str, wrong)))


@full_speed
def test_bash(env):
    with open(os.path.join(env.folder, "licetctl.bash"), "w", encoding="utf-8") as f:
        f.write(env.run("completion").out)
    t = shell(env, *BASH)
    try_all(t, CASES)
    line, offered = complete(t, "licetctl ", "all")
    equal((line, {"status", "help", "completion"} <= offered, COMMON & offered), ("licetctl ", True, set()))


@full_speed
def test_zsh(env):
    os.mkdir(os.path.join(env.folder, "zsh"))
    with open(os.path.join(env.folder, "zsh", "_licetctl"), "w", encoding="utf-8") as f:
        f.write(env.run("completion", "--shell", "zsh").out)
    t = shell(env, *ZSH)
    try_all(t, CASES)
    line, offered = complete(t, "licetctl ", "all")
    equal((line, {"status", "help", "runs,", "completion"} <= offered), ("licetctl ", True))


def test_no_other_shell(env):
    equal(env.run("completion", "--shell", "fish", code=2).err.split(";")[0], "licetctl: --shell must be bash or zsh")
