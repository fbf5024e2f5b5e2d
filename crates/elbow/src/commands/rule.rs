//! `elbow rule ...`

use serde_json::{Value, json};

use super::Context;
use super::change::Edit;
use super::suggest::Attempt;
use crate::args::{RuleCommand, RuleOptions};
use crate::failure::Failure;
use crate::notation::Object;
use crate::output::{ListenerView, LoadBalancerView, RuleView, rules, view};

/// Distance between the priorities of rules that name none, so that others fit in between.
const PRIORITY_STEP: u32 = 10;

pub(super) async fn run(context: &mut Context, command: RuleCommand) -> Result<(), Failure> {
    match command {
        RuleCommand::Add { load_balancer, listener, options, changing } => {
            let balancer = context.balancer(&load_balancer).await?;
            let listener = balancer.find_listener(&listener)?;
            let body = creation(&options, listener)?;
            let attempt =
                Attempt { command: "rule add", balancer: Some(&load_balancer), name: None };
            let path = changing.path(&format!("/v1/listeners/{}/rules", listener.id));
            let answer =
                context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
            context.settle(&changing, &balancer.id).await?;
            context.output.answer(&answer, |answer| one_line(answer, listener))
        }
        RuleCommand::List { load_balancer, listener } => {
            list(context, &load_balancer, listener.as_deref()).await
        }
        RuleCommand::Edit { load_balancer, listener, rule, options, enable, disable, changing } => {
            let balancer = context.balancer(&load_balancer).await?;
            let listener = balancer.find_listener(&listener)?;
            let rule = listener.find_rule(&rule, &load_balancer)?;
            let mut object = fields(&options);
            if enable || disable {
                object.insert("enabled".to_owned(), json!(enable));
            }
            if let Some(action) = action(&options, Edit::Patch) {
                object.insert("action".to_owned(), action);
            }
            if object.is_empty() {
                return Err(Failure::Usage(
                    "nothing to edit was given; see elbow rule edit --help".to_owned(),
                ));
            }
            let attempt =
                Attempt { command: "rule edit", balancer: Some(&load_balancer), name: None };
            let path = changing.path(&format!("/v1/rules/{}", rule.id));
            let answer =
                context.client.edit(&path, &json!(object)).await.map_err(|f| attempt.explain(f))?;
            context.settle(&changing, &balancer.id).await?;
            context.output.answer(&answer, |answer| one_line(answer, listener))
        }
        RuleCommand::Delete { load_balancer, listener, rule, changing } => {
            let balancer = context.balancer(&load_balancer).await?;
            let listener = balancer.find_listener(&listener)?;
            let rule = listener.find_rule(&rule, &load_balancer)?;
            let attempt =
                Attempt { command: "rule delete", balancer: Some(&load_balancer), name: None };
            let path = changing.path(&format!("/v1/rules/{}", rule.id));
            context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
            context.settle(&changing, &balancer.id).await?;
            let done = if changing.dry_run { "would be deleted" } else { "deleted" };
            let sentence = format!("rule {} of listener {} {done}", rule.priority, listener.name);
            context.output.done(&rule.priority.to_string(), &sentence)
        }
    }
}

async fn list(
    context: &mut Context,
    load_balancer: &str,
    listener: Option<&str>,
) -> Result<(), Failure> {
    let answer = context.read_balancer(load_balancer).await?;
    let balancer: LoadBalancerView = view(&answer)?;
    let wanted = listener.map(|listener| balancer.find_listener(listener)).transpose()?;
    let is_wanted = |id: &str| wanted.is_none_or(|listener| listener.id == id);
    let all = answer.get("listeners").and_then(Value::as_array).into_iter().flatten();
    let shown =
        all.filter(|listener| listener.get("id").and_then(Value::as_str).is_some_and(is_wanted));
    let items: Vec<&Value> = shown
        .filter_map(|listener| listener.get("rules").and_then(Value::as_array))
        .flatten()
        .collect();
    context.output.answer(&json!({ "items": items }), |_| {
        let listeners = balancer.listeners.iter().filter(|listener| is_wanted(&listener.id));
        let rows =
            listeners.flat_map(|listener| listener.rules.iter().map(move |rule| (listener, rule)));
        Ok(rules(rows).text(&format!(
            "no rules; add one: elbow rule add {load_balancer} http:80 --path '/v1/*' --pool POOL"
        )))
    })
}

/// The request that adds a rule; the next free priority if none was given.
fn creation(options: &RuleOptions, listener: &ListenerView) -> Result<Value, Failure> {
    let Some(action) = action(options, Edit::Create) else {
        let what =
            "a rule needs an action: --pool, --redirect or --respond; see elbow rule add --help";
        return Err(Failure::Usage(what.to_owned()));
    };
    let mut object = fields(options);
    let last = listener.rules.iter().map(|rule| rule.priority).max().unwrap_or(0);
    object.entry("priority").or_insert_with(|| json!(last + PRIORITY_STEP));
    object.entry("match").or_insert_with(|| json!({}));
    object.insert("action".to_owned(), action);
    Ok(json!(object))
}

fn fields(options: &RuleOptions) -> Object {
    let mut object = Object::new();
    if let Some(name) = &options.name {
        object.insert("name".to_owned(), json!(name));
    }
    if let Some(priority) = options.priority {
        object.insert("priority".to_owned(), json!(priority));
    }
    let mut condition = Object::new();
    let texts = [
        ("host", &options.host),
        ("path", &options.path),
        ("method", &options.method),
        ("source", &options.source),
        ("server_name", &options.server_name),
    ];
    for (field, value) in texts {
        if let Some(value) = value {
            condition.insert(field.to_owned(), json!(value));
        }
    }
    let pairs =
        [("header", &options.header), ("query", &options.query), ("cookie", &options.cookie)];
    for (field, value) in pairs {
        if let Some((name, value)) = value {
            condition.insert(field.to_owned(), json!({ "name": name, "value": value }));
        }
    }
    if !condition.is_empty() {
        object.insert("match".to_owned(), json!(condition));
    }
    object
}

/// The action that was given, if one was.
fn action(options: &RuleOptions, edit: Edit) -> Option<Value> {
    let forward = (!options.pools.is_empty()).then(|| {
        let targets: Vec<Value> = options.pools.iter().map(|pool| pool.value()).collect();
        json!({ "forward": targets })
    });
    let redirect = options.redirect.as_ref().map(|redirect| match edit {
        Edit::Create => json!({ "redirect": redirect.value() }),
        Edit::Patch => json!({ "redirect": redirect.replacement() }),
    });
    let respond = options.respond.as_ref().map(|respond| match edit {
        Edit::Create => json!({ "respond": respond.value() }),
        Edit::Patch => json!({ "respond": respond.replacement() }),
    });
    forward.or(redirect).or(respond)
}

fn one_line(answer: &Value, listener: &ListenerView) -> Result<String, Failure> {
    Ok(rules([(listener, &view::<RuleView>(answer)?)]).text(""))
}
