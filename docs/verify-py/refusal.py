"""Refusals: docs/bundle.md, Verification. The names are the document's closed list; whatever else goes wrong is a defect here."""

BUNDLE = "NotABundle TooLarge Index Truncated Digest Trailing NotText EntryCut"
LEDGER = "NoGenesis GenesisKey Note WardenSignature Origin Quorum EntryCount Root NoteForm"
SIGNERS = "UnknownSigner PinnedOrigin FirstLeaf Cosigners OwnNote OlderThanNote"
CONTENTS = ("Hypothesis Header HeaderOrder HeaderUnneeded HeaderNotAnchored Confirmation ConfirmationOrder "
            "ConfirmationUnneeded Totals TotalsOrder TotalsUnneeded Unwraps UnwrapsOrder UnwrapsUnneeded Exposure Assessment "
            "Level Terms AssessmentDiffers")
NAMES = frozenset([*BUNDLE.split(), *SIGNERS.split(), *CONTENTS.split(), *("Ledger:" + name for name in LEDGER.split())])


class Refused(Exception):
    """The bundle does not prove its assessment."""

    def __init__(self, name, why=""):
        assert name in NAMES, name
        super().__init__(name, why)
        self.name, self.why = name, why
