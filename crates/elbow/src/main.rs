//! The `elbow` program.

fn main() {}
