//! A witness in a task: tlog's state machine behind `POST /add-checkpoint`, and ways to make it misbehave.

use axum::{Router, body::Bytes, http::StatusCode, routing::post};
use std::sync::{Arc, Mutex};
use tlog::{Cosigner, State, Verifier};
use tokio::{net::TcpListener, task::JoinHandle};

pub struct Witness {
    pub url: String,
    pub key: Verifier,
    seed: [u8; 32],
    /// What it must never forget; a test may take it back.
    pub state: Arc<Mutex<State>>,
    /// Unix seconds in its cosignatures.
    pub seconds: Arc<Mutex<u64>>,
    task: Option<JoinHandle<()>>,
}

impl Witness {
    pub async fn start(origin: &str, log: Verifier, seconds: u64) -> Self {
        let seed = [7; 32];
        let key = Cosigner::new("witness.example/test", &seed).unwrap().verifier();
        let (state, seconds) = (Arc::default(), Arc::new(Mutex::new(seconds)));
        let mut witness = Self { url: String::new(), key, seed, state, seconds, task: None };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        witness.url = format!("http://{}", listener.local_addr().unwrap());
        witness.serve(listener, origin, log);
        witness
    }

    fn serve(&mut self, listener: TcpListener, origin: &str, log: Verifier) {
        let cosigner = Cosigner::new("witness.example/test", &self.seed).unwrap();
        let machine = Arc::new(tlog::Witness::new(cosigner).serve(origin, [log]));
        let (state, seconds) = (self.state.clone(), self.seconds.clone());
        let answer = async move |body: Bytes| {
            let seconds = *seconds.lock().unwrap();
            match machine.answer(&mut state.lock().unwrap(), &body, seconds) {
                Ok(line) => (StatusCode::OK, line.to_string()),
                Err(refusal) => (StatusCode::from_u16(refusal.status()).unwrap(), refusal.body()),
            }
        };
        let router = Router::new().route("/add-checkpoint", post(answer));
        self.task = Some(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
    }

    pub async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    /// Starts again on the address that it had.
    pub async fn start_again(&mut self, origin: &str, log: Verifier) {
        let address = self.url.strip_prefix("http://").unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        self.serve(listener, origin, log);
    }
}
