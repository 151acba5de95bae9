"""Every key that there is stands in the table of keys, and nothing else does: what a lively Redis holds, what the functions
touch, and what licet-redis(7) is made from."""

import os
import re

from commands import commands, scene
from harness import ROOT, equal, full_speed
from world import CAMPAIGN, job

# Neither in a Redis where all went well, nor touched by a function that changes something.
ELSEWHERE = {"licet:caller-ids", "licet:sirens", "licet:routes", "licet:ready:<r>:odd", "licet:campaign:<c>:enqueue:<beginning>-put", "licet:family:<f>:seen",
             "licet:peers", "licet:heard", "licet:oppositions:undone", "licet:lead", "licet:instances",  # where the prefix has a tag
             "licet:{licet}:spaces", "licet:{licet}:advertisers", "licet:{licet}:sirens", "licet:{licet}:route:<r>"}


def rows(env):
    return re.findall(r"^\*(.*?)\*", env.run("man", "keys").out.replace("\\", ""), re.M)


def pattern(name):
    return re.compile("".join(re.escape(part) if not part.startswith("<") else "[^:]+" for part in re.split(r"(<[a-z]+>)", name)) + "$")


def of_library():
    with open(os.path.join(ROOT, "tests", "tables", "library-keys.txt"), encoding="utf-8") as f:
        words = {word for line in f if not line.startswith("#") for word in line.split()[1:]}
    return {"licet:" + word.replace("<list>", "<name>") for word in words}


@full_speed
def test_the_table_of_keys(env):
    w = scene(env)
    table = rows(env)
    equal(sorted(table), sorted(set(table)), "each once")
    equal(sorted(of_library() - set(table) - {"licet:list:opposition:<a>", "licet:list:opposition"}), [], "keys that functions touch and no row has")
    env.ctl("subject", "erase", "+33600000007", code=None)
    for words in commands(env).values():
        if words[0] == "enqueue":
            env.ctl(*words, code=None)
    w.push(job(60, not_before="2026-12-01T10:00:00+01:00", person="p-60"))
    there = {key.replace(w.p, "licet:", 1) for key in w.r.scan_iter(w.p + "*")}
    named = {key: [name for name in table if pattern(name).match(key)] for key in there if not key.startswith(("licet:list:opposition:", "licet:list-meta:opposition:"))}
    equal(sorted(key for key, names in named.items() if not names), [], f"keys that no row has, {CAMPAIGN}")
    seen = {name for names in named.values() for name in names}
    equal(sorted(set(table) - seen - of_library() - ELSEWHERE), [], "rows of keys that nobody makes")
