//! Forms of scaling groups: create, edit, attach.

use super::texts;

texts! {
    /// See the module.
    ScalingForm {
        create_title: "Create a scaling group", "建立擴展群組", "创建伸缩组";
        edit_title: "Edit {}", "編輯 {}", "编辑 {}";
        review_title: "Review and create", "檢閱並建立", "检查并创建";
        review_lead: "Nothing exists yet. This is what the group will be.", "尚未建立任何項目。群組將如下所示。", "尚未创建任何内容。伸缩组将如下所示。";
        step_configure: "Configure", "設定", "配置";
        step_review: "Review", "檢閱", "检查";
        name_help: "Unique among the project's groups.", "在計畫的群組中不可重複。", "在项目的伸缩组中不可重复。";
        network_help: "Where its instances are; fixed at creation. Load balancers must be in the same one.", "執行個體所在的網路,建立後無法變更。負載平衡器須位於同一網路。", "实例所在的网络,创建后无法更改。负载均衡器须在同一网络。";
        size: "Size", "數量", "数量";
        min: "Min", "下限", "最小";
        max: "Max", "上限", "最大";
        desired: "Desired", "期望數量", "期望数量";
        desired_help: "Min if empty.", "留空則為下限。", "留空则为最小值。";
        min_help: "0 lets the group rest without instances.", "0 表示可沒有執行個體。", "0 表示可以没有实例。";
        max_help: "The group never grows beyond it.", "群組不會超過此數量。", "伸缩组不会超过此数量。";
        template: "What an instance is", "執行個體的內容", "实例的内容";
        template_lead: "Who starts instances, and what is run. Each edit makes a new version; present instances keep theirs.", "由誰啟動執行個體,以及執行什麼。每次編輯都會產生新版本,現有執行個體維持原版本。", "由谁启动实例,以及运行什么。每次编辑都会产生新版本,现有实例保持原版本。";
        driver: "Driver", "驅動程式", "驱动程序";
        process: "Process", "行程", "进程";
        process_help: "A program on this machine, one per instance.", "在本機執行的程式,每個執行個體一個。", "在本机运行的程序,每个实例一个。";
        container: "Container", "容器", "容器";
        container_help: "A container of Podman or Docker.", "Podman 或 Docker 容器。", "Podman 或 Docker 容器。";
        hook: "Hook", "掛鉤", "钩子";
        hook_help: "Your program or URL starts servers anywhere.", "由您的程式或網址在任何地方啟動伺服器。", "由您的程序或网址在任何地方启动服务器。";
        by_hand: "None", "無", "无";
        by_hand_help: "You add servers yourself.", "由您自行加入伺服器。", "由您自己添加服务器。";
        command: "Command", "命令", "命令";
        command_help: "Program and arguments; no shell reads it. {address}, {port}, {instance} and {group} are filled in.", "程式與參數,不經由 shell。{address}、{port}、{instance} 與 {group} 會自動代入。", "程序和参数,不经过 shell。{address}、{port}、{instance} 和 {group} 会自动填入。";
        image: "Image", "映像檔", "镜像";
        port: "Port", "連接埠", "端口";
        port_help: "Where an instance serves.", "執行個體提供服務的連接埠。", "实例提供服务的端口。";
        url: "URL", "網址", "网址";
        url_help: "It launches, lists and terminates instances. Give this or a command.", "負責啟動、列出與結束執行個體。請填寫網址或命令其一。", "负责启动、列出和结束实例。填写网址或命令之一。";
        env: "Environment", "環境變數", "环境变量";
        env_help: "NAME=VALUE, one a line.", "每行一個 NAME=VALUE。", "每行一个 NAME=VALUE。";
        parameters: "Parameters", "參數", "参数";
        working_dir: "Working directory", "工作目錄", "工作目录";
        more_template: "Limits and more", "限制與其他", "限制及其他";
        memory_mb: "Memory (MiB)", "記憶體 (MiB)", "内存 (MiB)";
        cpu_percent: "CPU (percent of one core)", "CPU(單核百分比)", "CPU(单核百分比)";
        attachments: "Load balancers", "負載平衡器", "负载均衡器";
        attachments_lead: "Instances join the server groups that you choose by themselves, with this weight. Only what is eligible can be chosen.", "執行個體會以此權重自動加入您選擇的伺服器群組。僅能選擇符合條件者。", "实例会以此权重自动加入您选择的服务器组。只能选择符合条件的。";
        choose: "Choose a load balancer", "選擇負載平衡器", "选择负载均衡器";
        load_balancer: "Load balancer and server group", "負載平衡器與伺服器群組", "负载均衡器与服务器组";
        default_of: "{}: default server group", "{}:預設伺服器群組", "{}:默认服务器组";
        virtual_of: "{}: virtual server group {}", "{}:虛擬伺服器群組 {}", "{}:虚拟服务器组 {}";
        not_eligible: "{} (not eligible)", "{}(不符合條件)", "{}(不符合条件)";
        why_not: "Not eligible, and why ({})", "不符合條件的原因({})", "不符合条件的原因({})";
        none_eligible: "No load balancer in this network can be chosen yet. One needs to be active, with a listener and a health check.", "此網路中尚無可選擇的負載平衡器。須為運作中,且具有監聽器與健康檢查。", "此网络中还没有可选的负载均衡器。须为运行中,且有监听器和健康检查。";
        weight: "Weight", "權重", "权重";
        attachment_port: "Port", "連接埠", "端口";
        attachment_port_help: "The template's if empty.", "留空則依範本。", "留空则按模板。";
        add_attachment: "Attach to a load balancer", "關聯負載平衡器", "关联负载均衡器";
        remove_attachment: "Remove attachment {}", "移除關聯 {}", "移除关联 {}";
        present: "Attached", "已關聯", "已关联";
        detach: "Detach", "取消關聯", "解除关联";
        force: "Present instances join and leave at once", "現有執行個體立即加入或離開", "现有实例立即加入或退出";
        force_help: "Otherwise only instances launched from now on join, and those in detached server groups stay there.", "否則僅之後啟動的執行個體會加入,取消關聯的伺服器群組中的執行個體會留下。", "否则只有之后启动的实例会加入,已解除关联的服务器组中的实例会留下。";
        attach_title: "Load balancers of {}", "{} 的負載平衡器", "{} 的负载均衡器";
        health: "Health and leaving", "健康檢查與離開", "健康检查与退出";
        health_check: "An instance is replaced when", "替換執行個體的時機", "何时替换实例";
        by_instance: "its driver says that it ended", "驅動程式回報已結束", "驱动程序报告已结束";
        by_load_balancer: "a load balancer's health check fails, too", "負載平衡器的健康檢查失敗時亦然", "负载均衡器的健康检查失败时也是";
        health_grace_s: "Grace period (s)", "寬限期(秒)", "宽限期(秒)";
        health_grace_help: "So long checks don't count against a new instance.", "新執行個體在此期間內不計檢查失敗。", "新实例在此期间不计检查失败。";
        warm_up_s: "Warm-up (s)", "暖機(秒)", "预热(秒)";
        warm_up_help: "So long a new instance counts only in part as capacity.", "新執行個體在此期間僅計部分容量。", "新实例在此期间只计部分容量。";
        drain_timeout_s: "Drain timeout (s)", "排空逾時(秒)", "排空超时(秒)";
        drain_help: "So long a leaving instance may finish what it has.", "離開的執行個體可在此期間完成工作。", "退出的实例可在此期间完成工作。";
        cooldown_s: "Cooldown (s)", "冷卻(秒)", "冷却(秒)";
        cooldown_help: "So long policies rest after a change.", "變更後政策暫停的時間。", "更改后策略暂停的时间。";
        removal_first: "Scale-in takes", "縮減時移除", "缩容时移除";
        removal_then: "then", "其次", "其次";
        removal_none: "no further rule", "無其他規則", "没有其他规则";
        deletion_protection: "Refuse to delete the group", "拒絕刪除群組", "拒绝删除伸缩组";
        protect_new: "Protect new instances from scale-in", "保護新執行個體不被縮減", "保护新实例不被缩容";
        update_form: "Show what is eligible there", "顯示該網路中符合條件者", "显示该网络中符合条件的";
        nothing_to_do: "Nothing was changed in the form.", "表單內容沒有變更。", "表单内容没有更改。";
    }
}
