//! HTTP dialects that only translate.
