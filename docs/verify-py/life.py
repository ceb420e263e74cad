"""What a key opens, and whether it was destroyed: docs/ledger.md, Void entries."""

from collections import defaultdict

from canonical import SEALED

FOREVER = float("inf")  # of a beginning: however late, it still reaches it; of a key: it always lives


class Life:
    """The life of a ledger's keys, by whoever says most of them."""

    def __init__(self, state):
        self.state, self.named_void = state, defaultdict(list)
        for at, made in state.voids.period_keys:
            self.named_void[made["key"]].append((at, made["period"], frozenset(made["classes"])))
        self.lived = self._lived()

    def _lived(self):
        """By void entries: where each key still lived."""
        lived = {key: FOREVER for key in self.state.voids.resurfaced}
        for at, key in self.state.voids.lived:
            lived[key] = max(at.entry, lived.get(key, 0))
        for key, named in self.named_void.items():
            lived[key] = max(lived.get(key, 0), *(at.entry for at, _, _ in named))
        return lived

    def classes(self, to):
        """What a key opens."""
        known = self.made(to)
        named = [classes for _, _, classes in self.named_void[to["key"]]]
        if known is None and not named:
            return SEALED
        return (known.classes if known else frozenset()).union(*named)

    def made(self, to):
        """The period whose key it is, by an entry with effect."""
        own = self.state.periods.get(to["period"])
        return own if own and own.key == to["key"] else None

    def periods(self, anchor):
        """The periods whose keys a batch is sealed to, as far as entries with effect made them."""
        return [to["period"] for to in anchor["keys"] if self.made(to)]

    def shred(self, to, entry):
        """The shred that ended this key for a batch that was entered here, `None` where it lives."""
        own = self.made(to)
        if own is None or own.shredded is None or own.resurfaced:
            return None
        shared = any(period != to["period"] for _, period, _ in self.named_void[to["key"]])
        return None if shared or own.shredded.entry <= max(self.lived.get(to["key"], 0), entry) else own.shredded
