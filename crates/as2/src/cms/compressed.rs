//! CompressedData (RFC 3274): zlib, and no more of it than the caller allows.
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use zeroize::Zeroizing;

use super::{ID_COMPRESSED_DATA, ID_DATA, algorithm_fields, read_content_info, write_content_info};
use crate::ber;
use crate::error::{Error, Feature, Part};
use crate::tlv::{self, Node, Reader};

const ID_ZLIB: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08";
const VERSION_0: &[u8] = &[tlv::INTEGER, 1, 0];
/// Below it no ratio is looked at: short texts of blanks compress well.
const RATIO_FREE_OCTETS: usize = 1024 * 1024;
const STEP_OCTETS: usize = 64 * 1024;

/// How much a compressed content may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Greatest length of the content, in octets.
    pub octets: usize,
    /// Greatest length of the content beyond its first MiB, in lengths of what is compressed.
    pub ratio: usize,
}

impl Limits {
    /// The greatest length of what so many octets may become.
    pub(super) fn most(self, packed: usize) -> usize {
        self.octets.min(packed.saturating_mul(self.ratio).max(RATIO_FREE_OCTETS))
    }
}

impl Default for Limits {
    /// 100 MiB and 200 to 1: EDI compresses to a tenth, zlib's bombs to a thousandth.
    fn default() -> Self {
        Self { octets: 100 * 1024 * 1024, ratio: 200 }
    }
}

/// Compresses `content`: the DER of a ContentInfo with CompressedData. The same content gives the same
/// bytes.
///
/// # Errors
/// [`Error::TooLong`].
pub fn compress(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    // Room for what does not compress: a buffer that grows would leave copies behind.
    let most = content.len() + content.len() / 1000 + 1024;
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(most), Compression::default());
    let packed = encoder.write_all(content).and_then(|()| encoder.finish()).map_err(|_| Error::Decompression)?;
    let packed = Zeroizing::new(packed);
    let carried = Node::Around(tlv::context(0), vec![Node::Value(tlv::OCTET_STRING, &packed)]);
    let before = before();
    let fields = vec![Node::Encoded(&before), Node::Around(tlv::SEQUENCE, vec![Node::Encoded(ID_DATA), carried])];
    write_content_info(ID_COMPRESSED_DATA, fields).map(Zeroizing::new)
}

/// Version and algorithm.
pub(super) fn before() -> Vec<u8> {
    [VERSION_0, &Node::Around(tlv::SEQUENCE, vec![Node::Encoded(ID_ZLIB)]).to_der()].concat()
}

/// The content of a compressed message.
///
/// # Errors
/// [`Error::Decompression`]; [`Error::TooLong`] beyond `limits`, before more is unpacked;
/// [`Error::TooMany`], [`Error::Malformed`], [`Error::Unsupported`] for what is not such a message.
pub fn decompress(message: &[u8], limits: Limits) -> Result<Zeroizing<Vec<u8>>, Error> {
    super::check_message_length(message.len())?;
    let made = ber::definite(message)?;
    unpack(packed(made.as_deref().map_or(message, |made| made))?, limits)
}

/// What is compressed in a message.
pub(super) fn packed(der: &[u8]) -> Result<&[u8], Error> {
    let mut fields = read_content_info(der, ID_COMPRESSED_DATA, Part::CompressedData)?;
    fields.expect(tlv::INTEGER)?; // version: always 0
    let (algorithm, _) = algorithm_fields(fields.expect(tlv::SEQUENCE)?)?;
    if algorithm != ID_ZLIB {
        return Err(Error::Unsupported(Feature::Compression));
    }
    let mut encapsulated = fields.enter(tlv::SEQUENCE)?;
    fields.finish()?;
    if encapsulated.expect(tlv::OBJECT_IDENTIFIER)?.whole != ID_DATA {
        return Err(Error::Unsupported(Feature::ContentType));
    }
    let explicit = encapsulated.expect(tlv::context(0))?;
    encapsulated.finish()?;
    Ok(Reader::new(explicit.contents, Part::CompressedData).expect(tlv::OCTET_STRING)?.contents)
}

fn unpack(packed: &[u8], limits: Limits) -> Result<Zeroizing<Vec<u8>>, Error> {
    let most = limits.most(packed.len());
    let mut decoder = ZlibDecoder::new(packed);
    let mut content = Zeroizing::new(Vec::with_capacity(packed.len().min(most)));
    let mut step = Zeroizing::new(vec![0; STEP_OCTETS]);
    loop {
        let read = decoder.read(&mut step).map_err(|_| Error::Decompression)?;
        if read == 0 {
            break;
        }
        let octets = content.len() + read;
        if octets > most {
            return Err(Error::TooLong { part: Part::CompressedData, octets, limit: most });
        }
        grow(&mut content, octets, most);
        content.extend_from_slice(&step[..read]);
    }
    if decoder.total_in() == packed.len() as u64 { Ok(content) } else { Err(Error::Decompression) }
}

/// Room for `octets`, without leaving a copy behind.
fn grow(content: &mut Zeroizing<Vec<u8>>, octets: usize, most: usize) {
    if octets > content.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(octets.saturating_mul(2).min(most)));
        larger.extend_from_slice(content);
        *content = larger;
    }
}
