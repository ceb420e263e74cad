//! The gateway's HTTP interface: for each route that `api` describes, who answers it.

use super::{
    as2,
    caller::Credential,
    console::{self, entrance::Entrance},
    documents, operations,
    problem::Problem,
    tokens,
};
use api::gateway::ROUTES;
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header::CONNECTION},
    middleware::{Next, from_fn},
    response::Response,
    routing::{MethodRouter, get, post},
};
use gateway::Gateway;
use hyper::body::Body as _;
use std::sync::Arc;

/// Every path of the gateway: the interface that `api` describes, and the console beside it.
pub fn router(gateway: Arc<Gateway>, entrance: Arc<Entrance>) -> Router {
    let router = handlers().into_iter().fold(Router::new(), |router, (method, path, handler)| {
        router.route(path, behind(gateway.clone(), method, path, handler))
    });
    let router = router
        .fallback(|| async { Problem::not_found("this path is not part of the interface; /openapi.json describes it") })
        .with_state(gateway.clone())
        .merge(console::router(gateway.clone(), entrance));
    #[cfg(feature = "leaky")]
    let router = router.layer(from_fn(move |request, next| super::taken::stand_before(gateway.clone(), request, next)));
    router.layer(from_fn(end_with_a_body))
}

/// Lets in whoever shows a token that is good for what `api` says of this route. What it does not describe lets in nobody.
fn behind(
    gateway: Arc<Gateway>,
    method: &str,
    path: &str,
    handler: MethodRouter<Arc<Gateway>>,
) -> MethodRouter<Arc<Gateway>> {
    let route = ROUTES.iter().find(|route| route.method == method && route.path == path);
    match route.map(|route| route.who.scope()) {
        Some(None) => handler,
        needed => handler.route_layer(from_fn(move |request: Request, next: Next| {
            let gateway = gateway.clone();
            async move {
                let credential = Credential::of(&gateway, request.headers())?;
                let Some(needed) = needed.flatten() else { return Err(Problem::failed()) };
                if !credential.scopes.contains(&needed) {
                    return Err(Problem::out_of_scope(needed, &credential.scopes));
                }
                credential.is_used(&gateway);
                Ok(next.run(request).await)
            }
        })),
    }
}

/// A connection's buffer keeps what came last until it reads on: who has sent a body gets the answer, and another connection
/// for the next one.
async fn end_with_a_body(request: Request, next: Next) -> Response {
    let ends = !request.body().is_end_stream();
    let mut answer = next.run(request).await;
    if ends {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

type Handler = (&'static str, &'static str, MethodRouter<Arc<Gateway>>);

/// Method, path, and who answers.
fn handlers() -> Vec<Handler> {
    fn of_get<H: axum::handler::Handler<T, Arc<Gateway>>, T: 'static>(path: &'static str, handler: H) -> Handler {
        ("GET", path, get(handler))
    }
    fn of_post<H: axum::handler::Handler<T, Arc<Gateway>>, T: 'static>(path: &'static str, handler: H) -> Handler {
        ("POST", path, post(handler))
    }
    vec![
        of_post("/v1/interchanges", documents::send),
        of_get("/v1/interchanges", documents::list_interchanges),
        of_get("/v1/interchanges/{id}", documents::show_interchange),
        of_get("/v1/interchanges/{id}/acknowledgement", documents::show_acknowledgement),
        of_get("/v1/deliveries", documents::list_deliveries),
        of_get("/v1/deliveries/{id}", documents::show_delivery),
        of_post("/v1/deliveries/{id}/{action}", documents::act_on_delivery),
        of_post("/v1/parcels/search", documents::search),
        of_post("/v1/openings", operations::open),
        of_post("/v1/counts", operations::count),
        of_get("/v1/ledger/{*path}", operations::ledger),
        of_post("/v1/settle", operations::settle),
        of_get("/v1/retention", operations::retention_status),
        of_post("/v1/retention", operations::run_retention),
        of_get("/v1/batches", operations::headers),
        of_get("/v1/confirmations", operations::confirmations),
        of_post("/as2", as2::take),
        of_get("/v1/as2", as2::show),
        of_post("/v1/as2/keys", as2::renew),
        of_get("/v1/partners", operations::list_partners),
        of_post("/v1/partners", operations::apply_partners),
        of_get("/v1/policy/draft", operations::draft),
        of_post("/v1/policy", operations::decide),
        of_post("/v1/revocations", operations::revoke),
        of_post("/v1/lockdown", operations::lock),
        of_get("/v1/tokens", tokens::list),
        of_post("/v1/tokens", tokens::issue),
        of_post("/v1/tokens/{id}/revoke", tokens::revoke),
        of_get("/openapi.json", operations::openapi),
        of_get("/healthz", operations::alive),
        of_get("/readyz", operations::ready),
        of_get("/metrics", operations::metrics),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_described_and_every_description_has_its_path() {
        let served: Vec<_> = handlers().iter().map(|(method, path, _)| (*method, *path)).collect();
        let described: Vec<_> = ROUTES.iter().map(|route| (route.method, route.path)).collect();
        assert_eq!(served, described);
    }
}
