//! The closed sets of scaling groups in the reader's words.

use crate::language::scaling::Scaling;

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
pub(super) fn cause<'a>(own: &'a Scaling, constant: &'a str) -> &'a str {
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
        "GROUP_DELETED" => own.cause_group_deleted,
        other => other,
    }
}
