//! What a visitor is offered, by the same table that the API refuses by. Pages offer nothing that would be refused for
//! who asks; the API decides again in any case.

use elbow_model::rights::{Class, Ownership, Permission, Verb, permits};
use elbow_model::user::Role;

use crate::visitor::Visitor;

impl Visitor {
    /// Whether he may do so with what he sees of this kind in his project.
    pub(crate) fn may(&self, verb: Verb, class: Class) -> bool {
        let role = self.caller.role;
        let whose = match (role, class) {
            // What a tenant user sees of these is his own.
            (Role::TenantUser, Class::Resource | Class::Certificate) => Ownership::Own,
            (_, Class::Deployment) => Ownership::Shared,
            _ => Ownership::OfProject,
        };
        permits(role, verb.on(class), whose) == Permission::Allowed
    }

    /// Whether he may change load balancers and scaling groups that he sees.
    pub(crate) fn may_edit(&self) -> bool {
        self.may(Verb::Edit, Class::Resource)
    }
}
