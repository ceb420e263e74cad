//! The place of a finding, as a person sees it: a piece of its segment and a mark under what is meant.

use edi::{Separators, Syntax};

/// So many characters are shown at most.
const WIDTH: usize = 100;
/// So many of them before the place, if there are more.
const BEFORE: usize = 40;

/// A line of text and where in it the mark stands, in characters.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    pub mark: usize,
    pub length: usize,
}

/// Of a segment that begins with a tag that may be shown (or not, `tag`: how many octets) the place at octet `at`. Unless
/// `values`, each octet of a value is an `x`.
pub fn excerpt(
    segment: &[u8],
    at: usize,
    tag: usize,
    separators: &Separators,
    syntax: Syntax,
    values: bool,
) -> Excerpt {
    let at = at.min(segment.len());
    let from = if at > BEFORE && segment.len() > WIDTH { at - BEFORE } else { 0 };
    // A character is not cut in two.
    let from = (0..=from).rev().take(4).find(|&n| is_start(segment, n)).unwrap_or(from);
    let to = segment.len().min(from + WIDTH);
    let delimits = |octet: u8| separators.contains(octet) && !(syntax == Syntax::Edifact && octet == b' ');
    let shown = |range: std::ops::Range<usize>| -> String {
        let piece = segment.get(range.clone()).unwrap_or_default();
        if values {
            return String::from_utf8_lossy(piece).chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        }
        let keep = |(n, octet): (usize, &u8)| match *octet {
            octet if octet.is_ascii_graphic() && (delimits(octet) || range.start + n < tag) => char::from(octet),
            _ => 'x',
        };
        piece.iter().enumerate().map(keep).collect()
    };
    let end = segment[at..].iter().position(|&octet| delimits(octet)).map_or(segment.len(), |n| at + n).min(to);
    let dots = if from > 0 { "..." } else { "" };
    let (before, meant) = (shown(from..at), shown(at..end.max(at)));
    let rest = shown(end.max(at)..to);
    let more = if to < segment.len() { "..." } else { "" };
    Excerpt {
        mark: dots.len() + before.chars().count(),
        length: meant.chars().count().max(1),
        text: format!("{dots}{before}{meant}{rest}{more}"),
    }
}

fn is_start(segment: &[u8], at: usize) -> bool {
    segment.get(at).is_none_or(|octet| octet & 0xC0 != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_only_where_it_is_asked_for() {
        let n1 = "N1*ST*ÉVA Q*9".as_bytes();
        let of = |at, values| excerpt(n1, at, 2, &Separators::X12, Syntax::X12, values);
        assert_eq!(of(6, false), Excerpt { text: "N1*xx*xxxxxx*x".into(), mark: 6, length: 6 });
        assert_eq!(of(6, true), Excerpt { text: "N1*ST*ÉVA Q*9".into(), mark: 6, length: 5 });
        // At its end something is missing.
        assert_eq!(of(99, false), Excerpt { text: "N1*xx*xxxxxx*x".into(), mark: 14, length: 1 });
        // A tag that is none may be a name.
        assert_eq!(excerpt(b"EVA*1", 0, 0, &Separators::X12, Syntax::X12, false).text, "xxx*x");
        assert_eq!(excerpt(b"A\x1b[2J*1", 0, 0, &Separators::X12, Syntax::X12, true).text, "A?[2J*1");
    }

    #[test]
    fn long_segments_are_shown_around_the_place() {
        let long = [b"NTE*ADD*".to_vec(), vec![b'Q'; 5000], b"*Z".to_vec()].concat();
        let shown = excerpt(&long, 5009, 3, &Separators::X12, Syntax::X12, true);
        assert_eq!((shown.mark, shown.length), (43, 1));
        assert!(shown.text.starts_with("...QQQ") && shown.text.ends_with("*Z"), "{}", shown.text);
        let start = excerpt(&long, 8, 3, &Separators::X12, Syntax::X12, false);
        assert!(start.text.starts_with("NTE*xxx*xxx") && start.text.ends_with("x...") && start.text.len() == 103);
        assert_eq!((start.mark, start.length), (8, 92));
    }
}
