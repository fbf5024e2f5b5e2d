//! A scaling group at a glance: counts, what it is attached to, its settings and template, what it did last.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};

use super::activity::{self, Scope};
use super::{api_path, frame, graphs, instances, path_of, words};
use crate::answer::Listed;
use crate::answer::scaling::{Activity, Instance, ScalingGroup, Template};
use crate::command_line::quoted;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::language::fill;
use crate::pages::load_balancers;
use crate::visitor::Visitor;

/// How many activities are shown.
const NEWEST: u32 = 5;
/// How many instances are shown.
const INSTANCES: u32 = 10;

/// `GET /scaling-groups/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let api = api_path(&group.id);
    let activities: Listed<Activity> =
        visitor.ask(&format!("{api}/activities?limit={NEWEST}")).await?;
    let listed: Listed<Instance> =
        visitor.ask(&format!("{api}/instances?limit={INSTANCES}")).await?;
    let stats = graphs::read(&visitor, &group.id, graphs::SHORT).await?;
    let content = html! {
        (frame::head(&visitor, &group, frame::Tab::Overview))
        (frame::notices(&visitor, &group))
        (tiles(&visitor, &group, stats.healthy))
        div id="bands" class="bands" data-live data-live-every="2" {
            (graphs::counts(&visitor, &stats))
            (graphs::of_policies(&visitor, &stats))
        }
        (attachments(&visitor, &group))
        (newest_instances(&visitor, &group, &listed.items))
        (newest(&visitor, &group, &activities.items))
        div class="columns halves" {
            (basics(&visitor, &group))
            (template(&visitor, &group))
        }
    };
    Ok(frame::page(&visitor, &group).show(&content))
}

/// The counts that matter most.
fn tiles(visitor: &Visitor, group: &ScalingGroup, healthy: u64) -> Markup {
    let own = &visitor.texts().scaling;
    let tiles = [
        (own.desired, group.desired.to_string()),
        (own.in_service, group.instances.in_service.to_string()),
        (own.healthy, healthy.to_string()),
        (own.starting, group.coming().to_string()),
        (own.going, group.leaving().to_string()),
        (own.bounds, format!("{} – {}", group.min, group.max)),
    ];
    html! {
        dl class="counts" id="counts" data-live data-live-every="2" {
            @for (name, value) in tiles { div { dt { (name) } dd { (value) } } }
        }
    }
}

fn attachments(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    let columns = [
        column(own.load_balancer),
        column(own.server_group),
        column_of(own.port, "num"),
        column_of(own.weight, "num"),
    ];
    let rows = html! {
        @for attachment in &group.attachments {
            tr {
                th scope="row" {
                    a href=(load_balancers::path_of(&attachment.load_balancer.id)) { (attachment.load_balancer.name) }
                }
                td { (attachment.pool.name) }
                td class="num" {
                    @match attachment.port {
                        Some(port) => (port),
                        None => span class="muted" { (own.template_port) },
                    }
                }
                td class="num" { (attachment.weight) }
            }
        }
    };
    html! {
        section class="card flush" aria-labelledby="attachments-title" {
            div class="card-head" {
                div {
                    h2 id="attachments-title" { (own.attachments) }
                    p class="help" { (own.attachments_lead) }
                }
                @if visitor.may_edit() && !group.id.is_empty() {
                    a class="button" href={ (path_of(&group.id)) "/attachments" } { (own.attach_or_detach) }
                }
            }
            div id="attachments" data-live {
                @if group.attachments.is_empty() { p class="card-note muted" { (own.attachments_empty) } }
                @else { (list::table(own.attachments, &columns, &rows)) }
            }
        }
    }
}

fn newest_instances(visitor: &Visitor, group: &ScalingGroup, found: &[Instance]) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        section class="card flush" aria-labelledby="instances-title" {
            div class="card-head" {
                h2 id="instances-title" { (own.instances) }
                a href={ (path_of(&group.id)) "/instances" } { (own.all_instances) }
            }
            div id="instances" data-live data-live-every="2" {
                @if found.is_empty() { p class="card-note muted" { (own.instances_empty) } }
                @else { (instances::table(visitor, group, found)) }
            }
        }
    }
}

fn newest(visitor: &Visitor, group: &ScalingGroup, activities: &[Activity]) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        section class="card flush" aria-labelledby="activity-title" {
            div class="card-head" {
                h2 id="activity-title" { (own.newest_activity) }
                a href={ (path_of(&group.id)) "/activity" } { (own.all_activity) }
            }
            div id="newest" data-live {
                @if activities.is_empty() { p class="card-note muted" { (own.activity_empty_text) } }
                @else { (activity::table(visitor, activities, Scope::OneGroup)) }
            }
        }
    }
}

fn basics(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling;
    let seconds = |count: u32| fill(own.seconds, &[&count.to_string()]);
    let removal: Vec<&str> =
        group.removal_policies.iter().map(|policy| words::removal_policy(own, policy)).collect();
    html! {
        section class="card" aria-labelledby="basics-title" {
            h2 id="basics-title" { (own.basics) }
            dl class="facts" id="basics" data-live {
                dt { (own.network) } dd { (group.network.name) }
                dt { (own.health_check) } dd { (words::health_check(own, &group.health_check)) }
                dt { (own.removal) } dd { (removal.join(own.then_by)) }
                dt { (own.drain_timeout) } dd { (seconds(group.drain_timeout_s)) }
                dt { (own.cooldown) } dd { (seconds(group.cooldown_s)) }
                dt { (own.grace) } dd { (seconds(group.health_grace_s)) }
                dt { (own.warm_up) } dd { (seconds(group.warm_up_s)) }
                @if group.deletion_protection { dt { (own.deletion_protection) } dd { (texts.frame.yes) } }
                dt { (own.created_at) } dd { (moment(&group.created_at)) }
                dt { (own.updated_at) } dd { (moment(&group.updated_at)) }
                dt { (own.owner) } dd { (group.owner.name) }
                dt { (own.id) } dd { code { (group.id) } (list::copy(texts, &group.id)) }
            }
        }
    }
}

fn template(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        section class="card" aria-labelledby="template-title" {
            h2 id="template-title" { (own.template) }
            div id="template" data-live {
                @match &group.template {
                    Some(template) => (template_facts(visitor, template)),
                    None => p class="muted" { (icon(Icon::Info)) " " (own.no_template) },
                }
            }
        }
    }
}

/// A group that would be.
pub(super) fn review(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        dl class="counts" {
            div { dt { (own.name) } dd { (group.name) } }
            div { dt { (own.desired) } dd { (group.desired) } }
            div { dt { (own.bounds) } dd { (group.min) " – " (group.max) } }
        }
        (attachments(visitor, group))
        div class="columns halves" {
            (basics(visitor, group))
            (template(visitor, group))
        }
    }
}

/// What a template says.
pub(super) fn template_facts(visitor: &Visitor, template: &Template) -> Markup {
    let own = &visitor.texts().scaling;
    let command = template
        .command
        .as_ref()
        .map(|words| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "));
    let variables = template.env.iter().chain(&template.parameters);
    let variables: Vec<String> = variables.map(|(name, value)| format!("{name}={value}")).collect();
    let texts = [
        (own.image, template.image.as_deref()),
        (own.command, command.as_deref()),
        (own.url, template.url.as_deref()),
        (own.working_dir, template.working_dir.as_deref()),
    ];
    html! {
        dl class="facts" {
            dt { (own.driver) } dd { (words::driver(own, &template.driver)) }
            @for (name, text) in texts {
                @if let Some(text) = text { dt { (name) } dd { code { (text) } } }
            }
            @if let Some(port) = template.port { dt { (own.port) } dd { (port) } }
            @if !variables.is_empty() {
                dt { (own.environment) }
                dd { @for variable in &variables { code class="line" { (variable) } } }
            }
            @if !template.limits.is_empty() {
                dt { (own.limits) }
                dd { @for (name, limit) in &template.limits { code class="line" { (name) ": " (limit) } } }
            }
            dt { (own.version) } dd { (template.version) }
        }
    }
}
