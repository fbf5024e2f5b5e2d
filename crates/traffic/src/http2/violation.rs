//! Ways in which a peer breaks HTTP/2 or asks too much of us, and how it is told. It must name each
//! by a word that a metric can carry.

/// Error codes of RFC 9113 §7 that we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ErrorCode {
    NoError = 0x0,
    ProtocolError = 0x1,
    InternalError = 0x2,
    FrameSizeError = 0x6,
    RefusedStream = 0x7,
    Cancel = 0x8,
    EnhanceYourCalm = 0xb,
}

/// Why a whole connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// It does not begin as RFC 9113 §3.4 demands.
    Preface,
    /// The first frame is not SETTINGS.
    FirstFrame,
    /// A frame is larger than we said that we take.
    FrameSize,
    /// Something else came between the frames of a header block (RFC 9113 §6.10).
    BrokenBlock,
    /// A header block of too many frames.
    ContinuationFlood,
    /// A header block of too many bytes.
    BlockTooLarge,
    /// A header block that does not come to its end.
    BlockTimeout,
    SettingsFlood,
    PingFlood,
    PriorityFlood,
    WindowUpdateFlood,
    EmptyDataFlood,
    /// More streams reset, by either side, than work done (CVE-2023-44487, CVE-2025-8671).
    ResetFlood,
    UnknownFrameFlood,
}

impl Violation {
    /// What the GOAWAY says.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Preface | Self::FirstFrame | Self::BrokenBlock => ErrorCode::ProtocolError,
            Self::FrameSize => ErrorCode::FrameSizeError,
            Self::ContinuationFlood
            | Self::BlockTooLarge
            | Self::BlockTimeout
            | Self::SettingsFlood
            | Self::PingFlood
            | Self::PriorityFlood
            | Self::WindowUpdateFlood
            | Self::EmptyDataFlood
            | Self::ResetFlood
            | Self::UnknownFrameFlood => ErrorCode::EnhanceYourCalm,
        }
    }

    /// Its name in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Preface => "http2_preface",
            Self::FirstFrame => "http2_first_frame",
            Self::FrameSize => "http2_frame_size",
            Self::BrokenBlock => "http2_broken_block",
            Self::ContinuationFlood => "http2_continuation_flood",
            Self::BlockTooLarge => "http2_block_too_large",
            Self::BlockTimeout => "http2_block_timeout",
            Self::SettingsFlood => "http2_settings_flood",
            Self::PingFlood => "http2_ping_flood",
            Self::PriorityFlood => "http2_priority_flood",
            Self::WindowUpdateFlood => "http2_window_update_flood",
            Self::EmptyDataFlood => "http2_empty_data_flood",
            Self::ResetFlood => "http2_reset_flood",
            Self::UnknownFrameFlood => "http2_unknown_frame_flood",
        }
    }
}
