//! The words of closed sets: statuses and health, as badges show them.

use super::texts;

texts! {
    /// See the module.
    Words {
        pending: "Pending", "處理中", "处理中";
        active: "Active", "運作中", "运行中";
        error: "Error", "錯誤", "错误";
        disabled: "Disabled", "已停用", "已停用";
        inactive: "Inactive", "未啟用", "未启用";
        deleting: "Deleting", "刪除中", "删除中";
        online: "Online", "正常", "正常";
        degraded: "Degraded", "降級", "降级";
        offline: "Offline", "離線", "离线";
        unmonitored: "Unmonitored", "未監測", "未监测";
        healthy: "Healthy", "健康", "健康";
        unhealthy: "Unhealthy", "不健康", "不健康";
        unknown: "Unknown", "未知", "未知";
        draining: "Draining", "排空中", "排空中";
        expiring: "Expiring", "即將到期", "即将到期";
        expired: "Expired", "已到期", "已过期";
        in_service: "In service", "服務中", "服务中";
        waiting: "Waiting for a hook", "等待掛鉤", "等待挂钩";
        standby: "Standby", "待命", "备用";
        removing: "Removing", "移除中", "移除中";
        successful: "Successful", "成功", "成功";
        running: "In progress", "進行中", "进行中";
        failed: "Failed", "失敗", "失败";
        not_scaled: "Not scaled", "未擴縮", "未伸缩";
        rejected: "Refused", "已拒絕", "已拒绝";
        cancelled: "Cancelled", "已取消", "已取消";
        skipped: "Not done", "未執行", "未执行";
    }
}
