//! What `elbow up` says when it is up.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use super::first_start::ADMIN;
use crate::args::DATA_DIR;

/// What there is to say.
pub(super) struct Banner<'a> {
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    pub(super) api: SocketAddr,
    pub(super) data_dir: &'a Path,
    pub(super) admin: Admin,
    pub(super) demo: Option<DemoLines>,
}

/// How the first user logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admin {
    /// As before.
    Known,
    /// With the password of the environment.
    FromEnvironment,
    /// With this one, which was shown by [`first_password`] and is never shown again.
    Random,
}

/// The demonstration.
pub(super) enum DemoLines {
    /// It runs.
    Runs {
        /// The load balancer.
        name: String,
        /// Where it listens.
        address: SocketAddr,
        /// The scaling group.
        group: String,
        /// How many of its servers serve.
        servers: u32,
        /// How many there may be.
        most: u32,
        /// Its status if it is not active, with the reason.
        trouble: Option<String>,
        /// Why it is not on the usual port.
        instead_of_usual: Option<String>,
    },
    /// One of an earlier version is there, without its servers.
    Earlier {
        /// Its load balancer.
        name: String,
    },
}

/// The first user's password, for the one time that it is shown.
pub(super) fn first_password(password: &str) -> String {
    format!("\n  User       {ADMIN}\n  Password   {password}   (shown only now; keep it)\n")
}

impl Banner<'_> {
    /// The text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("\nElbow {} is up.\n\n", env!("CARGO_PKG_VERSION"));
        let mut line = |label: &str, value: &str| {
            let _infallible = writeln!(text, "  {label:<11}{value}");
        };
        line("Console", &format!("{}://{}/", self.scheme, self.api));
        line("API", &format!("{}://{}   (OpenAPI: /openapi.json)", self.scheme, self.api));
        line("Data", &self.data_dir.display().to_string());
        match &self.admin {
            Admin::Known => line("User", &format!("{ADMIN}, with its password")),
            Admin::FromEnvironment => {
                line("User", &format!("{ADMIN}, with the password of ELBOW_ADMIN_PASSWORD"))
            }
            Admin::Random => line("User", &format!("{ADMIN}, with the password above")),
        }
        if let Some(demo) = &self.demo {
            text.push_str(&demo.text());
        }
        text.push_str(&self.ways_in());
        text.push_str("Ctrl-C stops everything.\n");
        text
    }

    /// How commands find this service without login.
    fn ways_in(&self) -> String {
        if self.data_dir == Path::new(DATA_DIR) {
            return "\nOn this machine `elbow lb list` and all other commands work in this directory without login.\n"
                .to_owned();
        }
        format!(
            "\nOn this machine `elbow lb list --data-dir {}` and all other commands work without login\n\
             (ELBOW_DATA_DIR says the same for all of them).\n",
            self.data_dir.display()
        )
    }
}

impl DemoLines {
    fn text(&self) -> String {
        let (name, address, group, servers, most, trouble, instead_of_usual) = match self {
            Self::Runs { name, address, group, servers, most, trouble, instead_of_usual } => {
                (name, address, group, servers, most, trouble, instead_of_usual)
            }
            Self::Earlier { name } => return earlier(name),
        };
        let mut text = format!("\n  Load balancer `{name}` serves on http://{}/", place(*address));
        if let Some(reason) = instead_of_usual {
            let _infallible = write!(text, " ({reason}, so it is port {})", address.port());
        }
        text.push('\n');
        if let Some(trouble) = trouble {
            let _infallible = writeln!(text, "  It is not in force yet: {trouble}");
        }
        let _infallible = write!(
            text,
            "  Scaling group `{group}` runs {servers} sample servers, up to {most} under load; they take turns:\n\n    \
             for i in 1 2 3; do curl -s http://{}/; done\n",
            place(*address)
        );
        text
    }
}

fn earlier(name: &str) -> String {
    format!(
        "\n  Load balancer `{name}` is a demonstration of an earlier version; its sample servers are not started any more.\n\
         \x20 After `elbow lb delete {name}`, the next `elbow up --demo` makes one with a scaling group.\n"
    )
}

/// Without the port where everybody knows it.
fn place(address: SocketAddr) -> String {
    match address.port() {
        80 if address.is_ipv4() => address.ip().to_string(),
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_the_data_directory_unless_it_is_the_usual_one() {
        let text = |data_dir: &str| {
            let api = "127.0.0.1:9200".parse().unwrap();
            Banner {
                scheme: "http",
                api,
                data_dir: Path::new(data_dir),
                admin: Admin::Known,
                demo: None,
            }
            .text()
        };
        let usual = text(DATA_DIR);
        assert!(
            usual.contains("`elbow lb list`") && usual.contains("in this directory"),
            "{usual}"
        );
        let other = text("/var/lib/elbow");
        assert!(other.contains("`elbow lb list --data-dir /var/lib/elbow`"), "{other}");
        assert!(!other.contains("in this directory"), "{other}");
    }

    #[test]
    fn the_banner_says_where_and_how() {
        let banner = Banner {
            scheme: "https",
            api: "127.0.0.1:9200".parse().unwrap(),
            data_dir: Path::new(DATA_DIR),
            admin: Admin::Random,
            demo: Some(DemoLines::Runs {
                name: "web".to_owned(),
                address: "127.77.0.1:8080".parse().unwrap(),
                group: "web".to_owned(),
                servers: 3,
                most: 6,
                trouble: None,
                instead_of_usual: Some("this user may not listen on port 80".to_owned()),
            }),
        };
        let text = banner.text();
        assert!(text.contains("Console    https://127.0.0.1:9200/"), "{text}");
        assert!(text.contains("API        https://127.0.0.1:9200 "), "{text}");
        assert!(text.contains("admin, with the password above"), "{text}");
        assert!(first_password("secret").contains("secret   (shown only now"));
        assert!(
            text.contains("(this user may not listen on port 80, so it is port 8080)"),
            "{text}"
        );
        assert!(
            text.contains("for i in 1 2 3; do curl -s http://127.77.0.1:8080/; done"),
            "{text}"
        );
    }
}
