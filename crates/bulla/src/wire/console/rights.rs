//! Who may enter which room of the console, and act in it: one table. What is not in it is not allowed.

use api::gateway::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// Which programs may ask for what.
    Tokens,
    /// Issuing and revoking tokens.
    Issue,
}

use Role::{Admin, Auditor, Desk, Operator, Partner, Privacy, Security};

/// Each room, who may enter it, and what a token must be good for that somebody enters by.
const TABLE: [(Room, &[Role], Option<Scope>); 12] = [
    (Room::Desk, &[Desk, Auditor, Partner, Operator], Some(Scope::Read)),
    (Room::Deliveries, &[Desk, Operator], Some(Scope::Deliver)),
    (Room::Test, &[Desk, Partner, Operator], Some(Scope::Read)),
    (Room::Parcels, &[Desk, Privacy, Auditor, Partner, Operator], Some(Scope::Find)),
    (Room::Partners, &[Desk, Security, Auditor, Partner, Operator], Some(Scope::Read)),
    (Room::Retention, &[Privacy, Auditor, Partner, Operator], Some(Scope::Read)),
    (Room::Ledger, &[Security, Privacy, Auditor, Partner, Operator], None),
    (Room::Incident, &[Security, Privacy, Auditor, Operator], Some(Scope::Assess)),
    (Room::People, &[Auditor, Admin], None),
    (Room::Entrance, &[Admin], None),
    (Room::Tokens, &[Auditor, Admin, Operator], Some(Scope::Tokens)),
    (Room::Issue, &[Admin, Operator], Some(Scope::Tokens)),
];

/// The pages that the navigation leads to, with their words; whoever comes in begins at the first that is open.
const VIEWS: [(Room, &str, &str); 9] = [
    (Room::Desk, "desk", "/console"),
    (Room::Ledger, "ledger", "/console/ledger"),
    (Room::Retention, "retention", "/console/retention"),
    (Room::People, "people", "/console/people"),
    (Room::Tokens, "tokens", "/console/tokens"),
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

    /// With what a person has, whose role alone decides.
    #[cfg(test)]
    fn may(self, room: Room) -> bool {
        Rights { role: self, scopes: Scope::all() }.may(room)
    }
}

/// What somebody may do here: by their role, and by the token that they came in with.
pub struct Rights {
    pub role: Role,
    pub scopes: BTreeSet<Scope>,
}

impl Rights {
    pub fn may(&self, room: Room) -> bool {
        let by_token = |scope: &Option<Scope>| scope.is_none_or(|scope| self.scopes.contains(&scope));
        TABLE.iter().any(|(own, roles, scope)| *own == room && roles.contains(&self.role) && by_token(scope))
    }

    /// What the navigation shows.
    pub fn views(&self) -> Vec<&'static str> {
        VIEWS.iter().filter(|(room, ..)| self.may(*room)).map(|(_, word, _)| *word).collect()
    }

    /// Where to begin.
    pub fn home(&self) -> Option<&'static str> {
        VIEWS.iter().find(|(room, ..)| self.may(*room)).map(|(.., path)| *path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_room_once_and_everybody_has_a_home() {
        for (at, (room, ..)) in TABLE.iter().enumerate() {
            assert!(TABLE[..at].iter().all(|(other, ..)| other != room), "{room:?}");
        }
        for (role, word) in Role::GIVEN {
            let rights = Rights { role, scopes: Scope::all() };
            assert!(rights.home().is_some() && role.word() == word, "{word}");
        }
    }

    #[test]
    fn who_only_reads_acts_nowhere_and_only_admins_let_in() {
        for room in [Room::Deliveries, Room::Test, Room::Entrance, Room::Issue] {
            assert!(!Role::Auditor.may(room), "{room:?}");
        }
        for role in [Desk, Security, Privacy, Auditor, Partner, Operator] {
            assert!(!role.may(Room::Entrance), "{role:?}");
        }
        assert!(!Partner.may(Room::Incident) && !Partner.may(Room::Deliveries));
        assert!(!Partner.may(Room::Tokens) && !Desk.may(Room::Issue));
        assert!(!Admin.may(Room::Desk) && !Admin.may(Room::Parcels), "who lets in sees nothing of what is exchanged");
    }

    #[test]
    fn a_token_opens_what_it_is_good_for() {
        let may = |scope: Scope| Rights { role: Operator, scopes: [scope].into() };
        assert_eq!(may(Scope::Find).views(), ["ledger", "parcels"]);
        assert_eq!(may(Scope::Tokens).views(), ["ledger", "tokens"]);
        assert!(may(Scope::Read).may(Room::Desk) && !may(Scope::Read).may(Room::Deliveries));
        let partner = Rights { role: Partner, scopes: [Scope::Send].into() };
        assert!(partner.may(Room::Ledger) && !partner.may(Room::Desk) && !partner.may(Room::Test));
    }
}
