//! Launch templates: what an instance of a scaling group is, and which driver starts it. A driver gets the template of
//! the instance's own version; nothing here starts anything.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::value::{Bounded, HttpUrl, InstanceId, Invalid, Name, Port, Timestamp};

/// One version of a group's template. Versions that instances were launched from are kept with the group, so that an
/// instance is always ended the way it was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchTemplate {
    /// Counts the group's templates from 1.
    pub version: TemplateVersion,
    /// When it was made.
    pub created_at: Timestamp,
    /// What users can edit; an edit makes the next version.
    pub settings: TemplateSettings,
}

/// Which one of a group's templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TemplateVersion(pub u32);

impl TemplateVersion {
    /// A group's first one.
    pub const FIRST: Self = Self(1);

    /// The one after it.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for TemplateVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What users can edit on a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSettings {
    /// What is started, and by whom.
    pub launch: Launch,
    /// Where an instance serves; an attachment's own port comes before it, a listener's port after it.
    pub port: Option<Port>,
}

/// What is started, by driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "snake_case")]
pub enum Launch {
    /// A command on this machine.
    Process(ProcessLaunch),
    /// A container of Docker or Podman.
    Container(ContainerLaunch),
    /// Whatever an endpoint or a command of the user's own starts, in any other cloud.
    Hook(HookLaunch),
}

impl Launch {
    /// Which driver starts it.
    pub fn driver(&self) -> DriverKind {
        match self {
            Self::Process(_) => DriverKind::Process,
            Self::Container(_) => DriverKind::Container,
            Self::Hook(_) => DriverKind::Hook,
        }
    }
}

/// Kinds of drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverKind {
    /// Starts commands on this machine.
    Process,
    /// Starts containers.
    Container,
    /// Lets somebody else start them.
    Hook,
}

impl DriverKind {
    /// Every kind, in the order that documents list them.
    pub const ALL: [Self; 3] = [Self::Process, Self::Container, Self::Hook];

    /// Whether its instances get their address from the group's network before they are started. The others say
    /// afterwards where they are.
    pub fn needs_address(self) -> bool {
        match self {
            Self::Process | Self::Container => true,
            Self::Hook => false,
        }
    }
}

impl fmt::Display for DriverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Process => "PROCESS",
            Self::Container => "CONTAINER",
            Self::Hook => "HOOK",
        })
    }
}

/// A command on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLaunch {
    /// What is run; see [`Placeholders`].
    pub command: CommandLine,
    /// Its environment, with the same placeholders; it inherits nothing but a plain `PATH`.
    pub env: Environment,
    /// Where it is run; in a directory of its own if none.
    pub working_dir: Option<AbsolutePath>,
    /// As whom, where Elbow is root; the operator's choice if none, never root.
    pub uid: Option<Uid>,
    /// What it may use.
    pub limits: ProcessLimits,
}

/// What a process may use; unlimited where none is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLimits {
    /// Address space.
    pub memory_mb: Option<MemoryMb>,
    /// Open files.
    pub open_files: Option<OpenFiles>,
    /// Processes and threads.
    pub processes: Option<Processes>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerLaunch {
    /// What it is made of.
    pub image: ImageReference,
    /// What is run in it, with placeholders; the image's own if none.
    pub command: Option<CommandLine>,
    /// Its environment, with placeholders.
    pub env: Environment,
    /// What it may use.
    pub limits: ContainerLimits,
}

/// What a container may use; unlimited where none is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerLimits {
    /// Memory.
    pub memory_mb: Option<MemoryMb>,
    /// Computing time in percent of one core.
    pub cpu_percent: Option<CpuPercent>,
    /// Open files.
    pub open_files: Option<OpenFiles>,
    /// Processes and threads.
    pub processes: Option<Processes>,
}

/// What somebody else starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookLaunch {
    /// Whom to ask.
    pub endpoint: HookEndpoint,
    /// What is passed on with each request.
    pub parameters: Environment,
}

/// Who launches, lists and terminates instances for Elbow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookEndpoint {
    /// A web service.
    Url(HttpUrl),
    /// A command on this machine.
    Command(CommandLine),
}

/// Memory in MiB.
pub type MemoryMb = Bounded<4, 4_194_304>;
/// Open files.
pub type OpenFiles = Bounded<16, 1_048_576>;
/// Processes and threads.
pub type Processes = Bounded<1, 65_536>;
/// Computing time in percent of one core.
pub type CpuPercent = Bounded<1, 102_400>;
/// A user of the machine by number, never root.
pub type Uid = Bounded<1, 4_294_967_294>;

/// A command as an argument vector, never a line for a shell: 1 to 64 arguments, up to 16,384 bytes together, the first
/// one not empty, no NUL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// The most arguments, the program counted.
    pub const MAX_ARGUMENTS: usize = 64;
    /// The most bytes over all arguments.
    pub const MAX_BYTES: usize = 16_384;

    /// Checks and takes an argument vector.
    pub fn new(arguments: Vec<String>) -> Result<Self, Invalid> {
        let (count, most) = (arguments.len(), Self::MAX_ARGUMENTS);
        if count == 0 || count > most {
            return Err(Invalid::new(format!(
                "a command has 1 to {most} arguments, this one has {count}"
            )));
        }
        let bytes: usize = arguments.iter().map(String::len).sum();
        if bytes > Self::MAX_BYTES {
            let most = Self::MAX_BYTES;
            return Err(Invalid::new(format!(
                "a command has at most {most} bytes, this one has {bytes}"
            )));
        }
        if arguments.iter().any(|argument| argument.contains('\0')) {
            return Err(Invalid::new("a command must not contain NUL characters"));
        }
        if arguments.first().is_some_and(String::is_empty) {
            return Err(Invalid::new("the program of a command must not be empty"));
        }
        Ok(Self(arguments))
    }

    /// The program and its arguments.
    pub fn arguments(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for CommandLine {
    type Error = Invalid;

    fn try_from(arguments: Vec<String>) -> Result<Self, Invalid> {
        Self::new(arguments)
    }
}

impl From<CommandLine> for Vec<String> {
    fn from(command: CommandLine) -> Self {
        command.0
    }
}

/// Environment variables: up to 64, names of letters, digits and `_`, 16,384 bytes together, no NUL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The most variables.
    pub const MAX: usize = 64;
    /// The most bytes over all names and values.
    pub const MAX_BYTES: usize = 16_384;

    /// Checks and takes variables.
    pub fn new(variables: BTreeMap<String, String>) -> Result<Self, Invalid> {
        if variables.len() > Self::MAX {
            let (most, count) = (Self::MAX, variables.len());
            return Err(Invalid::new(format!(
                "there are at most {most} variables, these are {count}"
            )));
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_name = |name: &str| {
            (1..=128).contains(&name.len())
                && name.chars().all(word)
                && !name.starts_with(|c: char| c.is_ascii_digit())
        };
        if let Some(name) = variables.keys().find(|name| !is_name(name)) {
            let name: String = name.chars().take(64).collect();
            return Err(Invalid::new(format!(
                "`{}` does not name a variable; use letters, digits and `_`, no digit first",
                name.escape_debug()
            )));
        }
        if let Some((name, _)) = variables.iter().find(|(_, value)| value.contains('\0')) {
            return Err(Invalid::new(format!(
                "the value of `{name}` must not contain NUL characters"
            )));
        }
        let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > Self::MAX_BYTES {
            let most = Self::MAX_BYTES;
            return Err(Invalid::new(format!(
                "variables have at most {most} bytes, these have {bytes}"
            )));
        }
        Ok(Self(variables))
    }

    /// The variables by name.
    pub fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl TryFrom<BTreeMap<String, String>> for Environment {
    type Error = Invalid;

    fn try_from(variables: BTreeMap<String, String>) -> Result<Self, Invalid> {
        Self::new(variables)
    }
}

impl From<Environment> for BTreeMap<String, String> {
    fn from(environment: Environment) -> Self {
        environment.0
    }
}

/// Declares a checked text newtype; `$rule` says whether a text is one, `$what` what it must be.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and takes the text.
            pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
                let text = text.into();
                let rule: fn(&str) -> bool = $rule;
                if rule(&text) {
                    return Ok(Self(text));
                }
                let text: String = text.chars().take(100).collect();
                Err(Invalid::new(format!("`{}` {}", text.escape_debug(), $what)))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

checked_text! {
    /// A directory of the machine: absolute, up to 1,024 bytes, no `..`, no control characters.
    AbsolutePath, "is not an absolute path of at most 1024 bytes without `..`",
    |text| {
        text.starts_with('/')
            && text.len() <= 1_024
            && !text.chars().any(char::is_control)
            && text.split('/').all(|part| part != "..")
    }
}
checked_text! {
    /// Names a container image: 1 to 255 letters, digits and `._/:@-`, starting with a letter or digit.
    ImageReference, "is not the name of an image, such as `registry.example.com/app:1`",
    |text| {
        (1..=255).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/:@-".contains(&b))
    }
}
checked_text! {
    /// What a driver calls an instance, such as a container's id: 1 to 256 visible ASCII characters.
    DriverReference, "is not the name of an instance; it has 1 to 256 visible ASCII characters",
    |text| (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// What stands for `{instance}`, `{group}`, `{address}` and `{port}` in commands and environments.
#[derive(Debug, Clone, Copy)]
pub struct Placeholders<'a> {
    /// The instance's id.
    pub instance: InstanceId,
    /// The group's name.
    pub group: &'a Name,
    /// Where the instance shall serve, where that is known.
    pub address: Option<IpAddr>,
    /// On which port, where that is known.
    pub port: Option<Port>,
}

impl Placeholders<'_> {
    /// `text` with every placeholder replaced whose value is known; all else stays as it is, braces too.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            let found = rest.find('}').and_then(|end| Some((end, self.value(&rest[1..end])?)));
            match found {
                Some((end, value)) => {
                    filled.push_str(&value);
                    rest = &rest[end + 1..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, word: &str) -> Option<String> {
        match word {
            "instance" => Some(self.instance.to_string()),
            "group" => Some(self.group.to_string()),
            "address" => self.address.map(|address| address.to_string()),
            "port" => self.port.map(|port| port.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(arguments: &[&str]) -> Result<CommandLine, Invalid> {
        CommandLine::new(arguments.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn placeholders_are_filled_and_other_braces_stay() {
        let name = Name::new("workers").unwrap();
        let known = Placeholders {
            instance: uuid::Uuid::from_u128(7).into(),
            group: &name,
            address: Some([127, 77, 0, 9].into()),
            port: Some(Port::new(8080).unwrap()),
        };
        for (text, filled) in [
            ("--bind={address}:{port}", "--bind=127.77.0.9:8080"),
            ("{group}-{instance}", "workers-00000000-0000-0000-0000-000000000007"),
            ("{\"a\": {port}}", "{\"a\": 8080}"),
            ("{}{{port}}{other}{", "{}{8080}{other}{"),
            ("\u{e9}{port}\u{e9}", "\u{e9}8080\u{e9}"),
        ] {
            assert_eq!(known.fill(text), filled);
        }
        assert_eq!(Placeholders { port: None, ..known }.fill("{port}"), "{port}");
    }

    #[test]
    fn commands_are_short_argument_vectors() {
        assert!(command(&["server", "", "--x"]).is_ok());
        assert!(command(&[]).is_err());
        assert!(command(&[""]).is_err());
        assert!(command(&["a\0b"]).is_err());
        assert!(command(&["a"; 64]).is_ok());
        assert!(command(&["a"; 65]).is_err());
        assert!(command(&["a".repeat(16_385).as_str()]).is_err());
    }

    #[test]
    fn variables_have_names_that_every_shell_knows() {
        let with = |name: &str, value: &str| {
            Environment::new(BTreeMap::from([(name.to_owned(), value.to_owned())]))
        };
        assert!(with("PATH_1", "a=b\n").is_ok());
        for name in ["", "1A", "A-B", "A=B", "\u{e9}"] {
            assert!(with(name, "").is_err(), "{name:?}");
        }
        assert!(with("A", "\0").is_err());
        assert!(with("A", &"v".repeat(16_384)).is_err());
    }

    #[test]
    fn texts_that_leave_for_other_programs_are_checked() {
        assert!(AbsolutePath::new("/srv/app").is_ok());
        assert!(["", "srv", "/srv/../etc", "/a\nb"].iter().all(|t| AbsolutePath::new(*t).is_err()));
        assert!(ImageReference::new("registry:5000/app@sha256:0a").is_ok());
        assert!(["", "-rm", "a b", "a;b"].iter().all(|t| ImageReference::new(*t).is_err()));
        assert!(DriverReference::new("i-0a1b").is_ok());
        assert!(["", "a b", "\u{e9}"].iter().all(|t| DriverReference::new(*t).is_err()));
    }
}
