//! Load balancers: list, wizard, details.

use super::texts;

texts! {
    /// See the module.
    LoadBalancers {
        title: "Load Balancer Management", "負載平衡管理", "负载均衡管理";
        lead: "Each load balancer has a virtual IP of its own and spreads traffic over your servers.", "每個負載平衡器都有自己的虛擬 IP,並將流量分配到您的伺服器。", "每个负载均衡器都有自己的虚拟 IP,并将流量分配到您的服务器。";
        load_balancer: "Load balancer", "負載平衡器", "负载均衡器";
        empty_title: "No load balancer yet", "尚無負載平衡器", "还没有负载均衡器";
        empty_text: "A load balancer takes requests on one virtual IP and passes them to healthy servers. Creating one takes a name, a port and the addresses of your servers.", "負載平衡器以單一虛擬 IP 接收請求,並轉送至健康的伺服器。只需名稱、連接埠與伺服器位址即可建立。", "负载均衡器在一个虚拟 IP 上接收请求,并转发到健康的服务器。只需名称、端口和服务器地址即可创建。";
        create_first: "Create a load balancer", "建立負載平衡器", "创建负载均衡器";
        name: "Name", "名稱", "名称";
        description: "Description", "描述", "描述";
        status: "Status", "狀態", "状态";
        health: "Health", "健康狀態", "健康状态";
        vip: "Virtual IP", "虛擬 IP", "虚拟 IP";
        listeners: "Listeners", "監聽器", "监听器";
        servers: "Servers", "伺服器", "服务器";
        traffic: "Last 5 minutes", "最近 5 分鐘", "最近 5 分钟";
        actions: "Actions", "操作", "操作";
        healthy_of: "{} of {} healthy", "{} / {} 健康", "{} / {} 健康";
        no_servers: "none", "無", "无";
        requests_told: "{} requests, {} errors in the last 5 minutes", "最近 5 分鐘 {} 個請求,{} 個錯誤", "最近 5 分钟 {} 个请求,{} 个错误";
        requests_short: "{} requests", "{} 個請求", "{} 个请求";
        errors_short: "{} errors", "{} 個錯誤", "{} 个错误";
    }
}
