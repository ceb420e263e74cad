//! Documents that are small and ask for much work: what a hostile partner would send. Made up, for a test that counts
//! steps and an example that takes the time.

/// A shape's name and the bodies of its document's set, from a size.
pub type Shape = (&'static str, fn(usize) -> String);

/// All shapes. `n` is what grows: a document has `n` segments of the shape's kind, or as many levels.
pub const SHAPES: [Shape; 16] = [
    ("n CUR in the header", |n| notice(&"CUR*BY*CAD~".repeat(n), "HL*1**S~HL*2*1*P~")),
    ("n different CUR in a pack", |n| {
        notice("", &format!("HL*1**S~HL*2*1*P~{}", many(n, |i| format!("CUR*BY*{i:X}~"))))
    }),
    ("n PRF without an order's number", |n| {
        notice("", &format!("HL*1**S~HL*2*1*O~{}HL*3*2*P~", many(n, |i| format!("PRF**{i}~"))))
    }),
    ("n REF in a pack", |n| notice("", &format!("HL*1**S~HL*2*1*P~{}", many(n, |i| format!("REF*2I*{i}~"))))),
    ("n REF in the shipment of n packs", |n| {
        notice("", &format!("HL*1**S~{}{}", many(n, |i| format!("REF*2I*{i}~")), packs(n, "")))
    }),
    ("n MAN and n REF in one shipment", |n| {
        notice("", &format!("HL*1**S~{}{}", many(n, |i| format!("REF*2I*{i}~")), many(n, |i| format!("MAN*CP*{i}~"))))
    }),
    ("n N2 of a recipient above n recipients", |n| {
        notice("", &format!("HL*1**S~N1*ST*A~{}{}", "N2*B~".repeat(n), packs(n, "N1*ST*C~")))
    }),
    ("n N2 of an order's recipient above n recipients", |n| {
        let packs = many(n, |i| format!("HL*{}*2*P~N1*ST*C~", i + 3));
        notice("", &format!("HL*1**S~HL*2*1*O~N1*ST*A~{}{packs}", "N2*B~".repeat(n)))
    }),
    ("n recipients in the shipment of n packs", |n| {
        notice("", &format!("HL*1**S~{}{}", "N1*ST*A~".repeat(n), packs(n, "")))
    }),
    ("a chain of n packs", |n| notice("", &format!("HL*1**S~{}", many(n, |i| format!("HL*{}*{}*P~", i + 2, i + 1))))),
    ("a chain of n items with a pack below", |n| {
        let chain = many(n, |i| format!("HL*{}*{}*I~", i + 2, i + 1));
        notice("", &format!("HL*1**S~{chain}HL*{}*{}*P~N1*ST*A~", n + 2, n + 1))
    }),
    ("n PCI in a goods item", |n| instruction("", &format!("GID+1'RFF+CU:A'{}", many(n, |i| format!("PCI++{i}'"))))),
    ("n numbers in a GIN, n RFF around it", |n| {
        let rff = many(n, |i| format!("RFF+CU:{i}'"));
        instruction(&rff, &format!("GID+1'{rff}GIN+BJ{}'", many(n, |i| format!("+{i}"))))
    }),
    ("n goods items below n consignees", |n| instruction(&"NAD+CN+++A'".repeat(n), &"GID+1'".repeat(n))),
    ("n FTX above n goods items with a consignee", |n| {
        instruction(&format!("NAD+CN+++A'{}", "FTX+DEL+++B'".repeat(n)), &"GID+1'NAD+CN+++C'".repeat(n))
    }),
    ("n empty segments", |n| notice("", &format!("HL*1**S~HL*2*1*P~{}", "~".repeat(n)))),
];

fn many(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect()
}

fn packs(n: usize, each: &str) -> String {
    many(n, |i| format!("HL*{}*1*P~{each}", i + 2))
}

fn instruction(header: &str, goods: &str) -> String {
    let body = format!("UNH+1+IFTMIN:D:96A:UN'BGM+610+M1+9'{header}{goods}");
    let segments = body.matches('\'').count() + 1;
    format!("UNB+UNOC:3+SHIPPER+CARRIER+260102:0304+1'{body}UNT+{segments}+1'UNZ+1+1'")
}

fn notice(header: &str, levels: &str) -> String {
    let body = format!("BSN*00*M1*20260102*0304~{header}{levels}CTT*{}~", levels.matches("HL*").count());
    let segments = body.matches('~').count() - body.matches("~~").count() + 2;
    format!(
        "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260102*0304*U*00401*000000001*0*P*>~\
         GS*SH*SHIPPER*CARRIER*20260102*0304*1*X*004010~ST*856*0001~{body}SE*{segments}*0001~GE*1*1~IEA*1*000000001~"
    )
}
