//! How much work a mapping does, counted in fields that are looked at: a test doubles the document and compares. Every
//! loop over fields that a document's size decides goes through here.

/// The same fields; in a test, each one that is taken is counted.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn each<I: Iterator>(fields: I) -> I {
    fields
}

#[cfg(test)]
pub(super) fn each<I: Iterator>(fields: I) -> impl Iterator<Item = I::Item> {
    fields.inspect(|_| STEPS.set(STEPS.get() + 1))
}

#[cfg(test)]
std::thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The steps of a piece of work on this thread.
#[cfg(test)]
pub(super) fn of(work: impl FnOnce()) -> u64 {
    STEPS.set(0);
    work();
    STEPS.get()
}
