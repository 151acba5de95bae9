/* page.js - draws what licetd tells. It reads and changes nothing; what others wrote is put in as text alone. */
"use strict";

const fr = ((navigator.languages || [navigator.language]).map(l => String(l).slice(0, 2)).find(l => l === "fr" || l === "en")) === "fr";
const lang = fr ? "fr" : "en";
const t = (en, french) => fr ? french : en;
const SVG = "http://www.w3.org/2000/svg";

let state = null, reasons = {}, sheet = null, forecast = null, forecastAt = 0, years = {}, ahead = 0, heardAt = 0, drawn = "", refusal = "";

/* --- small things ------------------------------------------------------------------------------------------- */

function h(tag, attributes, ...children) {
	const node = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
	node.append(...children.flat(4).filter(c => c !== null && c !== undefined && c !== false).map(c => c instanceof Node ? c : String(c)));
	return node;
}
const numbers = new Intl.NumberFormat(lang), formats = {};
/* To make one takes longer than to draw a row. */
const dates = (locale, options) => formats[locale + JSON.stringify(options)] ||= new Intl.DateTimeFormat(locale, options);
const number = n => numbers.format(n || 0);
const now = () => Date.now() + ahead;
function when(text, zone, long) {
	if (!text) return "";
	const date = new Date(text), options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
	const day = dates("sv", { timeZone: zone, dateStyle: "short" });
	if (long || day.format(date) !== day.format(new Date(now()))) Object.assign(options, { weekday: "short", day: "numeric", month: "short" });
	if (Math.abs(date - now()) > 300 * 86400e3) options.year = "numeric";
	return dates(lang, options).format(date);
}
function span(ms) {
	const s = Math.max(0, Math.round(ms / 1000)), d = Math.floor(s / 86400), hours = Math.floor(s % 86400 / 3600), m = Math.floor(s % 3600 / 60);
	if (d > 0) return t(`${d} d ${hours} h`, `${d} j ${hours} h`);
	return hours > 0 ? `${hours} h ${String(m).padStart(2, "0")}` : m > 0 ? `${m} min` : `${s} s`;
}
const link = (to, ...text) => h("a", { href: "#/" + to, id: "to-" + to }, ...text);
/* To a view of one space, from that of all. */
const linkOf = (space, to, ...text) => space ? h("a", { href: `?space=${space}#/${to}`, id: `to-${space}-${to}` }, ...text) : link(to, ...text);
const many = () => !!(state && state.all);
const spaced = heads => many() ? [column(t("Space", "Espace")), ...heads] : heads;
const inSpace = (x, cells) => many() ? [linkOf(x.space, "", x.space), ...cells] : cells;
/* What was not read is no zero. */
const counted = (c, n) => c.queue === undefined ? "?" : number(n);
const scroll = table => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("Table", "Tableau") }, table);
function table(heads, rows, caption) {
	return h("table", {}, caption && h("caption", {}, caption),
		h("thead", {}, h("tr", {}, heads.map(c => h("th", { scope: "col", class: c.class }, c.name)))),
		h("tbody", {}, rows.map(row => h("tr", {}, row.map((cell, i) => h("td", { class: heads[i].class }, cell))))));
}
const column = (name, kind) => ({ name, class: kind });

/* --- words ---------------------------------------------------------------------------------------------------- */

const reason = code => reasons[code] ? (fr ? reasons[code].fr : reasons[code].en) : code;
const STATES = {
	running: t("running", "en cours"), waiting: t("waiting", "en attente"), paused: t("paused", "en pause"), stopped: t("stopped", "arrêtée"),
	ended: t("ended", "terminée"), done: t("done", "achevée"), rejected: t("rejected", "non conforme"), "": t("not seen yet", "pas encore vue"),
};
const todo = code => reasons[code] && (fr ? reasons[code].do_fr : reasons[code].do_en);
const WARNINGS = {
	"redis-down": t("Redis does not answer licetd.", "Redis ne répond pas à licetd."),
	"law-unsigned": t("Nobody has approved this rulebook (approved_by).", "Personne n'a approuvé ce recueil de règles (approved_by)."),
	"reload-failed": t("The last reload was refused; the configuration of before is in force.", "Le dernier rechargement a été refusé ; l'ancienne configuration reste en vigueur."),
	"law-differs": t("Two instances of licetd have different law.", "Deux instances de licetd n'ont pas le même droit."),
	"hub-unread": t("Which spaces there are cannot be read; those that are known go on.", "La liste des espaces est illisible ; ceux qui sont connus continuent."),
	"space-closed": t("Nobody works in this space, as far as is known here.", "Personne ne travaille dans cet espace, à ce que l'on sait ici."),
	"space-unread": t("Not all of this space could be read; what is missing is not zero.", "Cet espace n'a pas pu être lu en entier ; ce qui manque n'est pas zéro."),
	"space-stands": t("Nothing moves in this space.", "Rien n'avance dans cet espace."),
	"unbalanced": t("Counters do not say what stands in the places: licetctl status.", "Les compteurs ne disent pas ce qui est en place : licetctl status."),
};
function standing(c) {
	const still = c.because && c.because !== "allowed";
	return still && c.state !== "paused" ? reason(c.because) : STATES[c.state] || c.state;
}
const LOOK = { act: "act", unseen: "act", moves: "moves", waits: "waits", paused: "waits", over: "soft" };
const MARK = { act: "⚠ ", unseen: "⚠ ", moves: "▶ ", waits: "◷ ", paused: "❚❚ ", over: "■ " };
function standingCell(c) {
	return h("span", { class: LOOK[c.need], title: c.rule ? `${c.because} (${c.rule})` : c.because }, h("span", { "aria-hidden": "true" }, MARK[c.need]), standing(c));
}
const waiting = c => (c.queue || 0) + (c.held || 0) + (c.later || 0);
const out = c => (c.ready || 0) + (c.taken || 0);

/* --- views ---------------------------------------------------------------------------------------------------- */

function needs() {
	const rows = [];
	const of = x => x.space && many() ? [linkOf(x.space, "", x.space), " "] : null;
	for (const w of state.warnings)
		rows.push(h("div", { class: "needs" }, h("p", {}, of(w), h("strong", {}, WARNINGS[w.what] || reason(w.what)), w.detail ? " " + w.detail : ""), todo(w.what) && h("p", {}, todo(w.what))));
	for (const l of state.lists.filter(l => l.malformed || l.lost > 0 || l.late))
		rows.push(h("div", { class: "needs" }, h("p", {}, of(l), h("strong", {}, t("List ", "Liste ") + l.list), " ", l.malformed ? reason("list-malformed") : l.lost > 0 ? t(`lacks ${number(l.lost)} members`, `a perdu ${number(l.lost)} membres`) : l.late)));
	for (const r of state.routes.filter(r => r.breaker || r.unknown > 0))
		rows.push(h("div", { class: "needs" }, h("p", {}, of(r), h("strong", {}, t("Route ", "Route ") + r.route), " ", r.breaker || reason("outcome-unknown"), r.unknown > 0 ? ` (${number(r.unknown)})` : ""), h("p", {}, todo(r.breaker ? "route-breaker" : "outcome-unknown"))));
	for (const l of state.logs.filter(l => l.why || l.anchor_why))
		rows.push(h("div", { class: "needs" }, h("p", {}, of(l), h("strong", {}, t("Decision log", "Journal des décisions")), " ", l.why || l.anchor_why), l.why && h("p", {}, todo("log-unwritable"))));
	const act = state.campaigns.filter(c => c.need === "act" || c.need === "unseen");
	for (const c of act.slice(0, 20))
		rows.push(h("div", { class: "needs" }, h("p", {}, of(c), h("strong", {}, linkOf(c.space, "c/" + c.id, c.id)), " ", standing(c), c.since ? t(", since ", ", depuis ") + when(c.since) : ""), todo(c.because) && h("p", {}, todo(c.because))));
	if (act.length > 20) rows.push(h("p", {}, t(`and ${act.length - 20} campaigns more`, `et ${act.length - 20} autres campagnes`)));
	return h("section", { "aria-label": t("Needs somebody", "À traiter") }, h("h2", {}, t("Needs somebody", "À traiter")),
		rows.length ? rows : h("p", { class: "well" }, t("Nothing. What waits, waits for a time that comes by itself.", "Rien. Ce qui attend, attend une heure qui viendra d'elle-même.")));
}

/* --- all spaces --- */

/* In the order in which they are shown. */
const HEALTH = { stands: ["act", "⚠ ", t("stands still", "à l'arrêt")], unread: ["act", "⚠ ", t("not read", "non lu")],
	closed: ["act", "⚠ ", t("nobody works here", "personne n'y travaille")], well: ["moves", "▶ ", t("in order", "en ordre")], elsewhere: ["waits", "↗ ", t("led by ", "tenu par ")] };
/* What licetd says of a space stands in English. */
const WHY = {
	"stopping": "fin en cours", "no Redis": "pas de Redis", "the functions are not loaded": "les fonctions ne sont pas chargées", "Redis does not answer": "Redis ne répond pas", "Redis did not answer": "Redis n'a pas répondu",
	"Redis is not connected to": "pas de connexion à Redis", "the campaigns have not been read yet": "les campagnes n'ont pas encore été lues", "everything is halted": "tout est arrêté",
	"nothing moves though something could": "rien n'avance, alors que quelque chose le pourrait", "who leads it is not known yet": "on ne sait pas encore qui le tient",
};
function whyOf(text) {
	if (!fr) return text;
	const still = /^no campaign can move until somebody acts: (.+), ([a-z-]+)$/.exec(text), type = /^(.+) is a key of another type$/.exec(text);
	return still ? `aucune campagne n'avance sans intervention : ${still[1]}, ${reason(still[2])}` : type ? `${type[1]} est une clé d'un autre type` : WHY[text] || text;
}
function healthCell(s) {
	const [look, mark, words] = HEALTH[s.health] || HEALTH.unread;
	return [h("span", { class: look }, h("span", { "aria-hidden": "true" }, mark), words, s.health === "elsewhere" ? s.led_by : ""),
		s.health === "elsewhere" ? h("span", { class: "soft" }, " ", t("look at the page there", "voir sa page")) : s.why ? h("span", { class: "soft" }, " " + whyOf(s.why)) : null];
}
/* Of a space that was not read there is no figure. */
const figures = jobs => [waiting, j => j.ready || 0, j => j.taken || 0, j => j.done || 0, j => j.refused || 0].map(of => jobs ? of(jobs) : undefined);
function spacesTable() {
	const heads = [column(t("Space", "Espace")), column(t("Health", "Santé")), column(t("Campaigns", "Campagnes"), "n wide"), column(t("Waiting", "En attente"), "n"), column(t("Ready", "Prêts"), "n"),
		column(t("With senders", "Chez l'émetteur"), "n"), column(t("Called", "Appelés"), "n"), column(t("Refused", "Refusés"), "n")];
	const shownAs = n => n === undefined ? "?" : number(n), read = state.all.filter(s => s.jobs), left = state.all.filter(s => !s.jobs).map(s => s.space);
	const order = Object.keys(HEALTH), rows = [...state.all].sort((a, b) => order.indexOf(a.health) - order.indexOf(b.health)).map(s => [s.health === "elsewhere" || s.health === "closed" ? s.space : linkOf(s.space, "", s.space), healthCell(s), shownAs(s.jobs && s.campaigns.length), ...figures(s.jobs).map(shownAs)]);
	rows.unshift([h("strong", {}, state.whole ? t("All", "Total") : t("Those read", "Espaces lus")), h("span", { class: "soft" }, state.whole ? "" : t("without ", "sans ") + left.join(", ")),
		number(read.reduce((n, s) => n + s.campaigns.length, 0)), ...figures(state.jobs).map(shownAs)].map(c => h("strong", {}, c)));
	return [h("h2", {}, t("Spaces", "Espaces") + ` (${number(state.all.length)})`), scroll(table(heads, rows))];
}
/* As if it were one: what is a space's says of which. */
function together(got) {
	const each = name => got.all.flatMap(s => (s[name] || []).map(x => ({ ...x, space: s.space })));
	const warn = (space, what, detail) => ({ space, what, detail });
	/* What all spaces say alike is of the process. */
	const warnings = [], said = each("warnings"), open = got.all.filter(s => s.warnings).length;
	for (const w of said) {
		const same = said.filter(x => x.what === w.what && x.detail === w.detail);
		if (open > 1 && same.length === open) { if (same[0] === w) warnings.push({ ...w, space: "" }); }
		else warnings.push(w);
	}
	for (const s of got.all)
		if (["closed", "unread"].includes(s.health) || s.health === "stands" && !(s.warnings || []).length) warnings.unshift(warn(s.space, "space-" + s.health, whyOf(s.why)));
	if (got.unknown) warnings.unshift(warn("", "hub-unread", got.unknown));
	return { ...got, warnings, lists: each("lists"), campaigns: each("campaigns"), routes: each("routes"), logs: got.all.filter(s => "log" in s).map(s => ({ ...s.log, none: !s.log, space: s.space })) };
}

const alone = got => ({ ...got, warnings: got.unread ? [{ what: "space-unread", detail: whyOf(got.unread) }, ...got.warnings] : got.warnings, logs: got.log ? [got.log] : [] });

let wanted = "";
function overview() {
	const order = Object.keys(LOOK), shown = state.campaigns.filter(c => c.id.includes(wanted) || many() && c.space.includes(wanted)).sort((a, b) => order.indexOf(a.need) - order.indexOf(b.need) || (a.id < b.id ? -1 : a.id > b.id ? 1 : (a.space || "") < (b.space || "") ? -1 : 1)), some = shown.slice(0, 200);
	const heads = [column(t("Campaign", "Campagne"), "id"), ...(many() ? [column(t("Space", "Espace"))] : []), column(t("Stands", "État")), column(t("Until", "Jusqu'à")), column(t("Waiting", "En attente"), "n"),
		column(t("Ready or out", "Prêts ou dehors"), "n"), column(t("Called", "Appelés"), "n"), column(t("Refused", "Refusés"), "n")];
	const find = h("input", { type: "search", id: "find", value: wanted, "aria-label": t("Find a campaign", "Chercher une campagne"), placeholder: t("Find a campaign", "Chercher une campagne") });
	find.addEventListener("input", () => { wanted = find.value; draw(true); });
	return [h("h1", {}, t("Overview", "Vue d'ensemble")), needs(), many() && spacesTable(), h("h2", {}, t("Campaigns", "Campagnes") + ` (${number(state.campaigns.length)})`),
		state.campaigns.length > 10 && h("form", { role: "search" }, find),
		some.length ? scroll(table(heads, some.map(c => [linkOf(c.space, "c/" + c.id, c.id), ...(many() ? [c.space] : []), standingCell(c), when(c.until), ...[waiting(c), out(c), c.done, c.refused].map(n => counted(c, n))])))
			: h("p", {}, t("None.", "Aucune.")),
		some.length < shown.length && h("p", { class: "soft" }, t(`${some.length} of ${shown.length} are shown: find by a part of the name.`, `${some.length} sur ${shown.length} : chercher par une partie du nom.`))];
}

function bars(counts, name) {
	const rows = Object.entries(counts).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]), most = rows.length ? rows[0][1] : 1;
	if (!rows.length) return h("p", { class: "soft" }, t("None.", "Aucun."));
	return h("div", { class: "bars" }, rows.map(([code, n]) => [h("span", {}, name(code)),
		h("svg:svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, h("svg:rect", { width: Math.max(0.5, 100 * n / most), height: 10 })), h("span", {}, number(n))]));
}
const OUTCOMES = {
	answered: t("answered", "décroché"), voicemail: t("voicemail", "messagerie"), busy: t("busy", "occupé"), "no-answer": t("no answer", "sans réponse"),
	failed: t("failed", "échec"), submitted: t("submitted, result unknown", "remis, issue non connue"), "not-placed": t("not placed", "non passé"),
	"opted-out": t("opted out", "opposition"), refused: t("refused in the call", "refus pendant l'appel"), "never-again": t("never again", "opposition générale"),
};
const part = (stats, start) => Object.fromEntries(Object.entries(stats).filter(([name]) => name.startsWith(start)).map(([name, n]) => [name.slice(start.length), n]));

const SERIES = [["released", t("released", "transmis")], ["refused", t("refused", "refusés")], ["answered", t("answered", "décrochés")], ["opposed", t("objected", "oppositions")]];
function curve(hours) {
	const byHour = {};
	for (const [field, n] of Object.entries(hours)) {
		const [hour, name] = field.split("Z:");
		if (name) (byHour[hour] = byHour[hour] || {})[name] = n;
	}
	const stamps = Object.keys(byHour).sort();
	if (!stamps.length) return h("p", { class: "soft" }, t("Nothing happened in the last 35 days.", "Rien ces 35 derniers jours."));
	const end = Math.floor(now() / 3600e3), first = Math.max(Date.parse(stamps[0] + ":00Z") / 3600e3, end - 7 * 24), count = Math.max(2, end - first + 1);
	const at = i => byHour[new Date((first + i) * 3600e3).toISOString().slice(0, 13)] || {};
	let most = 1;
	for (let i = 0; i < count; i++) for (const [name] of SERIES) most = Math.max(most, at(i)[name] || 0);
	const x = i => 46 + i * 700 / (count - 1), y = n => 190 - 170 * n / most, marks = [];
	for (const n of [0, most / 2, most]) marks.push(h("svg:line", { class: "grid", x1: 46, x2: 746, y1: y(n), y2: y(n) }), h("svg:text", { x: 40, y: y(n) + 4, "text-anchor": "end" }, number(Math.round(n))));
	const step = Math.max(1, Math.ceil(count / labels()));
	for (let i = 0; i < count; i += step) marks.push(h("svg:text", { x: x(i), y: 208, "text-anchor": "middle" }, dates(lang, count > 36 ? { weekday: "short", hour: "2-digit", hourCycle: "h23" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date((first + i) * 3600e3))));
	const rows = [];
	for (let i = count - 1; i >= 0 && rows.length < 48; i--) if (Object.keys(at(i)).length) rows.push([when(new Date((first + i) * 3600e3).toISOString(), undefined, true), ...SERIES.map(([name]) => number(at(i)[name]))]);
	return [h("svg:svg", { class: "curve", viewBox: "0 0 760 215", preserveAspectRatio: "xMinYMid", role: "img", "aria-label": t("Released, refused, answered and objected by the hour; the table below has the figures", "Transmis, refusés, décrochés et oppositions par heure ; les chiffres sont dans le tableau") }, marks,
		SERIES.map(([name], k) => h("svg:polyline", { class: "k" + k, points: Array.from({ length: count }, (_, i) => `${x(i).toFixed(1)},${y(at(i)[name] || 0).toFixed(1)}`).join(" ") }))),
		h("ul", { class: "keys" }, SERIES.map(([, words], k) => h("li", {}, h("svg:svg", { viewBox: "0 0 30 10", "aria-hidden": "true" }, h("svg:line", { class: "k" + k, x1: 0, x2: 30, y1: 5, y2: 5 })), words))),
		h("details", { id: "figures" }, h("summary", {}, t("Figures by the hour", "Chiffres par heure")), scroll(table([column(t("Hour", "Heure")), ...SERIES.map(([, words]) => column(words, "n"))], rows)))];
}

/* --- when it will be done: a bar a day, closed days shaded, the end as a band over them --- */

const RATES = {
	campaign: t("the campaign's rate", "débit de la campagne"), route: t("its share of the route's rate", "part du débit de la route"), none: t("no rate: all of an open place goes out at once", "sans débit : tout ce qui est ouvert part aussitôt"),
	history: t("as by the hour in the last seven days", "d'après les heures des sept derniers jours"), measured: t("as measured lately", "d'après les dernières minutes"), given: t("as given", "débit demandé"),
};
const dayName = (date, long) => dates(lang, { weekday: "short", day: "numeric", month: long ? "long" : "short", timeZone: "UTC" }).format(new Date(date + "T00:00:00Z"));
function expected(f) {
	if (!f.waiting) return t("Nothing waits.", "Rien n'attend.");
	if (f.end_first) return t(`Its end comes first, ${when(f.finish, f.zone, true)}: about ${number(f.never)} would not go out.`, `Sa fin vient d'abord, ${when(f.finish, f.zone, true)} : environ ${number(f.never)} ne partiraient pas.`);
	if (!f.late) return f.early ? t(`From ${when(f.early, f.zone, true)} on, or not within 400 days.`, `À partir du ${when(f.early, f.zone, true)}, ou pas en 400 jours.`) : t("Not within 400 days.", "Pas en 400 jours.");
	return f.early === f.late ? t(`About ${when(f.late, f.zone, true)}.`, `Vers ${when(f.late, f.zone, true)}.`) : t(`Between ${when(f.early, f.zone, true)} and ${when(f.late, f.zone, true)}.`, `Entre ${when(f.early, f.zone, true)} et ${when(f.late, f.zone, true)}.`);
}
function calendarBand(f) {
	const n = f.days.length, most = Math.max(1, ...f.days.map(d => d.released)), w = 700 / Math.max(n, 7), x = i => 46 + i * w, y = r => 150 - 110 * r / most, marks = [];
	f.days.forEach((d, i) => {
		const words = `${dayName(d.date, true)}: ${d.closed ? (d.closed === "weekend" ? reason("weekend") : d.closed) : number(d.released)}`;
		if (d.closed) marks.push(h("svg:rect", { class: "off", x: x(i), y: 34, width: w, height: 116 }, h("svg:title", {}, words)));
		if (d.released) marks.push(h("svg:rect", { class: "day", x: x(i) + w * 0.12, y: y(d.released), width: w * 0.76, height: Math.max(1, 150 - y(d.released)) }, h("svg:title", {}, words)));
	});
	for (const r of [0, most]) marks.push(h("svg:line", { class: "grid", x1: 46, x2: 746, y1: y(r), y2: y(r) }), h("svg:text", { x: 40, y: y(r) + 4, "text-anchor": "end" }, number(r)));
	const step = Math.max(1, Math.ceil(n / labels()));
	for (let i = 0; i < n; i += step) marks.push(h("svg:text", { x: x(i) + w / 2, y: 168, "text-anchor": "middle" }, dayName(f.days[i].date)));
	const from = f.days.findIndex(d => d.date === f.early_day), to = f.days.findIndex(d => d.date === f.late_day);
	if (from >= 0) {
		const end = to >= 0 ? to : n - 1, left = x(from), right = x(end) + w;
		marks.push(h("svg:rect", { class: "band", x: left, y: 22, width: right - left, height: 128 }), h("svg:text", { class: "on", x: Math.min(Math.max((left + right) / 2, 90), 700), y: 14, "text-anchor": "middle" }, t("expected end", "fin prévue")));
	}
	return h("svg:svg", { class: "curve", viewBox: "0 0 760 175", preserveAspectRatio: "xMinYMid", role: "img", "aria-label": t("Releases a day to come; closed days are shaded, the end is a band; the table below has the figures", "Transmissions par jour à venir ; les jours fermés sont grisés, la fin est une bande ; les chiffres sont dans le tableau") }, marks);
}
function forecastPart(id) {
	const f = forecast;
	if (!f || f.id !== id || !f.days) return h("p", { class: "soft" }, "…");
	if (!f.waiting) return h("p", { class: "soft" }, expected(f));
	const rate = f.early !== f.late && f.late ? t(`${number(Math.round(f.late_per_h))} to ${number(Math.round(f.early_per_h))} an hour, ${RATES[f.rate_from]} (${f.hours} hours)`, `${number(Math.round(f.late_per_h))} à ${number(Math.round(f.early_per_h))} par heure, ${RATES[f.rate_from]} (${f.hours} heures)`) : f.per_h ? t(`${number(f.per_h)} an hour, `, `${number(f.per_h)} par heure, `) + RATES[f.rate_from] : RATES[f.rate_from];
	return [h("p", {}, h("strong", { id: "expected" }, expected(f)), " ", f.blocked && t("Reckoned as if what stands in its way were lifted now.", "Calculé comme si l'obstacle actuel était levé.")),
		h("p", { class: "soft" }, t(`${number(f.waiting)} ${f.waiting === 1 ? "job waits" : "jobs wait"}. Pace: `, `${number(f.waiting)} en attente. Rythme : `), rate, t(". Senders are taken to be there, lists to stay fresh.", ". On suppose les émetteurs présents et les listes à jour.")),
		calendarBand(f),
		h("details", { id: "day-figures" }, h("summary", {}, t("Figures by the day", "Chiffres par jour")), scroll(table([column(t("Day", "Jour")), column(t("Released", "Transmis"), "n"), column(t("Left", "Restent"), "n"), column(t("Closed", "Fermé"))],
			f.days.map(d => [dayName(d.date, true), number(d.released), number(d.left), d.closed === "weekend" ? reason("weekend") : d.closed]))))];
}

function openCell(p) {
	return p.open ? h("span", { class: "moves" }, t("open until ", "ouvert jusqu'à "), when(p.until, p.zone))
		: h("span", {}, p.next_open ? [t("opens ", "ouvre "), when(p.next_open, p.zone, true), " ", h("span", { class: "soft", "data-until": p.next_open }, countdown(p.next_open))] : t("not known", "non connu"));
}
const labels = () => window.innerWidth < 640 ? 4 : 8; /* of a curve, that have room */
const countdown = text => t("in ", "dans ") + span(Date.parse(text) - now());
const clockOf = zone => h("span", { "data-zone": zone }, dates(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(now())));

function campaign(id) {
	if (!sheet || !sheet.campaign || sheet.campaign.id !== id) return [h("h1", {}, id), h("p", {}, sheet === false ? t("No campaign has that name.", "Aucune campagne de ce nom.") : "…")];
	const c = sheet.campaign, stats = sheet.stats || {}, act = c.need === "act" || c.need === "unseen";
	const facts = [[t("Advertiser", "Annonceur"), c.advertiser], [t("Product", "Produit"), c.product], [t("Purpose", "Finalité"), c.purpose === "service" ? t("service", "service") : t("prospecting", "prospection commerciale")],
		[t("Route", "Route"), c.route], [t("Source of the file", "Origine du fichier"), c.source], [t("Begins", "Début"), when(c.start, undefined, true)], [t("Ends", "Fin"), when(c.end, undefined, true)]];
	const places = [["queue", t("queued", "en file")], ["held", t("held for a window", "en attente d'une plage")], ["later", t("for a time of their own", "à une heure à eux")], ["ready", t("ready", "prêts")], ["taken", t("with a sender", "chez l'émetteur")],
		["unknown", t("outcome unknown", "issue inconnue")], ["done", t("called", "appelés")], ["refused", t("refused", "refusés")], ["invalid", t("invalid", "invalides")], ["cancelled", t("cancelled", "annulés")]];
	const seen = state.campaigns.find(x => x.id === id) || {};
	return [h("h1", {}, id),
		h("div", { class: act ? "needs" : "well" }, h("p", {}, standingCell(c), c.rule ? ` (${c.rule})` : "", c.since ? t(", since ", ", depuis ") + when(c.since) : "", c.until ? t(", until ", ", jusqu'à ") + when(c.until) : ""), act && todo(c.because) && h("p", {}, todo(c.because))),
		h("dl", { class: "facts" }, facts.filter(([, v]) => v).map(([k, v]) => [h("dt", {}, k), h("dd", {}, v)])),
		h("h2", {}, t("Where its jobs are", "Où en sont ses appels")), bars(Object.fromEntries(places.map(([k]) => [k, k === "queue" ? seen.queue : stats[k]])), k => Object.fromEntries(places)[k]),
		h("h2", {}, t("Expected end", "Fin prévue")), forecastPart(id),
		h("h2", {}, t("By the hour", "Par heure")), curve(sheet.hours || {}),
		h("h2", {}, t("Refused and invalid, by reason", "Refusés et invalides, par motif")), bars({ ...part(stats, "refused."), ...part(stats, "invalid.") }, reason),
		h("h2", {}, t("What became of the calls", "Issue des appels")), bars(part(stats, "done."), k => OUTCOMES[k] || k),
		h("h2", {}, t("Held, by place", "En attente, par lieu")),
		(sheet.places || []).length ? scroll(table([column(t("Place", "Lieu"), "id"), column(t("Held", "En attente"), "n"), column(t("Its time", "Heure locale")), column(t("Window", "Plage")), column(t("Why", "Motif"), "wide")],
			sheet.places.map(p => [p.place, number(p.held), clockOf(p.zone), openCell(p), p.why ? reason(p.why) : ""]))) : h("p", { class: "soft" }, t("None.", "Aucun."))];
}

/* Of all spaces, those that have a campaign of that name: not one alone. */
function among(id) {
	const at = state.campaigns.filter(c => c.id === id);
	return [h("h1", {}, id), missing(), at.length ? h("p", {}, t("In several spaces: ", "Dans plusieurs espaces : "), at.map(c => [linkOf(c.space, "c/" + id, c.space), " "])) : h("p", {}, t("No campaign has that name.", "Aucune campagne de ce nom."))];
}

function placesView() {
	return [h("h1", {}, t("Places", "Lieux")), scroll(table([column(t("Territory", "Territoire"), "id"), column(t("Its time", "Heure locale")), column(t("Window", "Plage")), column(t("Why", "Motif")), column("", "wide")],
		state.places.map(p => [link("calendar/" + p.place, p.place), clockOf(p.zone), openCell(p), p.why ? reason(p.why) : "", p.rule])))];
}

function calendarView(place, year) {
	const y = Number(year) || new Date(now()).getUTCFullYear(), sheetOfYear = years[y];
	if (sheetOfYear === undefined) return [h("h1", {}, t("Calendar", "Calendrier")), h("p", {}, "…")];
	const all = sheetOfYear ? sheetOfYear.territories : [], it = all.find(x => x.territory === place) || all[0];
	const choose = h("select", { id: "where", "aria-label": t("Territory", "Territoire") }, all.map(x => h("option", { value: x.territory, selected: it === x }, x.territory)));
	choose.addEventListener("change", () => { location.hash = `#/calendar/${choose.value}/${y}`; });
	if (!it) return [h("h1", {}, t("Calendar", "Calendrier")), h("p", {}, t("Nothing is known of that year.", "Rien n'est connu de cette année."))];
	const closed = new Map();
	for (const d of it.closed) closed.set(d.date, d);
	const months = Array.from({ length: 12 }, (_, m) => {
		const first = new Date(Date.UTC(y, m, 1)), days = new Date(Date.UTC(y, m + 1, 0)).getUTCDate(), rows = [];
		let row = Array((first.getUTCDay() + 6) % 7).fill(h("td"));
		for (let d = 1; d <= days; d++) {
			const date = `${y}-${String(m + 1).padStart(2, "0")}-${String(d).padStart(2, "0")}`, why = closed.get(date), wd = row.length;
			row.push(h("td", { class: why ? "closed" : wd > 4 ? "weekend" : null, title: why ? why.name : null }, d, why && h("span", { class: "skip" }, " " + why.name)));
			if (row.length === 7 || d === days) { rows.push(h("tr", {}, row.map(c => c.cloneNode(true)))); row = []; }
		}
		const names = Array.from({ length: 7 }, (_, i) => dates(lang, { weekday: "narrow", timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1 + i))));
		return h("table", {}, h("caption", {}, dates(lang, { month: "long", timeZone: "UTC" }).format(first)), h("thead", {}, h("tr", {}, names.map(n => h("th", { scope: "col" }, n)))), h("tbody", {}, rows));
	});
	return [h("h1", {}, `${t("Calendar", "Calendrier")} ${y}, ${it.territory}`), h("form", {}, choose, link(`calendar/${it.territory}/${y - 1}`, `← ${y - 1}`), link(`calendar/${it.territory}/${y + 1}`, `${y + 1} →`)),
		!it.known && h("p", { class: "needs" }, t("The listed holidays do not reach the end of that year: days beyond are held.", "Les jours listés ne vont pas jusqu'à la fin de cette année : au-delà, tout reste en attente.")),
		h("div", { class: "months" }, months), h("h2", {}, t("Closed days", "Jours fermés")),
		scroll(table([column(t("Day", "Jour")), column(t("Name", "Nom")), column(t("Text", "Texte"), "wide")], [...it.closed].sort((a, b) => a.date < b.date ? -1 : 1).map(d =>
			[dates(lang, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(d.date + "T00:00:00Z")), d.name, d.article])))];
}

/* In a view of all spaces: those of which it has nothing. */
function missing() {
	const none = many() ? state.all.filter(s => s.health === "elsewhere" || s.health === "closed") : [];
	return none.length ? h("p", { class: "soft" }, t("Nothing is known here of: ", "Rien n'est connu ici de : "), none.map(s => s.led_by ? `${s.space} (${t("led by ", "tenu par ")}${s.led_by})` : s.space).join(", "), ".") : null;
}
function routesView() {
	const since = at => at ? h("span", { "data-since": at }, span(now() - Date.parse(at))) : "";
	return [h("h1", {}, t("Routes", "Routes")), missing(), scroll(table(spaced([column(t("Route", "Route"), "id"), column(t("Ready", "Prêts"), "n"), column(t("Oldest", "Le plus ancien"), "n"), column(t("With senders", "Chez l'émetteur"), "n"), column(t("Oldest", "Le plus ancien"), "n"),
		column(t("Outcome unknown", "Issue inconnue"), "n"), column(t("Reports to settle", "Comptes rendus à traiter"), "n"), column(t("99 % done within", "99 % finis en"), "n"), column(t("Breaker", "Coupe-circuit"))]),
		state.routes.map(r => inSpace(r, [r.route, number(r.ready), since(r.oldest_ready), ...[r.taken, since(r.oldest_taken), r.unknown, r.to_settle].map(n => typeof n === "number" ? number(n) : n === undefined ? "?" : n), r.p99_ms > 0 ? span(r.p99_ms) : "", r.breaker ? h("span", { class: "act" }, "⚠ " + r.breaker) : t("closed: calls flow", "fermé : les appels passent")]))))];
}
function listsView() {
	return [h("h1", {}, t("Opposition lists", "Listes d'opposition")), missing(), scroll(table(spaced([column(t("List", "Liste"), "id"), column(t("Members", "Membres"), "n"), column(t("Refreshed", "Mise à jour")), column(t("Age", "Âge"), "n"), column(t("State", "État"))]),
		state.lists.map(l => inSpace(l, [l.list, number(l.size), l.refreshed_at ? when(l.refreshed_at, undefined, true) : t("live", "vivante"), l.refreshed_at ? span(now() - Date.parse(l.refreshed_at)) : "",
			l.malformed ? h("span", { class: "act" }, "⚠ " + reason("list-malformed")) : l.lost > 0 ? h("span", { class: "act" }, "⚠ " + t(`lacks ${number(l.lost)}`, `il en manque ${number(l.lost)}`)) : l.late ? h("span", { class: "act" }, "⚠ " + l.late) : t("in order", "en ordre")]))))];
}
function logsView() {
	const behind = l => l.lag_ms >= 0 ? span(l.lag_ms) : t("nothing", "aucun"), ago = ms => ms >= 0 ? t("", "il y a ") + span(ms) + t(" ago", "") : t("none", "aucun");
	return [h("h1", {}, t("Decision logs", "Journaux des décisions")), missing(), scroll(table(spaced([column(t("Lines", "Lignes"), "n"), column(t("Signed", "Signées"), "n"), column(t("Behind by", "Retard"), "n"), column(t("Last anchor", "Dernier ancrage")), column(t("Written by", "Écrit par")), column(t("State", "État"))]),
		state.logs.map(l => inSpace(l, l.none ? ["", "", "", "", "", t("none is kept", "aucun n'est tenu")] : [number(l.lines), number(l.signed_lines), behind(l), ago(l.anchor_age_ms), l.ours ? state.instance : t("another instance", "une autre instance"),
			l.why || l.anchor_why ? h("span", { class: "act" }, "⚠ " + (l.why || l.anchor_why)) : t("in order", "en ordre")]))))];
}
function logView() {
	if (many()) return logsView();
	const l = state.log;
	if (!l) return [h("h1", {}, t("Decision log", "Journal des décisions")), h("p", {}, t("None is kept: log_dir is not set. Evidence then rests on Redis alone.", "Aucun n'est tenu : log_dir n'est pas réglé. La preuve ne repose alors que sur Redis."))];
	const facts = [[t("Lines", "Lignes"), number(l.lines)], [t("Signed", "Signées"), `${number(l.signed_lines)}${l.signed_age_ms >= 0 ? t(", ", ", il y a ") + span(l.signed_age_ms) + t(" ago", "") : ""}`],
		[t("Behind by", "Retard"), l.lag_ms >= 0 ? span(l.lag_ms) : t("nothing", "aucun")], [t("Last anchor", "Dernier ancrage"), l.anchor_age_ms >= 0 ? t("", "il y a ") + span(l.anchor_age_ms) + t(" ago", "") : t("none", "aucun")],
		[t("Written by", "Écrit par"), l.ours ? state.instance : t("another instance", "une autre instance")]];
	return [h("h1", {}, t("Decision log", "Journal des décisions")), (l.why || l.anchor_why) && h("p", { class: "needs" }, l.why || l.anchor_why), h("dl", { class: "facts" }, facts.map(([k, v]) => [h("dt", {}, k), h("dd", {}, v)])),
		h("p", { class: "soft" }, t("Anybody can check it: licetctl log verify, or licet-verify.", "Chacun peut le vérifier : licetctl log verify, ou licet-verify."))];
}

/* --- the whole ------------------------------------------------------------------------------------------------ */

const VIEWS = [["", t("Overview", "Vue d'ensemble"), overview], ["places", t("Places", "Lieux"), placesView], ["calendar", t("Calendar", "Calendrier"), calendarView], ["routes", t("Routes", "Routes"), routesView],
	["lists", t("Lists", "Listes"), listsView], ["log", t("Decision log", "Journal"), logView]];
const here = () => decodeURIComponent(location.hash.replace(/^#\/?/, "")).split("/");

/* Why nothing is to be had from licetd; it may have told. */
function stale() {
	const node = document.getElementById("stale"), quiet = Date.now() - heardAt;
	node.hidden = refusal ? false : !state || quiet < 10000;
	if (refusal) node.replaceChildren(refusal, " ", location.search ? h("a", { href: location.pathname, id: "all" }, t("All spaces", "Tous les espaces")) : "");
	else if (!node.hidden) node.textContent = t(`licetd has not answered for ${span(quiet)}: what stands here is old.`, `licetd ne répond plus depuis ${span(quiet)} : ce qui est affiché est ancien.`);
}

function tick() {
	stale();
	if (!state) return;
	document.getElementById("clock").textContent = dates(lang, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(now())) + (state.simulated ? t(" (simulated)", " (simulé)") : "");
	for (const node of document.querySelectorAll("[data-until]")) node.textContent = countdown(node.dataset.until);
	for (const node of document.querySelectorAll("[data-since]")) node.textContent = span(now() - Date.parse(node.dataset.since));
	for (const node of document.querySelectorAll("[data-zone]")) node.replaceWith(clockOf(node.dataset.zone));
}

function draw(anyway) {
	if (!state) return;
	if (here()[0] === "c" && many()) {
		const at = state.campaigns.filter(c => c.id === here().slice(1).join("/"));
		if (at.length === 1) { location.replace(`?space=${at[0].space}${location.hash}`); return; }
	}
	const [view, ...rest] = here(), found = VIEWS.find(v => v[0] === view), what = JSON.stringify([state, sheet, forecast, view, rest, Object.keys(years)]).replace(/"now":"[^"]*"/, "");
	if (!anyway && what === drawn) return;
	drawn = what;
	const focus = document.activeElement && document.activeElement.id, caret = document.activeElement && document.activeElement.selectionStart;
	const open = [...document.querySelectorAll("details[open]")].map(d => d.id), main = document.getElementById("main");
	document.getElementById("nav").replaceChildren(...VIEWS.map(([to, name]) => h("a", { href: "#/" + to, id: "nav-" + to, "aria-current": (view === "c" ? "" : view) === to ? "page" : null }, name)));
	const nodes = view === "c" ? (many() ? among(rest.join("/")) : campaign(rest.join("/"))) : found ? found[2](...rest) : [h("p", {}, t("Nothing is there.", "Rien ici."))];
	main.replaceChildren(...nodes.flat(3).filter(Boolean));
	for (const id of open) if (document.getElementById(id)) document.getElementById(id).open = true;
	if (focus && document.getElementById(focus)) {
		document.getElementById(focus).focus({ preventScroll: true });
		if (caret !== null && caret !== undefined && document.getElementById(focus).setSelectionRange) document.getElementById(focus).setSelectionRange(caret, caret);
	}
	document.getElementById("foot").textContent = `Licet ${state.version}, ${state.instance}. ${t("Rulebook", "Recueil")} ${state.rulebook} ${state.rulebook_version}, ${state.approved_by ? t("approved by ", "approuvé par ") + state.approved_by : t("approved by nobody", "approuvé par personne")}. ${t("This page shows; it changes nothing.", "Cette page montre ; elle ne change rien.")}`;
	document.getElementById("space").replaceChildren(...(!state.spaces ? [] : many() ? [t("all spaces", "tous les espaces")] : [h("a", { href: location.pathname + location.hash, id: "all" }, t("All spaces", "Tous les espaces")), " › ", h("strong", {}, state.space)]));
	if (state.spaces) document.getElementById("foot").append(" " + t("Space", "Espace"), ...state.spaces.flatMap(name => [" ", many() && state.all.some(s => s.space === name && !s.warnings) ? name : name === state.space ? h("strong", {}, name) : h("a", { href: "?space=" + name + location.hash }, name)]));
	document.title = (state.warnings.length || state.campaigns.some(c => c.need === "act") ? "⚠ " : "") + "Licet";
	tick();
}

async function read(path) {
	const reply = await fetch(path + location.search, { cache: "no-store" });
	if (reply.status === 404) return false;
	if (!reply.ok) throw Object.assign(new Error(reply.status), { said: reply.status === 503 && await reply.text() });
	return reply.json();
}

async function look() {
	const [view, ...rest] = here();
	try {
		if (!Object.keys(reasons).length) reasons = await read("reasons.json") || {};
		const got = await read("state.json");
		state = got.all ? together(got) : alone(got);
		heardAt = Date.now();
		refusal = "";
		ahead = Date.parse(got.now) - heardAt;
		sheet = view === "c" && !many() ? await read(`campaign/${encodeURIComponent(rest.join("/"))}.json`) : null;
		const id = rest.join("/");
		if (view === "c" && sheet && (!forecast || forecast.id !== id || Date.now() - forecastAt > 15000)) {
			forecast = { ...(await read(`forecast/${encodeURIComponent(id)}.json`) || {}), id };
			forecastAt = Date.now();
		}
		const year = view === "calendar" ? Number(rest[1]) || new Date(now()).getUTCFullYear() : 0;
		if (year && years[year] === undefined) years[year] = await read(`calendar/${year}.json`);
	} catch (error) {
		refusal = error.said || "";
		tick();
		return;
	}
	draw(false);
}

let timer = 0;
async function turn() {
	clearTimeout(timer);
	try {
		await look();
	} finally {
		clearTimeout(timer);
		if (!document.hidden) timer = setTimeout(turn, 2000);
	}
}
document.documentElement.lang = lang;
document.getElementById("skip").textContent = t("Skip to the content", "Aller au contenu");
document.getElementById("skip").addEventListener("click", event => { event.preventDefault(); document.getElementById("main").focus(); });
window.addEventListener("hashchange", () => { sheet = null; draw(true); window.scrollTo(0, 0); document.getElementById("main").focus({ preventScroll: true }); turn(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) turn(); });
setInterval(tick, 1000);
turn();
