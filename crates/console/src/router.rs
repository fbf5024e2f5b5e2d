//! The whole route table of the console.

use axum::Router;
use axum::routing::{get, post};
use elbow_api::ApiState;

use crate::pages::{live, load_balancers, login, overview, preferences};
use crate::state::Console;
use crate::{assets, guard};

/// Pages and assets, to stand beside the API's dialects.
pub fn router(api: ApiState) -> Router {
    let console = Console::new(api);
    let pages = Router::new()
        .route("/", get(overview::show))
        .route("/login", get(login::show).post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/preferences", post(preferences::set))
        .route("/live", get(live::follow))
        .route("/load-balancers", get(load_balancers::list::show))
        .fallback(guard::unknown);
    let guarded = pages.layer(axum::middleware::from_fn_with_state(console.clone(), guard::guard));
    guarded.route("/assets/{name}", get(assets::show)).with_state(console)
}
