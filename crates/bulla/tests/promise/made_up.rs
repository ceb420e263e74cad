//! Made-up persons and documents. Each value has a random part of its run, so that nothing else can look like it.

/// SplitMix64: the same seed plants the same values, so that a failure can be had again.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn digits(&mut self, count: usize) -> String {
        // Not zero first: such a number would lose it.
        (0..count).map(|n| char::from(b'0' + if n == 0 { 1 + self.roll(9) } else { self.roll(10) } as u8)).collect()
    }

    /// Upper case, can be spoken, has no hexadecimal consonants.
    pub fn word(&mut self, letters: usize) -> String {
        const CONSONANTS: &[u8] = b"ZQWXKVRLMNPT";
        const VOWELS: &[u8] = b"AEIOUY";
        let letter = |n, chance: &mut Self| {
            let from = if n % 2 == 0 { CONSONANTS } else { VOWELS };
            char::from(from[chance.roll(from.len() as u64) as usize])
        };
        (0..letters).map(|n| letter(n, self)).collect()
    }

    fn postal_code(&mut self) -> String {
        let letter = |chance: &mut Self| char::from(b"KLMNPRSTVX"[chance.roll(10) as usize]);
        let digit = |chance: &mut Self| chance.roll(10);
        let (a, b, c) = (letter(self), digit(self), letter(self));
        let (d, e, f) = (digit(self), letter(self), digit(self));
        format!("{a}{b}{c} {d}{e}{f}")
    }

    /// With a right check digit.
    fn card(&mut self) -> String {
        let digits = format!("4{}", self.digits(14));
        let luhn = |digits: &str| -> u32 {
            let twice = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
            let digit = |b: u8| u32::from(b - b'0');
            digits.bytes().rev().enumerate().map(|(n, b)| if n % 2 == 1 { twice(digit(b)) } else { digit(b) }).sum()
        };
        let check = (0..10).find(|d| luhn(&format!("{digits}{d}")).is_multiple_of(10)).expect("one of ten digits");
        format!("{digits}{check}")
    }
}

/// A value that must not be found anywhere.
pub struct Planted {
    pub value: String,
    /// What it is, and in which document.
    pub what: String,
}

/// A recipient with one parcel.
pub struct Person {
    pub name: String,
    more: String,
    pub street: String,
    unit: String,
    city: String,
    postal_code: String,
    contact: String,
    pub phone: String,
    email: String,
    pub order: String,
    reference: String,
    pub tracking: String,
    sscc: String,
    remark: String,
    value: String,
}

/// Makes documents, and remembers what it planted in them.
pub struct Shop {
    pub planted: Vec<Planted>,
    chance: Chance,
    control: u32,
    /// The document that is being made.
    document: String,
}

impl Shop {
    pub fn new(seed: u64) -> Self {
        Self { planted: Vec::new(), chance: Chance::new(seed), control: 500, document: String::new() }
    }

    /// Begins a document: what is planted from now on is planted in it.
    pub fn document(&mut self, name: &str) {
        self.document = name.into();
    }

    /// Plants a value that was made elsewhere.
    pub fn plant(&mut self, what: &str, value: String) -> String {
        self.planted.push(Planted { value: value.clone(), what: format!("{what} in {}", self.document) });
        value
    }

    pub fn word(&mut self, what: &str, letters: usize) -> String {
        let word = self.chance.word(letters);
        self.plant(what, word)
    }

    /// A telephone number of ten digits, planted; as a number it has 32 bits.
    pub fn number(&mut self, what: &str) -> String {
        let number = format!("2{}", self.chance.digits(9));
        self.plant(what, number)
    }

    /// A card number, planted.
    pub fn card(&mut self) -> String {
        let card = self.chance.card();
        self.plant("card number", card)
    }

    /// Octets that are no text, planted nowhere.
    pub fn junk(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.chance.roll(256) as u8).collect()
    }

    pub fn next_control(&mut self) -> u32 {
        self.control += 1;
        self.control
    }

    pub fn person(&mut self) -> Person {
        let (first, last) = (self.word("first name", 10), self.word("last name", 12));
        let host = self.chance.word(10);
        let (number, road, unit) = (self.chance.digits(4), self.chance.word(10), self.chance.digits(5));
        let (area, line) = (self.chance.digits(3), self.chance.digits(4));
        let remark = format!("LEAVE WITH {} AT {}", self.chance.word(8), self.chance.word(8));
        let postal_code = self.chance.postal_code();
        let (order, reference) = (format!("PO-{}", self.chance.word(9)), format!("CUST-{}", self.chance.word(8)));
        let (tracking, sscc) = (format!("9999{}", self.chance.digits(12)), format!("00{}", self.chance.digits(18)));
        let value = self.chance.digits(12);
        Person {
            name: self.plant("name", format!("{first} {last}")),
            more: self.word("second line of the name", 10),
            street: self.plant("street", format!("{number} {road} LANE")),
            unit: self.plant("second line of the street", format!("UNIT {unit}")),
            city: self.word("city", 11),
            postal_code: self.plant("postal code", postal_code),
            contact: self.word("contact", 10),
            phone: self.plant("phone", format!("{area}-555-{line}")),
            email: self.plant("e-mail", format!("{first}.{last}@{host}.example").to_lowercase()),
            order: self.plant("order", order),
            reference: self.plant("reference", reference),
            tracking: self.plant("tracking number", tracking),
            sscc: self.plant("SSCC", sscc),
            remark: self.plant("remark", remark),
            value: self.plant("value", value),
        }
    }

    /// An 856 of shipment, orders and packs, one parcel a person.
    pub fn ship_notice(&mut self, persons: &[Person]) -> Document {
        let (sender, number) = (self.word("sender's name", 12), self.word("manifest number", 12));
        let mut body = format!(
            "BSN*00*{number}*20261102*1630*0001\nHL*1**S\nTD1*CTN25*1****G*10*KG\nTD5*B*2*DEMO*M*VIA ROAD*******G2\n\
             DTM*011*20261102*1630\nN1*SF*{sender}*92*STORE7\nN3*77 WAREHOUSE LOOP\nN4*BRAMPTON*ON*L6T 0A1*CA\n"
        );
        let mut level = 1;
        for it in persons {
            let (order, pack) = (level + 1, level + 2);
            level = pack;
            body += &format!(
                "HL*{order}*1*O\nPRF*{}***20261101\nPID*F****{}\nREF*CR*{}\n",
                it.order, it.remark, it.reference
            );
            body += &format!("PER*DC*{}*TE*{}*EM*{}\n", it.contact, it.phone, it.email);
            body += &format!("N1*ST*{}*92*{}\nN2*{}\n", it.name, it.reference, it.more);
            body += &format!("N3*{}*{}\nN4*{}*QC*{}*CA\n", it.street, it.unit, it.city, it.postal_code);
            body += &format!(
                "HL*{pack}*{order}*P\nMEA*PD*LN*49*CM\nTD1******G*8.26*KG\nMAN*GM*{}**CP*{}\n",
                it.sscc, it.tracking
            );
            body += &format!("CUR*SE*CAD\nSAC*N**ZZ*DECLARED*{}\n", it.value);
        }
        Document::new(self.next_control(), "SH", "856", &format!("{body}CTT*{level}\n"))
    }

    /// A 215, a shipment of one package a person.
    pub fn pick_up(&mut self, persons: &[Person]) -> Document {
        let (sender, number) = (self.word("sender's name", 12), self.word("manifest number", 12));
        let mut body = format!(
            "B2A*00\nC3*CAD\nL11*{number}*MA\nG62*11*20261102\nN1*SF*{sender}\nN3*77 WAREHOUSE LOOP\nN4*BRAMPTON*ON*L6T 0A1*CA\n"
        );
        for it in persons {
            body += &format!("SMD*G2*PP\nL11*{}*PO\nL5*1*{}\nNTE*DEL*{}\n", it.order, it.more, it.remark);
            body +=
                &format!("N1*ST*{}\nN3*{}*{}\nN4*{}*QC*{}*CA\n", it.name, it.street, it.unit, it.city, it.postal_code);
            body += &format!(
                "L11*{}*CR\nG61*DC*{}*TE*{}\nG61*DC*{}*EM*{}\n",
                it.reference, it.contact, it.phone, it.contact, it.email
            );
            body += &format!("CD3*G*37.5*****DV*{}\nMAN*CP*{}*{}\nMS4*N*13*15*11\n", it.value, it.tracking, it.sscc);
        }
        Document::new(self.next_control(), "UP", "215", &body)
    }
}

/// Segments and their elements, the tag as element 0.
#[derive(Clone)]
pub struct Document(pub Vec<Vec<String>>);

impl Document {
    fn new(control: u32, group: &str, kind: &str, body: &str) -> Self {
        let count = body.lines().count() + 2;
        let text = format!(
            "ISA*00**00**ZZ*NORTHSHOP*ZZ*DEMOCARRIER*261102*1630*U*00401*{control:09}*0*P*>\n\
             GS*{group}*NORTHSHOP*DEMOCARRIER*20261102*1630*{control}*X*004010\nST*{kind}*0001\n\
             {body}SE*{count}*0001\nGE*1*{control}\nIEA*1*{control:09}\n"
        );
        Self(text.lines().map(|line| line.split('*').map(str::to_owned).collect()).collect())
    }

    /// An element of the nth segment of this tag, counted from 0.
    pub fn at(&mut self, tag: &str, nth: usize, element: usize) -> &mut String {
        let segment = self.0.iter_mut().filter(|s| s[0] == tag).nth(nth);
        let segment = segment.unwrap_or_else(|| panic!("the document has no {tag} number {nth}"));
        Self::element(segment, element)
    }

    pub fn element(segment: &mut Vec<String>, element: usize) -> &mut String {
        if segment.len() <= element {
            segment.resize(element + 1, String::new());
        }
        &mut segment[element]
    }

    /// Under a control number of its own, so that it is no duplicate.
    pub fn renumber(&mut self, control: u32) {
        *self.at("ISA", 0, 13) = format!("{control:09}");
        *self.at("IEA", 0, 2) = format!("{control:09}");
    }

    /// As sent; the header has its fixed widths.
    pub fn text(&self) -> Vec<u8> {
        const WIDTHS: [usize; 17] = [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];
        let mut text = String::new();
        for segment in &self.0 {
            let isa = segment[0] == "ISA";
            let pad = |(n, e): (usize, &String)| {
                if isa { format!("{e:0$}", WIDTHS.get(n).copied().unwrap_or(0)) } else { e.clone() }
            };
            text += &segment.iter().enumerate().map(pad).collect::<Vec<_>>().join("*");
            text += "~\n";
        }
        text.into_bytes()
    }
}

/// What of a sample must not be found: its persons, their parcels, its orders and remarks. City names and six digits
/// of a value could be anything; the shops' own ids are clear.
pub fn values_of(text: &str) -> Vec<(String, String)> {
    let mut values = if text.starts_with("UNA") { components_of(text) } else { elements_of(text) };
    values.sort_by(|a, b| a.1.cmp(&b.1));
    values.dedup_by(|a, b| a.1 == b.1);
    values
}

/// The same of EDIFACT, by element and component.
fn components_of(text: &str) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for segment in text.split("'\n") {
        let elements: Vec<Vec<&str>> = segment.split('+').map(|element| element.split(':').collect()).collect();
        let places: &[(usize, usize)] = match elements[0][0] {
            "BGM" | "PCI" | "GIN" => &[(2, 0)],
            "RFF" => &[(1, 1)],
            "NAD" => &[(4, 0), (5, 0), (5, 1), (8, 0)],
            "CTA" => &[(2, 1)],
            "COM" => &[(1, 0)],
            "FTX" => &[(4, 0), (4, 1)],
            _ => &[],
        };
        for (element, component) in places {
            let value = elements.get(*element).and_then(|components| components.get(*component));
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                values.push((format!("{} {element}.{component}", elements[0][0]), value.to_string()));
            }
        }
    }
    values
}

fn elements_of(text: &str) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for segment in text.split("~\n") {
        let elements: Vec<&str> = segment.split('*').collect();
        let places: &[usize] = match elements[0] {
            "N1" | "NTE" | "REF" | "MAN" | "BSN" => &[2],
            "N2" | "N3" => &[1, 2],
            "N4" => &[3],
            "PER" => &[2, 4, 6],
            "G61" => &[2, 4],
            "PRF" | "L11" => &[1],
            "PID" => &[5],
            _ => &[],
        };
        for place in places {
            if let Some(value) = elements.get(*place).filter(|v| !v.is_empty()) {
                values.push((format!("{}{place:02}", elements[0]), value.to_string()));
            }
        }
    }
    values
}
