//! Every word of the drill's picture and table, in both languages; numbers, too, are written as each language does.

use crate::{Case, Panel};
use report::Language;

/// What is said of a case.
pub struct OfCase {
    /// Its name.
    pub name: &'static str,
    /// What is taken, and what is kept.
    pub what: &'static str,
    /// Why the figure is what it is, in lines that fit beside the cells.
    pub why: [&'static str; 3],
}

/// All that is not of one case.
pub struct Words {
    /// The picture's name.
    pub title: &'static str,
    /// Over the explanation of the patterns.
    pub how: &'static str,
    /// What each pattern is.
    pub exposed: &'static str,
    /// Rings.
    pub sealed: &'static str,
    /// Slashes.
    pub shredded: &'static str,
    /// No cell.
    pub blank: &'static str,
    /// What the solid frame is.
    pub thief: &'static str,
    /// What the dashed frame is.
    pub worst: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// What a column is.
    pub column: &'static str,
    /// What all figures rest on.
    pub foot: &'static str,
}

const EN: Words = Words {
    title: "What could have been read",
    how: "How to read it",
    exposed: "exposed: could have been read",
    sealed: "sealed: taken, but unreadable",
    shredded: "shredded: the key no longer exists",
    blank: "blank: nothing came that month",
    thief: "the thief’s time",
    worst: "the worst six weeks it could have been",
    row: "a row is a shipper, the largest on top",
    column: "a column is a month",
    foot: "“At most” holds under assumptions A1 to A7 and at the level named; each figure is an assessment’s, and bulla-verify checks its bundle.",
};

const FR: Words = Words {
    title: "Ce qui aurait pu être lu",
    how: "Comment lire",
    exposed: "exposé : aurait pu être lu",
    sealed: "scellé : pris, mais illisible",
    shredded: "détruit : la clé n’existe plus",
    blank: "vide : rien n’est venu ce mois-là",
    thief: "le temps du voleur",
    worst: "les six pires semaines possibles",
    row: "une ligne est un expéditeur, le plus grand en haut",
    column: "une colonne est un mois",
    foot: "« Au plus » vaut sous les hypothèses A1 à A7 et au niveau nommé ; chaque nombre vient d’une évaluation, dont bulla-verify vérifie la preuve.",
};

/// The words.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::Fr => &FR,
    }
}

/// What is said of a case.
pub fn of(language: Language, case: Case) -> OfCase {
    let (name, what, why) = match (language, case) {
        (Language::En, Case::AsItWas) => {
            ("As it was", "readable, kept without an end", ["twenty months", "that nobody", "needed it any more"])
        }
        (Language::En, Case::Storage) => (
            "Bulla, storage stolen",
            "disk, database and backups copied; nothing forgotten yet",
            ["the keys are", "not there: the copy", "stays sealed"],
        ),
        (Language::En, Case::Host) => (
            "Bulla, host taken for six weeks",
            "the thief is where manifests come in; nothing forgotten yet",
            ["none of these", "manifests passes", "in these weeks"],
        ),
        (Language::En, Case::Warden) => (
            "Bulla, kept for 90 days, warden taken",
            "the thief has every key that still exists, and a week’s copies",
            ["the last of these", "keys was destroyed", "in June 2019"],
        ),
        (Language::En, Case::CoHolder) => (
            "Bulla, two organisations hold the keys",
            "the thief takes one of the two; nothing forgotten yet",
            ["one key of two", "opens nothing", ""],
        ),
        (Language::Fr, Case::AsItWas) => {
            ("Comme c’était", "lisible, gardé sans fin", ["vingt mois que", "plus personne n’en", "avait besoin"])
        }
        (Language::Fr, Case::Storage) => (
            "Bulla, stockage volé",
            "disque, base et sauvegardes copiés ; rien encore d’oublié",
            ["les clés ne sont", "pas là : la copie", "reste scellée"],
        ),
        (Language::Fr, Case::Host) => (
            "Bulla, hôte pris pendant six semaines",
            "le voleur est là où arrivent les manifestes ; rien d’oublié",
            ["aucun de ces", "manifestes ne", "passe alors"],
        ),
        (Language::Fr, Case::Warden) => (
            "Bulla, gardé 90 jours, gardien pris",
            "le voleur a toute clé qui existe encore, et une semaine de copies",
            ["la dernière de ces", "clés fut détruite", "en juin 2019"],
        ),
        (Language::Fr, Case::CoHolder) => (
            "Bulla, clés de deux organisations",
            "le voleur prend l’une des deux ; rien encore d’oublié",
            ["une clé sur deux", "n’ouvre rien", ""],
        ),
    };
    OfCase { name, what, why }
}

/// What the picture is of.
pub fn story(language: Language, shippers: usize, recipients: u64) -> String {
    let recipients = language.number(recipients);
    match language {
        Language::En => format!(
            "The same story five times. {shippers} shippers’ made-up manifests of July 2016 to March 2019, {recipients} recipients; a thief comes in November 2020."
        ),
        Language::Fr => format!(
            "La même histoire cinq fois. Manifestes inventés de {shippers} expéditeurs, juillet 2016 à mars 2019, {recipients} destinataires ; un voleur vient en novembre 2020."
        ),
    }
}

/// What a figure counts; for a host, whose word it is.
pub fn at_most(language: Language, case: Case, rows: u64) -> &'static str {
    match (language, case == Case::Host, rows) {
        (Language::En, false, _) => "recipients, at most",
        (Language::En, true, _) => "recipients, at most, by shippers’ signed totals",
        (Language::Fr, false, 0 | 1) => "destinataire, au plus",
        (Language::Fr, true, 0 | 1) => "destinataire, au plus, selon les totaux signés",
        (Language::Fr, false, _) => "destinataires, au plus",
        (Language::Fr, true, _) => "destinataires, au plus, selon les totaux signés",
    }
}

/// The worst that it could have been.
pub fn had_it_been(language: Language, rows: u64) -> String {
    let rows = language.number(rows);
    match language {
        Language::En => format!("had it been the worst six weeks: at most {rows}"),
        Language::Fr => format!("aux six pires semaines : au plus {rows}"),
    }
}

/// How far apart the roles stood; of how it was there is nothing to say.
pub fn level(language: Language, panel: &Panel) -> String {
    let number = panel.answer.assessment.level;
    match (panel.case, language) {
        (Case::AsItWas, _) => String::new(),
        (_, Language::En) => format!("level {number}"),
        (_, Language::Fr) => format!("niveau {number}"),
    }
}

/// Where what bounds a case is not there.
pub fn unbounded(language: Language, case: Case) -> &'static str {
    match (language, case == Case::CoHolder) {
        (Language::En, false) => "without these totals: no upper bound",
        (Language::En, true) => "both taken together: no upper bound",
        (Language::Fr, false) => "sans ces totaux : pas de borne",
        (Language::Fr, true) => "les deux prises ensemble : pas de borne",
    }
}

/// What a copy of the storage tells all the same.
pub fn operational(language: Language, rows: u64) -> String {
    let rows = language.number(rows);
    match language {
        Language::En => format!("of {rows} rows: service, weight, date and province only"),
        Language::Fr => format!("de {rows} lignes : service, poids, date et province seulement"),
    }
}

/// Of how many shippers, and how many of the recipients can be written to or called.
pub fn of_shippers(language: Language, shippers: u64, rows: u64, reachable: u64) -> [String; 3] {
    let (other, own) = (hundredths(rows - reachable, rows), hundredths(reachable, rows));
    match language {
        Language::En => [
            format!("of {shippers} shippers"),
            format!("{other}% name and address"),
            format!("{own}% also e-mail or telephone"),
        ],
        Language::Fr => [
            format!("de {shippers} expéditeurs"),
            format!("{other} % nom et adresse"),
            format!("{own} % aussi courriel ou téléphone"),
        ],
    }
}

/// A share in hundredths, to the nearest.
fn hundredths(part: u64, whole: u64) -> u64 {
    (part * 200 + whole) / (whole * 2).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_has_its_spaces() {
        let (said, _) = include_str!("words.rs").split_once("#[cfg(test)]").unwrap();
        for mark in [" :", " ;", " ?", " !", "« ", " »", "} %"] {
            assert!(!said.contains(mark), "a no-break space at {mark:?}");
        }
    }

    #[test]
    fn shares_are_to_the_nearest() {
        assert_eq!((hundredths(3, 100), hundredths(1, 3), hundredths(0, 0)), (3, 33, 0));
    }
}
