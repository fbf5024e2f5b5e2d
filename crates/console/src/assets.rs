//! Styles, scripts and pictures, embedded; each under a name that changes with its content, so that browsers keep it
//! for good. Their sources are under `assets/`; those of others under `assets/vendor/`, with their licences.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

/// A year.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// A file that browsers load.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: Vec<u8>,
    path: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset(
            "console.css",
            "text/css; charset=utf-8",
            &[
                include_str!("../assets/style/tokens.css"),
                include_str!("../assets/style/base.css"),
                include_str!("../assets/style/layout.css"),
                include_str!("../assets/style/controls.css"),
                include_str!("../assets/style/forms.css"),
                include_str!("../assets/style/tables.css"),
                include_str!("../assets/style/scaling.css"),
                include_str!("../assets/style/map.css"),
                include_str!("../assets/style/charts.css"),
                include_str!("../assets/vendor/uplot/uPlot.min.css"),
            ],
        ),
        asset(
            "console.js",
            "text/javascript; charset=utf-8",
            &[
                include_str!("../assets/script/morph.js"),
                include_str!("../assets/script/time.js"),
                include_str!("../assets/script/menu.js"),
                include_str!("../assets/script/copy.js"),
                include_str!("../assets/script/form.js"),
                include_str!("../assets/script/live.js"),
            ],
        ),
        asset(
            "uplot.js",
            "text/javascript; charset=utf-8",
            &[include_str!("../assets/vendor/uplot/uPlot.iife.min.js")],
        ),
        asset(
            "charts.js",
            "text/javascript; charset=utf-8",
            &[include_str!("../assets/script/charts.js")],
        ),
        asset("icons.svg", "image/svg+xml", &[include_str!("../assets/icons.svg")]),
        asset("icon.svg", "image/svg+xml", &[include_str!("../assets/icon.svg")]),
    ]
});

fn asset(name: &'static str, kind: &'static str, parts: &[&str]) -> Asset {
    let content = parts.join("\n").into_bytes();
    let digest = Sha256::digest(&content);
    let hash: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let path = format!("/assets/{stem}-{hash}.{extension}");
    Asset { name, kind, content, path }
}

/// Where browsers find an asset.
pub(crate) fn path(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    &found.expect("pages name assets that there are").path
}

/// `GET /assets/{name}`.
pub(crate) async fn show(Path(name): Path<String>) -> Response {
    let wanted = format!("/assets/{name}");
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == wanted) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    (headers, asset.content.as_slice()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_assets_together_stay_small() {
        let bytes: usize = ASSETS.iter().map(|asset| asset.content.len()).sum();
        assert!(bytes < 160 * 1024, "{bytes} bytes");
    }
}
