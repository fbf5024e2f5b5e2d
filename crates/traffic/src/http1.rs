//! HTTP/1.1 and 1.0 as values: strict parsers and one canonical writer per kind of head, body
//! framing both ways. Nothing here reads or writes a socket, keeps a clock or logs.
//!
//! ```text
//! bytes -> request/response (strict) -> framing -> body -> body frame -> bytes
//!                    |                                        ^
//!                    +----> write_request/write_response -----+
//! ```
//!
//! What is ambiguous is refused, never repaired: a request with 4xx, a response with 502.

pub mod body;
pub mod chunked;
pub mod error_page;
pub mod field;
pub mod forwarding;
pub mod framing;
pub mod grammar;
pub mod refusal;
pub mod request;
pub mod response;
mod tokens;
pub mod write_request;
pub mod write_response;

pub use body::{BodyReader, BodyWriter, Progress};
pub use framing::BodyLength;
pub use refusal::{BadResponse, Refusal};
pub use request::RequestHead;
pub use response::ResponseHead;

#[cfg(test)]
mod tests;
