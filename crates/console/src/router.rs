//! The whole route table of the console.

use axum::Router;
use axum::routing::{get, post};
use elbow_api::ApiState;

use crate::pages::{
    activity, certificates, history, live, load_balancers, login, networks, operator, overview,
    preferences, project, scaling_groups,
};
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
        .merge(load_balancing())
        .merge(scaling())
        .merge(own_certificates())
        .merge(places())
        .merge(people())
        .fallback(guard::unknown);
    let guarded = pages.layer(axum::middleware::from_fn_with_state(console.clone(), guard::guard));
    guarded.route("/assets/{name}", get(assets::show)).with_state(console)
}

/// Load balancers and all below them.
#[rustfmt::skip] // one row per route
fn load_balancing() -> Router<Console> {
    use load_balancers::{delete, details, edit, list, monitoring, new, pool_form, pools, rule_form, rules, servers};
    Router::new()
        .route("/load-balancers", get(list::show))
        .route("/load-balancers/new", get(new::show).post(new::submit))
        .route("/load-balancers/{id}", get(details::show))
        .route("/load-balancers/{id}/edit", get(edit::show).post(edit::submit))
        .route("/load-balancers/{id}/delete", get(delete::ask).post(delete::submit))
        .route("/load-balancers/{id}/monitoring", get(monitoring::show))
        .route("/load-balancers/{id}/series", get(monitoring::series))
        .route("/load-balancers/{id}/rules", get(rules::show))
        .route("/load-balancers/{id}/listeners/{listener}/rules/new", get(rule_form::new).post(rule_form::create))
        .route("/load-balancers/{id}/listeners/{listener}/rules/{rule}/edit", get(rule_form::edit).post(rule_form::change))
        .route("/load-balancers/{id}/listeners/{listener}/rules/{rule}/delete", get(rules::ask_delete).post(rules::delete))
        .route("/load-balancers/{id}/pools", get(pools::show))
        .route("/load-balancers/{id}/pools/new", get(pool_form::new).post(pool_form::create))
        .route("/load-balancers/{id}/pools/{pool}/edit", get(pool_form::edit).post(pool_form::change))
        .route("/load-balancers/{id}/pools/{pool}/delete", get(pools::ask_delete).post(pools::delete))
        .route("/load-balancers/{id}/pools/{pool}/servers/new", get(servers::new).post(servers::create))
        .route("/load-balancers/{id}/pools/{pool}/servers/{server}/edit", get(servers::edit).post(servers::change))
        .route("/load-balancers/{id}/pools/{pool}/servers/{server}/delete", get(servers::ask_delete).post(servers::delete))
}

/// Scaling groups and what belongs to them.
#[rustfmt::skip] // one row per route
fn scaling() -> Router<Console> {
    use scaling_groups::{activity, attachments, delete, details, edit, graphs, instance, instances, list, new, replay, rule_form, rules, scale, switch};
    Router::new()
        .route("/scaling-groups", get(list::show))
        .route("/scaling-groups/new", get(new::show).post(new::submit))
        .route("/scaling-groups/{id}", get(details::show))
        .route("/scaling-groups/{id}/edit", get(edit::ask).post(edit::submit))
        .route("/scaling-groups/{id}/attachments", get(attachments::ask).post(attachments::submit))
        .route("/scaling-groups/{id}/delete", get(delete::ask).post(delete::submit))
        .route("/scaling-groups/{id}/scale", get(scale::ask).post(scale::submit))
        .route("/scaling-groups/{id}/switch/{word}", get(switch::ask).post(switch::submit))
        .route("/scaling-groups/{id}/activity", get(activity::show))
        .route("/scaling-groups/{id}/monitoring", get(graphs::show))
        .route("/scaling-groups/{id}/replay", get(replay::ask).post(replay::submit))
        .route("/scaling-groups/{id}/rules", get(rules::show))
        .route("/scaling-groups/{id}/instances", get(instances::show))
        .route("/scaling-groups/{id}/instances/new", get(instance::ask_add).post(instance::add))
        .route("/scaling-groups/{id}/instances/{instance}", get(instance::show))
        .route("/scaling-groups/{id}/instances/{instance}/remove", get(instance::ask_remove).post(instance::remove))
        .route("/scaling-groups/{id}/instances/{instance}/{action}", post(instance::act))
        .route("/scaling-groups/{id}/rules/{kind}/new", get(rule_form::new).post(rule_form::create))
        .route("/scaling-groups/{id}/rules/{kind}/{child}/edit", get(rule_form::edit).post(rule_form::change))
        .route("/scaling-groups/{id}/rules/{kind}/{child}/delete", get(rules::ask_delete).post(rules::delete))
}

/// Certificates.
fn own_certificates() -> Router<Console> {
    use certificates::{delete, details, list, new};
    Router::new()
        .route("/certificates", get(list::show))
        .route("/certificates/new", get(new::show).post(new::submit))
        .route("/certificates/{id}", get(details::show))
        .route("/certificates/{id}/delete", get(delete::ask).post(delete::submit))
}

/// Networks, activity, history.
#[rustfmt::skip] // one row per route
fn places() -> Router<Console> {
    Router::new()
        .route("/networks", get(networks::show))
        .route("/networks/new", get(networks::ask_new).post(networks::create))
        .route("/networks/{id}", get(networks::details))
        .route("/networks/{id}/edit", get(networks::ask_edit).post(networks::change))
        .route("/networks/{id}/delete", get(networks::ask_delete).post(networks::delete))
        .route("/activity", get(activity::show))
        .route("/history", get(history::show))
}

/// The project with its members and keys, and the deployment.
#[rustfmt::skip] // one row per route
fn people() -> Router<Console> {
    use project::{keys, members, switch};
    Router::new()
        .route("/project", get(project::show))
        .route("/project/switch", post(switch::submit))
        .route("/project/keys/new", get(keys::ask).post(keys::create))
        .route("/project/keys/{id}/delete", get(keys::ask_delete).post(keys::delete))
        .route("/project/members/new", get(members::ask).post(members::grant))
        .route("/project/members/{user}/remove", get(members::ask_remove).post(members::remove))
        .route("/project/users/new", get(members::ask_user).post(members::create_user))
        .route("/operator", get(operator::show))
        .route("/operator/projects/new", get(operator::ask_project).post(operator::create_project))
}
