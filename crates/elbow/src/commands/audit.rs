//! `elbow audit`: who did what, from where, newest first.

use super::Context;
use crate::args::AuditArguments;
use crate::client::encode;
use crate::failure::Failure;
use crate::output::{audit, items};

pub(super) async fn run(context: &mut Context, arguments: AuditArguments) -> Result<(), Failure> {
    let AuditArguments { user, here, limit } = arguments;
    let mut marks = Vec::new();
    if let Some(user) = user {
        marks.push(format!("user={}", encode(&user)));
    }
    if here {
        marks.push("here=true".to_owned());
    }
    let path = match marks.is_empty() {
        true => "/v1/audit".to_owned(),
        false => format!("/v1/audit?{}", marks.join("&")),
    };
    let answer = context.client.read_list(&path, Some(limit.max(1))).await?;
    context.output.answer(&answer, |answer| Ok(audit(&items(answer)?).text("no entries")))
}
