"""Mutants of a rulebook: the same law with one value changed. Each is told by its path and what became of it."""

import collections
import datetime
import re

Value = collections.namedtuple("Value", "path kind start end text")
TOKEN = re.compile(r'\s+|#[^\n]*|"(?P<string>[^"]*)"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>-?\d+)|(?P<sign>[=:;,{}()\[\]])')

# What decides nothing: names, sources and words for people. An article is a text.
WORDS = {"article", "owner_article", "hours_article", "holiday_article", "announce_article", "source_article", "hint", "expected", "id",
         "version", "approved_by", "approved_on", "source", "grade", "name", "zones", "holiday_sets"}
CHOICES = {"status": ("allowed", "banned", "unapproved"), "mode": ("required", "if-present", "unused"),
           "class": ("fixed", "mobile", "caller-id", "free", "surcharged", "unassigned", "foreign")}
CLASSES = ("fixed", "mobile", "voip", "caller-id", "free", "ordinary", "surcharged", "short", "machine", "satellite", "unassigned", "foreign")
# What no law of ours has, and somebody may put there.
STRANGERS = {"acts": ("similar-products", "ongoing-contract", "call-back", "browsing", "pre-ticked-box"), "bases": (), "mentions": (),
             "classes": CLASSES, "fragile": (), "allowed": ("US", "CH", "GB"), "code_before": (), "code_after": ()}


def values(text):
    """Each value of the file, with its path; groups and lists as well."""
    found, stack, name, i = [], [["", 0, 0]], None, 0
    while i < len(text):
        m = TOKEN.match(text, i)
        if not m:
            raise ValueError(f"byte {i}: {text[i:i + 20]!r}")
        i = m.end()
        sign = m["sign"]
        if m["name"] and m["name"] not in ("true", "false"):
            name = m["name"]
        elif sign in ("{", "(", "["):
            stack.append([path_of(stack, name), m.start(), 0])
            name = None
        elif sign in ("}", ")", "]"):
            path, start, _ = stack.pop()
            found.append(Value(path, sign, start, m.end(), text[start:m.end()]))
        elif m["string"] is not None or m["number"] or m["name"]:
            kind = "string" if m["string"] is not None else "number" if m["number"] else "bool"
            found.append(Value(path_of(stack, name), kind, m.start(), m.end(), m.group()))
            name = None
        elif sign == ",":
            stack[-1][2] += 1
        elif sign == ";":
            name = None
    return found


def path_of(stack, name):
    return f"{stack[-1][0]}.{name}" if name else f"{stack[-1][0]}[{stack[-1][2]}]"


def others(path, text):
    """What may stand there instead of a string."""
    key = re.sub(r"\[\d+\]", "", path).split(".")[-1]
    word = text.strip('"')
    if key in CHOICES:
        return [f'"{c}"' for c in CHOICES[key] if c != word]
    if key == "hours":
        times = re.findall(r"\d\d:\d\d", word)
        moved = [word.replace(t, f"{t[:3]}{(int(t[3:]) + 59) % 60:02d}", 1) if t[3:] != "00" else word.replace(t, f"{int(t[:2]) - 1:02d}:59", 1) for t in times]
        moved += [word.replace(t, f"{t[:3]}01", 1) for t in times]
        return [f'"{w}"' for w in moved + [word.replace("mon-fri", "mon-sat"), word.replace("mon-fri", "mon-thu"), word.replace("mon-fri", "tue-fri")]]
    if re.fullmatch(r"\d\d-\d\d", word):
        day = datetime.date(2000, int(word[:2]), int(word[3:]))
        return [f'"{day + datetime.timedelta(n):%m-%d}"' for n in (-1, 1)]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", word):
        day = datetime.date.fromisoformat(word)
        return [f'"{day + datetime.timedelta(n)}"' for n in (-1, 1)]
    if key == "put":
        return [f'"{p}"' for p in ("+33", "+590", "+594", "+596", "+262", "+508") if p != word]
    if key == "channel":
        return ['"live-voice"', '"email"']
    return [f'"{word}0"'] if key in ("international", "trunk") else []


def mutants(text):
    """(what, text of the mutant) of each; None: it has no equal that matters."""
    all_values = values(text)
    sizes = collections.Counter(v.path.rsplit("[", 1)[0] for v in all_values if v.path.endswith("]"))
    for v in all_values:
        parts = re.sub(r"\[\d+\]", "", v.path).split(".")
        key = parts[-1]
        if key in WORDS or "locations" in parts and key == "added":
            continue
        if v.kind == "bool":
            yield f"{v.path}: {v.text} flipped", text[:v.start] + ("false" if v.text == "true" else "true") + text[v.end:]
        elif v.kind == "number":
            for n in (-1, 1):
                yield f"{v.path}: {v.text} is {int(v.text) + n}", text[:v.start] + str(int(v.text) + n) + text[v.end:]
        elif v.kind == "string":
            for other in others(v.path, v.text):
                yield f"{v.path}: {v.text} is {other}", text[:v.start] + other + text[v.end:]
        if v.path.endswith("]") and v.kind in ("string", "}", "number") and sizes[v.path.rsplit("[", 1)[0]] > 1:
            yield f"{v.path}: {' '.join(v.text.split())[:60]} left out", without(text, v)
        if v.kind == "]" and key in STRANGERS:
            for word in STRANGERS[key]:
                if f'"{word}"' not in v.text:
                    yield f"{v.path}: {word} added", f'{text[:v.end - 1]}, "{word}" {text[v.end - 1:]}'


def without(text, v):
    """Without an element of a list, and the comma that it had."""
    after = re.compile(r"(\s|#[^\n]*\n)*,").match(text, v.end)
    if after:
        return text[:v.start] + text[after.end():]
    before = text.rindex(",", 0, v.start)
    return text[:before] + text[v.end:]
