//! stub
use anyhow::Result;
use std::{net::SocketAddr, path::{Path, PathBuf}};
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Config { pub dir: PathBuf, pub listen: SocketAddr, pub log: String, pub origin: String, pub log_key: String }
pub fn create(_: &Path, _: &str) -> Result<String> { Ok(String::new()) }
pub async fn run(_: Config) -> Result<()> { Ok(()) }
