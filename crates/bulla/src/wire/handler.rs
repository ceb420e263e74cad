//! What every handler takes and returns.

use super::problem::Problem;
use axum::{extract::State, response::Response};
use gateway::Gateway;
use std::sync::Arc;

/// The gateway, as handlers get it.
pub type Shared = State<Arc<Gateway>>;
/// What a handler returns.
pub type Answer = Result<Response, Problem>;

/// Work on the disk or with much arithmetic, off the threads that serve connections.
pub async fn blocking<T: Send + 'static>(
    gateway: &Arc<Gateway>,
    work: impl FnOnce(&Gateway) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let gateway = gateway.clone();
    memory::spawn_blocking(move || work(&gateway)).await.map_err(|_| Problem::failed())?
}
