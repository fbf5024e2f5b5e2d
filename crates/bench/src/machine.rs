//! The machine that figures come from: they mean nothing without it.

use std::fs;

use serde_json::{Value, json};

/// Processor, kernel and cores.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) kernel: String,
    pub(crate) cores: usize,
    pub(crate) congestion_control: String,
}

impl Machine {
    /// The one this runs on.
    pub(crate) fn this() -> Self {
        Self {
            processor: processor(&read("/proc/cpuinfo")),
            kernel: read("/proc/sys/kernel/osrelease"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            congestion_control: read("/proc/sys/net/ipv4/tcp_congestion_control"),
        }
    }

    pub(crate) fn line(&self) -> String {
        let Self { processor, kernel, cores, congestion_control } = self;
        format!("{processor}, {cores} cores, Linux {kernel}, TCP {congestion_control}, loopback")
    }

    pub(crate) fn json(&self) -> Value {
        let Self { processor, kernel, cores, congestion_control } = self;
        json!({
            "processor": processor,
            "kernel": kernel,
            "cores": cores,
            "congestion_control": congestion_control,
        })
    }
}

/// How busy the machine is with other things: the load average of the last minute.
pub(crate) fn load_average() -> f64 {
    read("/proc/loadavg").split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn processor(info: &str) -> String {
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let name = field("model name").unwrap_or_else(|| "unknown processor".to_owned());
    match (field("cpu family"), field("model\t")) {
        (Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_without_a_speaking_name_is_told_by_its_model() {
        let info = "cpu family\t: 6\nmodel\t\t: 167\nmodel name\t: Example CPU\n";
        assert_eq!(processor(info), "Example CPU (family 6, model 167)");
        assert_eq!(processor(""), "unknown processor");
    }
}
