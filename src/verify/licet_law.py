"""licet_law - was a call within the hours of the law, and on no holiday? Read from the rulebook that stands in a decision log, by
nothing but Python's own library; licet-verify asks it. No code is shared with Licet.

The rulebook says which local dates a regime holds for, the hours of its week, and of each territory its time zones and holidays.
A place may be several territories: then a minute is lawful that is so in all of them, and their holidays count together. Within a
day of a change of regimes both bind. Time zones are those of this machine (tzdata), as Python reads them."""

import datetime
import hashlib
import re
import zoneinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TOKEN = re.compile(r"""\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\])*")|(-?\d+L*)|([A-Za-z*][\w*-]*)|([=:;,{}()\[\]])""", re.S)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "\\": "\\", '"': '"'}
DAY = datetime.timedelta(days=1)
WORDS = {
    "not judged": ("Not judged: the hours. The record has no times, or a place that the rulebook in the log does not know.",
                   "Non jugé : les horaires. L'enregistrement n'a pas d'heures, ou son lieu est inconnu du livre de règles inscrit au journal."),
    "lawful": ("Judged by the hours and holidays of the rulebook in the log, with the time zones of this machine: lawful.",
               "Jugé d'après les horaires et jours fériés du livre de règles inscrit au journal, avec les fuseaux de cette machine : licite."),
    "asked for": ("Judged by the hours in the log: outside them, at a precise time that the person is said to have asked for.",
                  "Jugé d'après les horaires inscrits au journal : en dehors, à une heure précise que la personne aurait demandée."),
}

def tokens(text):
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise ValueError(f"the rulebook cannot be read at byte {at}")
        at = found.end()
        if found.lastindex:
            yield found.lastindex, found.group(found.lastindex)

class Reader:
    """What a file of libconfig says, as dicts and lists."""
    def __init__(self, text):
        self.rest = list(tokens(text))[::-1]

    def take(self, *wanted):
        if self.rest and self.rest[-1][1] in wanted and self.rest[-1][0] == 4:
            return self.rest.pop()[1]
        return None

    def settings(self, end):
        group = {}
        while self.rest and not (end and self.take(end)):
            kind, name = self.rest.pop()
            if kind != 3 or not self.take("=", ":"):
                raise ValueError(f"expected a setting in the rulebook, not {name}")
            group[name] = self.value()
            self.take(";", ",")
        return group

    def value(self):
        if self.take("{"):
            return self.settings("}")
        bracket = self.take("(", "[")
        if bracket:
            items, end = [], {"(": ")", "[": "]"}[bracket]
            while not self.take(end):
                items.append(self.value())
                self.take(",")
            return items
        kind, word = self.rest.pop()
        if kind == 1:
            text = re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(1)), word[1:-1], flags=re.S)
            return text + (self.value() if self.rest and self.rest[-1][0] == 1 else "")
        return int(word.rstrip("L")) if kind == 2 else word.lower() == "true"

def easter(year):
    """Western Easter Sunday (the rule of 1582, as Meeus writes it)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    n = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = h + n - 7 * ((a + 11 * h + 22 * n) // 451) + 114
    return datetime.date(year, m // 31, m % 31 + 1)

def week(text):
    """For each day of the week its open ranges, in minutes: "mon-fri 10:00-13:00,14:00-20:00; sat 10:00-12:00"."""
    open_ = [[] for _ in DAYS]
    for part in filter(None, (p.strip() for p in text.split(";"))):
        named, ranges = part.split(None, 1)
        for days in named.split(","):
            first, last = (DAYS.index(d) for d in (days.split("-") * 2)[:2])
            for day in range(first, last + 1):
                for each in ranges.replace(" ", "").split(","):
                    start, end = (int(t.split(":")[0]) * 60 + int(t.split(":")[1]) for t in each.split("-"))
                    open_[day].append((start, end))
    return open_

def judge(entry, record):
    """The same by the law entry that a call rests on; no rulebook: it has none, or another than it says."""
    text = entry.get("text")
    if not isinstance(text, str) or hashlib.sha256(text.encode()).hexdigest() != entry.get("file_hash"):
        return "no rulebook"
    return Law(text).judge(record)

class Law:
    def __init__(self, text):
        book = Reader(text).settings(None)
        date, never = datetime.date.fromisoformat, datetime.date.max
        self.regimes = [(date(r["from"]), date(r["to"]) if r.get("to") else never, week(r["hours"])) for r in book["regimes"]]
        sets = book.get("holiday_sets", {})
        self.places = {t["name"]: ([zoneinfo.ZoneInfo(z) for z in t["zones"]], [h for s in t.get("holiday_sets", ()) for h in sets[s]] + t.get("holidays", []))
                       for t in book["territories"]}

    def hours(self, day):
        """The weeks that bind on a local date; none: no law is known."""
        def holds(regime, date):
            return regime[0] <= date < regime[1]
        if not any(holds(r, day) for r in self.regimes):
            return []
        return [r[2] for r in self.regimes if any(holds(r, d) for d in (day - DAY, day, day + DAY))]

    def is_closed(self, holidays, day):
        """A holiday, or a day that its list does not reach."""
        for h in holidays:
            if not h.get("from_year", 0) <= day.year <= h.get("to_year", 9999):
                continue
            if "date" in h and f"{day:%m-%d}" == h["date"] or "easter" in h and easter(day.year) + h["easter"] * DAY == day:
                return True
            if "dates" in h and (f"{day}" in h["dates"] or f"{day}" > h["complete_until"]):
                return True
        return False

    def is_open(self, place, ms):
        names = place.split("+")
        holidays = [h for n in names for h in self.places[n][1]]
        for zone in (z for n in names for z in self.places[n][0]):
            local = datetime.datetime.fromtimestamp(ms // 1000, zone)
            minute, weeks = local.hour * 60 + local.minute, self.hours(local.date())
            if not weeks or self.is_closed(holidays, local.date()) or not all(any(a <= minute < b for a, b in w[local.weekday()]) for w in weeks):
                return False
        return True

    def judge(self, record):
        """A call began between its hand-over and its report, and not after not_after: lawful if all of that time is. A precise time
        that the person asked for is another rule's. Returns lawful, asked for, outside, or not judged."""
        def ms(name):
            return int(record[name]) if re.fullmatch(r"\d+", record.get(name) or "") else None
        taken, last, done, place = ms("taken_ms"), ms("not_after_ms"), ms("done_ms"), record.get("place") or ""
        if taken is None or last is None or not all(n in self.places for n in place.split("+")):
            return "not judged"
        last = max(done if done is not None and done < last else last - 1, taken)
        if all(self.is_open(place, t) for t in (*range(taken, last, 60000), last)):
            return "lawful"
        return "outside" if ms("slot_ms") is None else "asked for"
