//! `elbow proxy`: the process that carries the traffic, beside the control process of a data directory.

use std::sync::Arc;

use elbow_proxy::run::ProxyConfig;

use crate::args::{Global, ProxyArguments};
use crate::failure::Failure;
use crate::logging;
use crate::proxy_keys::SealedKeys;
use crate::up::DataDir;

/// Runs until a signal or control ends it.
pub(crate) fn run(global: &Global, arguments: &ProxyArguments) -> Result<(), Failure> {
    logging::start(arguments.log_format)?;
    let data_dir = DataDir::open(&global.data_dir)?;
    let mut config = ProxyConfig::new(data_dir.link_socket(), data_dir.proxy_state());
    config.workers = arguments.workers.map(std::num::NonZeroUsize::get);
    config.access_log = arguments.access_log.target();
    config.keys = Arc::new(SealedKeys::new(data_dir.sealing_key()));
    elbow_proxy::run::run(config).map_err(|trouble| Failure::Start {
        what: trouble.to_string(),
        next: format!("elbow status --data-dir {}", data_dir.path().display()),
    })
}
