//! The text format of Prometheus: families with help and type, samples with escaped labels.

use std::fmt::Write as _;

/// A page of metrics.
#[derive(Debug, Default)]
pub(super) struct Text(String);

/// A metric by name.
#[derive(Debug)]
pub(super) struct Family {
    name: &'static str,
    kind: Kind,
    help: &'static str,
}

/// Kinds of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Takes the samples of one family.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Family {
    pub(super) fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, kind, help }
    }
}

impl Text {
    /// Begins a family.
    pub(super) fn family(&mut self, family: &Family) -> Samples<'_> {
        let Family { name, kind, help } = family;
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        write(&mut self.0, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        Samples { text: &mut self.0, name }
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

impl Samples<'_> {
    /// A value.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        self.suffixed("", labels, value);
    }

    /// A value of a part of the family, such as `_count`.
    pub(super) fn suffixed(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        write(self.text, format_args!("{}{suffix}", self.name));
        for (i, (name, value)) in labels.iter().enumerate() {
            write(self.text, format_args!("{}{name}=\"", if i == 0 { '{' } else { ',' }));
            escape(self.text, value);
            self.text.push('"');
        }
        let close = if labels.is_empty() { "" } else { "}" };
        write(self.text, format_args!("{close} {value}\n"));
    }
}

fn escape(text: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}

fn write(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut text = Text::default();
        text.family(&Family::new("a_total", Kind::Counter, "A."))
            .sample(&[("b", "x\"y\\z\n"), ("c", "d")], 3.0);
        let expected =
            "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"x\\\"y\\\\z\\n\",c=\"d\"} 3\n";
        assert_eq!(text.finish(), expected);
    }
}
