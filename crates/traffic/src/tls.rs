//! What is read of TLS without speaking it: enough of a client's first message to know where its
//! connection goes. It must not hold keys, and never change a byte.

pub mod clear_text;
pub mod client_hello;
pub mod names;
pub mod subject;
