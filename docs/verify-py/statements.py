"""The sentences that are part of the format: docs/bundle.md, at the end of assessment.json."""

from canonical import total
from counts import COUNTABLE
from dating import ONE_HOST
from replay import gaps

_ASSUMPTIONS = (
    "The workers sealed every row before anything was written, and kept no readable copy in memory afterwards: freed memory is "
    "overwritten, and tests search the memory of idle processes; memory in work is not covered.",
    "Nothing was opened that is not in the ledger. At levels 0 and 1 the warden's own program ensures this; from level 2 on the "
    "co-holder enforces it.",
    "The private keys were not copied out of the warden, except where the hypothesis says so.",
    "The random numbers behind keys and secrets could not be predicted.",
    "The cryptographic primitives hold.",
    "No readable copy was made elsewhere: not at the partners, not in snapshots of the memory of a virtual machine.",
    "What a taken host recorded about itself is a claim and no proof.",
)


def assumptions():
    return [{"id": f"A{number}", "text": text} for number, text in enumerate(_ASSUMPTIONS, start=1)]


def leakage(months, storage):
    """What an index key means."""
    if not months:
        return ("No index key is taken under this hypothesis. Whoever has the index without its keys sees only how many tokens "
                "there are and in which batches: a guess cannot be tested.")
    meaning = ("With these months' index keys, whoever can guess a tracking number or an order reference can confirm it and find "
               "its batch. Names, addresses and contacts are not in the index.")
    if storage:
        meaning += (" A copy of the gateway's disk has the key with which it asks for them: these hand-overs may have been to "
                    "whoever has it, if the warden could be reached, until another key is enrolled.")
    return meaning


def all_of(reach, figures, at_most, co_held, dating, checkpoint):
    """What must be said with the figures, in the order of the document."""
    said = [f"The figures cover the ledger up to its {checkpoint['size']} entries. {_beyond(reach.state)}",
            _people(figures.people, at_most["rows"])]
    if reach.placing == ONE_HOST:
        said.append("Level 0: gateway, warden and witness stand on one host, or nobody has shown otherwise with pinned keys. "
                    "Whoever takes that host has them all.")
    undated = sum(own.begin is not None and own.before == 0 for own in reach.hypotheses)
    if undated:
        said.append(f"For {undated} of the beginnings stated no cosignature shows what was in the ledger before, or all that do "
                    "are of witnesses who may be taken too: everything counts as if it came after.")
    if reach.goes_on():
        said.append("A taken host, warden or principal counts as taken until the end of the ledger: no policy that officers "
                    "certainly signed after `to` gives it another key.")
    said += [_end(own, reach.hypotheses[own["hypothesis"]].kind, dating["clock_error"]) for own in dating["ends"]]
    said += map(_co_holder, co_held)
    if figures.gaps or figures.sent:
        said.append("By month no figure is a bound: what shippers' totals say stands in the month in which the window begins, and what "
                    "a gateway may have stored beyond the ledger in the month of its tick, whenever it came.")
    said += _of_the_ledger(reach, figures)
    for kind in dict.fromkeys(own.kind for own in reach.hypotheses):
        said += _KINDS[kind](reach, figures, at_most)
    return said


def _end(own, kind, error):
    """What came after it, and by what that is known."""
    if own["first"] is None:
        return (f"Nothing is left out because it came after the end {own['to']} of `{kind}`: of no document it is shown that its gateway, "
                f"while it was not taken, had seen a note that witnesses cosigned more than {error} seconds after the end, which their clocks "
                "may be wrong by, before it began to take it. Everything counts as if it came before.")
    return (f"{own['documents']} documents with {own['rows']} rows are left out, because they came after the end {own['to']} of `{kind}`; "
            f"the first is ledger entry {own['first']}. When their gateways began to take them, they had seen ledger entry "
            f"{own['heartbeat']}, whose note witnesses cosigned more than {error} seconds after the end, which their clocks may be wrong "
            f"by, from {own['cosigned']} on, and these gateways are not taken. What came after the end before a gateway had seen that counts all the same.")


def _people(own, reached):
    """How many different people there are, or how that can be told."""
    if isinstance(own, dict):
        larger = ", more than are reached" if own["rows"] > reached else ""
        return (f"These rows go to at most {own['people']} different people, told apart by name and postal code: the warden counted those "
                f"of {own['rows']} rows{larger} (ledger entries {own['intent']} and {own['counted']}), and that it counted right is its "
                "word. Two people of one name and one postal code are one in it, and senders are not in it.")
    if own == COUNTABLE:
        return ("Rows and parties count the same person as often as it is named. No count in the ledger tells to how many different "
                "people these rows go: the warden can count them in its memory, which it logs, with `bulla count`.")
    return "Persons are not counted: rows and parties count the same person as often as it is named."


def _co_holder(own):
    """Without whom the warden's keys open nothing."""
    who = f"{own['co_holder']} of {own['organisation']}"
    if own["unwraps"] is None:
        return (f"Keys name co-holder {who}, but no list of it counts: one that is whole, and that it signed after the end and after "
                "every entry of the taken warden, while it was not taken itself. Everything counts as if there were no co-holder.")
    return (f"Co-holder {who} says, after it was over, that it took its layer off {own['unwraps']} times, ever, and numbers each: "
            f"whole batches count of which it says so. {own['rows']} rows of others count as closed to whoever had the warden's "
            "keys alone. That they are wrapped, their headers show; that no more was unwrapped is the co-holder's word.")


def _beyond(state):
    open_ = gaps(state)
    if not open_:
        return "By what each gateway has signed, it has stored nothing beyond them."
    rows = total(gap.rows for gap in open_)
    return (f"By what gateways have signed, {len(open_)} of their starts may have stored up to {rows} rows beyond them, which count "
            "where a hypothesis reaches them.")


def _of_the_ledger(reach, figures):
    voids, without, stray = len(reach.state.voids.list), len(figures.without_header), figures.stray
    if voids:
        yield (f"{voids} entries of the ledger break its rules. They have no effect, and count wherever they can be read to make a "
               "figure larger.")
    if without:
        yield (f"{without} batches have no header that fits their anchor. They count with the anchor's rows and parties, every "
               "class of their keys, and no known province.")
    if stray:
        yield f"{stray} opened rows are of no anchored batch. They count as rows; how many parties they name is not known."


def _storage(reach, figures, at_most):
    yield ("Storage: the gateway keeps public keys only, so its copy opens no sealed class. Service, weight, size, dates, province "
           "and country are kept clear. Delivery copies that lay there open only with the carrier's private key: if that may be "
           "taken too, add a `carrier-key` hypothesis.")
    if reach.placing == ONE_HOST:
        yield "If the warden's directory was copied too, add a `warden` hypothesis."


def _host(reach, figures, at_most):
    if reach.placing == ONE_HOST:
        yield ("Host at level 0: computed as if the warden had been taken too. The figure for a warden on another host is shown only "
               "as what it would have been.")
    yield _bound(figures, at_most)
    if figures.never_sealed:
        yield (f"{min(figures.never_sealed, 2**53 - 1)} of the rows were received and never sealed: refused or repeated bodies. What they "
               "hold is not known, so they count with every class and with no known province.")
    yield ("The gateway's own secrets (transport keys, partners' credentials, storage) count as taken and must be replaced.")


def _bound(figures, at_most):
    """Whose word it is that no more passed through."""
    every, covering = len(figures.sent), sum(own["covers"] for own in figures.sent)
    recorded = min(figures.recorded_rows, 2**53 - 1)
    if not at_most["unbounded"]:
        rows = total(own["rows"] for own in figures.sent)
        return (f"The bound is the word of all {every} shippers that have an agreement: for the whole window they signed, afterwards, "
                f"totals of {rows} rows sent; the host recorded {recorded}. What one of them says it sent and the host did not record "
                "counts with every class. What was sent by somebody who has no agreement is in no figure.")
    totals = f"{covering} of {every} shippers have signed totals of what they sent in the whole window: all must have."
    if not every:
        totals = "Shippers' totals bound nothing where the warden may be taken too, or nobody has an agreement."
    return (f"There is no upper bound from the host's own record (A7): of {recorded} rows that it recorded in the window, carriers have "
            f"confirmed {min(figures.confirmed_rows, 2**53 - 1)}, and they confirm only what they were sent. {totals}")


def _principal(reach, figures, at_most):
    yield ("Principal: the rows are those of its intents. Their parties, provinces and combinations of classes are not told row by "
           "row, so those of the whole batch bound them.")


def _warden(reach, figures, at_most):
    yield ("Warden: every key counts as taken whose destruction was not cosigned before the beginning, by witnesses that are not "
           "taken too; destroying it later undoes nothing, nor does a time that the warden writes. That it was destroyed is the "
           "warden's attestation. A key counts as made too late only if a new generation of the warden made it, whose policy "
           "officers signed after they had seen a note of after `to`.")


def _co_holders(reach, figures, at_most):
    yield ("Co-holder: its private key opens nothing by itself. What else is taken counts as if there were no co-holder: nobody's "
           "list bounds it.")


def _carrier(reach, figures, at_most):
    yield ("Carrier's key: delivery copies have no forward secrecy. Every batch counts, shredded or not, whose anchor names a policy "
           "that gave its carrier this certificate; where that cannot be told, every batch for a carrier that ever had it.")


def _traffic(reach, figures, at_most):
    yield (f"Traffic: there is no upper bound. Of {min(figures.recorded_rows, 2**53 - 1)} rows the gateways recorded that they came "
           "encrypted to this certificate, or by AS2 without a certificate that is known. AS2 has no forward secrecy: whoever has "
           "recorded the lines reads them with the key, shredded or not.")


def _collusion(reach, figures, at_most):
    yield "No bound: whoever has the warden and its co-holder can open without the ledger."


_KINDS = {
    "storage": _storage, "host": _host, "principal": _principal, "warden": _warden, "co-holder": _co_holders, "carrier-key": _carrier, "traffic": _traffic,
    "collusion": _collusion}
