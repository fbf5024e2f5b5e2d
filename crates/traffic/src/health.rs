//! Whether members get work: checks, what they mean in a row, and what failing traffic adds.
