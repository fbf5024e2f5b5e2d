//! `/v1/key-files`: the deployment's keys, and replacing them. No key is ever shown.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};

use super::errors::Refusal;
use super::shape::key_file::KeyFile as Shape;
use super::submission::Action;
use crate::authentication::Caller;
use crate::paging::Page;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::state::{ApiState, KeyFile, KeyFiles, RotationRefused};

/// `GET /v1/key-files`.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<Shape>>, Refusal> {
    Parameters::read(&uri, &["limit", "cursor"])?;
    caller.require_operator()?;
    let items = match &state.settings.key_files {
        Some(files) => [KeyFile::Sealing, KeyFile::Tokens].map(|file| shape(&**files, file)).into(),
        None => Vec::new(),
    };
    Ok(Json(Page { items, next: None }))
}

/// `POST /v1/key-files/{name}/rotate`.
pub(super) async fn rotate(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    Action(submission): Action,
) -> Result<Json<Shape>, Refusal> {
    submission.caller.require_operator()?;
    let file = match name.to_ascii_uppercase().as_str() {
        "SEALING" => KeyFile::Sealing,
        "TOKENS" => KeyFile::Tokens,
        _ => return Err(unknown(&name).into()),
    };
    let files = state.settings.key_files.as_ref().ok_or_else(|| unknown(&name))?;
    if !submission.terms.is_rehearsal() {
        files.rotate(file).map_err(refused)?;
        tracing::info!(?file, user.id = %submission.caller.user, "a key is being replaced");
    }
    Ok(Json(shape(&**files, file)))
}

fn shape(files: &dyn KeyFiles, file: KeyFile) -> Shape {
    let count = files.count(file);
    Shape { name: file.into(), keys: count, is_being_replaced: count > 1 }
}

fn refused(refused: RotationRefused) -> Problem {
    match refused {
        RotationRefused::UnderWay => {
            let detail =
                "this key is being replaced; it is over when `keys` is 1 in GET /v1/key-files";
            Problem::new(StatusCode::CONFLICT, "ROTATION_UNDER_WAY", detail)
        }
        RotationRefused::Trouble(reason) => {
            tracing::error!(%reason, "a key was not replaced");
            let detail = "the key file could not be written, the key is as it was; see Elbow's log";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", detail)
        }
    }
}

fn unknown(name: &str) -> Problem {
    let name: String = name.chars().take(80).collect();
    let detail =
        format!("there is no key file `{}`; there are SEALING and TOKENS", name.escape_debug());
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail)
}
