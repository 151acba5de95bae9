"""The examples of README.md and of the manual: what they are, and a shell in which they are typed as they stand there.

In a page "; KIND" stands above each block: run (a shell), python, js, system (not run: it changes the machine), acl, licetd, cluster, failover
(run by tests of their own), shown (no command). In README.md the language of the block says it."""

import glob
import os
import re
import subprocess

from harness import BUILD, ROOT, SLOW, Failure

KINDS = {"run", "python", "js", "php", "sh", "system", "acl", "licetd", "cluster", "failover", "shown"}


def readme(language):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        return re.findall(rf"```{language}\n(.*?)```", f.read(), re.S)


def pages():
    """Paths of the sources."""
    return sorted(glob.glob(os.path.join(ROOT, "src", "man", "*.scd")) + glob.glob(os.path.join(ROOT, "src", "man", "*", "*.scd")))


def blocks(path):
    """(kind, text) of each example of a page, in its order."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    found = re.findall(r"(?:^; ([^\n]*)\n)?^```\n(.*?)^```$", text, re.S | re.M)
    for told, block in found:
        kind = told.split()[0] if told else None
        if kind not in KINDS:
            raise Failure(f"{os.path.basename(path)}: nothing says who runs this example:\n{block}")
        yield kind, block


def of_page(name, kind):
    return [block for k, block in blocks(os.path.join(ROOT, "src", "man", name + ".scd")) if k == kind]


def of_sender(kind):
    """Those of licet-sender(7) in one language: what senders call, then what operations call, as one."""
    return "".join(of_page("licet-sender.7", kind))


class Shell:
    """bash in a folder of the test's, where redis-cli, licetctl and licetd lead to the test's server and prefix."""

    def __init__(self, env):
        self.env = env
        for name in ("conf", "tests"):
            if not os.path.exists(os.path.join(env.folder, name)):
                os.symlink(os.path.join(ROOT, name), os.path.join(env.folder, name))

    def functions(self):
        return f"""set -eu -o pipefail
redis-cli() {{
	local words=() word
	for word; do
		case $word in licet:*) word={self.env.prefix}${{word#licet:}} ;; esac
		words+=("$word")
	done
	command redis-cli -e -s {self.env.server.socket} "${{words[@]}}"
}}
licetctl() {{ {BUILD}/licetctl "$@" --prefix {self.env.prefix} --socket {self.env.server.socket} -c {self.env.conf}; }}
"""

    def run(self, text, code=0, stdin=b""):
        """All lines of an example, each of which must succeed. Returns what it prints."""
        done = subprocess.run(["bash", "-c", self.functions() + text], cwd=self.env.folder, env=self.env.environment(), capture_output=True,
                              input=stdin, check=False, timeout=60 * SLOW)
        if done.returncode != code:
            raise Failure(f"exit {done.returncode} of\n{text}\n{done.stdout.decode()[-600:]}\n{done.stderr.decode()[-600:]}")
        return done.stdout.decode()
