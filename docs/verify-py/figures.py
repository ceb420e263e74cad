"""The figures and the assessment: docs/bundle.md, Computing the figures, and assessment.json."""

from collections import defaultdict

import canonical as c
import counts
import sent
import statements
import unwrapped
from canonical import SEALED, total
from dating import APART, HOSTS, ONE_HOST, stated
from reach import EVERYTHING, FOREVER, Reach, _later as later, ms
from records import signed
from replay import gaps

SCHEMA = "bulla.assessment/13"


class Figures:
    """Every row that is reached, counted."""

    def __init__(self, reach, beside):
        self.reach, self.state = reach, reach.state
        self.rows_of, self.parties_of, self.clear_of = defaultdict(int), defaultdict(int), defaultdict(int)
        self.by_classes, self.by_province, self.leaving = defaultdict(int), defaultdict(int), defaultdict(int)
        self.without_header, self.stray, self.never_sealed = [], 0, 0
        self.recorded_rows = self.recorded_parties = self.confirmed_rows = self.confirmed_parties = 0
        self.confirmed_of, self.confirmed_batches, self.kept_closed = defaultdict(int), set(), defaultdict(int)
        self.both = True
        self.confirmations = defaultdict(set)
        for one in beside.confirmations:
            for batch in one["record"]["batches"]:
                self.confirmations[batch].add(one["record"]["carrier"])
        self.window = [entry for entry in reach.entries if entry.gone is not None]
        self.has_window = bool(reach.kinds & {"host", "collusion", "traffic"})
        self.span = sent.window(reach)
        self.sent = sent.lines(reach, beside.totals, self.span)
        others = reach.suspects.workers.difference(*(own.workers for own in reach.hypotheses))
        bounds = bool(self.sent) and all(own["covers"] for own in self.sent)
        self.bounded = bounds and not others and "traffic" not in reach.kinds
        self.unbounded = (bool(reach.kinds & {"collusion", "host", "traffic"}) or bool(reach.suspects.workers)) and not self.bounded
        self.covering = counts.Covering(self.state, self.has_window or reach.suspects.workers or reach.taking())
        for batch in reach.batches:
            if batch.needed:
                self._batch(batch, beside.headers.get(batch.id))
        for entry in self.window:
            self._entry(entry)
        self._sent()
        self._stray()
        self._gaps()
        self.people = self.covering.people(total(self.rows_of.values()), bool(self.stray or self.gap_agreements))

    def _count(self, shipper, month, province, classes, rows, gone=FOREVER):
        if classes & SEALED:
            self.rows_of[shipper, month] += rows
            self.by_province[province] += rows
            if gone != FOREVER:
                self.leaving[gone] += rows
        else:
            self.clear_of[shipper, month] += rows
        self.by_classes[tuple(c.order(classes))] += rows

    def _stands_for(self, entry):
        """Whether its shipper's totals stand for what this entry says."""
        return self.bounded and entry.gone is not None and entry.shipper is not None

    def _batch(self, batch, disclosed):
        if disclosed and not self.reach.fits(batch, disclosed):
            disclosed = None
        header = disclosed["header"] if disclosed else None
        anchor = batch.anchor
        if header:
            shipper, month = header["shipper"], header["month"]
            counts = [(own["province"], frozenset(own["classes"]), own["rows"]) for own in header["counts"]]
        else:
            shippers = {terms["shipper"] for terms in batch.versions}
            shipper = shippers.pop() if len(shippers) == 1 else batch.entry.shipper
            month = batch.month
            counts = [("UNKNOWN", batch.keys | {"operational"}, anchor["rows"])]
            self.without_header.append(
                {"batch": batch.id, "entry": batch.at.entry, "rows": anchor["rows"], "parties": anchor["parties"]})
        parts = self._parts(batch, header)
        alone = batch.opened and not (parts or batch.certified)
        cells = list(_opened(counts, batch) if alone else _reached(counts, parts, batch.opened))
        sealed = any(classes & SEALED for _, classes, _, _ in cells)
        if sealed:
            self.covering.take(batch)
        else:
            for co_holder in self.closing:
                self.kept_closed[co_holder] += anchor["rows"]
        rows = sum(rows for _, _, rows, _ in cells)
        parties = anchor["parties"] if sealed else 0
        confirmed = bool(header and header["carrier"] in self.confirmations[batch.id] and not batch.entry.void)
        if confirmed and not batch.entry.void:
            self.confirmed_batches.add(batch.id)
        if self.has_window:
            if batch.whole is not None and confirmed:
                self.confirmed_of[batch.at.entry] += anchor["rows"]
                self.confirmed_parties += anchor["parties"]
        elif rows:
            self.recorded_rows += rows
            self.recorded_parties += anchor["parties"]
            if confirmed:
                self.confirmed_rows += rows
                self.confirmed_parties += anchor["parties"]
        if self._stands_for(batch.entry):
            return
        for province, classes, rows, gone in cells:
            self._count(shipper, month, province, classes, rows, gone)
        self.parties_of[shipper, month] += parties

    def _parts(self, batch, header):
        """`(classes, gone)` of all but openings that reaches the batch."""
        parts = []
        if batch.whole is not None:
            parts.append((EVERYTHING, batch.whole))
        if batch.clear:
            parts.append((frozenset(["operational"]), FOREVER))
        if self.reach.by_certificate(batch, header["carrier"] if header else None):
            parts.append((EVERYTHING, FOREVER))
        self.closing = set()
        for key, period, gone, closed in batch.groups:
            holder = self.reach.co_holder({"key": key, "period": period})
            another = holder and self.reach.suspects.is_another(holder)
            if header:
                group = next(group for group in header["groups"] if group["period"] == period)
                own = frozenset(group["classes"])
                self.both &= bool(another and group.get("co_holder") == holder["seal_key"])
                if closed and group.get("co_holder") == closed["seal_key"]:
                    # No layer is around the clear column.
                    parts.append((frozenset(["operational"]), gone))
                    self.closing.add(closed["co_holder"])
                    continue
            else:
                self.both = False
                own = self.reach.life.classes({"key": key, "period": period}) if key else SEALED
            parts.append((own | {"operational"}, gone))
        return parts

    def _entry(self, entry):
        """What its batches do not account for."""
        sealed = total(anchor["parties"] for anchor in entry.batches)
        rows = max(entry.rows - sum(anchor["rows"] for anchor in entry.batches), 0)
        entry.most_parties = max(entry.parties, sealed)
        parties = entry.most_parties - sealed
        self.recorded_rows += entry.rows
        self.recorded_parties += entry.most_parties
        self.confirmed_rows += self.confirmed_of[entry.at.entry]
        if self._stands_for(entry):
            return
        self.never_sealed += rows
        if rows or parties:
            self._count(entry.shipper, entry.received[:7], "UNKNOWN", EVERYTHING, rows, entry.gone)
            self.parties_of[entry.shipper, entry.received[:7]] += parties

    def _sent(self):
        for own in self.sent:
            if self.bounded:
                rows, parties = max(own["rows"], own["recorded"]), max(own["parties"], own["recorded_parties"])
            else:
                rows = max(own["rows"] - own["recorded"], 0)
                parties = max(own["parties"] - own["recorded_parties"], 0)
            if rows or parties:
                month = c.moment(self.span[0])[:7]
                self._count(own["shipper"], month, "UNKNOWN", EVERYTHING, rows)
                self.parties_of[own["shipper"], month] += parties

    def _stray(self):
        """Rows of void intents that no anchored batch of that id has: each once, in the month of the first."""
        last, strays = defaultdict(lambda: -1), {}
        for batch in self.reach.batches:
            last[batch.id] = max(last[batch.id], batch.anchor["rows"])
        for opening in self.reach.opened_void:
            scope, batch = opening.scope, opening.scope["batch"]
            for row in scope["rows"]:
                # The manifest's own record counts as a row only where it was opened alone.
                if row > last[batch] and (row > 0 or len(scope["rows"]) == 1):
                    strays.setdefault((batch, row), (opening.at.time[:7], set()))[1].update(scope["classes"])
        for month, classes in strays.values():
            if classes:
                self.stray += 1
                self._count(None, month, "UNKNOWN", frozenset(classes), 1)
                self.parties_of[None, month] += 0

    def _gaps(self):
        self.gaps, self.gap_agreements = [], False
        for gap in gaps(self.state):
            classes, gone = self._gap(gap)
            if not classes:
                continue
            sealed = bool(classes & SEALED)
            parties = gap.parties if sealed else 0
            self._count(None, gap.at.time[:7], "UNKNOWN", classes, gap.rows, gone)
            if sealed:
                self.parties_of[None, gap.at.time[:7]] += parties
                self.gap_agreements = True
            self.gaps.append({
                "worker": gap.worker, "instance": gap.instance, "entry": gap.at.entry, "time": gap.at.time, "rows": gap.rows,
                "parties": parties})

    def _gap(self, gap):
        """What could be read of a gap's rows, and until when."""
        reach, classes, gone = self.reach, set(), None
        if reach.kinds & {"carrier-key", "collusion"}:
            classes, gone = set(EVERYTHING), FOREVER
        if "storage" in reach.kinds or any(gap.worker in own.workers for own in reach.hypotheses):
            classes.add("operational")
            gone = FOREVER
        for to, entry in self._gap_keys(gap):
            until = reach.key_gone(to, entry)
            if until is not None:
                classes |= reach.life.classes(to) | {"operational"}
                gone = later(gone, until)
        return frozenset(classes), gone

    def _gap_keys(self, gap):
        """The keys that could be sealed to beyond the tick, each with the entry as of which its life counts."""
        for period, made in self.state.periods.items():
            before = made.shredded is not None and made.shredded.entry <= gap.at.entry
            yield {"period": period, "key": made.key}, 0 if before else gap.at.entry
        for _, made in self.state.voids.period_keys:
            yield {"period": made["period"], "key": made["key"]}, gap.at.entry

    # As the assessment says it.

    def at_most(self):
        shippers = {cell[0] for own in (self.rows_of, self.parties_of) for cell, number in own.items() if number}
        if self.gap_agreements:
            shippers |= {terms["shipper"] for versions in self.state.agreements.values() for terms in versions}
            shippers |= {terms["shipper"] for _, record in self.state.voids.policies for terms in record["agreements"]}
            # Who is not known is one of them.
            shippers = shippers - {None} or {None}
        return {
            "rows": total(self.rows_of.values()), "parties": total(self.parties_of.values()),
            "shippers": len(shippers), "unbounded": self.unbounded}

    def table(self, name):
        """`name` makes of (shipper, month) the members that a line is for."""
        cells = defaultdict(lambda: [0, 0, 0])
        for at, own in enumerate((self.rows_of, self.parties_of, self.clear_of)):
            for (shipper, month), rows in own.items():
                cells[name(shipper, month)][at] += rows
        return [[line, *(min(number, c.LARGEST) for number in cells[line])] for line in sorted(cells, key=_null_first)]

    def made_up(self):
        made_up = [[total(n for (shipper, _), n in own.items() if shipper in self.state.made_up)] for own in (self.rows_of, self.parties_of)]
        return {"rows": made_up[0][0], "parties": made_up[1][0]}

    def provinces(self):
        self.by_province["QC"] += 0
        unknown = self.by_province.get("UNKNOWN", 0)
        return [{
            "province": own, "rows": min(self.by_province[own], c.LARGEST),
            "at_most": min(self.by_province[own] + (unknown if own != "UNKNOWN" else 0), c.LARGEST)}
            for own in c.PROVINCES if own in self.by_province]

    def curve(self):
        matters = [own for own in self.reach.hypotheses if own.kind in ("host", "warden", "principal") and own.begin is None]
        if not matters or self.state.began is None:
            return []
        rows = total(self.rows_of.values())
        points = [{"from": self.state.began, "rows": rows}]
        for gone in sorted(self.leaving):
            rows -= self.leaving[gone]
            if self.leaving[gone]:
                points.append({"from": c.moment(gone), "rows": rows})
        return points


def _null_first(line):
    return [(own is not None, own or "") for own in line]


def _reached(counts, parts, opened):
    """Of each count the classes that something reaches, and until when."""
    for opening, until in opened:
        parts = parts + [(frozenset(opening.scope["classes"]), until)]
    for province, own, rows in counts:
        classes, gone = frozenset(), None
        for reached, until in parts:
            cut = own & reached
            classes |= cut
            if cut & SEALED:
                gone = later(gone, until)
        if classes:
            yield province, classes, rows, gone if gone is not None else FOREVER


def _opened(counts, batch):
    """Rows that only openings reach, one by one."""
    held = frozenset().union(*(own for _, own, _ in counts))
    provinces = {province for province, _, _ in counts}
    province = provinces.pop() if len(provinces) == 1 else "UNKNOWN"
    rows = {}
    for opening, until in batch.opened:
        for row in opening.scope["rows"]:
            if row <= batch.anchor["rows"]:
                classes, gone = rows.get(row, (frozenset(), None))
                rows[row] = classes | frozenset(opening.scope["classes"]), later(gone, until)
    if 0 in rows and len(rows) > 1:
        manifest, until = rows.pop(0)
        rows = {row: (classes | manifest, later(gone, until)) for row, (classes, gone) in rows.items()}
    for classes, gone in rows.values():
        if classes & held:
            yield province, classes & held, 1, gone


def counted(state, confirmation):
    """Whether a carrier's word counts: docs/ledger.md, Confirmations."""
    record = confirmation["record"]
    anchors = [state.batches.get(batch) for batch in record["batches"]]
    if not all(anchors) or sum(own.anchor["rows"] for own in anchors) != record["rows"]:
        return False
    keys = {own["key"] for own in state.carriers.get(record["carrier"], ()) if own["key"] is not None}
    return any(signed("bulla.confirmation/1", record, key, confirmation["signature"]) for key in keys - state.revoked.keys())


def assess(history, reach, beside, hypotheses, level, terms):
    """The whole assessment."""
    state, figures = history.state, Figures(reach, beside)
    at_most, co_held = figures.at_most(), unwrapped.co_held(reach, figures.kept_closed)
    elsewhere = None
    if level == 0 and ("host" in reach.kinds or (reach.taking() and "collusion" not in reach.kinds)):
        elsewhere = Figures(Reach(history, hypotheses, APART, terms), beside).at_most()
    dating = stated(reach, history, terms)
    return {
        "schema": SCHEMA, "hypothesis": hypotheses, "level": unwrapped.level(reach, level, figures.both and not figures.gaps), "assumptions": statements.assumptions(),
        "checkpoint": history.seen, "dating": dating, "at_most": at_most,
        "people": figures.people if isinstance(figures.people, dict) else None,
        "recorded": {"rows": min(figures.recorded_rows, c.LARGEST), "parties": min(figures.recorded_parties, c.LARGEST)},
        "confirmed": {"rows": min(figures.confirmed_rows, c.LARGEST), "parties": min(figures.confirmed_parties, c.LARGEST)},
        "by_shipper": [{"shipper": line[0], "rows": rows, "parties": parties, "operational": clear}
                       for line, rows, parties, clear in figures.table(lambda shipper, month: (shipper,))],
        "made_up": figures.made_up(),
        "by_month": [{"month": line[0], "rows": rows, "parties": parties, "operational": clear}
                     for line, rows, parties, clear in figures.table(lambda shipper, month: (month,))],
        "by_shipper_month": [{"shipper": line[0], "month": line[1], "rows": rows, "parties": parties, "operational": clear}
                             for line, rows, parties, clear in figures.table(lambda shipper, month: (shipper, month))],
        "by_classes": [{"classes": [c.CLASSES[own] for own in classes], "rows": min(figures.by_classes[classes], c.LARGEST)}
                       for classes in sorted(figures.by_classes)],
        "by_province": figures.provinces(),
        "entries": [{
            "entry": entry.at.entry, "time": entry.at.time, "worker": entry.worker, "instance": entry.instance,
            "ticket": entry.ticket, "verdict": entry.verdict, "rows": entry.rows,
            "parties": entry.most_parties, "confirmed": figures.confirmed_of[entry.at.entry]} for entry in figures.window],
        "gaps": figures.gaps, "sent": figures.sent, "not_included": _not_included(reach),
        "co_held": co_held, "index_leakage": _leakage(reach),
        "openings": _openings(reach),
        "voids": [{"entry": entry, "kind": kind, "rule": rule, "signer": signer} for entry, kind, rule, signer in state.voids.list],
        "without_header": figures.without_header, "damaged": _damaged(reach, history),
        "split_view": any(own["signed"] for own in history.notes.others), "curve": figures.curve(),
        "if_the_warden_stood_elsewhere": elsewhere, "statements": statements.all_of(reach, figures, at_most, co_held, dating, history.seen)}


def _not_included(reach):
    if not reach.taking():
        return []
    missing = {}
    for batch in reach.batches:
        for to in batch.anchor["keys"]:
            why = reach.out_of_reach(to, batch.at.entry)
            if why is None:
                continue
            period = to["period"]
            versions = reach.state.agreements.get(c.period_parts(period)[0])
            shipper = versions[-1]["shipper"] if versions else None
            own = missing.setdefault(period, {"period": period, "shipper": shipper, "rows": 0, **why})
            own["rows"] = min(own["rows"] + batch.anchor["rows"], c.LARGEST)
    return [missing[period] for period in sorted(missing, key=c.period_parts)]


def _leakage(reach):
    months = {handed["month"] for at, handed in reach.state.index_keys if reach.takes_index_key(at, handed)}
    months |= {handed["month"] for handed in reach.state.voids.index_keys if reach.takes_void_index_key(handed)}
    rows = total(
        batch.anchor["rows"] for batch in reach.batches
        if any(c.period_parts(to["period"])[1] in months and "linkable" in reach.life.classes(to) for to in batch.anchor["keys"]))
    return {"months": sorted(months), "rows": rows, "meaning": statements.leakage(months, "storage" in reach.kinds)}


def _openings(reach):
    openings = {"justified": 0, "unexplained": len(reach.state.voids.openings)}
    for opening in reach.state.openings.values():
        explained = opening.receipt is not None and reach.opening_gone(opening) is None
        openings["justified" if explained else "unexplained"] += 1
    return openings


def _damaged(reach, history):
    own = [entry for entry, _, _, signer in history.state.voids.list if signer == "warden"]
    own += [other["entry"] for other in history.notes.others]
    return any(map(reach.may_precede, own)) or history.state.genesis is None
