//! Replays of scaling policies.

use super::texts;

texts! {
    /// See the module.
    Replay {
        short: "Replay", "重播", "回放";
        title: "What would {} have done?", "{} 會怎麼做？", "{} 会怎么做？";
        lead: "Plays policies on the load that the group really had, and sets it beside what happened. It changes nothing.", "以群組實際的負載重播政策，並與實際情況對照。不會變更任何項目。", "用伸缩组实际的负载回放策略，并与实际情况对照。不会更改任何内容。";
        policy: "Policy", "政策", "策略";
        all_followed: "All that are followed", "所有啟用的政策", "所有启用的策略";
        range: "Load of", "負載期間", "负载时间";
        quarter: "the last 15 minutes", "最近 15 分鐘", "最近 15 分钟";
        hour: "the last hour", "最近 1 小時", "最近 1 小时";
        six_hours: "the last 6 hours", "最近 6 小時", "最近 6 小时";
        day: "the last day", "最近 1 天", "最近 1 天";
        launch: "A launch takes (s)", "啟動耗時(秒)", "启动耗时(秒)";
        launch_help: "As recorded if empty.", "留空則依紀錄。", "留空则按记录。";
        capacity: "One instance can carry", "單一執行個體容量", "单个实例容量";
        capacity_help: "By the policy's metric; what the policy says if empty.", "依政策的指標；留空則依政策。", "按策略的指标；留空则按策略。";
        play: "Replay", "重播", "回放";
        try_it: "Replay on the last hour", "以最近 1 小時重播", "用最近 1 小时回放";
        result: "What would have been", "重播結果", "回放结果";
        imagined: "a launch takes {} s, warm-up {} s", "啟動 {} 秒，暖機 {} 秒", "启动 {} 秒，预热 {} 秒";
        measure: "Measure", "項目", "项目";
        replayed: "Replayed", "重播", "回放";
        actual: "Really", "實際", "实际";
        below_capacity: "Seconds below capacity", "容量不足秒數", "容量不足秒数";
        direction_changes: "Changes of direction", "方向變更次數", "方向变更次数";
        instance_hours: "Instance hours", "執行個體時數", "实例小时数";
        span: "Fewest – most instances", "最少–最多執行個體", "最少–最多实例";
        load: "Load: {}", "負載：{}", "负载：{}";
        whole_group: "over the whole group", "整個群組", "整个伸缩组";
        decisions: "Decisions", "決策", "决定";
        no_decisions: "It would have decided nothing: the metric stayed where the policy wants it.", "不會有任何決策：指標維持在政策範圍內。", "不会有任何决定：指标保持在策略范围内。";
        left_out: "{} earlier decisions are not shown.", "未顯示較早的 {} 項決策。", "未显示较早的 {} 项决定。";
    }
}
