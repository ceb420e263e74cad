//! What must be said with the figures, in words that claim no more than they hold.

use super::{figures::Figures, reach::Reach};
use crate::{Level, assessment::Seen, hypothesis::Kind};
use std::collections::BTreeSet;

pub(super) fn all(reach: &Reach, figures: &Figures, checkpoint: &Seen) -> Vec<String> {
    let mut said = vec![format!(
        "The figures cover the ledger up to its {} entries. A body that was received and not anchored by then is not in \
         them, and counts as exposed.",
        checkpoint.size
    )];
    said.push("Persons are not counted: rows and parties count the same person as often as it is named.".to_owned());
    if reach.level == Level::ONE_HOST {
        said.push(
            "Level 0: gateway, warden and witness stand on one host, or nobody has shown otherwise with pinned keys. \
             Whoever takes that host has them all."
                .to_owned(),
        );
    }
    of_the_ledger(reach, figures, &mut said);
    let mut seen = BTreeSet::new();
    for kind in reach.hypotheses.iter().map(|hypothesis| &hypothesis.kind) {
        if seen.insert(kind.as_str()) {
            of_kind(kind, reach, figures, &mut said);
        }
    }
    said
}

/// What is wrong in the ledger itself, and what it does to the figures.
fn of_the_ledger(reach: &Reach, figures: &Figures, said: &mut Vec<String>) {
    let voids = &reach.state.voids.list;
    if !voids.is_empty() {
        said.push(format!(
            "{} entries of the ledger break its rules. They have no effect, and count wherever they can be read to make \
             a figure larger.",
            voids.len()
        ));
    }
    if !figures.without_header.is_empty() {
        said.push(format!(
            "{} batches have no header that fits their anchor. They count with the anchor's rows and parties, every class \
             of their keys, and no known province.",
            figures.without_header.len()
        ));
    }
    if figures.stray > 0 {
        said.push(format!(
            "{} opened rows are of no anchored batch. They count as rows; how many parties they name is not known.",
            figures.stray
        ));
    }
}

fn of_kind(kind: &Kind, reach: &Reach, figures: &Figures, said: &mut Vec<String>) {
    match kind {
        Kind::Storage => {
            said.push(
                "Storage: the gateway keeps public keys only, so its copy opens no sealed class. Service, weight, size, \
                 dates, province and country are kept clear. Delivery copies that lay there open only with the carrier's \
                 private key: if that may be taken too, add a `carrier-key` hypothesis."
                    .to_owned(),
            );
            if reach.level == Level::ONE_HOST {
                said.push("If the warden's directory was copied too, add a `warden` hypothesis.".to_owned());
            }
        }
        Kind::Host { .. } => host(reach, figures, said),
        Kind::Principal { .. } => said.push(
            "Principal: the rows are those of its intents. Their parties, provinces and combinations of classes are not \
             told row by row, so those of the whole batch bound them."
                .to_owned(),
        ),
        Kind::Warden => said.push(
            "Warden: a key that was live at any time from the beginning on counts as taken; destroying it later undoes \
             nothing. Destruction before is the warden's attestation."
                .to_owned(),
        ),
        Kind::CarrierKey { .. } => said.push(
            "Carrier's key: delivery copies have no forward secrecy. Every batch for a carrier that ever had this \
             certificate counts, shredded or not, whichever of its certificates was in use."
                .to_owned(),
        ),
        Kind::Collusion => {
            said.push("No bound: whoever has the warden and its co-holder can open without the ledger.".to_owned());
        }
    }
}

fn host(reach: &Reach, figures: &Figures, said: &mut Vec<String>) {
    if reach.level == Level::ONE_HOST {
        said.push(
            "Host at level 0: computed as if the warden had been taken too. The figure for a warden on another host is \
             shown only as what it would have been."
                .to_owned(),
        );
    }
    if figures.at_most.unbounded {
        said.push(format!(
            "There is no upper bound from the host's own record (A7): of {} rows that it recorded in the window, carriers \
             have confirmed {}; shippers' totals are not read in this version.",
            figures.recorded.rows, figures.confirmed.rows
        ));
    } else {
        said.push(
            "Carriers have confirmed every row that the host recorded in the window (A7). A body that it neither \
             recorded nor delivered would be in nobody's count."
                .to_owned(),
        );
    }
    if figures.never_sealed.rows > 0 {
        said.push(format!(
            "{} of the rows were received and never sealed: refused or repeated bodies. What they hold is not known, so \
             they count with every class and with no known province.",
            figures.never_sealed.rows
        ));
    }
    let ended = reach.hypotheses.iter().filter_map(|h| matches!(h.kind, Kind::Host { .. }).then_some(h.to?)).max();
    let restarted = ended.is_none_or(|to| reach.state.starts.iter().any(|start| start.at.time >= to));
    if !restarted {
        said.push(
            "The ledger has no start of a worker after the window: that it ends there is the hypothesis's word."
                .to_owned(),
        );
    }
    said.push(
        "The gateway's own secrets (transport keys, partners' credentials, storage) count as taken and must be replaced."
            .to_owned(),
    );
}
