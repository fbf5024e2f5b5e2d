//! What surrounds every page: navigation, sign-in, preferences, errors, and what components say.

use super::texts;

texts! {
    /// See the module.
    Frame {
        console: "Elbow console", "Elbow 主控台", "Elbow 控制台";
        skip: "Skip to content", "跳至主要內容", "跳到主要内容";
        navigation: "Main navigation", "主選單", "主导航";
        menu: "Menu", "選單", "菜单";
        overview: "Overview", "總覽", "总览";
        load_balancers: "Load Balancing", "負載平衡", "负载均衡";
        certificates: "SSL Certificate", "SSL 憑證", "SSL 证书";
        scaling_groups: "Auto Scaling", "自動擴展", "弹性伸缩";
        networks: "Networks", "虛擬網路", "虚拟网络";
        activity: "Activity", "活動", "活动";
        history: "History", "歷史紀錄", "历史记录";
        project: "Project", "計畫", "项目";
        operator: "Operator", "營運管理", "运维管理";
        choose_project: "Switch project", "切換計畫", "切换项目";
        account: "Account", "帳號", "账号";
        preferences: "Language and theme", "語言與佈景主題", "语言与主题";
        tools: "Account and preferences", "帳號與偏好設定", "账号与偏好设置";
        language: "Language", "語言", "语言";
        theme: "Theme", "佈景主題", "主题";
        theme_auto: "As the system", "依系統設定", "跟随系统";
        theme_light: "Light", "淺色", "浅色";
        theme_dark: "Dark", "深色", "深色";
        log_in: "Log in", "登入", "登录";
        log_out: "Log out", "登出", "退出登录";
        user_name: "User name", "使用者名稱", "用户名";
        password: "Password", "密碼", "密码";
        log_in_at_provider: "Log in with {}", "以 {} 登入", "使用 {} 登录";
        log_in_help: "The first start of Elbow printed the password of the user admin. It is also the one in ELBOW_ADMIN_PASSWORD, if that was set.", "Elbow 首次啟動時會顯示使用者 admin 的密碼；若已設定 ELBOW_ADMIN_PASSWORD，密碼即為該值。", "Elbow 首次启动时会显示用户 admin 的密码；如果设置了 ELBOW_ADMIN_PASSWORD，密码即为该值。";
        logged_out: "You are logged out.", "您已登出。", "您已退出登录。";
        session_over: "Log in to go on.", "請登入以繼續。", "请登录以继续。";
        tagline: "Load balancing and auto scaling that you own", "由您掌握的負載平衡與自動擴展服務", "由您掌控的负载均衡与弹性伸缩服务";
        not_found: "Not found", "找不到", "未找到";
        not_found_help: "It may have been deleted, or it belongs to another project.", "可能已刪除，或屬於其他計畫。", "可能已被删除，或属于其他项目。";
        not_allowed: "Not allowed", "沒有權限", "没有权限";
        conflict: "Not possible as things are", "目前狀態下無法執行", "当前状态下无法执行";
        failed: "That did not work", "操作未成功", "操作未成功";
        back_to_start: "Back to the overview", "回到總覽", "返回总览";
        fix_fields: "There is something to correct", "請修正下列項目", "请修正以下内容";
        nothing_changed: "Nothing was changed.", "未作任何變更。", "未做任何更改。";
        optional: "optional", "選填", "可选";
        create: "Create", "建立", "创建";
        edit: "Edit", "編輯", "编辑";
        delete: "Delete", "刪除", "删除";
        add: "Add", "新增", "添加";
        remove: "Remove", "移除", "移除";
        cancel: "Cancel", "取消", "取消";
        ok: "OK", "確定", "确定";
        back: "Back", "上一步", "上一步";
        save: "Save", "儲存", "保存";
        next_review: "Next: Review & Create", "下一步：檢閱 + 建立", "下一步：检查并创建";
        refresh: "Refresh", "重新整理", "刷新";
        search: "Search", "搜尋", "搜索";
        clear_search: "Show all", "顯示全部", "显示全部";
        nothing_found: "Nothing matches “{}”", "沒有符合「{}」的項目", "没有与“{}”匹配的内容";
        next_page: "Next page", "下一頁", "下一页";
        first_page: "First page", "第一頁", "第一页";
        pages: "Pages", "分頁", "分页";
        actions_for: "Actions for {}", "{} 的操作", "{} 的操作";
        copy: "Copy", "複製", "复制";
        copied: "Copied", "已複製", "已复制";
        more: "Details", "詳細資料", "详情";
        equivalents: "Same by command line or API", "以命令列或 API 執行相同操作", "用命令行或 API 执行同样的操作";
        command_line: "Command line", "命令列", "命令行";
        api: "API", "API", "API";
        data_table: "Show as a table", "以表格顯示", "以表格显示";
        time: "Time", "時間", "时间";
        no_data: "No data yet", "尚無資料", "暂无数据";
        yes: "Yes", "是", "是";
        no: "No", "否", "否";
        none: "None", "無", "无";
        created_notice: "{} was created.", "已建立 {}。", "已创建 {}。";
        changed_notice: "{} was saved.", "已儲存 {}。", "已保存 {}。";
        deleted_notice: "{} was deleted.", "已刪除 {}。", "已删除 {}。";
        live: "Live", "即時更新", "实时更新";
        live_lost: "Not live: connection lost, trying again", "連線中斷，重新連線中", "连接中断，正在重连";
        delete_title: "Delete {}?", "要刪除 {} 嗎？", "要删除 {} 吗？";
        cannot_undo: "This cannot be undone.", "此操作無法復原。", "此操作无法撤销。";
    }
}
