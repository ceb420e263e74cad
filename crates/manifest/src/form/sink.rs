//! Where writers write: first to count, then to octets of just that room, so that growing leaves no copies of values
//! behind in freed memory.

use zeroize::Zeroizing;

pub(crate) trait Sink {
    fn put(&mut self, octets: &[u8]);
}

impl Sink for usize {
    fn put(&mut self, octets: &[u8]) {
        *self = self.saturating_add(octets.len());
    }
}

impl Sink for Zeroizing<Vec<u8>> {
    fn put(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}
