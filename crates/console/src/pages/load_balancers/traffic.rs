//! What a load balancer did in the last minutes, as rows of a list show it.

use elbow_model::value::LoadBalancerId;
use elbow_store::series::{Resolution, Step};
use maud::{Markup, html};

use crate::components::sparkline::{buckets, sparkline};
use crate::language::fill;
use crate::visitor::Visitor;

/// How many points a sparkline has: five seconds each.
const POINTS: usize = 60;

/// The cell of a load balancer that the API has shown to this visitor.
pub(crate) fn cell(visitor: &Visitor, id: &str) -> Markup {
    let texts = &visitor.texts().load_balancers;
    let api = &visitor.console.api;
    let Ok(id) = id.parse::<LoadBalancerId>() else { return html! {} };
    let readout = api.ledger.series().read(id, Resolution::Second, api.surroundings.now());
    let (requests, errors) = numbers(&readout.steps);
    let (all, wrong): (u64, u64) = (requests.iter().sum(), errors.iter().sum());
    let (all, wrong_told) = (all.to_string(), wrong.to_string());
    let label = fill(texts.requests_told, &[&all, &wrong_told]);
    html! {
        div class="traffic" {
            (sparkline(&buckets(&requests, POINTS), &buckets(&errors, POINTS), &label))
            span class="traffic-words" aria-hidden="true" {
                (fill(texts.requests_short, &[&all]))
                @if wrong > 0 { span class="bad-text" { (fill(texts.errors_short, &[&wrong_told])) } }
            }
        }
    }
}

/// Requests or connections of the last minutes.
pub(crate) fn total(visitor: &Visitor, id: &str) -> u64 {
    let api = &visitor.console.api;
    let Ok(id) = id.parse::<LoadBalancerId>() else { return 0 };
    let readout = api.ledger.series().read(id, Resolution::Second, api.surroundings.now());
    numbers(&readout.steps).0.iter().sum()
}

/// Requests (TCP: connections) and server errors by second.
fn numbers(steps: &[Step]) -> (Vec<u64>, Vec<u64>) {
    let is_http = steps.iter().any(|step| step.requests > 0);
    let count = |step: &Step| if is_http { step.requests } else { step.connections };
    steps.iter().map(|step| (count(step), step.responses[4])).unzip()
}
