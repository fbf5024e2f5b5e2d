//! The first page.

use super::texts;

texts! {
    /// See the module.
    Overview {
        title: "Overview", "總覽", "总览";
        newest: "Newest load balancers", "最新的負載平衡器", "最新的负载均衡器";
        all: "All load balancers", "所有負載平衡器", "所有负载均衡器";
    }
}
