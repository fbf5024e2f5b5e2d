//! Networks, activity, history, operator.

use super::texts;

texts! {
    /// See the module.
    Places {
        networks_title: "Networks", "虛擬網路", "虚拟网络";
        networks_lead: "Where virtual IPs come from. Load balancers and scaling groups work together within one network.", "虛擬 IP 的來源。負載平衡器與擴展群組在同一網路中協作。", "虚拟 IP 的来源。负载均衡器和伸缩组在同一网络中协作。";
        networks_empty: "No network", "沒有虛擬網路", "没有虚拟网络";
        networks_empty_text: "The operator makes networks: ranges of addresses that load balancers get their virtual IPs from.", "虛擬網路由營運者建立：負載平衡器從這些位址範圍取得虛擬 IP。", "虚拟网络由运维者创建：负载均衡器从这些地址范围获得虚拟 IP。";
        network: "Network", "虛擬網路", "虚拟网络";
        kind: "Kind", "類型", "类型";
        vpc: "VPC: a range of its own", "VPC：獨立範圍", "专有网络：独立范围";
        classic: "Classic: a shared range", "傳統：共用範圍", "经典网络：共享范围";
        host: "Host: addresses of the machine", "主機：本機位址", "主机：本机地址";
        addresses: "Addresses", "位址", "地址";
        cidr: "Range (CIDR)", "範圍 (CIDR)", "范围 (CIDR)";
        cidr_help: "VPC and classic, such as 10.20.0.0/24. Fixed at creation.", "用於 VPC 與傳統，例如 10.20.0.0/24。建立後無法變更。", "用于专有和经典网络，例如 10.20.0.0/24。创建后无法更改。";
        addresses_help: "Host: one a line; all that others can reach if empty.", "主機：每行一個；留空則為所有可連線位址。", "主机：每行一个；留空则为所有可访问地址。";
        region: "Region", "區域", "地域";
        only_for: "Only for project", "僅供計畫", "仅供项目";
        every_project: "every project", "所有計畫", "所有项目";
        only_for_help: "Empty: every project may use it.", "留空：所有計畫皆可使用。", "留空：所有项目都可使用。";
        create_network: "Create a network", "建立虛擬網路", "创建虚拟网络";
        edit_network: "Edit network {}", "編輯虛擬網路 {}", "编辑虚拟网络 {}";
        delete_network: "The delete is refused while load balancers or scaling groups are in it.", "若仍有負載平衡器或擴展群組，則拒絕刪除。", "如果其中还有负载均衡器或伸缩组，则拒绝删除。";
        fixed: "Fixed at creation", "建立時固定", "创建时固定";
        activity_title: "Activity", "活動", "活动";
        activity_lead: "What the project's scaling groups did or did not do, newest first: cause, numbers, result.", "計畫中擴展群組執行或未執行的事，由新到舊：原因、數據、結果。", "项目中伸缩组做了或没做的事，由新到旧：原因、数据、结果。";
        cause: "Cause", "原因", "原因";
        result: "Result", "結果", "结果";
        any: "any", "全部", "全部";
        filter: "Filter", "篩選", "筛选";
        nothing_here: "Nothing of that kind", "沒有此類項目", "没有此类内容";
        history_title: "History", "歷史紀錄", "历史记录";
        history_lead: "Who did what, from where, newest first. Entries are never changed.", "誰在何處做了什麼，由新到舊。紀錄不會被更改。", "谁在哪里做了什么，由新到旧。记录不会被更改。";
        history_empty: "Nothing was done yet", "尚無紀錄", "还没有记录";
        history_empty_text: "Every change and every login is listed here, with who made it and the revision that it made.", "所有變更與登入都會列在此處，包括操作者與產生的版本。", "所有更改和登录都会列在这里，包括操作者和产生的版本。";
        who: "Who", "操作者", "操作者";
        source: "From", "來源", "来源";
        revision: "Revision", "版本", "版本";
        login: "logged in", "登入", "登录";
        failed_login: "failed to log in", "登入失敗", "登录失败";
        changed: "changed something", "變更", "更改";
        and_more: "and {} more", "以及其他 {} 項", "以及其他 {} 项";
        anothers: "another's", "他人的項目", "他人的内容";
        operator_title: "Operator", "營運管理", "运维管理";
        operator_lead: "How the deployment is run: what serves traffic, projects, users.", "部署狀態：流量處理、計畫與使用者。", "部署状态：流量处理、项目和用户。";
        proxies: "Proxies", "代理程式", "代理进程";
        proxies_lead: "They serve the traffic. Each runs the newest revision within moments.", "負責處理流量，並在瞬間採用最新版本。", "负责处理流量，并在瞬间采用最新版本。";
        proxies_none: "No proxy is connected: nothing serves traffic that was changed since. Elbow starts one again by itself; its log says why it cannot.", "沒有已連線的代理程式：變更尚未生效。Elbow 會自動重新啟動，原因請見日誌。", "没有已连接的代理进程：更改尚未生效。Elbow 会自动重新启动，原因请见日志。";
        proxy: "Proxy", "代理程式", "代理进程";
        version: "Version", "版本", "版本";
        connected_since: "Connected since", "連線時間", "连接时间";
        in_force: "Load balancers in force", "生效的負載平衡器", "生效的负载均衡器";
        runs_newest: "Newest revision", "最新版本", "最新版本";
        runs_older: "{} of {}", "{} / {}", "{} / {}";
        ready: "Ready", "就緒", "就绪";
        not_ready: "Not ready", "未就緒", "未就绪";
        deployment: "Deployment", "部署", "部署";
        projects: "Projects", "計畫", "项目";
        project: "Project", "計畫", "项目";
        users: "Users", "使用者", "用户";
        new_project: "Create a project", "建立計畫", "创建项目";
    }
}
