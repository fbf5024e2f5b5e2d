//! A group and a world of imagined drivers, checks and crashes, in virtual time.
