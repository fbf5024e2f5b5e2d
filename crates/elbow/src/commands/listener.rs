//! `elbow listener ...`

use serde_json::{Value, json};

use super::Context;
use super::change::Edit;
use super::find::balancer_path;
use super::suggest::Attempt;
use crate::args::{ListenerCommand, ListenerOptions};
use crate::failure::Failure;
use crate::input::read_text;
use crate::notation::{Object, constant};
use crate::output::{listeners, view};

pub(super) async fn run(context: &mut Context, command: ListenerCommand) -> Result<(), Failure> {
    match command {
        ListenerCommand::Add { load_balancer, listener, options, changing } => {
            let mut object = listener.object();
            object.extend(fields(&options, Edit::Create)?);
            let attempt =
                Attempt { command: "listener add", balancer: Some(&load_balancer), name: None };
            let path = changing.path(&format!("{}/listeners", balancer_path(&load_balancer)));
            let answer = context
                .client
                .create(&path, &json!(object))
                .await
                .map_err(|f| attempt.explain(f))?;
            context.settle(&changing, &load_balancer).await?;
            context.output.answer(&answer, one_line)
        }
        ListenerCommand::List { load_balancer } => {
            let balancer = context.read_balancer(&load_balancer).await?;
            let answer = json!({ "items": balancer.get("listeners") });
            let empty =
                format!("no listeners; add one: elbow listener add {load_balancer} http:80");
            context.output.answer(&answer, |answer| {
                Ok(listeners(&crate::output::items(answer)?).text(&empty))
            })
        }
        ListenerCommand::Edit { load_balancer, listener, options, changing } => {
            let object = fields(&options, Edit::Patch)?;
            if object.is_empty() {
                return Err(Failure::Usage(
                    "nothing to edit was given; see elbow listener edit --help".to_owned(),
                ));
            }
            let balancer = context.balancer(&load_balancer).await?;
            let listener = balancer.find_listener(&listener)?;
            let attempt =
                Attempt { command: "listener edit", balancer: Some(&load_balancer), name: None };
            let path = changing.path(&format!("/v1/listeners/{}", listener.id));
            let answer =
                context.client.edit(&path, &json!(object)).await.map_err(|f| attempt.explain(f))?;
            context.settle(&changing, &balancer.id).await?;
            context.output.answer(&answer, one_line)
        }
        ListenerCommand::Delete { load_balancer, listener, changing } => {
            let balancer = context.balancer(&load_balancer).await?;
            let found = balancer.find_listener(&listener)?;
            let attempt =
                Attempt { command: "listener delete", balancer: Some(&load_balancer), name: None };
            let path = changing.path(&format!("/v1/listeners/{}", found.id));
            context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
            context.settle(&changing, &balancer.id).await?;
            let done = if changing.dry_run { "would be deleted" } else { "deleted" };
            context
                .output
                .done(&found.name, &format!("listener {} of {load_balancer} {done}", found.name))
        }
    }
}

fn fields(options: &ListenerOptions, edit: Edit) -> Result<Object, Failure> {
    let mut object = Object::new();
    let mut put = |field: &str, value: Value| {
        if edit == Edit::Patch || !value.is_null() {
            object.insert(field.to_owned(), value);
        }
    };
    if let Some(name) = &options.name {
        put("name", json!(name));
    }
    if let Some(pool) = &options.pool {
        put("pool", json!(pool));
    }
    if options.default_pool {
        put("pool", Value::Null);
    }
    let limits = [
        ("member_port", options.member_port),
        ("connection_limit", options.connection_limit),
        ("connection_limit_per_source", options.connection_limit_per_source),
    ];
    for (field, limit) in limits {
        match limit {
            Some(0) => put(field, Value::Null),
            Some(limit) => put(field, json!(limit)),
            None => {}
        }
    }
    if !options.insert_headers.is_empty() {
        let header = |(name, value): &(String, String)| json!({ "name": name, "value": value });
        put("insert_headers", options.insert_headers.iter().map(header).collect());
    }
    let networks =
        [("trusted_proxies", &options.trusted_proxies), ("allowed_cidrs", &options.allowed_cidrs)];
    for (field, networks) in networks {
        if !networks.is_empty() {
            put(field, json!(networks));
        }
    }
    if let Some(proxy_protocol) = options.proxy_protocol {
        put("proxy_protocol", json!(proxy_protocol));
    }
    let timeouts = [
        ("client_idle_ms", options.client_idle_timeout),
        ("member_connect_ms", options.member_connect_timeout),
        ("member_response_ms", options.member_response_timeout),
    ];
    let given =
        timeouts.into_iter().filter_map(|(field, value)| Some((field.to_owned(), json!(value?))));
    let given: Object = given.collect();
    if !given.is_empty() {
        put("timeouts", json!(given));
    }
    if options.enable || options.disable {
        put("enabled", json!(options.enable));
    }
    for (field, value) in tls(options)? {
        put(field, value);
    }
    Ok(object)
}

/// What was said of TLS and HTTP/2.
fn tls(options: &ListenerOptions) -> Result<Vec<(&'static str, Value)>, Failure> {
    let mut fields = Vec::new();
    if let Some(certificate) = &options.certificate {
        fields.push(("certificate", json!(certificate)));
    }
    if options.no_sni || !options.sni.is_empty() {
        fields.push(("certificates", json!(options.sni)));
    }
    let words = [("tls_policy", &options.tls_policy), ("client_auth", &options.client_auth)];
    for (field, word) in words {
        if let Some(word) = word {
            fields.push((field, json!(constant(word))));
        }
    }
    if let Some(file) = &options.client_ca {
        fields.push(("client_ca", json!(read_text(file)?)));
    }
    if !options.alpn.is_empty() {
        fields.push(("alpn", json!(options.alpn)));
    }
    if let Some(hsts) = &options.hsts {
        fields.push(("hsts", hsts.value()));
    }
    if let Some(http2) = options.http2 {
        fields.push(("http2", json!(http2)));
    }
    match options.https_redirect {
        Some(0) => fields.push(("https_redirect", Value::Null)),
        Some(port) => fields.push(("https_redirect", json!({ "port": port }))),
        None => {}
    }
    Ok(fields)
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(listeners(&[view(answer)?]).text(""))
}
