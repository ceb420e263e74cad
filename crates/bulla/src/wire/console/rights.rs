//! Who may enter which room of the console, and act in it: one table. What is not in it is not allowed.

use serde::{Deserialize, Serialize};

/// What somebody is to this gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks after what comes and goes.
    Desk,
    /// Looks after who could have read what.
    Security,
    /// Looks after what is kept, and until when.
    Privacy,
    /// Reads everything and does nothing.
    Auditor,
    /// Says who else may enter.
    Admin,
    /// Of one partner: sees and tests what is its own.
    Partner,
    /// Whoever has an operator's token, and a demo's visitor. Nobody is given this.
    Operator,
}

/// A page or several that belong together, or an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// The day, the list, an interchange.
    Desk,
    /// Holding, releasing, sending again.
    Deliveries,
    /// What would be answered to a file. It leaves an entry.
    Test,
    /// A parcel by a number.
    Parcels,
    /// Who is exchanged with.
    Partners,
    /// What is kept until when.
    Retention,
    /// The ledger.
    Ledger,
    /// What could have been read.
    Incident,
    /// Who may enter.
    People,
    /// Letting in and keeping out.
    Entrance,
}

use Role::{Admin, Auditor, Desk, Operator, Partner, Privacy, Security};

/// Each room, and who may enter it.
const TABLE: [(Room, &[Role]); 10] = [
    (Room::Desk, &[Desk, Auditor, Partner, Operator]),
    (Room::Deliveries, &[Desk, Operator]),
    (Room::Test, &[Desk, Partner, Operator]),
    (Room::Parcels, &[Desk, Privacy, Auditor, Partner, Operator]),
    (Room::Partners, &[Desk, Security, Auditor, Partner, Operator]),
    (Room::Retention, &[Privacy, Auditor, Partner, Operator]),
    (Room::Ledger, &[Security, Privacy, Auditor, Partner, Operator]),
    (Room::Incident, &[Security, Privacy, Auditor, Operator]),
    (Room::People, &[Auditor, Admin]),
    (Room::Entrance, &[Admin]),
];

/// The pages that the navigation leads to, with their words; whoever comes in begins at the first that is open.
const VIEWS: [(Room, &str, &str); 8] = [
    (Room::Desk, "desk", "/console"),
    (Room::Ledger, "ledger", "/console/ledger"),
    (Room::Retention, "retention", "/console/retention"),
    (Room::People, "people", "/console/people"),
    (Room::Test, "test", "/console/test"),
    (Room::Parcels, "parcels", "/console/parcels"),
    (Room::Partners, "partners", "/console/partners"),
    (Room::Incident, "incident", "/console/incident"),
];

impl Role {
    /// Those that people are given, with their words in forms.
    pub const GIVEN: [(Self, &'static str); 6] = [
        (Desk, "desk"),
        (Security, "security"),
        (Privacy, "privacy"),
        (Auditor, "auditor"),
        (Admin, "admin"),
        (Partner, "partner"),
    ];

    /// The one with this word.
    pub fn with_word(word: &str) -> Option<Self> {
        Self::GIVEN.into_iter().find(|(_, own)| *own == word).map(|(role, _)| role)
    }

    /// Its word; empty for who is given none.
    pub fn word(self) -> &'static str {
        Self::GIVEN.into_iter().find(|(role, _)| *role == self).map_or("", |(_, word)| word)
    }

    pub fn may(self, room: Room) -> bool {
        TABLE.iter().any(|(own, roles)| *own == room && roles.contains(&self))
    }

    /// What the navigation shows.
    pub fn views(self) -> Vec<&'static str> {
        VIEWS.iter().filter(|(room, ..)| self.may(*room)).map(|(_, word, _)| *word).collect()
    }

    /// Where to begin.
    pub fn home(self) -> Option<&'static str> {
        VIEWS.iter().find(|(room, ..)| self.may(*room)).map(|(.., path)| *path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_room_once_and_everybody_has_a_home() {
        for (at, (room, _)) in TABLE.iter().enumerate() {
            assert!(TABLE[..at].iter().all(|(other, _)| other != room), "{room:?}");
        }
        for (role, word) in Role::GIVEN {
            assert!(role.home().is_some() && role.word() == word, "{word}");
        }
    }

    #[test]
    fn who_only_reads_acts_nowhere_and_only_admins_let_in() {
        for room in [Room::Deliveries, Room::Test, Room::Entrance] {
            assert!(!Role::Auditor.may(room), "{room:?}");
        }
        for role in [Desk, Security, Privacy, Auditor, Partner, Operator] {
            assert!(!role.may(Room::Entrance), "{role:?}");
        }
        assert!(!Partner.may(Room::Incident) && !Partner.may(Room::Deliveries));
        assert!(!Admin.may(Room::Desk) && !Admin.may(Room::Parcels), "who lets in sees nothing of what is exchanged");
    }
}
