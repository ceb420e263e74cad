//! JSON whose objects are sorted as they are written. serde gives a struct's fields in the order of their declaration;
//! what is sorted here are the octets of whole fields, once an object ends, so that no tree of values is built.

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};
use std::io::{self, Write};

/// The canonical bytes, of which about so many are expected.
pub(super) fn write(value: &impl Serialize, expected: usize) -> serde_json::Result<Vec<u8>> {
    // As deep and as wide as an entry with one batch; others make more room.
    let mut sheet = Sheet {
        octets: Vec::with_capacity(expected),
        fields: Vec::with_capacity(32),
        objects: Vec::with_capacity(8),
        spare: Vec::with_capacity(expected),
    };
    // All that is written goes through the formatter, which alone knows where a field begins.
    value.serialize(&mut Serializer::with_formatter(io::sink(), Sorted(&mut sheet)))?;
    Ok(sheet.octets)
}

struct Sheet {
    octets: Vec<u8>,
    /// The fields so far of all objects that have not ended, the innermost's last.
    fields: Vec<Field>,
    /// Where in `fields` each of these objects begins.
    objects: Vec<usize>,
    /// Room to put a sorted object together in.
    spare: Vec<u8>,
}

/// Where a field stands: `"key":value`.
#[derive(Clone, Copy)]
struct Field {
    start: usize,
    key_end: usize,
    end: usize,
}

impl Sheet {
    fn field(&mut self) -> &mut Field {
        self.fields.last_mut().expect("only a field that has begun ends")
    }

    fn sort(&mut self) {
        let first = self.objects.pop().expect("only an object that has begun ends");
        let (octets, fields) = (&mut self.octets, &mut self.fields[first..]);
        // Without the quote that ends it, so that a key comes before those that it begins.
        let key = |field: &Field| field.start + 1..field.key_end - 1;
        if !fields.is_sorted_by(|a, b| octets[key(a)] <= octets[key(b)]) {
            let start = fields[0].start;
            fields.sort_by(|a, b| octets[key(a)].cmp(&octets[key(b)]));
            self.spare.clear();
            for field in fields {
                if !self.spare.is_empty() {
                    self.spare.push(b',');
                }
                self.spare.extend_from_slice(&octets[field.start..field.end]);
            }
            octets.truncate(start);
            octets.extend_from_slice(&self.spare);
        }
        self.fields.truncate(first);
    }
}

struct Sorted<'a>(&'a mut Sheet);

macro_rules! as_ever {
    ($($name:ident($($argument:ident: $type:ty)?);)*) => {$(
        fn $name<W: ?Sized + Write>(&mut self, _: &mut W $(, $argument: $type)?) -> io::Result<()> {
            CompactFormatter.$name(&mut self.0.octets $(, $argument)?)
        }
    )*};
}

impl Formatter for Sorted<'_> {
    as_ever! {
        write_null();
        write_bool(value: bool);
        write_i8(value: i8);
        write_i16(value: i16);
        write_i32(value: i32);
        write_i64(value: i64);
        write_i128(value: i128);
        write_u8(value: u8);
        write_u16(value: u16);
        write_u32(value: u32);
        write_u64(value: u64);
        write_u128(value: u128);
        write_f32(value: f32);
        write_f64(value: f64);
        write_number_str(value: &str);
        begin_string();
        end_string();
        write_string_fragment(fragment: &str);
        write_char_escape(escape: CharEscape);
        write_byte_array(value: &[u8]);
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        write_raw_fragment(fragment: &str);
    }

    fn begin_object<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.octets.push(b'{');
        self.0.objects.push(self.0.fields.len());
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.sort();
        self.0.octets.push(b'}');
        Ok(())
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        if !first {
            self.0.octets.push(b',');
        }
        let start = self.0.octets.len();
        self.0.fields.push(Field { start, key_end: start, end: start });
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.field().key_end = self.0.octets.len();
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.octets.push(b':');
        Ok(())
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.field().end = self.0.octets.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The form that a tree of values has, sorted as a whole.
    fn by_tree(value: &impl Serialize) -> Vec<u8> {
        let mut tree = serde_json::to_value(value).unwrap();
        tree.sort_all_objects();
        serde_json::to_vec(&tree).unwrap()
    }

    #[derive(Serialize)]
    struct Unsorted {
        z: Option<u8>,
        ab: Vec<Inner>,
        a: &'static str,
        empty: [u8; 0],
        inner: Inner,
        tagged: Tagged,
        enumerated: Plain,
    }

    #[derive(Serialize, Clone)]
    struct Inner {
        y: i64,
        b: bool,
        x: String,
    }

    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Tagged {
        Zebra(Inner),
    }

    #[derive(Serialize)]
    enum Plain {
        Unit,
        Struct { b: u64, a: () },
        Tuple(u8, u8),
        New(Inner),
    }

    #[test]
    fn it_is_the_form_of_a_sorted_tree() {
        let inner = Inner { y: -7, b: true, x: "quote \" and \\, \n, \u{1f}, é, \u{10ffff}".into() };
        let each = [Plain::Unit, Plain::Struct { b: u64::MAX, a: () }, Plain::Tuple(1, 2), Plain::New(inner.clone())];
        for enumerated in each {
            let value = Unsorted {
                z: None,
                ab: vec![inner.clone(), inner.clone()],
                a: "",
                empty: [],
                inner: inner.clone(),
                tagged: Tagged::Zebra(inner.clone()),
                enumerated,
            };
            assert_eq!(write(&value, 0).unwrap(), by_tree(&value));
        }
        for value in
            [Value::Null, json!({}), json!([]), json!([{}, []]), json!({"b": {"d": 1, "c": {}}, "a": [1, 2.5]})]
        {
            assert_eq!(write(&value, 0).unwrap(), by_tree(&value));
        }
    }
}
