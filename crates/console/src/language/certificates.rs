//! Certificates: list, wizard, details.

use super::texts;

texts! {
    /// See the module.
    Certificates {
        title: "SSL Certificate Management", "SSL 憑證管理", "SSL 证书管理";
        lead: "Certificates for HTTPS listeners. Only you can see and use those that you create.", "供 HTTPS 監聽器使用的憑證。您建立的憑證僅您本人可檢視與使用。", "供 HTTPS 监听器使用的证书。您创建的证书只有您本人可以查看和使用。";
        empty_title: "No certificate yet", "尚無憑證", "还没有证书";
        empty_text: "With a certificate, a load balancer ends TLS for your servers. Bring a PKCS#12 file, or certificate and key in PEM: they are checked before anything is stored, and the key is sealed at once.", "有了憑證，負載平衡器即可代伺服器終止 TLS。請提供 PKCS#12 檔案，或 PEM 格式的憑證與私鑰；儲存前會先檢查，私鑰會立即加密封存。", "有了证书，负载均衡器即可代服务器终止 TLS。请提供 PKCS#12 文件，或 PEM 格式的证书与私钥；存储前会先检查，私钥会立即加密封存。";
        create_first: "Create a certificate", "建立憑證", "创建证书";
        create_title: "Create a certificate", "建立憑證", "创建证书";
        name: "Name", "名稱", "名称";
        name_help: "Letters, digits, “-”, “_” and “.”; unique among your certificates.", "英文字母、數字、「-」、「_」與「.」；在您的憑證中不可重複。", "字母、数字、“-”、“_”和“.”；在您的证书中唯一。";
        description: "Description", "描述", "描述";
        status: "Status", "狀態", "状态";
        names: "For names", "適用名稱", "适用名称";
        valid_until: "Valid until", "有效期限", "有效期至";
        validity: "Validity", "有效期間", "有效期";
        days_left: "{} days left", "剩餘 {} 天", "剩余 {} 天";
        used_by: "Used by", "使用者", "使用者";
        unused: "not used", "未使用", "未使用";
        upload: "Certificate and key", "憑證與私鑰", "证书与私钥";
        format: "Format", "格式", "格式";
        pkcs12: "PKCS#12", "PKCS#12", "PKCS#12";
        pkcs12_help: "One file (.p12, .pfx) with certificate, chain and key", "單一檔案（.p12、.pfx），內含憑證、憑證鏈與私鑰", "单个文件（.p12、.pfx），包含证书、证书链和私钥";
        pem: "PEM", "PEM", "PEM";
        pem_help: "Texts that begin with -----BEGIN", "以 -----BEGIN 開頭的文字", "以 -----BEGIN 开头的文本";
        base64: "Base64 Encode (PKCS#12 format)", "Base64 編碼（PKCS#12 格式）", "Base64 编码（PKCS#12 格式）";
        base64_help: "Paste what `base64 -w0 FILE` prints, or choose the file.", "貼上 `base64 -w0 FILE` 的輸出，或選擇檔案。", "粘贴 `base64 -w0 FILE` 的输出，或选择文件。";
        choose_file: "Choose a file", "選擇檔案", "选择文件";
        passphrase: "Passphrase", "密碼", "密码";
        passphrase_help: "The one that the file was made with.", "建立該檔案時所設定的密碼。", "创建该文件时设置的密码。";
        certificate_pem: "Certificate, then its chain", "憑證，其後為憑證鏈", "证书，其后为证书链";
        key_pem: "Private key", "私鑰", "私钥";
        kept: "What you gave is kept for 10 minutes and never shown. Leave these fields empty to use it.", "您提供的內容會保留 10 分鐘且不會顯示。欄位留空即可沿用。", "您提供的内容会保留 10 分钟且不会显示。字段留空即可沿用。";
        review_lead: "Nothing is stored yet. This is what the certificate says.", "尚未儲存任何內容；以下為憑證內容。", "尚未存储任何内容；以下为证书内容。";
        facts: "What it says", "憑證內容", "证书内容";
        subject: "Subject", "主體", "主体";
        issuer: "Issuer", "簽發者", "签发者";
        serial: "Serial number", "序號", "序列号";
        key_type: "Key", "金鑰", "密钥";
        fingerprint: "Fingerprint (SHA-256)", "指紋（SHA-256）", "指纹（SHA-256）";
        chain: "Chain", "憑證鏈", "证书链";
        created_at: "Created", "建立時間", "创建时间";
        delete_consequences: "Its private key is gone for good.", "其私鑰將永久刪除。", "其私钥将永久删除。";
        still_used: "These listeners refer to it and must be given another certificate first:", "下列監聽器仍在使用，須先改用其他憑證：", "以下监听器仍在使用，需先改用其他证书：";
        rotate_help: "To replace it, create a newer one and choose that on each listener: the next handshake shows it, and no connection ends.", "若要更換，請建立新憑證並於各監聽器選用；下一次交握即生效，連線不會中斷。", "要更换证书，请创建新证书并在各监听器上选用；下一次握手即生效，连接不会中断。";
    }
}
