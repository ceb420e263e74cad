//! Headers and multiparts as partners write them.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its own text has failed")]

use as2::mime::{Entity, HEADERS_MAX, HEADERS_OCTETS_MAX, Headers, MediaType, PARTS_MAX, Parts, canonical, decode};
use as2::{Error, Part};

#[test]
fn fields_are_unfolded_and_found_in_any_case() {
    let text =
        b"CONTENT-Type: text/plain;\r\n\tcharset=\"us\\\"ascii\";\r\n name=a.edi ; x=\r\nX-Empty:\r\n\r\nbody\r\n\r\n";
    let entity = Entity::read(text).unwrap();
    assert_eq!(entity.body, b"body\r\n\r\n");
    assert_eq!(entity.headers.get("x-empty"), Some(""));
    let kind = entity.headers.content_type().unwrap();
    assert_eq!(kind.essence, "text/plain");
    assert_eq!(kind.parameter("charset"), Some("us\"ascii"));
    assert_eq!(kind.parameter("name"), Some("a.edi"));
    assert_eq!(kind.parameter("x"), Some(""));
    assert_eq!(kind.parameter("y"), None);
    assert_eq!(Entity::read(b"\r\nbody").unwrap().body, b"body");
    assert_eq!(Entity::read(b"a: b\n\nbody").unwrap().body, b"body");
}

#[test]
fn headers_have_limits() {
    let error = |text: &[u8]| Entity::read(text).map(|_| ()).unwrap_err();
    assert_eq!(error(b""), Error::Malformed(Part::Mime));
    assert_eq!(error(b"no colon\r\n\r\n"), Error::Malformed(Part::Mime));
    assert_eq!(error(b"a: \0\r\n\r\n"), Error::Malformed(Part::Mime));
    assert_eq!(error(b"a: b\r\n"), Error::Malformed(Part::Mime));
    assert!(matches!(error(&vec![b'a'; HEADERS_OCTETS_MAX + 1]), Error::TooLong { .. }));
    assert!(matches!(error(&[b"a:b\r\n".repeat(HEADERS_MAX + 1), b"\r\n".to_vec()].concat()), Error::TooMany { .. }));
    let long = vec![b'a'; HEADERS_OCTETS_MAX];
    assert!(matches!(Headers::new([("a", &long[..])]).map(|_| ()), Err(Error::TooLong { .. })));
    assert_eq!(MediaType::read("a/b; c=\"d").map(|_| ()), Err(Error::Malformed(Part::Mime)));
    assert!(matches!(MediaType::read(&format!("a/b{}", "; c=d".repeat(40))).map(|_| ()), Err(Error::TooMany { .. })));
}

#[test]
fn parts_keep_their_octets() {
    let body = b"preamble\r\n--b\r\none\r\n\r\n--b  \r\n--bb\r\ntwo\n--b\r\n\r\n--b--\r\nafter";
    let split = Parts::read(body, Some("b")).unwrap();
    assert_eq!(split.parts, [&b"one\r\n"[..], b"--bb\r\ntwo", b""]);
    assert_eq!(split.epilogue, b"after");
    for (body, boundary) in [
        (&b"--b\r\none\r\n--b\r\n"[..], Some("b")),
        (b"--b--", Some("b")),
        (b"", Some("b")),
        (b"--\r\n--\r\n----", Some("")),
        (b"x", None),
    ] {
        assert_eq!(Parts::read(body, boundary).map(|_| ()), Err(Error::Malformed(Part::Mime)));
    }
    let many = "--b\r\n".repeat(PARTS_MAX + 2) + "--b--";
    assert!(matches!(Parts::read(many.as_bytes(), Some("b")).map(|_| ()), Err(Error::TooMany { .. })));
}

#[test]
fn transfer_encodings_come_off() {
    let decoded = |text: &str, encoding| decode(text.as_bytes(), encoding).map(|octets| octets.to_vec());
    assert_eq!(decoded("AAEC\r\nAwQ=\r\n", Some("BASE64")), Ok(vec![0, 1, 2, 3, 4]));
    assert_eq!(decoded("a=3D=\r\nb=0d\r\n", Some("quoted-printable")), Ok(b"a=b\r\r\n".to_vec()));
    for (text, encoding) in [("A", "base64"), ("=A", "quoted-printable"), ("=XY", "quoted-printable")] {
        assert_eq!(decoded(text, Some(encoding)), Err(Error::Malformed(Part::Mime)));
    }
    assert!(decoded("x", Some("x-uuencode")).is_err());
    assert_eq!(decoded("=41", None), Ok(b"=41".to_vec()));
    assert_eq!(canonical(b"a\nb\r\n\n").map(|made| made.to_vec()), Some(b"a\r\nb\r\n\r\n".to_vec()));
    assert!(canonical(b"a\r\nb\r").is_none());
}
