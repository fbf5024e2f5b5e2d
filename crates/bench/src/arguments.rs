//! What the command can be told.

use std::path::PathBuf;

use clap::Parser;

/// Measures Elbow beside HAProxy, nginx and Envoy, in one run.
#[derive(Debug, Parser)]
#[command(name = "elbow-bench", version)]
pub(crate) struct Arguments {
    /// Only these workloads, such as w1,w3
    #[arg(long, value_delimiter = ',', value_name = "KEYS")]
    pub(crate) workloads: Vec<String>,
    /// Rounds per workload
    #[arg(long, default_value_t = 5, value_name = "NUMBER")]
    pub(crate) rounds: usize,
    /// Length of a round in milliseconds
    #[arg(long, default_value_t = 2000, value_name = "MS")]
    pub(crate) length_ms: u64,
    /// Only these contenders, such as elbow,nginx
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) contenders: Vec<String>,
    /// Measure the control plane instead of traffic
    #[arg(long)]
    pub(crate) control: bool,
    /// With --control: how many load balancers
    #[arg(long, value_delimiter = ',', default_value = "1,100,1000,10000", value_name = "NUMBERS")]
    pub(crate) sizes: Vec<usize>,
    /// The program to measure
    #[arg(long, default_value = "target/bench/release/elbow", value_name = "PATH")]
    pub(crate) elbow: PathBuf,
    /// An HAProxy built with AWS-LC, as crates/bench/build-haproxy-aws-lc.sh builds it; left out if there is none
    #[arg(long, default_value = "target/bench/haproxy-aws-lc", value_name = "PATH")]
    pub(crate) haproxy_aws_lc: PathBuf,
    /// Where results and Envoy's package are kept
    #[arg(long, default_value = "target/bench", value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Where the picture goes after a run of all workloads with all contenders
    #[arg(long, default_value = "docs/bench.svg", value_name = "PATH")]
    pub(crate) picture: PathBuf,
}
