"""How a rule of the ledger says that it is broken."""


class Broken(Exception):
    """The entry is void."""


def need(holds, sentence):
    if not holds:
        raise Broken(sentence)
