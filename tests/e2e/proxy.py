"""A socket between a program and Redis."""

import os
import socket
import threading

from harness import wait_until


# What Redis says when it does not answer, by name; "cut": it says nothing, and the connection breaks.
ERRORS = {"NOPERM": b"NOPERM User licet has no permissions to run this command", "BUSY": b"BUSY Redis is busy running a script.",
          "LOADING": b"LOADING Redis is loading the dataset in memory", "WRONGTYPE": b"WRONGTYPE Operation against a key holding the wrong kind of value",
          "TRYAGAIN": b"TRYAGAIN Multiple keys request during rehashing of slot", "cut": b""}


def read_command(file):
    """The next command as it was typed, and its words; None at the end."""
    head = file.readline()
    if not head:
        return None
    typed, words = [head], []
    for _ in range(int(head[1:])):
        size = file.readline()
        word = file.read(int(size[1:]) + 2)
        typed += (size, word)
        words.append(word[:-2])
    return b"".join(typed), words


def as_typed(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class Proxy:
    """Stands between a program and Redis, hears what is said, and holds back what it is told to."""

    def __init__(self, env):
        self.path = os.path.join(env.folder, "proxy.sock")
        self.target = env.server.socket
        self.hold = None      # hold the reply of a command that has this word
        self.drop = None      # break the connection instead
        self.refuse = None    # which command(words) is answered with an error in its place, once
        self.error = b""      # and with which
        self.cut = False      # or not at all: the connection breaks
        self.refused = threading.Event()
        self.requests = []    # all that came, each a list of words
        self.held, self.release = threading.Event(), threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            pair = {"held": False, "dropped": False}
            threading.Thread(target=self._up, args=(client, server, pair), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server, pair), daemon=True).start()

    def _up(self, client, server, pair):
        try:
            with client.makefile("rb") as file:
                while command := read_command(file):
                    typed, words = command
                    self.requests.append(words)
                    if self.hold in words:
                        pair["held"], self.hold = True, None
                    if self.drop in words:
                        pair["dropped"], self.drop = True, None
                    if self.refuse is not None and self.refuse(words):
                        self.refuse = None
                        typed = as_typed(b"EVAL", b"return redis.error_reply(ARGV[1])", b"0", self.error)
                        self.refused.set()
                        if self.cut:
                            client.shutdown(socket.SHUT_RDWR)
                            break
                    server.sendall(typed)
        except (OSError, ValueError):
            pass  # the client left in the middle of a command
        server.close()

    def wait_for(self, *words):
        """The words of the first command that begins so."""
        words = [w.encode() for w in words]
        return wait_until(lambda: next((r for r in self.requests if r[:len(words)] == words), None), 20, f"the command {words}")

    def _down(self, client, server, pair):
        while data := self._recv(server):
            if pair["held"]:
                self.held.set()
                self.release.wait()
                pair["held"] = False
            if pair["dropped"]:
                self.held.set()
                client.shutdown(socket.SHUT_RDWR)
                break
            try:
                client.sendall(data)
            except OSError:
                break

    @staticmethod
    def _recv(sock):
        try:
            return sock.recv(65536)
        except OSError:
            return b""

    def common(self, env):
        words = env.common()
        words[words.index("--socket") + 1] = self.path
        return words


class Fault(Proxy):
    """Answers one command, by its place, with an error or a cut link."""

    def arm(self, at=None, kind=None):
        """The at-th command from now on fails so, where there is one: a name of ERRORS."""
        self.requests = []
        self.cut, self.error = kind == "cut", ERRORS.get(kind, b"")
        self.refuse = None if at is None else lambda words: len(self.requests) == at + 1
