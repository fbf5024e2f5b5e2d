//! The closed sets of scaling groups in the reader's words.

use crate::language::scaling::Scaling;
use crate::language::scaling_rules::ScalingRules;

/// Who starts instances.
pub(super) fn driver<'a>(own: &'a Scaling, constant: &'a str) -> &'a str {
    match constant {
        "PROCESS" => own.driver_process,
        "CONTAINER" => own.driver_container,
        "HOOK" => own.driver_hook,
        other => other,
    }
}

/// Whom a scale-in takes.
pub(super) fn removal_policy<'a>(own: &'a Scaling, constant: &'a str) -> &'a str {
    match constant {
        "CHEAPEST_TO_DRAIN" => own.cheapest_to_drain,
        "OLDEST_INSTANCE" => own.oldest_instance,
        "NEWEST_INSTANCE" => own.newest_instance,
        "OLDEST_TEMPLATE" => own.oldest_template,
        other => other,
    }
}

/// What tells that an instance is broken.
pub(super) fn health_check<'a>(own: &'a Scaling, constant: &'a str) -> &'a str {
    match constant {
        "INSTANCE" => own.by_instance,
        "LOAD_BALANCER" => own.by_load_balancer,
        other => other,
    }
}

/// What a group does by itself.
pub(super) fn process<'a>(own: &'a Scaling, constant: &'a str) -> &'a str {
    match constant {
        "SCALE_OUT" => own.scale_out,
        "SCALE_IN" => own.scale_in,
        "HEALTH_CHECK" => own.health_checks,
        "POLICIES" => own.policies_process,
        "SCHEDULES" => own.schedules_process,
        other => other,
    }
}

/// What brought an activity about.
pub(crate) fn cause<'a>(own: &'a Scaling, constant: &'a str) -> &'a str {
    match constant {
        "USER" => own.cause_user,
        "POLICY" => own.cause_policy,
        "SCHEDULE" => own.cause_schedule,
        "BOUNDS" => own.cause_bounds,
        "DESIRED" => own.cause_desired,
        "HEALTH" => own.cause_health,
        "HOOK" => own.cause_hook,
        "WAITING_REQUEST" => own.cause_waiting,
        "LOAD_BALANCER_DELETED" => own.cause_balancer_deleted,
        "IDLE" => own.cause_idle,
        "GROUP_DELETED" => own.cause_group_deleted,
        other => other,
    }
}

/// What is measured.
pub(super) fn metric<'a>(own: &'a ScalingRules, constant: &'a str) -> &'a str {
    METRICS.iter().find(|(word, _)| *word == constant).map_or(constant, |(_, text)| text(own))
}

/// The text of a metric.
type Said = fn(&ScalingRules) -> &'static str;

/// Every metric, and how pages say it.
pub(super) const METRICS: [(&str, Said); 10] = [
    ("REQUESTS_PER_INSTANCE", |own| own.requests_per_instance),
    ("IN_FLIGHT_PER_INSTANCE", |own| own.in_flight_per_instance),
    ("NEW_CONNECTIONS_PER_INSTANCE", |own| own.new_connections_per_instance),
    ("QUEUE_LENGTH", |own| own.queue_length),
    ("LATENCY_P95_MS", |own| own.latency_p95_ms),
    ("ERROR_PERCENT", |own| own.error_percent),
    ("CPU_PERCENT", |own| own.cpu_percent),
    ("MEMORY_PERCENT", |own| own.memory_percent),
    ("NETWORK_IN_BYTES", |own| own.network_in_bytes),
    ("NETWORK_OUT_BYTES", |own| own.network_out_bytes),
];

/// How a metric is compared.
pub(super) fn comparison<'a>(own: &'a ScalingRules, constant: &'a str) -> &'a str {
    match constant {
        "ABOVE" => own.above,
        "AT_LEAST" => own.at_least,
        "BELOW" => own.below,
        "AT_MOST" => own.at_most,
        other => other,
    }
}

/// What a policy does.
pub(super) fn policy<'a>(own: &'a ScalingRules, constant: &'a str) -> &'a str {
    match constant {
        "TARGET_TRACKING" => own.target_tracking,
        "STEP" => own.step,
        "SIMPLE" => own.simple,
        other => other,
    }
}

/// Where instances wait.
pub(super) fn transition<'a>(own: &'a ScalingRules, constant: &'a str) -> &'a str {
    match constant {
        "LAUNCH" => own.on_launch,
        "TERMINATE" => own.on_terminate,
        other => other,
    }
}

/// What comes of a wait.
pub(super) fn hook_result<'a>(own: &'a ScalingRules, constant: &'a str) -> &'a str {
    match constant {
        "CONTINUE" => own.continue_word,
        "ABANDON" => own.abandon_word,
        other => other,
    }
}
