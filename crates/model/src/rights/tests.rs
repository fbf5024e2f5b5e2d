//! The whole table, as people read it: every role, kind of thing, ownership and verb.

use std::fmt::Write as _;

use super::*;

/// See, use, create, edit, delete: `+` allowed, `-` forbidden, `.` as if there were no such thing.
const TABLE: &str = "\
Resource    Own        OPERATOR +++++  TENANT_ADMIN +++++  TENANT_USER +++++  VIEWER +----
Resource    OfProject  OPERATOR +++++  TENANT_ADMIN +++++  TENANT_USER .....  VIEWER +----
Resource    Shared     OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Resource    Foreign    OPERATOR +++++  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
Certificate Own        OPERATOR +++++  TENANT_ADMIN +++++  TENANT_USER +++++  VIEWER +----
Certificate OfProject  OPERATOR .....  TENANT_ADMIN .....  TENANT_USER .....  VIEWER ..-..
Certificate Shared     OPERATOR .....  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Certificate Foreign    OPERATOR .....  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
Network     Own        OPERATOR +++++  TENANT_ADMIN ++-+-  TENANT_USER ++---  VIEWER +----
Network     OfProject  OPERATOR +++++  TENANT_ADMIN ++-+-  TENANT_USER ++---  VIEWER +----
Network     Shared     OPERATOR +++++  TENANT_ADMIN ++---  TENANT_USER ++---  VIEWER +----
Network     Foreign    OPERATOR +++++  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
Project     Own        OPERATOR +++++  TENANT_ADMIN +----  TENANT_USER +----  VIEWER +----
Project     OfProject  OPERATOR +++++  TENANT_ADMIN +----  TENANT_USER +----  VIEWER +----
Project     Shared     OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Project     Foreign    OPERATOR +++++  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
Membership  Own        OPERATOR +++++  TENANT_ADMIN +++++  TENANT_USER +----  VIEWER +----
Membership  OfProject  OPERATOR +++++  TENANT_ADMIN +++++  TENANT_USER ..-..  VIEWER +----
Membership  Shared     OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Membership  Foreign    OPERATOR +++++  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
Account     Own        OPERATOR +++++  TENANT_ADMIN +--+-  TENANT_USER +--+-  VIEWER +--+-
Account     OfProject  OPERATOR +++++  TENANT_ADMIN +----  TENANT_USER ..-..  VIEWER +----
Account     Shared     OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Account     Foreign    OPERATOR +++++  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
Audit       Own        OPERATOR +++++  TENANT_ADMIN +----  TENANT_USER +----  VIEWER +----
Audit       OfProject  OPERATOR +++++  TENANT_ADMIN +----  TENANT_USER ..-..  VIEWER +----
Audit       Shared     OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Audit       Foreign    OPERATOR +++++  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
Deployment  Own        OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Deployment  OfProject  OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Deployment  Shared     OPERATOR +++++  TENANT_ADMIN ..-..  TENANT_USER ..-..  VIEWER ..-..
Deployment  Foreign    OPERATOR +++++  TENANT_ADMIN .....  TENANT_USER .....  VIEWER .....
";

fn sign(permission: Permission) -> char {
    match permission {
        Permission::Allowed => '+',
        Permission::Forbidden => '-',
        Permission::Invisible => '.',
    }
}

/// All of it, printed.
fn printed() -> String {
    let mut text = String::new();
    for class in Class::ALL {
        for ownership in Ownership::ALL {
            write!(text, "{:<11} {:<9}", format!("{class:?}"), format!("{ownership:?}")).unwrap();
            for role in Role::ALL {
                let signs: String = Verb::ALL
                    .map(|verb| sign(permits(role, verb.on(class), ownership)))
                    .iter()
                    .collect();
                write!(text, "  {role} {signs}").unwrap();
            }
            text.push('\n');
        }
    }
    text
}

#[test]
fn the_table_is_this_one() {
    let printed = printed();
    assert!(printed == TABLE, "the table is now\n{printed}");
}

#[test]
fn nobody_but_its_creator_sees_a_certificate() {
    for role in Role::ALL {
        for verb in [Verb::See, Verb::Use, Verb::Edit, Verb::Delete] {
            for ownership in [Ownership::OfProject, Ownership::Shared, Ownership::Foreign] {
                let permission = permits(role, verb.on(Class::Certificate), ownership);
                assert_eq!(permission, Permission::Invisible, "{role} {verb} {ownership:?}");
            }
        }
    }
}

#[test]
fn strangers_know_of_nothing() {
    for role in [Role::TenantAdmin, Role::TenantUser, Role::Viewer] {
        for class in Class::ALL {
            for verb in Verb::ALL {
                let permission = permits(role, verb.on(class), Ownership::Foreign);
                assert_eq!(permission, Permission::Invisible, "{role} {verb} {class:?}");
            }
        }
    }
}

#[test]
fn what_may_be_changed_may_be_seen() {
    for role in Role::ALL {
        for class in Class::ALL {
            for ownership in Ownership::ALL {
                let may = |verb: Verb| permits(role, verb.on(class), ownership);
                for verb in [Verb::Use, Verb::Edit, Verb::Delete] {
                    let is_blind =
                        may(verb) != Permission::Invisible && may(Verb::See) != Permission::Allowed;
                    assert!(!is_blind, "{role} {verb} {class:?} {ownership:?}");
                }
            }
        }
    }
}
