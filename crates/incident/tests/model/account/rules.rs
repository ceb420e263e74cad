//! Each rule switched off: the fewest deeds after which more can be read than is counted.

use super::{Prefix, Rule, Scenario, *};

/// Near enough that none of these searches takes long.
const DEPTH: usize = 7;

/// What a reader may not leave out: the real report counts all of that world.
fn reader_needs(rule: Rule, scenario: &Scenario, expected: &[Deed]) {
    let (world, path) = counter_example(scenario, rule, DEPTH).expect("without the rule the property fails");
    assert_eq!(path, expected, "the fewest deeds");
    holds(&world, scenario, &Prefix::new(), &path);
}

/// What honest parties may not leave out: with them the real report misses something, and without them there is no such world.
fn conduct_needs(rule: Rule, scenario: &Scenario, expected: &[Deed]) {
    let (world, path) = counter_example(scenario, rule, DEPTH).expect("without the rule the property fails");
    assert_eq!(path, expected, "the fewest deeds");
    let counted = Prefix::new().counted(&world, scenario.taken);
    assert!(!contained(&world, scenario, counted), "the real report counted it: {counted:?}");
    let honest = path.iter().fold(beginning(scenario, None), |world, deed| world.after(*deed, None).unwrap_or(world));
    holds(&honest, scenario, &Prefix::new(), &path);
}

/// A tick, or the start after a kill in the middle of a body, says that all is there.
#[test]
fn r11_without_tickets_what_is_being_read_is_nothing() {
    conduct_needs(Rule::TicketBeforeContent, &HOST, &[Begin, Tick(4), Steal]);
    let deeds = &[Begin, Restart, Steal];
    conduct_needs(Rule::TicketBeforeContent, &Scenario { deeds, ..HOST }, deeds);
}

#[test]
fn r12_without_gaps_a_dead_gateway_has_stored_nothing() {
    reader_needs(Rule::GapsCount, &WARDEN, &[Tick(4), Receive]);
}

#[test]
fn r12_beyond_its_credit_nobody_knows_what_a_gateway_stored() {
    conduct_needs(Rule::CreditBinds, &WARDEN, &[Receive]);
}

/// The warden has a tick that allows nothing, and the gateway goes by the one before.
#[test]
fn r12_a_tick_that_nobody_heard_of_may_stand() {
    conduct_needs(Rule::SentTicksBind, &WARDEN, &[Tick(4), TickUnheard(0), Receive]);
}

/// An older copy knows nothing of what the one before it stored since; beside a first one that goes on it hides what that stores.
#[test]
fn r12_a_copy_that_closes_what_it_is_a_copy_of_hides_it() {
    conduct_needs(Rule::CopiesCloseNothing, &WARDEN, &[Tick(4), Copy, Receive, Restore]);
    let deeds = &[Tick(4), Copy, Clone, Receive];
    conduct_needs(Rule::CopiesCloseNothing, &Scenario { deeds, ..WARDEN }, deeds);
}

#[test]
fn r14_without_totals_a_taken_gateway_records_nothing() {
    reader_needs(Rule::HostHasNoBound, &TOTALS, &[Steal]);
}

#[test]
fn r14_one_shippers_word_bounds_nothing_of_the_others() {
    reader_needs(Rule::EveryShipperSays, &TOTALS, &[Steal, Say(0)]);
}

#[test]
fn r14_a_word_on_the_last_day_is_none_on_those_before() {
    reader_needs(Rule::WholeWindow, &TOTALS, &[Steal, Pass(0), Pass(0), Say(1), SayLate(0)]);
}

#[test]
fn r14_what_is_said_before_it_is_over_is_a_guess() {
    reader_needs(Rule::SaidWhenOver, &TOTALS, &[Steal, SayAhead(1), Pass(1), Say(0)]);
}
