//! `/openapi.json`: put together from the route table and the shapes, so that it cannot drift from what is served.
//!
//! What requests take is derived from what is answered: `NewPool` is `Pool` without what only Elbow sets, `PoolPatch`
//! the same with nothing required and without children.

mod components;

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::routes;

/// What the documentation says of a route.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    id: &'static str,
    summary: &'static str,
    method: &'static str,
    is_public: bool,
    takes: Option<String>,
    answers: Option<&'static str>,
    is_list: bool,
    is_change: bool,
    query: &'static [&'static str],
    content: &'static str,
    /// Another status than its method has.
    success: Option<&'static str>,
}

impl Operation {
    fn new(method: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            method,
            is_public: false,
            takes: None,
            answers: None,
            is_list: false,
            is_change: false,
            query: &[],
            content: "application/json",
            success: None,
        }
    }

    /// A single resource.
    pub(crate) fn get(id: &'static str, summary: &'static str, shape: &'static str) -> Self {
        Self {
            answers: Some(shape).filter(|shape| !shape.is_empty()),
            ..Self::new("get", id, summary)
        }
    }

    /// A page of resources.
    pub(crate) fn list(id: &'static str, summary: &'static str, shape: &'static str) -> Self {
        Self { is_list: true, ..Self::get(id, summary, shape) }
    }

    /// A POST that creates nothing durable unless [`Operation::creates`] says so.
    pub(crate) fn post(id: &'static str, summary: &'static str) -> Self {
        Self::new("post", id, summary)
    }

    /// An action on a resource, which it answers with.
    pub(crate) fn act(id: &'static str, summary: &'static str, shape: &'static str) -> Self {
        Self {
            answers: Some(shape),
            is_change: true,
            success: Some("200"),
            ..Self::new("post", id, summary)
        }
    }

    /// A PATCH by JSON merge patch.
    pub(crate) fn patch(id: &'static str, summary: &'static str, shape: &'static str) -> Self {
        let takes = Some(format!("{shape}Patch"));
        Self { takes, answers: Some(shape), is_change: true, ..Self::new("patch", id, summary) }
    }

    /// A PUT.
    pub(crate) fn put(id: &'static str, summary: &'static str) -> Self {
        Self { is_change: true, ..Self::new("put", id, summary) }
    }

    /// A DELETE.
    pub(crate) fn delete(id: &'static str, summary: &'static str) -> Self {
        Self { is_change: true, ..Self::new("delete", id, summary) }
    }

    /// It takes `New<shape>` and answers what was created.
    pub(crate) fn creates(self, shape: &'static str) -> Self {
        Self { takes: Some(format!("New{shape}")), answers: Some(shape), is_change: true, ..self }
    }

    /// Its body.
    pub(crate) fn takes(self, shape: &str) -> Self {
        Self { takes: Some(shape.to_owned()), ..self }
    }

    /// Its answer.
    pub(crate) fn answers(self, shape: &'static str) -> Self {
        Self { answers: Some(shape), ..self }
    }

    /// Another status than its method has.
    pub(crate) fn status(self, success: &'static str) -> Self {
        Self { success: Some(success), ..self }
    }

    /// It needs no session.
    pub(crate) fn public(self) -> Self {
        Self { is_public: true, ..self }
    }

    /// More query parameters.
    pub(crate) fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    /// It sends browsers on.
    pub(crate) fn redirects(self) -> Self {
        Self { success: Some("303"), ..self }
    }

    /// It answers nothing.
    pub(crate) fn empty(self) -> Self {
        Self { is_change: true, success: Some("204"), ..self }
    }

    /// Another content type than JSON.
    pub(crate) fn content(self, content: &'static str) -> Self {
        Self { content, ..self }
    }
}

/// `GET /openapi.json`.
pub(super) async fn show() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// The whole document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for routes::Route { path, operation, .. } in routes::table() {
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[operation.method] = describe(path, &operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Elbow",
            "version": "1",
            "description": "The native API of Elbow, an elastic load balancer. Enumerations are taken in any case; a \
                reference takes a name or an id; unknown fields are refused; errors are problem details (RFC 9457). \
                `Elbow-Project` names another project than the session's.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "session": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "session": { "type": "http", "scheme": "bearer" } },
            "schemas": components::schemas(),
        },
    })
}

fn describe(path: &str, operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "responses": responses(operation),
    });
    let parameters = parameters(path, operation);
    if !parameters.is_empty() {
        described["parameters"] = Value::Array(parameters);
    }
    if let Some(takes) = &operation.takes {
        let content = if operation.method == "patch" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let mut body = json!({ "required": true, "content": { "application/json": { "schema": reference(takes) } } });
        body["content"][content] = json!({ "schema": reference(takes) });
        described["requestBody"] = body;
    }
    if operation.is_public {
        described["security"] = json!([]);
    }
    described
}

fn responses(operation: &Operation) -> Value {
    let status = match operation.method {
        "post" => "201",
        "delete" => "204",
        _ => "200",
    };
    let mut success = json!({ "description": "Done" });
    let schema = match operation.answers {
        Some(shape) if operation.is_list => Some(json!({
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": { "type": "array", "items": reference(shape) },
                "next": { "type": ["string", "null"], "description": "The `cursor` of the next page." },
            },
        })),
        Some(shape) => Some(reference(shape)),
        None if operation.content == "text/plain" => Some(json!({ "type": "string" })),
        None => None,
    };
    if let Some(schema) = schema {
        success["content"] = json!({ operation.content: { "schema": schema } });
    }
    let problem = json!({
        "description": "Refused; nothing was changed",
        "content": { "application/problem+json": { "schema": reference("Problem") } },
    });
    json!({ operation.success.unwrap_or(status): success, "default": problem })
}

fn parameters(path: &str, operation: &Operation) -> Vec<Value> {
    let text = |place: &str, name: &str, says: &str| {
        json!({
            "name": name, "in": place, "required": place == "path", "description": says, "schema": { "type": "string" },
        })
    };
    let mut parameters = Vec::new();
    if path.contains("{id}") {
        parameters.push(text(
            "path",
            "id",
            "Id; names are taken where they are unique in the project.",
        ));
    }
    if path.contains("{user}") {
        parameters.push(text("path", "user", "Name or id."));
    }
    for name in operation.query {
        let says = match *name {
            "q" => "Words that all must occur.",
            "range_s" => {
                "How far back series reach, in seconds: the farther, the coarser. 300 if not given."
            }
            "force" if path.starts_with("/v1/scaling-groups") => {
                "`true` lets instances leave first, instead of being in the way."
            }
            "force" => "`true` deletes what is in the way, too.",
            "here" => "`true` leaves out other projects' and the deployment's.",
            "user" => "Only those of this user, by name or id.",
            "hand_over_to" => {
                "Who gets what the user owns, by name or id; certificates are deleted."
            }
            "replace" => {
                "`true` keeps the desired count, so that another instance takes the place."
            }
            _ => "Only these.",
        };
        parameters.push(text("query", name, says));
    }
    if operation.is_list {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 100 });
        parameters.push(json!({ "name": "limit", "in": "query", "schema": limit }));
        parameters.push(text("query", "cursor", "`next` of the page before."));
    }
    if operation.is_change {
        let says = "Answer what would be, and change nothing.";
        let schema = json!({ "type": "boolean", "default": false });
        parameters.push(
            json!({ "name": "dry_run", "in": "query", "description": says, "schema": schema }),
        );
        parameters.push(text("header", "If-Match", "The ETag that the caller saw."));
    }
    if operation.is_change && operation.method == "post" {
        parameters.push(text(
            "header",
            "Idempotency-Key",
            "Makes sending it again harmless, for a day.",
        ));
    }
    parameters
}

fn reference(shape: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{shape}") })
}

#[cfg(test)]
mod tests;
