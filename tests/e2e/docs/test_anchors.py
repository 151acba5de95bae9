"""The commands of tests/examples that carry a checkpoint out of the house: git, a time stamp of RFC 3161, mail."""

import http.server
import os
import subprocess
import threading

from harness import ROOT, contains, equal
from test_log import VERIFY

EXAMPLES = os.path.join(ROOT, "tests", "examples")


def run(words, text, code=0, **environment):
    done = subprocess.run(words, input=text.encode(), capture_output=True, check=False, timeout=60, env={**os.environ, **environment})
    equal(done.returncode, code, f"exit of {words}: {done.stderr.decode()}")
    return done.stdout.decode()


def checkpoint(size):
    return f"example.com/log\n{size}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeO\n"


def test_git(env):
    there, here = os.path.join(env.folder, "there"), os.path.join(env.folder, "here")
    clean = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": env.folder}
    os.mkdir(here)
    git = os.path.join(EXAMPLES, "anchor-git")
    run([git, here], checkpoint(1), **clean)
    run(["git", "init", "-q", "--bare", there], "", **clean)
    run(["git", "-C", here, "remote", "add", "-m", "x", "origin", there], "", **clean)
    run(["git", "-C", here, "config", "push.default", "current"], "", **clean)
    run([git, here], checkpoint(20), **clean)
    run([git, here], checkpoint(20), **clean)
    equal(run(["git", "-C", here, "log", "--format=%s"], "", **clean).split("\n")[:2], ["checkpoint of 20 lines", "checkpoint of 1 lines"], "commits")
    branch = run(["git", "-C", here, "symbolic-ref", "--short", "HEAD"], "", **clean).strip()
    equal(run(["git", "-C", there, "show", f"{branch}:checkpoint"], "", **clean), checkpoint(20), "what was pushed")
    equal(VERIFY.read_checkpoint(checkpoint(20).encode()[:checkpoint(20).encode().find(b"\n\n") + 1])[1], 20, "size")
    run([git, here], "no checkpoint", 1, **clean)


def authority(folder):
    """A time-stamp authority of the test's own. Returns its address."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    with open(os.path.join(folder, "tsa.cnf"), "w", encoding="utf-8") as file:
        file.write("[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nCN=test authority\n[v3]\nextendedKeyUsage=critical,timeStamping\n"
                   "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ncrypto_device=builtin\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\n"
                   "default_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\n")
    with open(os.path.join(folder, "serial"), "w", encoding="utf-8") as file:
        file.write("01\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem", "-days", "30", "-config", "tsa.cnf")

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            query = os.path.join(folder, "query")
            with open(query, "wb") as file:
                file.write(self.rfile.read(int(self.headers["Content-Length"])))
            openssl("ts", "-reply", "-queryfile", "query", "-out", "reply", "-config", "tsa.cnf")
            with open(os.path.join(folder, "reply"), "rb") as file:
                body = file.read()
            self.send_response(200 if self.path == "/tsr" else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def test_rfc3161(env):
    server, url = authority(env.folder)
    out = os.path.join(env.folder, "stamped")
    stamp = os.path.join(EXAMPLES, "anchor-rfc3161")
    run([stamp, out, url + "/tsr"], checkpoint(7))
    day = os.path.join(out, os.listdir(out)[0])
    equal(sorted(os.listdir(day)), ["checkpoint-7", "checkpoint-7.tsr"], "files")
    data = os.path.join(day, "checkpoint-7")
    done = subprocess.run(["openssl", "ts", "-verify", "-data", data, "-in", data + ".tsr", "-CAfile", os.path.join(env.folder, "tsa.pem")],
                          capture_output=True, text=True, check=False)
    contains(done.stdout + done.stderr, "Verification: OK")
    assert subprocess.run([stamp, out, url + "/no"], input=checkpoint(8).encode(), capture_output=True, check=False).returncode != 0, "refused"
    equal(sorted(os.listdir(day)), ["checkpoint-7", "checkpoint-7.tsr"], "nothing is left of what was refused")
    server.shutdown()


def test_mail(env):
    sent, sendmail = os.path.join(env.folder, "sent"), os.path.join(env.folder, "sendmail")
    with open(sendmail, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\ncat > {sent}\n")
    os.chmod(sendmail, 0o755)
    run([os.path.join(EXAMPLES, "anchor-mail"), "a@example.fr", "b@example.fr"], checkpoint(7), SENDMAIL=sendmail)
    with open(sent, encoding="utf-8") as file:
        text = file.read()
    contains(text, "To: a@example.fr, b@example.fr\n")
    contains(text, "Subject: checkpoint of the decision log example.com/log, 7 lines\n")
    contains(text, checkpoint(7).rstrip("\n"))
    run([os.path.join(EXAMPLES, "anchor-mail"), "a@example.fr"], "no checkpoint", 1, SENDMAIL=sendmail)
