//! Bulla's binary: the roles that run, and the verbs that people use.

/// Its `eprintln` stands for `std`'s.
#[macro_use]
extern crate durable;

mod carrier;
mod certificate;
mod config;
mod draft;
mod named;
mod people;
mod role;
mod serve;
mod setup;
mod shell;
mod trust;
mod verb;
mod wire;

use clap::Parser;
use std::process::ExitCode;

/// Not in a build that leaks on purpose: there a search of the process must find what was freed.
#[cfg(not(feature = "leaky"))]
#[global_allocator]
static MEMORY: memory::Zeroing = memory::ZEROING;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(on_panic));
    verb::run(verb::Command::parse())
}

/// A panic's own words could quote a document: only its place is told. A reader that went away (`| head`) is no defect, and a full disk
/// is none of ours.
fn on_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let words = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
    if let Some(reason) = words.strip_prefix("failed printing to stdout: ") {
        let gone = std::io::Error::from(rustix::io::Errno::PIPE).to_string();
        if reason == gone {
            std::process::exit(0);
        }
        eprintln!("error: what there is to show cannot be written: {reason}");
        std::process::exit(2);
    }
    let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    eprintln!("bulla: a defect{place}; please report it");
}
