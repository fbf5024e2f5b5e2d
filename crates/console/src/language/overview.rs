//! The first page.

use super::texts;

texts! {
    /// See the module.
    Overview {
        title: "Overview", "總覽", "总览";
        newest: "Newest load balancers", "最新的負載平衡器", "最新的负载均衡器";
        all: "All load balancers", "所有負載平衡器", "所有负载均衡器";
        busiest: "Load balancer {}", "負載平衡器 {}", "负载均衡器 {}";
        expiring: "To be replaced: {} of your certificates, expired or soon to expire.", "您有 {} 張憑證即將到期或已到期。", "您有 {} 张证书即将过期或已过期。";
        troubled: "To be looked at: {} of the newest load balancers, in error or without enough healthy servers.", "最新的負載平衡器中有 {} 個需要查看：發生錯誤，或健康的伺服器不足。", "最新的负载均衡器中有 {} 个需要查看：出现错误，或健康的服务器不足。";
        see: "Have a look", "前往查看", "前往查看";
        welcome: "Welcome", "歡迎", "欢迎";
        step_create: "Create a load balancer: a name, a port, a method. It gets a virtual IP of its own.", "建立負載平衡器：名稱、連接埠與分配方式。它會取得專屬的虛擬 IP。", "创建负载均衡器：名称、端口和均衡方式。它会获得专属的虚拟 IP。";
        step_servers: "Add servers by private IP and port. Traffic flows as soon as the first is healthy.", "以私有 IP 與連接埠新增伺服器；第一台健康後流量即開始傳送。", "用私有 IP 和端口添加服务器；第一台健康后流量即开始传送。";
        step_certificate: "Bring a certificate and add an HTTPS listener.", "上傳憑證並新增 HTTPS 監聽器。", "上传证书并添加 HTTPS 监听器。";
    }
}
