//! Every route of a gateway, described once: the server takes its paths from here, and `/openapi.json` is made of it.

use super::*;
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Who may ask, as far as a route decides it; and by a token that is good for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everyone: there is nothing personal in it.
    Anyone,
    /// Whoever signed what is sent: there is no token.
    Signer,
    /// A partner, for its own.
    Partner(Scope),
    /// A partner for its own, an operator for everyone's.
    PartnerOrOperator(Scope),
    /// An operator of this gateway.
    Operator(Scope),
}

impl Who {
    /// What the token that is shown must be good for; none: there need not be one.
    pub fn scope(self) -> Option<Scope> {
        match self {
            Self::Anyone | Self::Signer => None,
            Self::Partner(scope) | Self::PartnerOrOperator(scope) | Self::Operator(scope) => Some(scope),
        }
    }
}

/// A request's or an answer's body.
#[derive(Clone, Copy)]
pub enum Body {
    /// There is no body.
    Empty,
    /// Octets of this media type; none of ours to describe.
    Octets(&'static str),
    /// JSON of one of the types here.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// JSON that another document describes.
    Foreign(&'static str),
}

/// One path and method.
#[derive(Clone, Copy)]
pub struct Route {
    /// The HTTP method, `GET` or `POST`.
    pub method: &'static str,
    /// With `{name}` for what varies.
    pub path: &'static str,
    /// Who may ask, before anything is looked up.
    pub who: Who,
    /// What it does, as one line of `/openapi.json`.
    pub summary: &'static str,
    /// What is sent with a request.
    pub request: Body,
    /// What is answered if all is well.
    pub answer: Body,
}

const fn get(path: &'static str, who: Who, summary: &'static str, answer: Body) -> Route {
    Route { method: "GET", path, who, summary, request: Body::Empty, answer }
}

const fn post(path: &'static str, who: Who, summary: &'static str, request: Body, answer: Body) -> Route {
    Route { method: "POST", path, who, summary, request, answer }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const TEXT: Body = Body::Octets("text/plain");
const EDI: Body = Body::Octets("application/edi-x12");

/// Every route: the router and `/openapi.json` have these and no other.
pub const ROUTES: &[Route] = &[
    post(
        "/v1/interchanges",
        Who::Partner(Scope::Send),
        "Send a document; the answer is its acknowledgement (TA1, 997). Headers Bulla-Interchange and Bulla-Verdict name it",
        EDI,
        EDI,
    ),
    get(
        "/v1/interchanges",
        Who::PartnerOrOperator(Scope::Read),
        "The latest documents, newest first",
        Body::Json(of::<Vec<Interchange>>),
    ),
    get(
        "/v1/interchanges/{id}",
        Who::PartnerOrOperator(Scope::Read),
        "One document, and what became of it",
        Body::Json(of::<Interchange>),
    ),
    get(
        "/v1/interchanges/{id}/acknowledgement",
        Who::PartnerOrOperator(Scope::Read),
        "The acknowledgement that was given, octet for octet",
        EDI,
    ),
    get(
        "/v1/deliveries",
        Who::Operator(Scope::Read),
        "The latest deliveries to carriers, newest first",
        Body::Json(of::<Vec<Delivery>>),
    ),
    get(
        "/v1/deliveries/{id}",
        Who::Operator(Scope::Read),
        "One delivery with every attempt",
        Body::Json(of::<Delivery>),
    ),
    post(
        "/v1/deliveries/{id}/{action}",
        Who::Operator(Scope::Deliver),
        "`resend`, `hold` or `release` a delivery",
        Body::Empty,
        Body::Json(of::<Delivery>),
    ),
    post(
        "/v1/parcels/search",
        Who::PartnerOrOperator(Scope::Find),
        "Find parcels by one number: operational data, status, history; nothing personal",
        Body::Json(of::<Query>),
        Body::Json(of::<Found>),
    ),
    post(
        "/v1/openings",
        Who::Operator(Scope::Open),
        "Carry a signed request to open to the warden; the answer is sealed to whoever signed it",
        Body::Foreign("an opening request, as docs/ledger.md says"),
        Body::Foreign("the warden's answer: proof, and fields sealed to the requester"),
    ),
    post(
        "/v1/counts",
        Who::Operator(Scope::Open),
        "Carry a signed request to count people to the warden, and the sealed batches after it; the answer is a number",
        Body::Foreign("a request to count, as docs/ledger.md says"),
        Body::Foreign("the warden's answer: proof and number"),
    ),
    get(
        "/v1/ledger/{*path}",
        Who::Anyone,
        "The warden's ledger: `checkpoint`, `tile/…` (C2SP tlog-tiles), `head`, `entries?from=&to=`",
        Body::Octets("application/octet-stream"),
    ),
    post(
        "/v1/settle",
        Who::Operator(Scope::Assess),
        "Enter all that was received in the ledger, and say there that nothing is stored beyond it",
        Body::Empty,
        Body::Empty,
    ),
    get(
        "/v1/retention",
        Who::Operator(Scope::Read),
        "Every period: its classes, its end, whether its key exists",
        Body::Foreign("a list of periods, as the warden says it"),
    ),
    post(
        "/v1/retention",
        Who::Operator(Scope::Retention),
        "Destroy the keys of all periods that have ended",
        Body::Json(of::<Retention>),
        Body::Foreign("what was destroyed, with the ledger's entries"),
    ),
    get(
        "/v1/batches",
        Who::Operator(Scope::Assess),
        "Batches' clear headers with their salts, as JSON lines, a page of them: the next one begins with `?after=` and what this one's `bulla-next` names, and there is none where it names nothing",
        Body::Octets("application/jsonl"),
    ),
    get(
        "/v1/confirmations",
        Who::Operator(Scope::Assess),
        "Carriers' signed words that they have deliveries, as JSON lines, in pages as `/v1/batches`",
        Body::Octets("application/jsonl"),
    ),
    post(
        "/as2",
        Who::Signer,
        "An AS2 message (RFC 4130), known by its AS2-From and signature; the receipt that it asks for is the answer",
        Body::Octets("application/pkcs7-mime"),
        Body::Octets("multipart/report"),
    ),
    get(
        "/v1/as2",
        Who::Operator(Scope::Partners),
        "Our AS2 name and certificates, for partners",
        Body::Json(of::<As2>),
    ),
    post(
        "/v1/as2/keys",
        Who::Operator(Scope::Partners),
        "Make the next pair of AS2 keys",
        Body::Json(of::<As2Renewal>),
        Body::Json(of::<As2>),
    ),
    get(
        "/v1/partners",
        Who::Operator(Scope::Partners),
        "Partners and agreements",
        Body::Foreign("partners and agreements, as their TOML files say them"),
    ),
    post(
        "/v1/partners",
        Who::Operator(Scope::Partners),
        "Take over a file of partners and agreements",
        Body::Octets("application/toml"),
        Body::Empty,
    ),
    get(
        "/v1/policy/draft",
        Who::Operator(Scope::Policy),
        "What officers have not signed yet of partners and agreements, as the next policy",
        Body::Foreign("a policy's record, as docs/ledger.md says"),
    ),
    post(
        "/v1/policy",
        Who::Operator(Scope::Policy),
        "Carry a policy to the warden's ledger: what it decides is used from then on",
        Body::Foreign("a policy with officers' signatures, as docs/ledger.md says"),
        Body::Foreign("where it stands in the ledger, with the proof"),
    ),
    post(
        "/v1/revocations",
        Who::Operator(Scope::Policy),
        "Carry a revocation to the warden's ledger: what the key signs from then on has no effect",
        Body::Foreign("a revocation by an officer or by the key itself, as docs/ledger.md says"),
        Body::Foreign("where it stands in the ledger, with the proof"),
    ),
    post(
        "/v1/lockdown",
        Who::Operator(Scope::Policy),
        "Close the ledger for openings, or open it again",
        Body::Foreign("a lockdown signed by one officer, or by two to open again, as docs/ledger.md says"),
        Body::Foreign("where it stands in the ledger, with the proof"),
    ),
    get(
        "/v1/tokens",
        Who::Operator(Scope::Tokens),
        "Every token: whose it is, what it is good for and until when; never the token itself",
        Body::Json(of::<Vec<Token>>),
    ),
    post(
        "/v1/tokens",
        Who::Operator(Scope::Tokens),
        "Issue a token of no wider scopes than one's own; the answer has it, this once",
        Body::Json(of::<WantedToken>),
        Body::Json(of::<IssuedToken>),
    ),
    post(
        "/v1/tokens/{id}/revoke",
        Who::Operator(Scope::Tokens),
        "Revoke a token: it is good for nothing from now on",
        Body::Empty,
        Body::Json(of::<Token>),
    ),
    get("/openapi.json", Who::Anyone, "This description", Body::Foreign("OpenAPI 3.1")),
    get("/healthz", Who::Anyone, "Whether the process runs", TEXT),
    get("/readyz", Who::Anyone, "Whether it takes documents", TEXT),
    get("/metrics", Who::Anyone, "Counts, for Prometheus", TEXT),
];

/// The description of all routes, OpenAPI 3.1.
pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let problem = content(&mut generator, Body::Json(of::<Problem>), "application/problem+json").unwrap_or_default();
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = route.path.replace("{*", "{");
        let operation = operation(&mut generator, route, &problem);
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        methods[route.method.to_ascii_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bulla gateway", "version": env!("CARGO_PKG_VERSION"),
            "description": "Receives, acknowledges and delivers shipping manifests; opens nothing.",
        },
        "paths": paths,
        "components": {
            "schemas": generator.definitions(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(generator: &mut SchemaGenerator, route: &Route, problem: &Value) -> Value {
    let names = route.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let parameter = |name: &str| json!({"name": name.trim_start_matches('*'), "in": "path", "required": true, "schema": {"type": "string"}});
    let status = if matches!(route.answer, Body::Empty) { "204" } else { "200" };
    let mut answer = json!({ "description": "Done" });
    if let Some(content) = content(generator, route.answer, "application/json") {
        answer["content"] = content;
    }
    let mut responses = json!({ status: answer, "default": { "description": "What is wrong, and what to do" } });
    if let Some(problem) = problem.as_object() {
        responses["default"]["content"] = Value::Object(problem.clone());
    }
    let mut operation = json!({ "summary": route.summary, "responses": responses });
    let parameters: Vec<Value> = names.map(parameter).collect();
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(content) = content(generator, route.request, "application/json") {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    if let Some(scope) = route.who.scope() {
        // OpenAPI 3.1 lets a bearer scheme name roles here.
        operation["security"] = json!([{ "bearer": [scope.as_str()] }]);
    }
    operation
}

fn content(generator: &mut SchemaGenerator, body: Body, json_type: &str) -> Option<Value> {
    Some(match body {
        Body::Empty => return None,
        Body::Octets(kind) => json!({ kind: { "schema": { "type": "string" } } }),
        Body::Json(schema) => json!({ json_type: { "schema": schema(generator) } }),
        Body::Foreign(what) => json!({ json_type: { "schema": { "description": what } } }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_has_its_schema() {
        let document = openapi();
        let text = document.to_string();
        let names: Vec<&str> = text
            .split("#/components/schemas/")
            .skip(1)
            .map(|rest| rest.split('"').next().expect("a reference ends"))
            .collect();
        assert!(names.contains(&"Parcel") && names.contains(&"Problem"), "{names:?}");
        for name in names {
            assert!(document["components"]["schemas"][name].is_object(), "{name} is described");
        }
    }

    #[test]
    fn every_route_is_described_once() {
        let document = openapi();
        let paths = document["paths"].as_object().expect("paths");
        let described: usize = paths.values().map(|methods| methods.as_object().expect("methods").len()).sum();
        assert_eq!(described, ROUTES.len());
        let send = &document["paths"]["/v1/interchanges"]["post"];
        assert_eq!(send["requestBody"]["content"]["application/edi-x12"]["schema"]["type"], "string");
        assert_eq!(send["security"][0]["bearer"], json!(["send"]));
        let show = &document["paths"]["/v1/deliveries/{id}/{action}"]["post"];
        assert_eq!(show["parameters"][1]["name"], "action");
    }
}
