"""The Merkle tree: RFC 6962, section 2.1; docs/ledger.md, Leaf."""

from hashlib import sha256


def leaf_hash(leaf):
    return sha256(b"\0" + leaf).digest()


class Tree:
    """Roots of every size, from the complete subtrees: `levels[k][i]` is over leaves i 2^k to (i+1) 2^k - 1."""

    def __init__(self, leaves):
        level = [leaf_hash(leaf) for leaf in leaves]
        self.size, self.levels = len(level), [level]
        while len(level) > 1:
            level = [sha256(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
            self.levels.append(level)

    def root(self, size):
        """The root of the first `size` leaves; `None` where there are not so many."""
        if size > self.size:
            return None
        if size == 0:
            return sha256(b"").digest()
        root, end = None, size
        for level, nodes in enumerate(self.levels):
            if size >> level & 1:
                node = nodes[(end >> level) - 1]
                root = node if root is None else sha256(b"\1" + node + root).digest()
                end -= 1 << level
        return root
