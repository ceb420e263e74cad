//! Made-up documents, and reading of what comes back.

/// An 856 under construction: one group, one set, parcels directly below the shipment.
#[derive(Clone)]
pub struct Notice {
    pub sender: String,
    pub receiver: String,
    /// ISA13, and the first part of every tracking number.
    pub control: u32,
    /// ISA14: whether a TA1 is asked for.
    pub asks: bool,
    /// ISA15: P or T.
    pub usage: char,
    /// BSN01: 00 original, 05 replacement, 01 cancellation.
    pub purpose: &'static str,
    /// BSN02, which duplicates are known by.
    pub number: String,
    pub parcels: u32,
}

/// An original from northshop to the demo's carrier.
pub fn notice(control: u32, number: &str, parcels: u32) -> Notice {
    Notice {
        sender: "NORTHSHOP".into(),
        receiver: "DEMOCARRIER".into(),
        control,
        asks: false,
        usage: 'P',
        purpose: "00",
        number: number.into(),
        parcels,
    }
}

impl Notice {
    /// MAN02 of a parcel, from 1.
    pub fn tracking(&self, parcel: u32) -> String {
        format!("99{:08}{parcel:06}", self.control)
    }

    /// PRF01 of a parcel.
    pub fn order(&self, parcel: u32) -> String {
        format!("PO-{}-{parcel}", self.control)
    }

    /// N102 of a parcel's recipient.
    pub fn name(&self, parcel: u32) -> String {
        format!("OLVERIN QUASTERBY {}-{parcel}", self.control)
    }

    pub fn street(&self, parcel: u32) -> String {
        format!("{parcel} FENWILLOW CRESCENT {}", self.control)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let Self { sender, receiver, control, usage, purpose, number, parcels, .. } = self;
        let asks = u8::from(self.asks);
        let mut set = vec![
            "ST*856*0001".to_owned(),
            format!("BSN*{purpose}*{number}*20261102*0930"),
            "HL*1**S".to_owned(),
            "DTM*011*20261102".to_owned(),
            "N1*SF*NORTHSHOP MADE-UP GOODS".to_owned(),
        ];
        for parcel in 1..=*parcels {
            set.extend([
                format!("HL*{}*1*P", parcel + 1),
                format!("PRF*{}", self.order(parcel)),
                "TD1******G*2.5*KG".to_owned(),
                format!("MAN*CP*{}", self.tracking(parcel)),
                format!("N1*ST*{}", self.name(parcel)),
                format!("N3*{}", self.street(parcel)),
                "N4*QUEBEC*QC*G1A 0A2*CA".to_owned(),
            ]);
        }
        set.push(format!("CTT*{}", parcels + 1));
        set.push(format!("SE*{}*0001", set.len() + 1));
        let envelope = [
            format!(
                "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*261102*0930*U*00401*{control:09}*{asks}*{usage}*>"
            ),
            format!("GS*SH*{sender}*{receiver}*20261102*0930*{control}*X*004010"),
        ];
        let end = [format!("GE*1*{control}"), format!("IEA*1*{control:09}")];
        let all: Vec<String> = envelope.into_iter().chain(set).chain(end).collect();
        (all.join("~\n") + "~\n").into_bytes()
    }
}

/// The segments of an answer, each as its elements.
pub fn segments(answer: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(answer).expect("an answer is ASCII");
    let segments =
        text.split('~').map(|segment| segment.trim_matches(['\r', '\n'])).filter(|segment| !segment.is_empty());
    segments.map(|segment| segment.split('*').map(str::to_owned).collect()).collect()
}

/// The segments with this id.
pub fn all(answer: &[u8], tag: &str) -> Vec<Vec<String>> {
    segments(answer).into_iter().filter(|segment| segment[0] == tag).collect()
}

/// The only segment with this id.
#[track_caller]
pub fn only(answer: &[u8], tag: &str) -> Vec<String> {
    let mut found = all(answer, tag);
    assert_eq!(found.len(), 1, "{tag} in {}", String::from_utf8_lossy(answer));
    found.remove(0)
}

/// What stands at a place of every segment that begins so: `("N1*ST", 2)` for recipients' names.
pub fn values(document: &[u8], begins: &str, element: usize) -> Vec<String> {
    let begins: Vec<&str> = begins.split('*').collect();
    let fits = |segment: &Vec<String>| segment.iter().zip(&begins).all(|(own, wanted)| own == wanted);
    segments(document).into_iter().filter(fits).filter_map(|s| s.get(element).cloned()).collect()
}
