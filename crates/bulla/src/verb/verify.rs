//! stub
use super::Ending;
use anyhow::Result;
#[derive(clap::Args)]
pub struct Verify {}
impl Verify { pub fn run(&self) -> Result<Ending> { Ok(Ending::Done) } }
