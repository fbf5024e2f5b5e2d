//! `elbow policy replay`

use serde_json::{Value, json};

use super::super::Context;
use super::super::group::group_path;
use super::super::suggest::Attempt;
use super::body;
use crate::args::{PolicyOptions, PolicyReplay};
use crate::failure::Failure;
use crate::notation::Object;
use crate::output::{replay, view};

pub(super) async fn run(context: &mut Context, arguments: &PolicyReplay) -> Result<(), Failure> {
    let body = question(arguments)?;
    let attempt =
        Attempt { command: "policy replay", balancer: Some(&arguments.group), name: None };
    let path = format!("{}/replay", group_path(&arguments.group));
    let answer = context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
    context.output.answer(&answer, |answer| Ok(replay(&view(answer)?)))
}

fn question(arguments: &PolicyReplay) -> Result<Value, Failure> {
    let mut body = json!({ "range_s": arguments.range });
    if let Some(policy) = &arguments.policy {
        body["policy"] = json!(policy);
    } else if let Some(metric) = &arguments.options.metric {
        let kind = kind(&arguments.options)?;
        let name = format!("{metric}-to-try");
        body["policies"] = json!([body::named_policy(Some(name), kind, &arguments.options)?]);
    }
    if let Some(from) = &arguments.from {
        body["from"] = json!(from);
    }
    let mut assumptions = Object::new();
    for (field, value) in [
        ("launch_s", arguments.launch.map(|seconds| json!(seconds))),
        ("warm_up_s", arguments.warming.map(|seconds| json!(seconds))),
        ("capacity_per_instance", arguments.capacity.map(|each| json!(each))),
        ("min", arguments.min.map(|min| json!(min))),
        ("max", arguments.max.map(|max| json!(max))),
    ] {
        assumptions.extend(value.map(|value| (field.to_owned(), value)));
    }
    body["assumptions"] = json!(assumptions);
    Ok(body)
}

/// What kind of policy these options are of.
fn kind(options: &PolicyOptions) -> Result<&'static str, Failure> {
    match (options.target, &options.change, options.steps.as_slice()) {
        (Some(_), None, []) => Ok("target-tracking"),
        (None, Some(_), []) => Ok("simple"),
        (None, None, [_, ..]) => Ok("step"),
        _ => Err(Failure::Usage(
            "give one of --target, --change and --step with --metric, or --policy".to_owned(),
        )),
    }
}
