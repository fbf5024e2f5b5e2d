//! Names, descriptions and tags.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// A resource's name: 1 to 64 characters, letters, digits, `-`, `_` and `.` in any script, starting with a letter or
/// digit; never a UUID, so that a name and an id can be told apart wherever either is accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The most characters that a name may have.
    pub const MAX_CHARS: usize = 64;

    /// Checks and takes a name.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let count = text.chars().count();
        if count == 0 || count > Self::MAX_CHARS {
            return Err(Invalid::new(format!(
                "a name has 1 to {} characters, this one has {count}",
                Self::MAX_CHARS
            )));
        }
        if uuid::Uuid::parse_str(&text).is_ok() {
            return Err(Invalid::new(format!(
                "`{text}` looks like an id; a name must not be a UUID"
            )));
        }
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !text.chars().all(allowed) || !text.starts_with(char::is_alphanumeric) {
            return Err(Invalid::new(format!(
                "`{}` is not a name; use letters, digits, `-`, `_` and `.`, starting with a letter or digit",
                text.escape_debug()
            )));
        }
        Ok(Self(text))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

/// Free text about a resource: up to 1,024 characters, no control characters but line breaks and tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

impl Description {
    /// The most characters that a description may have.
    pub const MAX_CHARS: usize = 1_024;

    /// Checks and takes a description.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let count = text.chars().count();
        if count > Self::MAX_CHARS {
            return Err(Invalid::new(format!(
                "a description has at most {} characters, this one has {count}",
                Self::MAX_CHARS
            )));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Invalid::new("a description must not contain control characters"));
        }
        Ok(Self(text))
    }

    /// The description as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Description {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl From<Description> for String {
    fn from(description: Description) -> Self {
        description.0
    }
}

/// What Elbow says about something that happened: up to 512 characters, control characters shown as `?`. Longer text is
/// cut, since it often quotes what others said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Note(String);

impl Note {
    /// The most characters that a note has.
    pub const MAX_CHARS: usize = 512;

    /// Takes a text, cut where it is too long.
    pub fn new(text: impl AsRef<str>) -> Self {
        let shown = |c: char| if c.is_control() { '?' } else { c };
        Self(text.as_ref().chars().take(Self::MAX_CHARS).map(shown).collect())
    }

    /// The note as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Note> for String {
    fn from(note: Note) -> Self {
        note.0
    }
}

/// Labels that users put on a resource: up to 64 keys of 1 to 128 characters, values up to 256.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The most tags that a resource may have.
    pub const MAX: usize = 64;

    /// Checks and takes tags.
    pub fn new(tags: BTreeMap<String, String>) -> Result<Self, Invalid> {
        if tags.len() > Self::MAX {
            return Err(Invalid::new(format!(
                "a resource has at most {} tags, these are {}",
                Self::MAX,
                tags.len()
            )));
        }
        for (key, value) in &tags {
            if key.is_empty() || key.chars().count() > 128 || key.chars().any(char::is_control) {
                return Err(Invalid::new(format!(
                    "tag key `{}` must have 1 to 128 characters",
                    key.escape_debug()
                )));
            }
            if value.chars().count() > 256 || value.chars().any(char::is_control) {
                return Err(Invalid::new(format!(
                    "the value of tag `{key}` must have at most 256 characters"
                )));
            }
        }
        Ok(Self(tags))
    }

    /// The tags by key.
    pub fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl TryFrom<BTreeMap<String, String>> for Tags {
    type Error = Invalid;

    fn try_from(tags: BTreeMap<String, String>) -> Result<Self, Invalid> {
        Self::new(tags)
    }
}

impl From<Tags> for BTreeMap<String, String> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_words() {
        let long = "a".repeat(Name::MAX_CHARS + 1);
        let uuid = "0192f0c1-2345-7abc-8def-0123456789ab";
        for text in ["", "-a", ".a", "a b", "a/b", "a\n", "a`b", &long, uuid] {
            assert!(Name::new(text).is_err(), "{text:?}");
        }
        for text in ["a", "0", "web-1_b.c", "Stra\u{df}e", &long[1..]] {
            assert!(Name::new(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn descriptions_hold_text_only() {
        assert!(Description::new("two\nlines\tand a tab").is_ok());
        assert!(Description::new("bell \u{7}").is_err());
        assert!(Description::new("a".repeat(1_024)).is_ok());
        assert!(Description::new("a".repeat(1_025)).is_err());
    }

    #[test]
    fn notes_are_cut_and_stay_on_one_line() {
        assert_eq!(Note::new("two\nlines").as_str(), "two?lines");
        assert_eq!(Note::new("\u{e9}".repeat(600)).as_str().chars().count(), Note::MAX_CHARS);
    }

    #[test]
    fn tags_are_few_and_short() {
        let tags = |count: usize, key: usize, value: usize| {
            let pair = |n| (format!("{n:0key$}"), "v".repeat(value));
            Tags::new((0..count).map(pair).collect())
        };
        assert!(tags(64, 128, 256).is_ok());
        assert!(tags(65, 2, 2).is_err());
        assert!(tags(1, 129, 2).is_err());
        assert!(tags(1, 2, 257).is_err());
    }
}
