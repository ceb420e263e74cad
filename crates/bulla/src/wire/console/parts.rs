//! A form with a file in it, as browsers send it (`multipart/form-data`, RFC 7578).

/// More parts than any form of ours has.
const PARTS_MAX: usize = 20;

/// What separates the parts; none: the form came another way.
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, rest) = content_type.split_once(';')?;
    let plain = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    let boundary = rest.trim().strip_prefix("boundary=")?.trim_matches('"');
    (plain && !boundary.is_empty() && boundary.len() <= 70).then_some(boundary)
}

/// Each part by its field's name. What is not whole is not there.
pub fn read<'b>(body: &'b [u8], boundary: &str) -> Vec<(String, &'b [u8])> {
    let (first, mark) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}"));
    let (mut parts, mut rest) = (Vec::new(), body.strip_prefix(first.as_bytes()).unwrap_or_default());
    while parts.len() < PARTS_MAX {
        let Some(end) = find(rest, mark.as_bytes()) else { break };
        let (part, after) = (&rest[..end], &rest[end + mark.len()..]);
        if let Some(head) = find(part, b"\r\n\r\n") {
            name(&part[..head]).into_iter().for_each(|name| parts.push((name, &part[head + 4..])));
        }
        let Some(next) = after.strip_prefix(b"\r\n") else { break };
        rest = next;
    }
    parts
}

fn name(head: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(head).ok()?;
    let of = |line: &&str| line.get(..20).is_some_and(|own| own.eq_ignore_ascii_case("content-disposition:"));
    let line = head.lines().find(of)?;
    let name = line.split(';').find_map(|field| field.trim().strip_prefix("name=\""))?;
    Some(name.strip_suffix('"')?.to_owned())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|own| own == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_browsers_write_them() {
        let kind = "multipart/form-data; boundary=----x";
        let body = b"------x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\nab\r\n------x\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a;b\"\r\nContent-Type: x/y\r\n\r\nISA\r\n--\0\xff\r\n------x--\r\n";
        let parts = read(body, boundary(kind).unwrap());
        assert_eq!(parts, [("form".to_owned(), &b"ab"[..]), ("file".to_owned(), b"ISA\r\n--\0\xff")]);
        assert_eq!(boundary("application/x-www-form-urlencoded"), None);
        assert_eq!(boundary("multipart/form-data; boundary="), None);
        for end in 0..body.len() {
            assert!(read(&body[..end], "----x").len() <= 2, "{end}");
        }
        assert_eq!(read(&b"\r\n--x".repeat(1000), "x").len(), 0);
    }
}
