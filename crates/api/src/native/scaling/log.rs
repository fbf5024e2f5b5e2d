//! `GET /v1/instances/{id}/log`: what an instance wrote last, as its keeper or its engine has it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use elbow_model::questions::{LogLines, LogQuestion};

use super::answer_of;
use super::instances::find;
use crate::authentication::Caller;
use crate::native::errors::Refusal;
use crate::native::shape::scaling::log::InstanceLog;
use crate::query::{Parameters, wrong};
use crate::state::ApiState;

/// How many lines without `?tail=`.
const USUAL: LogLines = LogLines::constant::<100>();

/// `GET .. /log`: the last `?tail=` lines, oldest first.
pub(in crate::native) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<InstanceLog>, Refusal> {
    let parameters = Parameters::read(&uri, &["tail"])?;
    let lines = match parameters.text("tail") {
        None => USUAL,
        Some(text) => lines(text).map_err(|reason| wrong("tail", reason))?,
    };
    let instance = find(&state.ledger.world(), caller.asker(), &reference)?.id;
    let answer = state.questions.log(LogQuestion { instance, lines }).await;
    let log = answer.map_err(|why| answer_of(why, "NO_LOG"))?;
    Ok(Json(InstanceLog::new(instance, log)))
}

fn lines(text: &str) -> Result<LogLines, String> {
    let number: i64 =
        text.parse().map_err(|_| format!("`{}` is not a number of lines", text.escape_debug()))?;
    LogLines::new(number).map_err(|wrong| wrong.0)
}
