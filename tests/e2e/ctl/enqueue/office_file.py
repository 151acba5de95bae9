"""The file of a French office, made up: Windows-1252, semicolons, CRLF, and whatever a year of Excel does to a list of customers. Each
row tells what must become of it."""

import random

HEAD = "Civilité;Nom;Prénom;Tél. mobile;Tél. fixe;Code postal;Ville;Date de consentement;Accord démarchage;Opt-in SMS;Panier moyen;Remarque"
RULES = ("--to-first", "Tél. mobile,Tél. fixe", "--plus", "--excel-zero", "--map", "consent.collected_at=Date de consentement,consent.act=Accord démarchage",
         "--word", "Accord démarchage:Oui=ticked-box", "--set", "consent.product=toys", "--set", "consent.channel=automated-voice", "--set", "consent.until=31/08/2027",
         "--set", "consent.form=identity choice period withdrawal proof", "--set", "consent.proof=web-v3", "--ignore", "Opt-in SMS")
NAMES = ("Martin", "Lefèvre", "Œuvrard", "D'Aubigné", "Müller", "Garçon", "N’Diaye", "de la Tour; SARL", 'Dit "Le Grand"')
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")


def spellings(national):
    """Of a number as ten digits: those that are read."""
    pairs = [national[i:i + 2] for i in range(0, 10, 2)]
    rest = [national[1:2]] + pairs[1:]
    return [" ".join(pairs), ".".join(pairs), "-".join(pairs), "/".join(pairs), national, "\u00a0".join(pairs), "+33 " + " ".join(rest), "+33" + national[1:],
            "0033" + national[1:], "33" + national[1:], "+33 (0)" + " ".join(rest), national[1:], "'" + national]


def date(chance):
    """(as written, as a job has it), between April and June: summer time."""
    day, month, hour, minute = chance.randrange(13, 29), chance.randrange(4, 7), chance.randrange(8, 20), chance.randrange(60)
    want = f"2026-{month:02}-{day:02}T{hour:02}:{minute:02}:00+02:00"
    serial = 46113 + {4: 0, 5: 30, 6: 61}[month] + day - 1 + (hour * 60 + minute) / 1440
    return chance.choice((f"{day:02}/{month:02}/2026 {hour:02}:{minute:02}", f"{day}/{month}/26 {hour}:{minute:02}", f"{day} {MONTHS[month - 1]} 2026 à {hour}h{minute:02}",
                          f"2026-{month:02}-{day:02} {hour:02}:{minute:02}:00", f"{serial:.10f}".replace(".", ","))), want


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ';"\n') else cell


def row(chance, n, numbers):
    """The cells, and what becomes of them: a dict of the job that it must be, the column that is wrong, or None for a blank row."""
    name, first = chance.choice(NAMES), chance.choice(("Zoé", "Anne", "Noël", "François"))
    overseas = chance.random() < 0.03
    national = f"0692{n % 1000000:06}" if overseas else f"06{n:08}"
    if numbers and chance.random() < 0.02:
        national, overseas = chance.choice(numbers), False
    written, want_date = date(chance)
    said, postcode = chance.choice(("Oui", "OUI", "oui")), chance.choice(("97400", "97410")) if overseas else chance.choice(("75011", "67000", "13001", "1000", "33 000", ""))
    mobile, fixed, wrong = chance.choice(spellings(national)[:-2] if overseas else spellings(national)), "", None
    if overseas:
        mobile = " ".join((national[:4], national[4:6], national[6:8], national[8:]))
    kind = chance.random()
    if kind < 0.01:
        return [""] * 12, None
    if kind < 0.05:
        said, wrong = chance.choice(("Non", "NON", "non", "", "?")), "Accord démarchage"
    elif kind < 0.06:
        mobile, wrong = "3,36E+10", "Tél. mobile"
    elif kind < 0.07:
        mobile, wrong = chance.choice(("+32 475 12 34 56", "08 99 12 34 56", "N/C", "06 12 34")), "Tél. mobile"
    elif kind < 0.08:
        mobile, wrong = "", "Tél. mobile"
    elif kind < 0.09:
        written, wrong = chance.choice(("31/06/2026 10:00", "hier", "2026")), "Date de consentement"
    elif kind < 0.20:
        mobile, fixed, national = "", "01 42 " + " ".join((f"{n:06}"[:2], f"{n:06}"[2:4], f"{n:06}"[4:6])), "0142" + f"{n:06}"[:6]
    remark = chance.choice(("", "", "rappeler\nle soir", 'dit "oui"', "\u00a0", "a;b"))
    cells = [chance.choice(("M.", "Mme")), name, first, mobile, fixed, postcode, "Sélestat", written, said, chance.choice(("oui", "non")), "129,90 €", remark]
    if wrong is not None:
        return cells, wrong
    if national.startswith("06") and not overseas:
        numbers.append(national)
    return cells, {"number": national, "collected_at": want_date}


def make(count, seed):
    """The bytes of the file, and what becomes of each line by its number."""
    chance, numbers, fates = random.Random(seed), [], {}
    text, line = HEAD + "\r\n", 2
    for n in range(count):
        cells, fate = row(chance, n, numbers)
        fates[line] = fate
        written = ";".join(quoted(c) for c in cells)
        text += written + "\r\n"
        line += 1 + written.count("\n")
    total = f"Total;{count};;;;;;;;;;"
    fates[line] = "Accord démarchage"
    text += total + "\r\n"
    return text.encode("cp1252"), fates
