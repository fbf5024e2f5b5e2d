//! The project: quotas, members, API keys.

use super::texts;

texts! {
    /// See the module.
    Project {
        title: "Project {}", "計畫 {}", "项目 {}";
        lead: "Who works here, what may be used, and the keys of programs.", "成員、可用資源與程式金鑰。", "成员、可用资源和程序密钥。";
        quotas: "Quotas", "配額", "配额";
        quotas_lead: "What is used of what the project may have.", "已使用與可用的資源。", "已使用和可用的资源。";
        used_of: "{} of {}", "{} / {}", "{} / {}";
        nearly_full: "nearly full", "即將用盡", "即将用尽";
        full: "used up", "已用盡", "已用尽";
        load_balancers: "Load balancers", "負載平衡器", "负载均衡器";
        vips: "Virtual IPs", "虛擬 IP", "虚拟 IP";
        listeners: "Listeners", "監聽器", "监听器";
        pools: "Server groups", "伺服器群組", "服务器组";
        members: "Servers", "伺服器", "服务器";
        certificates: "Certificates", "憑證", "证书";
        scaling_groups: "Scaling groups", "擴展群組", "伸缩组";
        instances: "Instances", "執行個體", "实例";
        people: "Members", "成員", "成员";
        people_lead: "A tenant admin manages everything of the project; a tenant user his own things; a viewer changes nothing.", "租戶管理員可管理計畫的所有項目；租戶使用者僅管理自己的項目；檢視者不能變更。", "租户管理员可管理项目的所有内容；租户用户只管理自己的内容；查看者不能更改。";
        people_empty: "Nobody is a member of this project yet. The operator works here without being one.", "此計畫尚無成員。營運者無需成為成員即可操作。", "此项目还没有成员。运维者无需成为成员即可操作。";
        user: "User", "使用者", "用户";
        role: "Role", "角色", "角色";
        operator: "Operator", "營運者", "运维者";
        tenant_admin: "Tenant admin", "租戶管理員", "租户管理员";
        tenant_user: "Tenant user", "租戶使用者", "租户用户";
        viewer: "Viewer", "檢視者", "查看者";
        no_role: "none here", "無", "无";
        add_person: "Add a member", "新增成員", "添加成员";
        add_person_help: "By name. Somebody who is a member gets the role that is chosen here.", "以名稱指定。若已是成員，將改為此角色。", "按名称指定。如已是成员，将改为此角色。";
        change_role: "Change the role", "變更角色", "更改角色";
        remove_person: "Remove {} from the project?", "要將 {} 移出計畫嗎？", "要将 {} 移出项目吗？";
        remove_consequences: "What the user owns here must be handed over or deleted.", "使用者擁有的項目須轉交或刪除。", "用户拥有的内容须转交或删除。";
        hand_over: "Hand over to", "轉交給", "转交给";
        hand_over_help: "A member of the project; certificates are deleted, for they are never another's.", "計畫的成員；憑證會被刪除，因其不可轉交。", "项目的成员；证书会被删除，因为不可转交。";
        force: "Delete what the user owns", "刪除使用者擁有的項目", "删除用户拥有的内容";
        new_user: "Create a user", "建立使用者", "创建用户";
        new_user_lead: "Somebody who can log in, with a role in this project.", "可登入的使用者，並在此計畫中具有角色。", "可登录的用户，并在此项目中有角色。";
        password: "Password", "密碼", "密码";
        password_help: "At least 12 characters. Hand it over in person; it can be changed by its user.", "至少 12 個字元。請當面交付，使用者可自行變更。", "至少 12 个字符。请当面交付，用户可自行更改。";
        user_name_help: "Unique in the deployment.", "在部署中不可重複。", "在部署中不可重复。";
        keys: "My API keys", "我的 API 金鑰", "我的 API 密钥";
        keys_lead: "For programs: each works in this project, and never may more than you.", "供程式使用：僅限此計畫，權限不超過您。", "供程序使用：仅限此项目，权限不超过您。";
        keys_empty: "No API key yet. A program shows one instead of logging in: Authorization: Bearer <key>.", "尚無 API 金鑰。程式以金鑰代替登入:Authorization: Bearer <key>。", "还没有 API 密钥。程序用密钥代替登录:Authorization: Bearer <key>。";
        key: "Key", "金鑰", "密钥";
        access: "Access", "存取權", "访问权限";
        read_write: "reads and changes", "讀取與變更", "读取和更改";
        read_only: "only reads", "僅讀取", "只读";
        expires: "Expires", "到期", "到期";
        expires_help: "90 days from now if empty; such as 2027-01-31T00:00:00Z.", "留空為 90 天後；例如 2027-01-31T00:00:00Z。", "留空为 90 天后；例如 2027-01-31T00:00:00Z。";
        last_used: "Last used", "上次使用", "上次使用";
        never_used: "not yet", "尚未使用", "尚未使用";
        new_key: "Create an API key", "建立 API 金鑰", "创建 API 密钥";
        my_role: "my own role", "我的角色", "我的角色";
        key_made: "Copy the key now", "請立即複製金鑰", "请立即复制密钥";
        key_made_lead: "It is shown once, and cannot be read again.", "僅顯示一次，之後無法再查看。", "只显示一次，之后无法再查看。";
        key_done: "I have copied it", "我已複製", "我已复制";
        key_delete: "Programs that use it are refused from now on.", "使用此金鑰的程式將立即被拒絕。", "使用此密钥的程序将立即被拒绝。";
        drivers: "May launch instances as", "可使用的驅動程式", "可使用的驱动程序";
        description: "Description", "描述", "描述";
        name: "Name", "名稱", "名称";
        created_at: "Created", "建立時間", "创建时间";
        disabled: "cannot log in", "無法登入", "无法登录";
    }
}
