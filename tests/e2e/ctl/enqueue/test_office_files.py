"""licetctl enqueue: files as French offices write them. Dates, words for yes and no, numbers that a spreadsheet has damaged, packed files,
and what is asked before anything is queued."""

import gzip
import subprocess
import zipfile

from checks import fails, misuse, write
from harness import contains, equal
from terminal import Terminal
from test_enqueue import queue, store
from world import CAMPAIGN, World


def one(env, w, *words, code=0):
    """Queue a file anew; the jobs of it."""
    w.r.delete(w.key("queue"))
    done = env.ctl("enqueue", CAMPAIGN, *words, "--again", code=code)
    return queue(w), done


def dates(w, env, cells, *words, column="not_before", code=0):
    path = write(env, "dates.csv", f"id;to;{column}", *[f"{i};06000000{i:02d};{cell}" for i, cell in enumerate(cells)])
    jobs, done = one(env, w, path, *words, code=code)
    return {j["id"]: j.get("not_before") or j["consent"]["collected_at"] for j in jobs}, done


def test_office_dates(env):
    """Each spelling is the instant it says, in the zone that is told; what the column as a whole decides; the night when an hour comes twice."""
    w = World(env).define()
    cells = ("18/04/2026 13:37", "05/04/2026 13h37", "18 avril 2026 à 9h", "18/04/26 13:37:05", "46130,5674", "2026-04-18T13:37:00Z", "25/10/2026 02:30",
             "5 déc. 2026 18:00")
    got, done = dates(w, env, cells, column="consent.collected_at")
    equal(list(got.values()), ["2026-04-18T13:37:00+02:00", "2026-04-05T13:37:00+02:00", "2026-04-18T09:00:00+02:00", "2026-04-18T13:37:05+02:00",
                               "2026-04-18T13:37:03+02:00", "2026-04-18T13:37:00Z", "2026-10-25T02:30:00+02:00", "2026-12-05T18:00:00+01:00"])
    contains(done.err, "dates have the day first, as in 18/04/2026 13:37")
    contains(done.err, "numbers are days as Excel counts them")
    contains(done.err, "times without an offset are those of Europe/Paris (--zone)")
    # What may begin begins at the second of the two hours.
    equal(list(dates(w, env, ("25/10/2026 02:30", "18/04/2026"))[0].values()), ["2026-10-25T02:30:00+01:00", "2026-04-18T00:00:00+02:00"])
    equal(list(dates(w, env, ("04/18/2026 1:37 PM", "05/04/2026 9:00 AM"), "--zone", "Indian/Reunion")[0].values()),
          ["2026-04-18T13:37:00+04:00", "2026-05-04T09:00:00+04:00"])
    # Nobody can tell: refused row by row, until somebody says.
    got, done = dates(w, env, ("05/04/2026 10:00", "05/05/2026 10:00"), code=1)
    equal(list(got.values()), ["2026-05-05T10:00:00+02:00"])
    contains(done.err, "05/04/2026 10:00 (line 2) may be two dates; such rows are refused until --dates dmy")
    equal(dates(w, env, ("05/04/2026 10:00",), "--dates", "mdy")[0]["0"], "2026-05-04T10:00:00+02:00")
    equal(dates(w, env, ("05/04/2026 10:00",), "--dates", "dmy")[0]["0"], "2026-04-05T10:00:00+02:00")
    # An hour that never was.
    contains(dates(w, env, ("29/03/2026 02:30",), code=1)[1].err, "the clocks skipped that hour")
    # A day stays a day where it may be one.
    equal(dates(w, env, ("18/04/2026",), column="consent.collected_at")[0]["0"], "2026-04-18")
    misuse(env, "enqueue", CAMPAIGN, env.folder + "/dates.csv", "--dates", "jma")
    misuse(env, "enqueue", CAMPAIGN, env.folder + "/dates.csv", "--zone", "Europe/Pariss")


def test_office_constants_words_and_profile(env):
    """What the columns do not say is said once, kept, and said again by its name."""
    env.extra["HOME"] = env.folder
    env.extra.pop("XDG_CONFIG_HOME", None)
    w = World(env).define()
    lines = ("Réf;Mobile;Accord;Date", "1;06 00 00 00 01;Oui;18/04/2026 13:37", "2;06 00 00 00 02;Non;18/04/2026 13:37", "3;06 00 00 00 03;OUI;18/04/2026 13:38",
             "4;06 00 00 00 04;;18/04/2026 13:39", "5;06 00 00 00 05;Peut-être;18/04/2026 13:40")
    path = write(env, "acme.csv", *lines)
    words = ("--map", "consent.act=Accord,consent.collected_at=Date", "--set", "consent.product=toys", "--set", "consent.form=identity choice period", "--set",
             "consent.until=31/08/2027", "--set", "consent.bases=L223-1 L34-5", "--word", "consent.act:Oui=ticked-box", "--profile", "acme", "--save-profile")
    done = env.ctl("enqueue", CAMPAIGN, path, *words, code=1)
    want = {"act": "ticked-box", "collected_at": "2026-04-18T13:37:00+02:00", "product": "toys", "form": ["identity", "choice", "period"], "until": "2027-08-31",
            "bases": ["L223-1", "L34-5"]}
    equal([j["id"] for j in queue(w)], ["1", "3"])
    equal(queue(w)[0], {"id": "1", "to": "06 00 00 00 01", "consent": want})
    for part in ("acme.csv:3: consent.act: field-malformed: Non; this word has no value", "acme.csv:5: consent.act: field-malformed; it is empty",
                 "acme.csv:6: consent.act: field-malformed: Peut-être;"):
        contains(done.err, part)
    profile = env.folder + "/.config/licet/profiles/acme.conf"
    contains(done.err, "is kept in " + profile)
    jobs, _ = one(env, w, path, "--profile", "acme", code=1)
    equal(jobs[0], {"id": "1", "to": "06 00 00 00 01", "consent": want})
    # The profile knows what the columns told: a file with one date that may be two is read as the others were.
    one_date = write(env, "one.csv", lines[0], "7;06 00 00 00 07;Oui;05/04/2026 13:37")
    equal(one(env, w, one_date, "--profile", "acme")[0][0]["consent"]["collected_at"], "2026-04-05T13:37:00+02:00")
    # The command line wins, and what it says can be kept as well.
    env.ctl("enqueue", CAMPAIGN, path, "--profile", "acme", "--set", "consent.product=cars", "--word", "Accord:Non=ticked-box", "--save-profile", "--again", code=1)
    jobs, _ = one(env, w, path, "--profile", profile, code=1)
    equal(([j["id"] for j in jobs], jobs[0]["consent"]["product"]), (["1", "2", "3"], "cars"))
    contains(misuse(env, "enqueue", CAMPAIGN, path, "--profile", "acmee"), "there is no profile acmee")
    contains(misuse(env, "enqueue", CAMPAIGN, path, "--profile", "acme", "--set", "consent.produkt=x"), "--set: consent.produkt is not a field")
    contains(misuse(env, "enqueue", CAMPAIGN, path, "--set", "consent.act=x", "--map", "consent.act=Accord"), "column Accord has that field")
    with open(profile, "a", encoding="utf-8") as f:
        f.write("wrod = [ ];\n")
    contains(fails(env, "enqueue", CAMPAIGN, path, "--profile", "acme"), "did you mean")


def test_office_asks_about_consents(env):
    """Nobody who said no is called for want of a mapping: without an answer nothing is queued."""
    w = World(env).define()
    for n, (name, values) in enumerate((("Accord", ("Oui", "Non")), ("Opt-in SMS", ("1", "0")), ("consentement_tel", ("VRAI", "FAUX")), ("Ne pas appeler", ("", "x")),
                                        ("Statut optin", ("Accepté", "Refusé")), ("Offres partenaires", ("o", "n")), ("DoNotCall", ("false", "true")))):
        path = write(env, f"c{n}.csv", f"id;to;{name}", *[f"{i};060000000{i};{v}" for i, v in enumerate(values)])
        for words in ((), ("--dry-run",), ("--vars", "*"), ("--vars", name)):
            contains(misuse(env, "enqueue", CAMPAIGN, path, *words), f"column {name} (")
        equal(w.r.exists(w.key("queue")), 0)
        env.ctl("enqueue", CAMPAIGN, path, "--ignore", name)
        equal(len(queue(w)), 2)
        # Or as a gate: those of one word may go, and nothing of it is in the job.
        jobs, _ = one(env, w, path, "--word", f"{name}:{values[0]}=", code=1)
        equal(jobs, [{"id": "0", "to": "0600000000"}])
        w.r.delete(w.key("queue"))
    # Not asked: dates, texts, columns of nothing, and names that read otherwise.
    path = write(env, "plain.csv", "id;to;Date accord;Fidèle;Consentement;Offre", "1;0600000001;18/04/2026;oui;;Noël à -20 %", "2;0600000002;19/04/2026;non;;Été")
    env.ctl("enqueue", CAMPAIGN, path)
    contains(fails(env, "enqueue", CAMPAIGN, path, "--ignore", "Fidele"), "did you mean")


def test_office_is_asked_on_a_terminal(env):
    w = World(env).define()
    path = write(env, "t.csv", "id;Mobile;Fixe;Accord", "1;0600000001;;Oui", "2;;0142000002;Non", "3;;0142000003;oui")
    t = Terminal(env)
    t.licetctl("enqueue", CAMPAIGN, path)
    t.wait_for("Whom to call?")
    t.type("Mobile,Fixe")
    t.key("Enter")
    t.wait_for("Whose rows may go?")
    t.type("Oui")
    t.key("Enter")
    t.wait_for("2 jobs queued, 1 line refused")
    equal([j["to"] for j in queue(w)], ["0600000001", "0142000003"])


def test_office_numbers(env):
    """Two columns of numbers; a plus or a zero that a spreadsheet took; an apostrophe that it put there."""
    w = World(env).define()
    path = write(env, "n.csv", "id;Mobile;Téléphone fixe;Fax", "1;33600000001;01 42 00 00 01;0142000009", "2;;142000002;", "3;0033600000003;;", "4;'0600000004;;",
                 "5;3,36E+10;01 42 00 00 05;", "6;;;", "7;33 (0)6 00 00 00 07;;", "8;600000008;0899123456;")
    contains(fails(env, "enqueue", CAMPAIGN, path), "columns Mobile and Téléphone fixe may both be the field to: say which one, --map to=Mobile, or take the "
             "first that has a number, --to-first Mobile,Téléphone fixe")
    jobs, done = one(env, w, path, "--to-first", "Mobile,Téléphone fixe", "--plus", "--excel-zero", code=1)
    equal([(j["id"], j["to"]) for j in jobs], [("1", "+33600000001"), ("2", "0142000002"), ("3", "0033600000003"), ("4", "0600000004"), ("5", "01 42 00 00 05"),
                                               ("7", "+33 (0)6 00 00 00 07"), ("8", "0600000008")])
    contains(done.err, "n.csv:7: to: field-missing")
    jobs, done = one(env, w, path, "--map", "to=Mobile", code=1)
    equal([j["id"] for j in jobs], ["3", "4"])
    contains(done.err, "--plus puts a plus before them")
    # A second column with nothing in it is none; nor is one that has no numbers.
    jobs, _ = one(env, w, write(env, "e.csv", "id;Mobile;Phone;Mobile (marque)", "1;0600000001;;Nokia"))
    equal(jobs, [{"id": "1", "to": "0600000001"}])
    # A name that nobody listed, with numbers below it.
    jobs, _ = one(env, w, write(env, "u.csv", "id;Tél. du foyer;Nom", "1;01 42 00 00 01;x"))
    equal(jobs, [{"id": "1", "to": "01 42 00 00 01"}])


def test_office_blanks(env):
    """No-break spaces, rows of nothing before, between and behind, a total that is refused and not left out."""
    w = World(env).define()
    text = ";;\r\n\r\nid ;\u00a0Mobile\u00a0;Ville\r\n1;\u00a006\u00a000\u202f00\u00a000\u00a001\u00a0;Paris\r\n;;\r\n  \r\n2;0600000002;\u00a0\r\n;;\r\nTotal;2;\r\n"
    jobs, done = one(env, w, store(env, "b.csv", text.encode("utf-8-sig")), "--vars", "Ville", code=1)
    equal(jobs, [{"id": "1", "to": "06\u00a000\u202f00\u00a000\u00a001", "vars": {"Ville": "Paris"}}, {"id": "2", "to": "0600000002"}])
    contains(done.out, "2 jobs queued, 1 line refused")
    contains(done.out, "blank lines passed over")
    contains(done.err, "b.csv:9: to: number-malformed")


def test_office_mac_and_utf16(env):
    """Excel for Mac: lines end in CR, letters are those of Mac OS; Unicode text without a mark."""
    w = World(env).define()
    text = 'id;Téléphone;Prénom;Remarque\r1;0600000001;Zoé;"deux\nlignes"\r2;0600000002;François à Nîmes;\r'
    want = [{"id": "1", "to": "0600000001", "vars": {"Prénom": "Zoé", "Remarque": "deux\nlignes"}},
            {"id": "2", "to": "0600000002", "vars": {"Prénom": "François à Nîmes"}}]
    jobs, done = one(env, w, store(env, "mac.csv", text.encode("mac-roman")), "--vars", "Prénom,Remarque")
    equal(jobs, want)
    contains(done.err, "it is read as MACINTOSH")
    equal(one(env, w, store(env, "cr.csv", text.encode("utf-8")), "--vars", "Prénom,Remarque")[0], want)
    equal(one(env, w, store(env, "le.csv", text.replace("\r", "\r\n").encode("utf-16-le")), "--vars", "Prénom,Remarque")[0], want)


def sheet(path, rows, date1904=False):
    """An Excel workbook with one sheet. A cell is text, a number, or ("date", serial)."""
    def cell(value):
        if isinstance(value, tuple):
            return f'<c s="1"><v>{value[1]}</v></c>'
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return "<c/>" if value is None else f"<c><v>{value}</v></c>"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet", "styles": "styles"}
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(f'<Override PartName="/xl/{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{k}+xml"/>' for n, k in kinds.items()) + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><workbookPr date1904="{"true" if date1904 else "false"}"/><sheets>'
                           '<sheet name="Feuil1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/>'
                                      f'<Relationship Id="r2" Type="{rel}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>' + "".join(f'<row r="{n}">' + "".join(map(cell, r)) + "</row>" for n, r in enumerate(rows, 1))
                                    + "</sheetData></worksheet>"}
    with zipfile.ZipFile(path, "w") as z:
        for name, text in parts.items():
            z.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path


def test_office_packed(env):
    """By what stands in them, whatever their names; the same file packed or not; damaged ones are told."""
    w = World(env).define()
    text = "id;Mobile;consent.collected_at\n1;0600000001;18/04/2026 13:37\n2;0600000002;05/04/2026 09:00\n".encode()
    want = [{"id": "1", "to": "0600000001", "consent": {"collected_at": "2026-04-18T13:37:00+02:00"}},
            {"id": "2", "to": "0600000002", "consent": {"collected_at": "2026-04-05T09:00:00+02:00"}}]
    env.ctl("enqueue", CAMPAIGN, store(env, "p.csv.gz", gzip.compress(text)))
    equal(queue(w), want)
    contains(env.ctl("enqueue", CAMPAIGN, store(env, "p.csv", text)).out, "already queued")
    packed = subprocess.run(["zstd", "-q", "-c"], input=text, capture_output=True, check=True).stdout
    equal(one(env, w, store(env, "renamed.csv", packed))[0], want)
    w.r.delete(w.key("queue"))
    env.ctl("enqueue", CAMPAIGN, "-", stdin=gzip.compress(text))
    equal(queue(w), want)
    contains(fails(env, "enqueue", CAMPAIGN, store(env, "cut.gz", gzip.compress(text * 1000)[:-40])), "damaged, or cut off")
    contains(fails(env, "enqueue", CAMPAIGN, store(env, "cut.zst", packed[:-3])), "cut off")
    contains(fails(env, "enqueue", CAMPAIGN, store(env, "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")), "before 2007")
    with zipfile.ZipFile(env.folder + "/a.zip", "w") as z:
        z.writestr("contacts.csv", text)
    contains(fails(env, "enqueue", CAMPAIGN, env.folder + "/a.zip"), "take the file out of it")
    # A sheet: days are not read the American way, a date alone has no time, in either calendar of Excel.
    for name, shift in (("pc", 0), ("mac", 1462)):
        path = sheet(env.folder + f"/{name}.xlsx", [("id", "Mobile", "consent.collected_at", "consent.until"),
                     ("1", 33600000001, ("date", 46117.5673611111 - shift), ("date", 46630 - shift)), ("2", "06 00 00 00 02", "18/04/2026 13:37", None)], bool(shift))
        jobs, _ = one(env, w, path, "--plus")
        equal(jobs, [{"id": "1", "to": "+33600000001", "consent": {"collected_at": "2026-04-05T13:37:00+02:00", "until": "2027-08-31"}},
                     {"id": "2", "to": "06 00 00 00 02", "consent": {"collected_at": "2026-04-18T13:37:00+02:00"}}])
    env.extra["PATH"] = env.folder
    contains(fails(env, "enqueue", CAMPAIGN, path), "install xlsx2csv")
