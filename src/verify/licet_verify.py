#!/usr/bin/python3
"""licet-verify - checks a decision log of Licet, or the proof of one call, with nothing but Python's own library.

For whoever trusts neither the operator nor the makers of Licet: no code is shared with them, and all of it can be read in half
an hour. The hours of a call are judged by licet_law.py, beside it. Usage:

    licet-verify [--key KEY] [--anchored FILE]... [--lang en|fr] FOLDER|PROOF.json

KEY is the verifier key of the log ("origin+hash+key"), or a file with it, as the operator handed it over; FILE is a checkpoint
that left the operator's house earlier. Exit 0: all fits. 1: something does not. 2: bad use.

What is checked is defined by others: the tree and its proofs by RFC 6962 and RFC 9162, Ed25519 by RFC 8032, tiles, checkpoints,
signed notes and proof texts by C2SP (tlog-tiles, tlog-checkpoint, signed-note, tlog-proof)."""

import base64
import hashlib
import json
import os
import re
import sys

sys.path += [os.path.join(os.path.dirname(os.path.realpath(__file__)), beside) for beside in ("", "../share/licet")]
import licet_law  # noqa: E402  pylint: disable=wrong-import-position

LINES_PER_FILE, TILE, NOTE_MAX, LEVELS = 65536, 256, 4095, 8

# -- Ed25519 (RFC 8032): verifying alone, by the arithmetic of the document
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def decode_point(text):
    """A point of the curve from y and the sign of x (5.1.3); None where there is none."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)

def times(n, p):
    q = (0, 1, 1, 0)
    while n > 0:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q

def encode_point(p):
    z = pow(p[2], P - 2, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")

def is_small(p):
    q = times(8, p)
    return q[0] % P == 0 and (q[1] - q[2]) % P == 0

BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def signature_holds(key, text, signature):
    a, r, s = decode_point(key), decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= ORDER or is_small(a) or is_small(r):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    minus_a = (P - a[0], a[1], a[2], P - a[3])
    return encode_point(add(times(s, BASE), times(h, minus_a))) == signature[:32]

# -- the tree (RFC 6962)
def leaf_hash(line):
    return hashlib.sha256(b"\0" + line).digest()

def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()

def fold(hashes):
    """The root over a power of two of neighbours."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]

class Tree:
    """The last tile of each level: all that is needed to go on, and to tell the root."""
    def __init__(self, full=None):
        self.size, self.tiles, self.full = 0, [[] for _ in range(LEVELS)], full

    def append(self, leaf):
        at, self.size = self.size, self.size + 1
        for level in range(LEVELS):
            tile = self.tiles[level]
            tile.append(leaf)
            if len(tile) < TILE:
                return
            if self.full:
                self.full(level, at // TILE, tile)
            leaf, at, self.tiles[level] = fold(tile), at // TILE, []

    def root(self):
        """From the smallest complete subtree to the largest."""
        root = None
        for tile in self.tiles:
            end, width = len(tile), 1
            while end:
                if end & width:
                    node = fold(tile[end - width:end])
                    root = node if root is None else node_hash(node, root)
                    end -= width
                width *= 2
        return root if root is not None else hashlib.sha256(b"").digest()

def inclusion_holds(index, size, leaf, proof, root):
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root

# -- keys, signed notes, checkpoints (C2SP)
def from_base64(text, size=None):
    """The bytes; None where it is not exactly the base64 of that many."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text and size in (None, len(data)) else None

def name_is_valid(name):
    return 0 < len(name.encode()) <= 128 and "+" not in name and not re.search(r"\s|[\0- \x7f\x85\u2000-\u203f]", name)

class Key:
    def __init__(self, text):
        found = re.fullmatch(r"([^+]+)\+([0-9a-fA-F]{8})\+(\S+)", text.rstrip("\r\n"))
        raw = found and from_base64(found.group(3), 33)
        if not raw or raw[0] != 1 or not name_is_valid(found.group(1)):
            raise ValueError("no verifier key")
        self.name, self.key = found.group(1), raw[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n\1" + self.key).digest()[:4]
        if self.id.hex() != found.group(2).lower():
            raise ValueError("no verifier key: its hash is another one")

    def __eq__(self, other):
        return (self.name, self.key) == (other.name, other.key)

def open_note(note, keys):
    """The text of a note and the place of the key that signed it; None where none of the keys has, or one of them wrongly."""
    end = note.rfind(b"\n\n")
    if end < 0 or not note.endswith(b"\n") or note.decode(errors="ignore").encode() != note or re.search(rb"[\0-\x09\x0b-\x1f]", note) or note.count(b"\n", end + 2) > 100:
        return None
    who, signatures = None, note[end + 2:].split(b"\n")[:-1]
    for line in signatures:
        found = re.fullmatch(b"\xe2\x80\x94 ([^ ]+) (.+)", line)
        data = found and from_base64(found.group(2).decode())
        if not data or not 5 <= len(data) <= 512:
            return None
        for i, key in enumerate(keys):
            if key.name.encode() == found.group(1) and key.id == data[:4]:
                if not signature_holds(key.key, note[:end + 1], data[4:]):
                    return None
                who = i if who is None else who
                break
    return None if who is None else (note[:end + 1], who)

def read_checkpoint(text):
    """(origin, size, root), or None."""
    lines = text.decode(errors="replace").split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not name_is_valid(lines[0]):
        return None
    root = from_base64(lines[2], 32)
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]) or int(lines[1]) >= 1 << 62 or root is None:
        return None
    return lines[0], int(lines[1]), root

# -- lines
def refuse(text):
    raise ValueError(text)

DECODER = json.JSONDecoder(parse_float=refuse, parse_constant=refuse,
                           parse_int=lambda text: int(text) if len(text.lstrip("-")) <= 18 and text != "-0" else refuse(text))
ESCAPED_KEY, ENCODER = re.compile(rb'[{,]"[^"\\]*\\'), json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

def plain(value, depth):
    """Strings, integers, arrays and objects alone; no key needs an escape."""
    if depth >= 8 or value is True or value is False or value is None:
        return False
    if isinstance(value, dict):
        return all(not re.search(r'["\\\0-\x1f]', k) and plain(v, depth + 1) for k, v in value.items())
    return all(plain(v, depth + 1) for v in value) if isinstance(value, list) else True

def read_line(line):
    """The object of a line that is written as lines are; None: it is not."""
    try:
        text = line.decode()
        value = DECODER.decode(text)
        if not isinstance(value, dict) or ENCODER.encode(value) != text:
            return None
    except (ValueError, RecursionError):
        return None
    odd = ESCAPED_KEY.search(line) or b"true" in line or b"false" in line or b"null" in line or line.count(b"{") + line.count(b"[") > 6
    return value if not odd or plain(value, 0) else None

def text_of(entry, name, most):
    value = entry.get(name)
    return value if isinstance(value, str) and len(value.encode()) <= most else None

# -- a whole log
def tile_path(level, index, width):
    groups = re.findall("...", str(index).zfill(-(-len(str(index)) // 3) * 3))
    return f"tile/{level}/" + "/".join(["x" + g for g in groups[:-1]] + groups[-1:]) + (f".p/{width}" if width < TILE else "")

class Log:
    """Reads a folder from its first line to its last. faults is what does not fit."""
    def __init__(self, folder, key=None, anchors=()):
        self.folder, self.trusted, self.faults = folder, key, []
        self.keys, self.keys_from, self.key_used = [], [], 0
        self.tree, self.kinds, self.unnamed = Tree(self.tile_is_full), {}, bytearray()  # 1: erased, and no entry named it yet
        self.anchored, self.seals = 0, self.find_seals(anchors)
        self.newest = max([size for size, name, note in self.seals if note is None or name == "checkpoint"], default=0)

    def read(self, path, most):
        with open(os.path.join(self.folder, path), "rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise OSError(f"{path}: it is too long")
        return data

    def find_seals(self, anchors):
        """(size, name, note; None: it is read when its turn comes), the smallest first."""
        seals, folder = [], os.path.join(self.folder, "checkpoints")
        for name in os.listdir(folder):
            if re.fullmatch(r"\d{12,}", name):
                seals.append((int(name), f"checkpoints/{name}", None))
        for name in ["checkpoint", *anchors]:
            try:
                note = self.read(name if name == "checkpoint" else os.path.abspath(name), NOTE_MAX)
            except FileNotFoundError as error:
                if name != "checkpoint":
                    raise
                self.faults += [f"checkpoint: {error}"] if seals else []
                continue
            cp = read_checkpoint(note[:note.find(b"\n\n") + 1])
            if cp is None:
                self.faults.append(f"{name}: it is no checkpoint")
            else:
                seals.append((cp[1], name, note))
        return sorted(seals, key=lambda seal: seal[0])

    def compare_tile(self, level, index, hashes):
        want, path, width = b"".join(hashes), tile_path(level, index, len(hashes)), len(hashes)
        if not os.path.exists(os.path.join(self.folder, path)):
            path, width = tile_path(level, index, TILE), TILE
        try:
            have = self.read(path, 32 * TILE)
        except OSError as error:
            have = str(error).encode()
        if len(have) != 32 * width or have[:len(want)] != want:
            self.faults.append(f"{path}: its hashes are not those of the lines")

    def tile_is_full(self, level, index, hashes):
        if self.tree.size <= self.newest:
            self.compare_tile(level, index, hashes)

    def judge_seal(self, size, name, note):
        carried = note is not None
        note = self.read(name, NOTE_MAX) if note is None else note
        first = 0 if carried else self.key_used
        known = sum(1 for f in self.keys_from if f < size)
        opened = open_note(note, self.keys[first:known])
        if opened is None:
            self.faults.append(f"{name}: it is not signed by the key of the log")
            return
        cp = read_checkpoint(opened[0])
        if cp is None or cp[1] != size or cp[0] != self.keys[first + opened[1]].name:
            self.faults.append(f"{name}: it is no checkpoint of this log")
        elif cp[2] != self.tree.root():
            self.faults.append(f"{name}: it was signed for other lines: what stands before line {size} was changed")
        elif carried:
            self.anchored += name != "checkpoint"
        else:
            self.key_used = first + opened[1]

    def judge_line(self, index, line):
        erased = len(line) == 77 and re.fullmatch(rb'\{"erased":"[0-9a-f]{64}"\}', line) is not None
        self.unnamed.append(erased)
        if erased:
            if index == 0:
                self.faults.append("line 0: it cannot be erased")
            return bytes.fromhex(line[11:75].decode())
        entry = read_line(line)
        kind = text_of(entry, "kind", 23) if entry is not None else None
        if entry is None:
            self.faults.append(f"line {index}: it is not written as lines are")
        elif not kind or not isinstance(entry.get("at_ms"), int) or entry["at_ms"] < 0 or len((text_of(entry, "salt", 32) or "").encode()) != 32:
            self.faults.append(f"line {index}: at_ms, kind or salt is missing")
        else:
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
            if index == 0:
                self.judge_first(entry, kind)
            elif kind == "key" and text_of(entry, "next", 255):
                self.add_key(index, entry["next"])
            elif kind == "erase":
                self.judge_erase(index, entry)
        return leaf_hash(line)

    def judge_first(self, entry, kind):
        if kind != "daemon" or text_of(entry, "key", 255) is None or text_of(entry, "prefix", 79) is None:
            self.faults.append("line 0: it does not tell the key and the prefix of the log")
        else:
            self.add_key(0, entry["key"])

    def add_key(self, index, text):
        try:
            self.keys.append(Key(text))
            self.keys_from.append(index)
        except ValueError:
            self.faults.append(f"line {index}: its key is none")

    def judge_erase(self, index, entry):
        ranges = entry.get("lines")
        if not isinstance(ranges, list) or entry.get("ground") not in ("subject", "retention") or not text_of(entry, "by", 127):
            self.faults.append(f"line {index}: it erases nothing that it names, or does not say by whom and why")
            return
        for each in ranges:
            if not isinstance(each, list) or len(each) != 2 or not all(isinstance(n, int) and n >= 0 for n in each):
                return
            if each[0] <= each[1] < index:
                self.unnamed[each[0]:each[1] + 1] = bytes(each[1] + 1 - each[0])

    def lines(self):
        """Every line there is. What is torn behind the newest checkpoint is being written, or will be mended."""
        index = 0
        while True:
            path = os.path.join(self.folder, f"entries/{index:012d}.jsonl")
            first = index
            if not os.path.exists(path):
                return
            with open(path, "rb") as file:
                for line in file:
                    if index == first + LINES_PER_FILE or not line.endswith(b"\n"):
                        if index < self.newest:
                            self.faults.append(f"{path}: it has too many lines, or one without an end")
                        return
                    yield index, line[:-1]
                    index += 1
            if index < first + LINES_PER_FILE:
                return

    def check(self):
        seals = iter(self.seals)
        seal = next(seals, None)
        for index, line in self.lines():
            self.tree.append(self.judge_line(index, line))
            while seal is not None and seal[0] <= self.tree.size:
                self.judge_seal(*seal)
                for level in range(LEVELS if seal[2] is None else 0):
                    if self.tree.tiles[level]:
                        self.compare_tile(level, (self.tree.size >> 8 * level) // TILE, self.tree.tiles[level])
                seal = next(seals, None)
        while seal is not None:
            self.faults.append(f"{seal[1]} covers {seal[0]} lines, and the log has {self.tree.size}: lines were removed")
            seal = next(seals, None)
        if any(self.unnamed):
            self.faults.append(f"line {self.unnamed.index(1)} was erased, and no entry behind it says why")
        if self.tree.size == 0:
            self.faults.append("there is no line: no log begins there")
        if self.trusted is not None and (not self.keys or self.trusted not in (self.keys[0], self.keys[self.key_used])):
            self.faults.append("the key of --key is not the one that this log was signed by")
        return not self.faults

# -- the proof of one call
class Proof:
    """What `licetctl log prove` made: a call's line and those that it rests on, each with its proof as C2SP has it."""
    def __init__(self, path, key=None, anchors=()):
        self.trusted, self.faults, self.entries, self.hours = key, [], {}, "not judged"
        with open(path, "rb") as file:
            self.items = [(i["role"], i["line"].encode(), i["proof"]) for i in json.load(file)["entries"]]

    def check(self):
        keys, notes = [], set()
        for role, line, _ in self.items:
            entry = read_line(line)
            if entry is None:
                self.faults.append(f"{role}: it is not written as lines are")
                return False
            self.entries.setdefault(role, []).append(entry)
            if role in ("first", "key"):
                keys.append(Key(entry["key" if role == "first" else "next"]))
        for role, line, proof in self.items:
            found = re.fullmatch(r"c2sp\.org/tlog-proof@v1\n(?:extra \S+\n)?index (0|[1-9]\d*)\n((?:\S{44}\n)*)\n(.*)", proof, re.S)
            opened = found and open_note(found.group(3).encode(), keys if self.trusted is None else [self.trusted])
            cp = opened and read_checkpoint(opened[0])
            hashes = found and [from_base64(h, 32) for h in found.group(2).split()]
            if not cp or None in hashes or not inclusion_holds(int(found.group(1)), cp[1], leaf_hash(line), hashes, cp[2]):
                self.faults.append(f"{role}: its proof does not hold")
            else:
                notes.add((found.group(3), int(found.group(1)) if role == "first" else 0))
        if len(notes) > 1 or (self.trusted is not None and self.trusted not in keys):
            self.faults.append("the lines are not of one log, or not of the key of --key")
        self.belong_together()
        return not self.faults

    def belong_together(self):
        one = {r: self.entries[r][0] if len(self.entries.get(r, ())) == 1 else {} for r in ("call", "definition", "law")}
        record = one["call"].get("record", {})
        facts = json.loads(record.get("facts") or "{}") if one["call"].get("kind") == "call" else {}
        if not record or record.get("made") != one["definition"].get("made") or facts.get("hash") != one["law"].get("hash"):
            self.faults.append("call: the lines beside it are not those that it rests on, or it is not one that licetd released")
            return
        self.hours = licet_law.judge(one["law"], record)
        if self.hours in ("outside", "no rulebook"):
            self.faults.append(f"call: by the hours and holidays of the law that it rests on: {self.hours}")

# -- words
WORDS = {
    **licet_law.WORDS,
    "whole": ("Proven: the {n} lines before the newest checkpoint are those that the key {key} signed, in their order, none removed, changed or put between.",
              "Prouvé : les {n} lignes antérieures au dernier point de contrôle sont celles que la clé {key} a signées, dans leur ordre, sans retrait, modification ni insertion."),
    "anchored": ("Proven: the log extends the {n} checkpoints that left the operator's house: nothing before them was changed since, by whoever it be.",
                 "Prouvé : le journal prolonge les {n} points de contrôle sortis de chez l'exploitant : rien de ce qui les précède n'a changé depuis, par qui que ce soit."),
    "call": ("Proven: licetd released the call {id} of {campaign} to {to} at {at} ms (UTC), and it was logged with these facts; the lines it rests on stand in the same log.",
             "Prouvé : licetd a autorisé l'appel {id} de {campaign} vers {to} à {at} ms (UTC), et l'a journalisé avec ces faits ; les lignes qui le fondent sont dans le même journal."),
    "unsealed": ("Not proven: {n} lines at the end, which no checkpoint covers yet.",
                 "Non prouvé : {n} lignes à la fin, qu'aucun point de contrôle ne couvre encore."),
    "unproven": ("Not proven: {n} records of calls that licetd did not release (unproven).",
                 "Non prouvé : {n} enregistrements d'appels que licetd n'a pas autorisés (unproven)."),
    "trust": ("Not proven: whose key it is. --key brings the one that you trust; whoever makes a log anew writes another.",
              "Non prouvé : à qui est la clé. --key indique celle à laquelle vous vous fiez ; qui refait un journal y met la sienne."),
    "limits": ("Not proven: what full rights on Redis changed before licetd read it; what the sender said of the outcome; from one call alone, that nobody had objected.",
               "Non prouvé : ce que des droits complets sur Redis ont changé avant la lecture par licetd ; ce que l'émetteur a dit de l'issue ; par un seul appel, l'absence d'opposition."),
    "fault": ("FAULT: {text}", "DÉFAUT : {text}"),
}

def tell(subject, french):
    def say(word, **values):
        print(WORDS[word][1 if french else 0].format(**values))
    for text in subject.faults[:20]:
        say("fault", text=text)
    if not subject.faults and isinstance(subject, Log):
        say("whole", n=subject.newest, key=subject.keys[subject.key_used].name)
        if subject.anchored:
            say("anchored", n=subject.anchored)
        if subject.tree.size > subject.newest:
            say("unsealed", n=subject.tree.size - subject.newest)
        if subject.kinds.get("unproven"):
            say("unproven", n=subject.kinds["unproven"])
    elif not subject.faults:
        call = subject.entries["call"][0]
        record = call["record"]
        say("call", id=record.get("id"), campaign=call["stream"], to=record.get("to"), at=record.get("released_ms"))
        say(subject.hours)
    if subject.trusted is None:
        say("trust")
    say("limits")

def main(words):
    key, anchors, french, subject = None, [], (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")).startswith("fr"), None
    try:
        while words:
            word = words.pop(0)
            if word == "--key":
                text = words.pop(0)
                key = Key(text if "+" in text else open(text, encoding="utf-8").readline())
            elif word == "--anchored":
                anchors.append(words.pop(0))
            elif word == "--lang":
                french = words.pop(0) == "fr"
            elif word in ("-h", "--help") or word.startswith("-") or subject is not None:
                raise IndexError
            else:
                subject = word
        log = (Log if os.path.isdir(subject or "") else Proof)(subject, key, anchors)
    except (IndexError, TypeError):
        print(__doc__.split("Usage:")[1].split("What is")[0].strip(), file=sys.stderr)
        return 2
    except (OSError, ValueError, KeyError) as error:
        print(f"licet-verify: {error}", file=sys.stderr)
        return 1
    good = log.check()
    tell(log, french)
    return 0 if good else 1

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
