//! The six field classes: what an agreement accepts, a batch seals and a report counts.

/// What kind of data a field is. The numbers are part of the sealed format, in the ledger's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Service, weight, size, ship date, province, country: the one class kept clear.
    Operational,
    /// Tracking numbers, SSCCs, order and customer references.
    Linkable,
    /// Names of persons and companies, street, city, postal code; the sender's too.
    Address,
    /// Phone, e-mail.
    Contact,
    /// Free text: may hold anything.
    Remarks,
    /// Declared value, COD, charges, currency, account numbers, whoever is billed.
    Financial,
}

impl Class {
    /// All of them, by number.
    pub const ALL: [Self; 6] =
        [Self::Operational, Self::Linkable, Self::Address, Self::Contact, Self::Remarks, Self::Financial];

    /// 0 to 5.
    pub const fn number(self) -> usize {
        self as usize
    }

    /// The word that agreements, reports and commands use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Linkable => "linkable",
            Self::Address => "address",
            Self::Contact => "contact",
            Self::Remarks => "remarks",
            Self::Financial => "financial",
        }
    }
}
