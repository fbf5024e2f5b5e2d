//! Login at an OpenID Connect provider.

use std::path::PathBuf;

use clap::Args;
use elbow_api::oidc::GroupRole;
use elbow_model::user::ProjectRole;

/// Login at an OpenID Connect provider.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Login at an OpenID Connect provider")]
pub(crate) struct OidcArguments {
    /// Let people log in at this provider, by its issuer, such as https://login.example/realms/main
    #[arg(long, env = "ELBOW_OIDC_ISSUER", value_name = "URL", requires = "oidc_client_id")]
    pub(crate) oidc_issuer: Option<String>,
    /// Who this service is at the provider
    #[arg(long, env = "ELBOW_OIDC_CLIENT_ID", value_name = "ID", requires = "oidc_issuer")]
    pub(crate) oidc_client_id: Option<String>,
    /// A file with the secret that proves it; a public client has none
    #[arg(
        long,
        env = "ELBOW_OIDC_CLIENT_SECRET_FILE",
        value_name = "FILE",
        requires = "oidc_issuer"
    )]
    pub(crate) oidc_client_secret_file: Option<PathBuf>,
    /// What is asked for
    #[arg(
        long,
        env = "ELBOW_OIDC_SCOPES",
        value_name = "SCOPES",
        default_value = "openid profile email"
    )]
    pub(crate) oidc_scopes: String,
    /// The claim that names users who are created
    #[arg(
        long,
        env = "ELBOW_OIDC_NAME_CLAIM",
        value_name = "CLAIM",
        default_value = "preferred_username"
    )]
    pub(crate) oidc_name_claim: String,
    /// The claim that lists a user's groups
    #[arg(long, env = "ELBOW_OIDC_GROUPS_CLAIM", value_name = "CLAIM", default_value = "groups")]
    pub(crate) oidc_groups_claim: String,
    /// Create users for people who log in there: members of GROUP (`*`: all) get ROLE (tenant-admin, tenant-user, viewer)
    /// in PROJECT; without it, only those whom the operator linked get in
    #[arg(long, env = "ELBOW_OIDC_ROLES", value_name = "GROUP=PROJECT:ROLE", value_delimiter = ',', value_parser = group_role)]
    #[arg(requires = "oidc_issuer")]
    pub(crate) oidc_role: Vec<GroupRole>,
    /// Certificates (PEM) that vouch for the provider instead of the authorities that this machine trusts
    #[arg(long, env = "ELBOW_OIDC_CA_FILE", value_name = "FILE", requires = "oidc_issuer")]
    pub(crate) oidc_ca_file: Option<PathBuf>,
    /// Where browsers find this service, such as https://elbow.example; the address that it listens on if left out
    #[arg(long, env = "ELBOW_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

/// `GROUP=PROJECT:ROLE`
fn group_role(text: &str) -> Result<GroupRole, String> {
    let wrong = || {
        format!(
            "`{text}` is not GROUP=PROJECT:ROLE with a role of tenant-admin, tenant-user or viewer"
        )
    };
    let (group, rest) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (project, role) = rest.rsplit_once(':').ok_or_else(wrong)?;
    let role = match role.to_ascii_lowercase().replace('_', "-").as_str() {
        "tenant-admin" => ProjectRole::TenantAdmin,
        "tenant-user" => ProjectRole::TenantUser,
        "viewer" => ProjectRole::Viewer,
        _ => return Err(wrong()),
    };
    if group.is_empty() || project.is_empty() {
        return Err(wrong());
    }
    Ok(GroupRole { group: group.to_owned(), project: project.to_owned(), role })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_groups_are_read() {
        let read = group_role("cn=ops,dc=example=web:tenant-admin").unwrap();
        assert_eq!((read.group.as_str(), read.project.as_str()), ("cn=ops,dc=example", "web"));
        for wrong in ["", "a", "a=b", "a=b:operator", "=b:viewer", "a=:viewer"] {
            assert!(group_role(wrong).is_err(), "{wrong}");
        }
    }
}
