"""The rules of the ledger, in the order in which they are asked: docs/ledger.md, Rules and The sentences of the rules.

Each function raises `Broken` (broken.py) with the sentence of the first rule that the entry breaks. The state is replay.py's.
"""

import canonical as c
import counts
from broken import need
from canonical import LARGEST
from note import COSIGNER, LOG, ML_DSA, BadNote, Key, Note
from records import signed
from hashlib import sha256


def folded(host):
    """Hosts and organisations are compared without letter case and blanks at the ends."""
    return host.strip(" ").lower()


def follows(state, entry, time):
    if state.time is not None and time < state.time:
        renews = entry["type"] == "policy" and entry["record"]["generation"] is not None
        need(renews, f"its time {time} is before that of the entry before it, {state.time}")
    if entry["type"] == "genesis":
        need(state.genesis is None, "a second genesis")
        return cast(first_cast(entry), entry["origin"])
    need(state.genesis is not None, "the first entry is not genesis")
    _RULES[entry["type"]](state, entry)


def _note(state, written):
    try:
        checkpoint = Note(written.encode()).checkpoint
    except BadNote:
        checkpoint = None
    good = checkpoint and checkpoint.origin == state.genesis["origin"] and checkpoint.size <= state.size
    need(good, "the note is not a checkpoint of this ledger up to here")


# Casts.

def first_cast(genesis):
    return {
        "since": 0, "generation": 1, "generation_since": 0, "warden": genesis["warden"], "copies_days": genesis["copies_days"],
        "witnesses": genesis["witnesses"], "quorum": genesis["quorum"], "workers": genesis["workers"],
        "authority": genesis["authority"]}


def cast_after(before, index, record):
    """The next cast, `None` where the policy makes none."""
    if not any([record["workers"], record["generation"], record["witnesses"], record["authority"]]):
        return None
    names = {worker["worker"] for worker in record["workers"]}
    after = dict(before, since=index)
    after["workers"] = [worker for worker in before["workers"] if worker["worker"] not in names] + record["workers"]
    if record["generation"]:
        after.update(record["generation"], generation=before["generation"] + 1, generation_since=index)
    if record["witnesses"]:
        after.update(witnesses=record["witnesses"]["keys"], quorum=record["witnesses"]["quorum"])
    if record["authority"]:
        after["authority"] = record["authority"]
    return after


def is_key(written, *kinds):
    try:
        return Key(written, *kinds)
    except BadNote:
        return None


def cast(own, origin):
    keys = [witness["key"] for witness in own["witnesses"]]
    reachable = own["quorum"] <= len(set(keys))
    need(reachable, f"a quorum of {own['quorum']} of {len(keys)} witnesses cannot be reached")
    warden = is_key(own["warden"]["key"], LOG)
    kinds = warden and warden.name == origin and all(is_key(key, COSIGNER, ML_DSA) for key in keys)
    need(kinds and len(set(keys)) == len(keys), "a key is not a note key of its kind for this ledger, or is named twice")
    officers = [officer["key"] for officer in own["authority"]["officers"]]
    need(len(set(officers)) == len(officers) and 1 <= own["authority"]["threshold"] <= len(officers),
         "the authority has no officers, one twice, or a threshold that cannot be reached")
    _workers_once(own["workers"])


def _workers_once(workers):
    named = set()
    for worker in workers:
        need(worker["worker"] not in named, f"worker {worker['worker']} is enrolled twice")
        named.add(worker["worker"])


def _by_officers(authority, context, entry, least):
    """Whether at least `least` officers signed, each once and in order, and nobody else."""
    keys = [own["key"] for own in entry["signatures"]]
    officers = {officer["key"] for officer in authority["officers"]}
    if len(keys) < least or any(a >= b for a, b in zip(keys, keys[1:])) or not officers.issuperset(keys):
        return False
    return all(signed(context, entry["record"], own["key"], own["signature"]) for own in entry["signatures"])


# What officers say.

def _policy(state, entry):
    record, now = entry["record"], state.casts[-1]
    need(_by_officers(now["authority"], "bulla.policy/4", entry, now["authority"]["threshold"]),
         "the policy is not signed by as many officers as must, each once, and nobody else")
    need(record["origin"] == state.genesis["origin"], "the policy is for another ledger")
    need(record["number"] == state.policies + 1, f"the policy has number {record['number']}, but {state.policies + 1} is next")
    need(any(own for name, own in record.items() if name not in ("origin", "number", "seen")), "the policy decides nothing")
    twice = "the policy names a carrier, an agreement, a principal or a hold twice"
    for several, one in (("carriers", "carrier"), ("agreements", "agreement"), ("shippers", "shipper"), ("principals", "principal")):
        names = [own[one] for own in record[several]]
        need(len(set(names)) == len(names), twice)
    for own in record["carriers"]:
        need(own["certificates"], f"carrier {own['carrier']} has no certificate")
    carriers = state.carriers.keys() | {own["carrier"] for own in record["carriers"]}
    for terms in record["agreements"]:
        need(terms["carrier"] in carriers, f"carrier {terms['carrier']} has no entry before this one")
        for group in terms["groups"]:
            _sealed(group["classes"])
        days = max((group["days"] for group in terms["groups"]), default=0)
        need(days <= 3_653, f"agreement {terms['agreement']} keeps something for {days} days, more than ten years")
    agreements = state.agreements.keys() | {terms["agreement"] for terms in record["agreements"]}
    holds = set()
    for hold in record["holds"]:
        own = hold["agreement"], hold["first"], hold["last"]
        need(own[0] in agreements, f"agreement {own[0]} has no entry before this one")
        need(own[1] <= own[2], f"a hold on agreement {own[0]} has its last month before its first")
        need(own not in holds, twice)
        holds.add(own)
    _co_holders(state, record)
    need(not any("operational" in own["classes"] for own in record["principals"]), _CLASSES)
    least = min((own["counts"] for own in record["principals"] if own.get("counts") is not None), default=100)
    need(least >= 100, "a principal is given numbers of fewer than 100 people")
    if record["seen"] is not None:
        _note(state, record["seen"])
    after = cast_after(now, state.size, record)
    if after:
        _next_cast(state, record, after)


def _co_holders(state, record):
    """None has what another one had; and nobody who takes its host has a warden's or worker's with it."""
    every = [state.co_holders[name] for name in sorted(state.co_holders)]
    for new in record.get("co_holders", []):
        known = any(new[name] == old[name] for old in every for name in ("co_holder", "key", "seal_key"))
        need(not known, f"co-holder {new['co_holder']} has a name or a key that one had before")
        every.append(new)
    placed = [own for before in state.casts for own in [*before["workers"], before["warden"]]] + record["workers"]
    if record["generation"]:
        placed.append(record["generation"]["warden"])
    hosts = {folded(own["host"]) for own in placed}
    for own in every:
        need(folded(own["host"]) not in hosts, f"co-holder {own['co_holder']} is on the host of a warden or a worker")


def _next_cast(state, record, after):
    if record["generation"]:
        key, host = after["warden"]["key"], folded(after["warden"]["host"])
        known = any(key == old["warden"]["key"] or host == folded(old["warden"]["host"]) for old in state.casts)
        need(not known, "the new generation has a key or host that an earlier one had")
        need(record["seen"] is not None, "a policy with a new generation says what its officers had seen")
    _workers_once(record["workers"])
    cast(after, state.genesis["origin"])


_CLASSES = "the classes are not one or more of the sealed ones"


def _sealed(classes):
    need(classes and "operational" not in classes, _CLASSES)


def _revocation(state, entry):
    record, by = entry["record"], entry["by"]
    officers = {officer["key"] for officer in state.casts[-1]["authority"]["officers"]}
    good = record["origin"] == state.genesis["origin"] and (by in officers or by == record["key"])
    need(good and signed("bulla.revocation/1", record, by, entry["signature"]),
         "the revocation is not signed for this ledger by an officer or by its own key")
    known = {own["key"] for own in state.principals.values()} | {own["key"] for own in state.casts[-1]["workers"]}
    known |= {own["key"] for versions in state.carriers.values() for own in versions}
    known |= {key for versions in state.shippers.values() for _, key in versions}
    known |= {own["key"] for own in state.co_holders.values()}
    need(record["key"] in known and record["key"] not in state.revoked, "the key that is revoked is nobody's, or was revoked before")


def _lockdown(state, entry):
    record, authority = entry["record"], state.casts[-1]["authority"]
    least = 1 if record["closed"] else min(2, len(authority["officers"]))
    good = record["number"] == state.lockdowns + 1 and record["closed"] != state.closed
    good = good and record["origin"] == state.genesis["origin"]
    need(good and _by_officers(authority, "bulla.lockdown/1", entry, least),
         "the lockdown is not the next, changes nothing, or too few officers signed it")


# What the warden says.

def _period_key(state, entry):
    period, generation = entry["period"], state.casts[-1]["generation"]
    agreement, _, _, own = c.period_parts(period)
    need(agreement in state.agreements, f"agreement {agreement} has no entry before this one")
    need(own == generation, f"period {period} is not of generation {generation}")
    need(period not in state.periods, f"period {period} has a key already")
    need(entry["key"] not in state.keys, f"the key of period {period} is another period's too")
    named = entry.get("co_holder")
    need(named is None or named in state.co_holders, f"co-holder {named} has no entry before this one")
    _sealed(entry["classes"])


def _index_key(state, entry):
    _enrolled(state, entry["worker"])


def _living(state, entry):
    own = state.periods.get(entry["period"])
    need(own and own.key == entry["key"], f"period {entry['period']} has no such key")
    need(own.shredded is None, f"period {entry['period']} is shredded already")
    return own


def _shred(state, entry):
    need(_living(state, entry).announced, f"period {entry['period']} is shredded without a shred_intent before")


def _resurfaced(state, entry):
    own = state.periods.get(entry["period"])
    need(own and own.key == entry["key"] and own.shredded is not None,
         f"period {entry['period']} has no such key that was shredded")


# What workers say.

def _enrolled(state, worker):
    key = state.worker_key(worker)
    need(key and key not in state.revoked, f"worker {worker} is not enrolled")
    return key


def _by_worker(state, entry):
    worker = entry["record"]["worker"]
    good = signed(CONTEXTS[entry["type"]], entry["record"], _enrolled(state, worker), entry["signature"])
    need(good, f"the entry is not signed by the enrolled key of worker {worker}")


CONTEXTS = {"intake": "bulla.intake/5", "start": "bulla.start/1", "tick": "bulla.tick/2"}


def _instance(state, record, instance):
    own = state.instances.get(instance)
    need(own and own.worker == record["worker"], f"the worker has no instance {instance}")
    return own


def _start(state, entry):
    _by_worker(state, entry)
    record = entry["record"]
    need(record["instance"] not in state.instances, f"instance {record['instance']} has started before")
    closed = [own["instance"] for own in record["closes"]]
    need(all(a < b for a, b in zip(closed, closed[1:])), "the instances that it closes are not sorted")
    for over in record["closes"]:
        own, last = _instance(state, record, over["instance"]), over["last"]
        whole = last <= LARGEST and own.is_whole(last) and (own.tick is None or own.tick["next"] <= last + 1)
        need(whole, f"instance {over['instance']} is closed with {last} tickets, and the ledger does not have just these")


def _tick(state, entry):
    _by_worker(state, entry)
    record = entry["record"]
    own = _instance(state, record, record["instance"])
    numbers = [record["number"], record["next"], record["credit"]["rows"], record["credit"]["parties"]]
    numbers += [record["seen"]["size"]] if record["seen"] else []
    need(max(numbers) <= LARGEST, _NUMBER)
    last, next_ = (own.tick["number"], own.tick["next"]) if own.tick else (0, 1)
    need(record["number"] > last and record["next"] >= next_, f"tick {record['number']} comes after tick {last} or goes back behind it")
    open_ = record["open"]
    sorted_ = all(a < b for a, b in zip(open_, open_[1:])) and (not open_ or open_[-1] < record["next"])
    need(sorted_, "the tick's open tickets are not sorted, or not below its next")
    need(own.accounts_for(record["next"], open_), "the tick passes tickets that are neither in the ledger nor open")


_NUMBER = "a number is above 2^53 - 1"


def _intake(state, entry):
    _by_worker(state, entry)
    record = entry["record"]
    own = _instance(state, record, record["instance"])
    ticket, part, parts = record["ticket"], record["part"], record["parts"]
    need(1 <= part <= parts, f"part {part} of {parts} is none")
    need(ticket > 0 and own.takes(ticket, part, parts), f"part {part} of ticket {ticket} is entered already")
    numbers = [ticket, record["octets"], record["rows"], record["parties"]]
    numbers += [number for anchor in record["batches"] for number in (anchor["parties"], anchor["octets"])]
    need(max(numbers) <= LARGEST, _NUMBER)
    sealed = sum(anchor["rows"] for anchor in record["batches"])
    need(sealed <= record["rows"], f"its batches hold {sealed} rows, more than the {record['rows']} recorded")
    batches = set()
    for anchor in record["batches"]:
        batch = anchor["batch"]
        need(batch not in batches and batch not in state.batches, f"batch {batch} is anchored already")
        batches.add(batch)
        _anchor(state, anchor)


def _anchor(state, anchor):
    batch, carrier = anchor["batch"], anchor["carrier"]
    need(anchor["rows"] <= anchor["octets"], f"batch {batch} has {anchor['rows']} rows in {anchor['octets']} octets")
    need(carrier in state.certificates, f"batch {batch} names entry {carrier}, where no policy before it names a carrier")
    periods = [c.period_parts(to["period"]) for to in anchor["keys"]]
    need(all(a < b for a, b in zip(periods, periods[1:])), f"the keys of batch {batch} are not sorted by period")
    for to in anchor["keys"]:
        known = state.periods.get(to["period"])
        need(known and known.key == to["key"], f"batch {batch} is sealed to a key of period {to['period']} that the ledger does not know")


# What principals ask.

def opening_of(request):
    return sha256(c.write(request)).hexdigest()


def _intent(state, entry):
    request, scope = entry["request"], entry["request"]["scope"]
    principal, batch = scope["principal"], scope["batch"]
    need(not state.closed, "nothing is opened: an officer has closed the ledger for openings")
    need(entry["opening"] == opening_of(request), "the opening's name is not the hash of its request")
    need(entry["opening"] not in state.openings, "the opening has an intent already")
    asker = state.principals.get(principal)
    need(asker, f"principal {principal} has no entry before this one")
    good = signed("bulla.opening/1", scope, asker["key"], request["signature"])
    need(good, f"the request is not signed by principal {principal}")
    need(asker["key"] not in state.revoked, "the key that signed it is revoked")
    need(scope["purpose"] in asker["purposes"], f"principal {principal} may not open for this purpose")
    for own in scope["classes"]:
        need(own in asker["classes"] and own != "operational", f"principal {principal} may not open class {own}")
    need(scope["classes"] and scope["rows"], "the request names no rows or no classes")
    _approval(state, entry, asker)
    need(batch in state.batches, f"batch {batch} is not anchored")
    anchored = state.batches[batch]
    need(anchored.anchor["header"] == scope["header"], f"batch {batch} is anchored with another header")
    rows, row = anchored.anchor["rows"], scope["rows"][-1]
    need(row <= rows, f"batch {batch} has {rows} rows, not {row}")
    oldest = c.milliseconds(anchored.intake["received"]) + asker["age_days"] * c.DAY
    need(oldest >= c.milliseconds(scope["requested"]),
         f"principal {principal} may open what was received in the last {asker['age_days']} days, and batch {batch} is older")


def _approval(state, entry, asker):
    approval, rows = entry["approval"], len(entry["request"]["scope"]["rows"])
    if approval is None:
        return need(rows <= asker["alone"], f"principal {asker['principal']} may open {asker['alone']} rows alone, not {rows}: "
                    "a second person must approve this request")
    other = state.principals.get(approval["principal"])
    good = other and other["approves"] and other["key"] != asker["key"] and other != asker and other["key"] not in state.revoked
    what = {"expires": approval["expires"], "opening": opening_of(entry["request"])}
    good = good and signed("bulla.approval/1", what, other["key"], approval["signature"])
    lasts = c.milliseconds(approval["expires"]) - c.milliseconds(entry["request"]["scope"]["requested"])
    need(good and 0 <= lasts <= c.DAY, "the approval is not by another principal who may approve, for this request and at most a day")


def _receipt(state, entry):
    opening = state.openings.get(entry["opening"])
    need(opening, "a receipt without an intent")
    need(opening.receipt is None, "the opening has a receipt already")
    opened = entry["outcome"] == "opened"
    need((entry["answer"] is not None) == opened, "the receipt names an answer and did not open, or opened and names none")
    if not opened:
        return
    keys = [state.periods[to["period"]] for to in state.batches[opening.scope["batch"]].anchor["keys"]]
    asked = [own for own in keys if own.classes & set(opening.scope["classes"])]
    living = any(own.shredded is None or own.shredded.entry > opening.entry for own in asked)
    need(not asked or living, f"batch {opening.scope['batch']} was opened after all its keys for these classes were shredded")


_RULES = {
    "policy": _policy, "revocation": _revocation, "lockdown": _lockdown, "heartbeat": lambda state, entry: _note(state, entry["note"]),
    "period_key": _period_key, "index_key": _index_key, "start": _start, "tick": _tick, "intake": _intake, "intent": _intent,
    "receipt": _receipt, "count_intent": counts.count_intent, "counted": counts.counted, "shred_intent": _living, "shred": _shred, "resurfaced": _resurfaced}
