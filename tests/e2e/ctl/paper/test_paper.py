"""What compliance hands out on paper: one file each, in which nothing of others is markup, printed and looked at."""

import base64
import html.parser
import os
import re
import subprocess
from pathlib import Path

from decision_log import configure, lines, wait_logged
from harness import Failure, contains, equal, full_speed, own_target, wait_until
from world import CONSENT, OPEN, World, job

NUMBER, REFUSED = "+33600000001", "+33600000501"
PLANTED = '<script>alert(1)</script><img src=x onerror=alert(2)>&amp;"\'</style>'
LONG = "W" * 300
MM = 72 / 25.4  # points
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "header", "address", "strong", "br", "img", "h1", "h2", "p", "small", "ul", "li", "table", "thead",
        "tbody", "tr", "th", "td", "code", "pre", "div", "span", "svg", "path"}
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


class Sheet(html.parser.HTMLParser):
    """Tags, their attributes, and the text between."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.open = set(), [], "", []
        self.feed(text)
        equal(self.open, [], "tags that have no end")

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, *a) for a in attrs]
        if tag not in ("meta", "br", "img", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "path" and self.open.pop() != tag:
            raise Failure(f"</{tag}> ends another one")

    def handle_data(self, data):
        self.text += data


def sheets(env, w, language, *more):
    """The six, by name."""
    words = {"attest": ("attest", w.c), "dossier": ("dossier", NUMBER, *more), "subject": ("subject", "show", NUMBER, *more), "explain": ("explain", w.c, REFUSED, *more),
             "prove": ("log", "prove", w.c, "1", *more), "calendar": ("calendar", "--year", "2027")}
    return {name: env.ctl(*each, "--format", "html", "--lang", language, code=1 if name == "explain" else 0).out for name, each in words.items()}


def scene(env):
    """A campaign in which all that others wrote is markup, or a word without an end."""
    logo = os.path.join(env.folder, "logo.png")
    with open(logo, "wb") as file:
        file.write(PNG)
    w = World(env)
    w.folder = configure(env, more=f'platform = {{ name = "Voix <b>& Fils"; address = "1 rue de l\'Exemple\\n75011 Paris"; siren = "552100554";\n'
                         f'  dpo = "A. <i>Martin"; logo = "{logo}"; }};\n')
    w.define(message=LONG)
    w.r.hset(w.p + "advertiser:acme", "name", PLANTED)
    w.r.hset(w.p + "source:web-2026", mapping={"name": PLANTED, "informed": LONG})
    w.daemon = env.daemon("--simulate", OPEN)
    w.push(*[job(i, consent={**CONSENT, "proof": PLANTED}, person=f"<i>{i}", vars={"x": PLANTED}) for i in range(1, 4)], job(501, consent=None), "no json")
    for got in wait_until(lambda: w.stat("ready") == 3 and w.take(3), 10, lambda: f"jobs to take: {w.state()} {w.stats()}"):
        w.done(got["token"], "answered", PLANTED)
    w.r.fcall("licet_oppose", 1, w.p + "list:opposition:acme", NUMBER, "web", PLANTED)
    w.wait_stat("done", 3)
    wait_until(lambda: len(lines(w.folder, "call")) == 3, 20, "the calls")
    wait_logged(w, w.folder)
    return w


def test_nothing_of_others_is_markup(env):
    w = scene(env)
    for language, label in (("fr", "Fait à"), ("en", "Done at")):
        for name, page in sheets(env, w, language).items():
            sheet = Sheet(page)
            equal(sheet.tags - TAGS, set(), f"tags of {name}")
            equal([a for a in sheet.attributes if a[1].startswith("on") or a[1] in ("href", "action")], [], f"attributes of {name}")
            equal([a for a in sheet.attributes if a[1] == "src" and not a[2].startswith("data:image/png;base64,")], [], f"pictures of {name}")
            equal("url(" in page or "@import" in page, False, f"{name} asks for nothing")
            equal(page.count("</style>"), 1, f"styles of {name}")
            contains(sheet.text, label)
            contains(sheet.text, "Voix <b>& Fils")
            contains(sheet.text, "552\u202f100\u202f554")
            contains(sheet.text, "A. <i>Martin")
            equal(re.findall(r"\+336000\d{5}", page), [], f"whole numbers of {name}")
            if name != "calendar":
                contains(sheet.text, "licet/test")
                contains(page, 'class="qr"')
            if name in ("attest", "dossier", "subject", "prove"):
                contains(sheet.text, "24\u00a0novembre 2026 à 10\u00a0h\u00a030" if language == "fr" else "24\u00a0November 2026 at 10:30")
                contains(page, "<small>2026-11-24T09:30:0")
            if name in ("attest", "subject"):
                contains(sheet.text, PLANTED)
    for name, page in sheets(env, w, "fr", "--full").items():
        if name not in ("attest", "calendar"):
            contains(page, REFUSED if name == "explain" else NUMBER)
    contains(Sheet(sheets(env, w, "fr")["attest"]).text, "L.\u00a0223-1, al.\u00a01 à 3, R.\u00a0223-1 du code de la consommation")


def test_use(env):
    w = World(env).define()
    for words in (("attest", w.c), ("dossier", NUMBER), ("subject", "show", NUMBER), ("explain", w.c, NUMBER), ("log", "prove", w.c, "1")):
        contains(env.ctl(*words, "--format", "pdf", code=2).err, "--format is text or html, not pdf")
        contains(env.ctl(*words, "--format", "html", "--json", code=2).err, "--json is no HTML")
        if words[0] != "attest":
            contains(env.ctl(*words, "--full", code=2).err, "--full belongs to --format html")
    contains(env.run("calendar", "--format", "pdf", code=2).err, "--format is text, html or ics, not pdf")
    contains(env.ctl("subject", "erase", NUMBER, "--format", "html", code=2).err, "--format belongs to show")
    env.write_conf(f'platform = {{ name = "x"; logo = "{env.folder}/none.png"; }};\n')
    contains(env.ctl("attest", w.c, "--format", "html", code=1).err, "platform.logo: ")
    path = env.folder + "/answer.html"
    env.write_conf('platform = "Voix SARL";\n')
    env.ctl("subject", "show", NUMBER, "--format", "html", "--out", path, code=1)
    contains(open(path, encoding="utf-8").read(), "Voix SARL")
    equal(os.stat(path).st_mode & 0o777, 0o600)


# -- printed


def print_to_pdf(env, name, page):
    source, target = f"{env.folder}/{name}.html", f"{env.folder}/{name}.pdf"
    with open(source, "w", encoding="utf-8") as file:
        file.write(page)
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={env.folder}/chromium", "--no-pdf-header-footer", f"--print-to-pdf={target}",
                    source], check=True, capture_output=True, timeout=120)
    return target


def words_of(pdf):
    """(page, width and height of it, box, word), in points."""
    text = subprocess.run(["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, text=True, timeout=60).stdout
    page, size = 0, None
    for line in text.splitlines():
        found = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', line)
        if found:
            page, size = page + 1, tuple(float(n) for n in found.groups())
        found = re.search(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)</word>', line)
        if found:
            yield page, size, tuple(float(n) for n in found.groups()[:4]), html.unescape(found.group(5))


def ink_in_margins(pdf, page, dpi=40):
    """Dark pixels left and right of where text may stand: what runs over its column."""
    data = subprocess.run(["pdftoppm", "-gray", "-r", str(dpi), "-f", str(page), "-l", str(page), pdf], check=True, capture_output=True, timeout=60).stdout
    head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", data)
    width, height = int(head.group(1)), int(head.group(2))
    pixels, edge = data[head.end():], int(18 / 25.4 * dpi)
    return sum(1 for y in range(height) for x in (*range(edge), *range(width - edge, width)) if pixels[y * width + x] < 200)


def codes_of(pdf, page, dpi=200):
    """What a scanner reads of the QR code of a printed page, if it has one."""
    picture = f"{pdf}-{page}"
    subprocess.run(["pdftoppm", "-gray", "-singlefile", "-r", str(dpi), "-f", str(page), "-l", str(page), pdf, picture], check=True, capture_output=True, timeout=60)
    said = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture + ".pgm"], check=False, capture_output=True, timeout=60)
    if said.returncode not in (0, 4):  # 4: there is none
        raise Failure(f"zbarimg: {said.stderr}")
    return [said.stdout.decode().removesuffix("\n")] if said.stdout else []


PAGES = {"attest": (3, 6), "dossier": (2, 6), "subject": (3, 9), "explain": (2, 4), "prove": (2, 4), "calendar": (2, 5)}


def printed(env, *names):
    w = scene(env)
    for name, page in sheets(env, w, "fr").items():
        if name not in names:
            continue
        pdf = print_to_pdf(env, name, page)
        words = list(words_of(pdf))
        count = words[-1][0]
        equal(PAGES[name][0] <= count <= PAGES[name][1], True, f"{name} has {count} pages")
        for number, size, box, word in words:
            equal((round(size[0] / MM), round(size[1] / MM)), (210, 297), "a page of A4")
            if box[0] < 19.5 * MM or box[2] > size[0] - 19.5 * MM or box[1] < 5 * MM or box[3] > size[1] - 5 * MM:
                raise Failure(f"{name}, page {number}: {word!r} runs out of its column: {box}")
        for number in range(1, count + 1):
            equal(ink_in_margins(pdf, number), 0, f"ink in the margins of {name}, page {number}")
            foot = " ".join(word for n, size, box, word in words if n == number and box[1] > size[1] - 18 * MM)
            equal(foot, f"Page {number} sur {count}", f"the foot of {name}")
        if name != "calendar":
            [scanned] = [code for number in range(1, count + 1) for code in codes_of(pdf, number)]
            equal(scanned, Path(w.folder, "checkpoint").read_text(encoding="utf-8"), f"the QR code of {name}")
        # What stands in the page stands on the paper, to its last letter.
        printed = re.sub(r"\s", "", "".join(word for *_, word in words))
        for want in ("Faità", "Nom,qualitéetsignature", *({"attest": [LONG, "<script>alert(1)</script>"], "subject": ["<script>alert(1)</script>"]}.get(name, []))):
            contains(printed, want)


@full_speed
def test_printed_on_paper(env):
    printed(env, "attest", "prove")


@own_target
def test_every_sheet_is_printed_on_paper(env):
    printed(env, *PAGES)
