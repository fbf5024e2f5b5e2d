//! The whole route table, with what the documentation says of each: a path that is served is documented, and the other
//! way round.

use axum::Router;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use elbow_model::lifecycle_hook::LifecycleHook;
use elbow_model::policy::Policy;
use elbow_model::schedule::Schedule;

use super::openapi::Operation;
use super::{
    api_keys, audit, certificates, events, key_files, listeners, load_balancers, members,
    memberships, networks, oidc, pools, projects, proxies, rules, scaling, sessions, stats, users,
};
use crate::state::ApiState;
use crate::{health, metrics};

/// A path with one method.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) handler: MethodRouter<ApiState>,
    pub(crate) operation: Operation,
}

fn route(path: &'static str, handler: MethodRouter<ApiState>, operation: Operation) -> Route {
    Route { path, handler, operation }
}

/// Every path of the native dialect.
pub(crate) fn table() -> Vec<Route> {
    let mut table = balancing();
    table.extend(identity());
    table.extend(scaling());
    table
}

/// Load balancing, and the deployment itself.
#[rustfmt::skip] // one row per route
fn balancing() -> Vec<Route> {
    use Operation as Op;
    vec![
        route("/v1/load-balancers", get(load_balancers::list), Op::list("listLoadBalancers", "Load balancers, newest first", "LoadBalancer").query(&["q", "status"])),
        route("/v1/load-balancers", post(load_balancers::create), Op::post("createLoadBalancer", "Create a load balancer with everything below it").creates("LoadBalancer")),
        route("/v1/load-balancers/{id}", get(load_balancers::show), Op::get("showLoadBalancer", "A load balancer with everything below it", "LoadBalancer")),
        route("/v1/load-balancers/{id}", patch(load_balancers::patch), Op::patch("editLoadBalancer", "Edit a load balancer, and its default pool's method and health check", "LoadBalancer")),
        route("/v1/load-balancers/{id}", delete(load_balancers::delete), Op::delete("deleteLoadBalancer", "Delete a load balancer with everything below it")),
        route("/v1/load-balancers/{id}/stats", get(stats::show), Op::get("showLoadBalancerStats", "Last values, and series for graphs", "Stats").query(&["range_s"])),

        route("/v1/load-balancers/{id}/listeners", get(listeners::list), Op::list("listListeners", "Listeners, newest first", "Listener")),
        route("/v1/load-balancers/{id}/listeners", post(listeners::create), Op::post("createListener", "Add a listener").creates("Listener")),
        route("/v1/listeners/{id}", get(listeners::show), Op::get("showListener", "A listener with its rules", "Listener")),
        route("/v1/listeners/{id}", patch(listeners::patch), Op::patch("editListener", "Edit a listener", "Listener")),
        route("/v1/listeners/{id}", delete(listeners::delete), Op::delete("deleteListener", "Delete a listener with its rules")),

        route("/v1/load-balancers/{id}/pools", get(pools::list), Op::list("listPools", "Pools, the default one first", "Pool")),
        route("/v1/load-balancers/{id}/pools", post(pools::create), Op::post("createPool", "Add a pool").creates("Pool")),
        route("/v1/pools/{id}", get(pools::show), Op::get("showPool", "A pool with its members", "Pool")),
        route("/v1/pools/{id}", patch(pools::patch), Op::patch("editPool", "Edit a pool", "Pool")),
        route("/v1/pools/{id}", delete(pools::delete), Op::delete("deletePool", "Delete a pool with its members")),

        route("/v1/pools/{id}/members", get(members::list), Op::list("listMembers", "Members, newest first", "Member")),
        route("/v1/pools/{id}/members", post(members::create), Op::post("createMember", "Add a member").creates("Member")),
        route("/v1/pools/{id}/members", put(members::replace), Op::put("replaceMembers", "Make these the pool's members").takes("MemberList").answers("Pool")),
        route("/v1/members/{id}", get(members::show), Op::get("showMember", "A member", "Member")),
        route("/v1/members/{id}", patch(members::patch), Op::patch("editMember", "Edit a member", "Member")),
        route("/v1/members/{id}", delete(members::delete), Op::delete("deleteMember", "Delete a member; it finishes what it has")),

        route("/v1/listeners/{id}/rules", get(rules::list), Op::list("listRules", "Rules, in the order in which they are tried", "Rule")),
        route("/v1/listeners/{id}/rules", post(rules::create), Op::post("createRule", "Add a rule").creates("Rule")),
        route("/v1/rules/{id}", get(rules::show), Op::get("showRule", "A rule", "Rule")),
        route("/v1/rules/{id}", patch(rules::patch), Op::patch("editRule", "Edit a rule", "Rule")),
        route("/v1/rules/{id}", delete(rules::delete), Op::delete("deleteRule", "Delete a rule")),

        route("/v1/certificates", get(certificates::list), Op::list("listCertificates", "The caller's own certificates, newest first", "Certificate").query(&["q"])),
        route("/v1/certificates", post(certificates::create), Op::post("createCertificate", "Create a certificate from PKCS#12 or PEM").creates("Certificate")),
        route("/v1/certificates/{id}", get(certificates::show), Op::get("showCertificate", "A certificate; never its key", "Certificate")),
        route("/v1/certificates/{id}", patch(certificates::patch), Op::patch("editCertificate", "Edit a certificate's name and description", "Certificate")),
        route("/v1/certificates/{id}", delete(certificates::delete), Op::delete("deleteCertificate", "Delete a certificate that no listener refers to")),

        route("/v1/networks", get(networks::list), Op::list("listNetworks", "Networks, newest first", "Network")),
        route("/v1/networks", post(networks::create), Op::post("createNetwork", "Create a network").creates("Network")),
        route("/v1/networks/{id}/eligible-load-balancers", get(scaling::groups::eligible_in_network), Op::list("listEligibleLoadBalancersOfNetwork", "Load balancers that a new scaling group in this network can be attached to, and why not to the others", "EligibleLoadBalancer")),
        route("/v1/networks/{id}", get(networks::show), Op::get("showNetwork", "A network", "Network")),
        route("/v1/networks/{id}", patch(networks::patch), Op::patch("editNetwork", "Edit a network", "Network")),
        route("/v1/networks/{id}", delete(networks::delete), Op::delete("deleteNetwork", "Delete a network")),

        route("/v1/events", get(events::watch), Op::get("watchEvents", "What changes, as server-sent events `change`, `observed` and `reset`", "Happening").content("text/event-stream")),

        route("/metrics", get(metrics::show), Op::get("showMetrics", "Metrics for Prometheus", "").content("text/plain")),
        route("/livez", get(health::live), Op::get("showLiveness", "Whether the process lives", "").public().content("text/plain")),
        route("/readyz", get(health::ready), Op::get("showReadiness", "Whether a proxy runs the newest revision", "Readiness").public()),
        route("/version", get(health::version), Op::get("showVersion", "Elbow's version", "Version").public()),
    ]
}

/// Who may get in, and the keys of the deployment.
#[rustfmt::skip] // one row per route
fn identity() -> Vec<Route> {
    use Operation as Op;
    vec![
        route("/v1/sessions", post(sessions::create), Op::post("openSession", "Log in").public().takes("Login").answers("Session")),
        route("/v1/sessions/current", get(sessions::show), Op::get("showSession", "Who asks, and how long the session lasts", "CurrentSession")),
        route("/v1/sessions/current", delete(sessions::end), Op::delete("endSession", "Log out: the token is refused from now on")),

        route("/v1/projects", get(projects::list), Op::list("listProjects", "Projects, newest first", "Project")),
        route("/v1/projects", post(projects::create), Op::post("createProject", "Create a project").creates("Project")),
        route("/v1/projects/{id}", get(projects::show), Op::get("showProject", "A project with its quota, and what it has of that", "Project")),
        route("/v1/projects/{id}", patch(projects::patch), Op::patch("editProject", "Edit a project, its quota and its drivers", "Project")),
        route("/v1/projects/{id}", delete(projects::delete), Op::delete("deleteProject", "Delete a project; memberships in it end").query(&["force"])),
        route("/v1/projects/{id}/memberships", get(memberships::list), Op::list("listMemberships", "Who is in a project, newest users first", "Membership")),
        route("/v1/projects/{id}/memberships", post(memberships::grant), Op::act("grantMembership", "Take a user in, or give a member another role", "Membership").takes("NewMembership")),
        route("/v1/projects/{id}/memberships/{user}", delete(memberships::revoke), Op::delete("revokeMembership", "End a membership").query(&["hand_over_to", "force"])),
        route("/v1/users", get(users::list), Op::list("listUsers", "Users, newest first", "User")),
        route("/v1/users", post(users::create), Op::post("createUser", "Create a user").takes("NewUser").answers("User")),
        route("/v1/users/{id}", get(users::show), Op::get("showUser", "A user", "User")),
        route("/v1/users/{id}", patch(users::patch), Op::patch("editUser", "Edit a user, memberships and password; one's own password needs the present one", "User").query(&["hand_over_to", "force"])),
        route("/v1/users/{id}", delete(users::delete), Op::delete("deleteUser", "Delete a user").query(&["hand_over_to", "force"])),
        route("/v1/users/{id}/sessions", delete(sessions::end_all), Op::delete("endSessions", "Log a user out everywhere: all his tokens are refused from now on")),

        route("/v1/oidc/start", get(oidc::start), Op::get("startOidc", "Go and log in at the provider; for browsers", "").public().query(&["next"]).redirects()),
        route("/v1/oidc/callback", get(oidc::callback), Op::get("finishOidc", "Come back from the provider and get a session's cookie; for browsers", "").public().redirects()),
        route("/v1/users/{id}/identities", post(oidc::link), Op::post("linkIdentity", "Let somebody at the provider be this user").takes("IdentityLink").empty()),

        route("/v1/api-keys", get(api_keys::list), Op::list("listApiKeys", "One's own API keys, newest first; another's for the operator", "ApiKey").query(&["user"])),
        route("/v1/api-keys", post(api_keys::create), Op::post("createApiKey", "Make an API key for the project that the request works in; its text is in this answer alone").creates("ApiKey")),
        route("/v1/api-keys/{id}", get(api_keys::show), Op::get("showApiKey", "An API key; never its text", "ApiKey")),
        route("/v1/api-keys/{id}", delete(api_keys::delete), Op::delete("deleteApiKey", "Delete an API key: it is refused from now on")),

        route("/v1/proxies", get(proxies::list), Op::list("listProxies", "What serves traffic, and how far it has come; for the operator", "Proxy")),
        route("/v1/key-files", get(key_files::list), Op::list("listKeyFiles", "The deployment's key files, without their keys", "KeyFile")),
        route("/v1/key-files/{name}/rotate", post(key_files::rotate), Op::act("rotateKeyFile", "Replace a key: private keys are sealed again, or all sessions end", "KeyFile")),
        route("/v1/audit", get(audit::list), Op::list("listAudit", "Who did what, from where, newest first", "AuditEntry").query(&["user", "here"])),
    ]
}

/// Scaling groups and what belongs to them.
#[rustfmt::skip] // one row per route
fn scaling() -> Vec<Route> {
    use Operation as Op;
    vec![
        route("/v1/scaling-groups", get(scaling::groups::list), Op::list("listScalingGroups", "Scaling groups, newest first", "ScalingGroup").query(&["q"])),
        route("/v1/scaling-groups", post(scaling::groups::create), Op::post("createScalingGroup", "Create a scaling group with its template and attachments").creates("ScalingGroup")),
        route("/v1/scaling-groups/{id}", get(scaling::groups::show), Op::get("showScalingGroup", "A scaling group", "ScalingGroup")),
        route("/v1/scaling-groups/{id}", patch(scaling::groups::patch), Op::patch("editScalingGroup", "Edit a scaling group, its template and its desired count", "ScalingGroup")),
        route("/v1/scaling-groups/{id}", delete(scaling::groups::delete), Op::delete("deleteScalingGroup", "Delete a scaling group; by force its instances leave first").query(&["force"])),
        route("/v1/scaling-groups/{id}/enable", post(scaling::groups::enable), Op::act("enableScalingGroup", "Let a scaling group act", "ScalingGroup")),
        route("/v1/scaling-groups/{id}/disable", post(scaling::groups::disable), Op::act("disableScalingGroup", "Let a scaling group begin nothing new; its instances stay", "ScalingGroup")),
        route("/v1/scaling-groups/{id}/suspend", post(scaling::groups::suspend), Op::act("suspendProcesses", "Keep a scaling group from these processes, or from all", "ScalingGroup").takes("Processes")),
        route("/v1/scaling-groups/{id}/resume", post(scaling::groups::resume), Op::act("resumeProcesses", "Let a scaling group do these again, or all", "ScalingGroup").takes("Processes")),
        route("/v1/scaling-groups/{id}/scale", post(scaling::groups::scale), Op::act("scaleScalingGroup", "Set how many instances there shall be", "ScalingGroup").takes("Desired")),
        route("/v1/scaling-groups/{id}/attach-load-balancers", post(scaling::attachments::attach_load_balancers), Op::act("attachLoadBalancers", "Let instances join the default pools of load balancers: all or none", "ScalingGroup").takes("LoadBalancerNames")),
        route("/v1/scaling-groups/{id}/detach-load-balancers", post(scaling::attachments::detach_load_balancers), Op::act("detachLoadBalancers", "Take the default pools of load balancers from a scaling group", "ScalingGroup").takes("LoadBalancerNames")),
        route("/v1/scaling-groups/{id}/attach-vserver-groups", post(scaling::attachments::attach_vserver_groups), Op::act("attachVServerGroups", "Let instances join pools: all or none", "ScalingGroup").takes("VServerGroups")),
        route("/v1/scaling-groups/{id}/detach-vserver-groups", post(scaling::attachments::detach_vserver_groups), Op::act("detachVServerGroups", "Take pools from a scaling group", "ScalingGroup").takes("VServerGroups")),
        route("/v1/scaling-groups/{id}/eligible-load-balancers", get(scaling::groups::eligible), Op::list("listEligibleLoadBalancers", "Load balancers that a scaling group can be attached to, and why not to the others", "EligibleLoadBalancer")),
        route("/v1/scaling-groups/{id}/stats", get(scaling::stats::show), Op::get("showScalingGroupStats", "Last values of a scaling group, series for graphs, and the lines of its policies", "GroupStats").query(&["range_s"])),
        route("/v1/scaling-groups/{id}/replay", post(scaling::replay::replay), Op::post("replayPolicies", "What policies, saved or not, would have made of the recorded load").takes("ReplayRequest").answers("Replay").status("200")),
        route("/v1/scaling-groups/{id}/activities", get(scaling::activities::list), Op::list("listActivities", "What a scaling group did or did not do, newest first", "ScalingActivity")),

        route("/v1/activities", get(scaling::activities::all), Op::list("listAllActivities", "What the project's scaling groups did or did not do, newest first", "ScalingActivity").query(&["cause", "result"])),

        route("/v1/scaling-groups/{id}/instances", get(scaling::instances::list), Op::list("listInstances", "Instances, newest first", "Instance").query(&["status"])),
        route("/v1/scaling-groups/{id}/instances", post(scaling::instances::attach), Op::post("attachInstance", "Attach a server that is there already").takes("NewInstance").answers("Instance")),
        route("/v1/instances/{id}", get(scaling::instances::show), Op::get("showInstance", "An instance", "Instance")),
        route("/v1/instances/{id}", delete(scaling::instances::delete), Op::delete("removeInstance", "Remove an instance: it drains first; the desired count falls unless another one shall take its place").query(&["replace"])),
        route("/v1/instances/{id}/log", get(scaling::log::show), Op::get("showInstanceLog", "What an instance wrote last", "InstanceLog").query(&["tail"])),
        route("/v1/instances/{id}/protect", post(scaling::instances::protect), Op::act("protectInstance", "Protect an instance from scale-in and health checks", "Instance")),
        route("/v1/instances/{id}/unprotect", post(scaling::instances::unprotect), Op::act("unprotectInstance", "Protect an instance no longer", "Instance")),
        route("/v1/instances/{id}/enter-standby", post(scaling::instances::enter_standby), Op::act("enterStandby", "Take an instance out of service for a while", "Instance")),
        route("/v1/instances/{id}/exit-standby", post(scaling::instances::exit_standby), Op::act("exitStandby", "Take an instance into service again", "Instance")),
        route("/v1/instances/{id}/complete-hook", post(scaling::instances::complete_hook), Op::act("completeHook", "End an instance's wait for a lifecycle hook", "Instance").takes("HookCompletion")),
        route("/v1/instances/{id}/heartbeat", post(scaling::instances::heartbeat), Op::act("recordHeartbeat", "Make an instance's wait for a lifecycle hook longer", "Instance").takes("HookHeartbeat")),

        route("/v1/scaling-groups/{id}/policies", get(scaling::children::list::<Policy>), Op::list("listPolicies", "Scaling policies, newest first", "Policy")),
        route("/v1/scaling-groups/{id}/policies", post(scaling::children::create::<Policy>), Op::post("createPolicy", "Add a scaling policy").creates("Policy")),
        route("/v1/policies/{id}", get(scaling::children::show::<Policy>), Op::get("showPolicy", "A scaling policy", "Policy")),
        route("/v1/policies/{id}", patch(scaling::children::patch::<Policy>), Op::patch("editPolicy", "Edit a scaling policy", "Policy")),
        route("/v1/policies/{id}/execute", post(scaling::policies::execute), Op::act("executePolicy", "Do once what a SIMPLE or STEP policy says; by force also in a cooldown", "ScalingGroup").takes("PolicyExecution")),
        route("/v1/policies/{id}", delete(scaling::children::delete::<Policy>), Op::delete("deletePolicy", "Delete a scaling policy")),

        route("/v1/scaling-groups/{id}/schedules", get(scaling::children::list::<Schedule>), Op::list("listSchedules", "Schedules, newest first", "Schedule")),
        route("/v1/scaling-groups/{id}/schedules", post(scaling::children::create::<Schedule>), Op::post("createSchedule", "Add a schedule").creates("Schedule")),
        route("/v1/schedules/{id}", get(scaling::children::show::<Schedule>), Op::get("showSchedule", "A schedule", "Schedule")),
        route("/v1/schedules/{id}", patch(scaling::children::patch::<Schedule>), Op::patch("editSchedule", "Edit a schedule", "Schedule")),
        route("/v1/schedules/{id}", delete(scaling::children::delete::<Schedule>), Op::delete("deleteSchedule", "Delete a schedule")),

        route("/v1/scaling-groups/{id}/hooks", get(scaling::children::list::<LifecycleHook>), Op::list("listHooks", "Lifecycle hooks, newest first", "LifecycleHook")),
        route("/v1/scaling-groups/{id}/hooks", post(scaling::children::create::<LifecycleHook>), Op::post("createHook", "Add a lifecycle hook").creates("LifecycleHook")),
        route("/v1/hooks/{id}", get(scaling::children::show::<LifecycleHook>), Op::get("showHook", "A lifecycle hook", "LifecycleHook")),
        route("/v1/hooks/{id}", patch(scaling::children::patch::<LifecycleHook>), Op::patch("editHook", "Edit a lifecycle hook", "LifecycleHook")),
        route("/v1/hooks/{id}", delete(scaling::children::delete::<LifecycleHook>), Op::delete("deleteHook", "Delete a lifecycle hook; who waits for it goes on waiting")),
    ]
}

/// The router of the native dialect.
pub(crate) fn router() -> Router<ApiState> {
    let routes = table().into_iter();
    let router =
        routes.fold(Router::new(), |router, route| router.route(route.path, route.handler));
    router.route("/openapi.json", get(super::openapi::show))
}
