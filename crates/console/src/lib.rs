//! Web pages for people: one more dialect, over the API. Server-rendered, small, and complete without scripts; scripts
//! make them live.
//!
//! ```text
//!   browser --> guard (headers, problems as pages) --> visitor (cookie) --> page --> layout + components
//!                                                                   |         \--> assets
//!                                                                   \--> the API in process (GET: what is shown,
//!                                                                        POST..: what a form asks for)
//! ```
//!
//! Invariants: the console decides nothing and knows nothing that the API does not say: what is shown comes from the
//! API's answers, a form becomes the request that the page shows as its equivalent, rights and rules are the API's.
//! Whoever only looks changes nothing (GET is safe); what changes something carries a token that other sites can't
//! know. No text of a page is outside [`language`], no script or style within a page.
//!
//! A new page: an answer to read in [`answer`], texts in [`language`], a file in [`pages`] and a line in [`router`].

#![forbid(unsafe_code)]
#![expect(dead_code, reason = "further pages use the rest of the frame")]

mod answer;
mod assets;
mod command_line;
mod components;
mod cookies;
mod csrf;
mod form;
mod guard;
mod language;
mod layout;
mod look;
mod notice;
mod pages;
mod path;
mod request;
mod rights;
mod router;
mod state;
mod uploads;
mod visitor;

pub use router::router;
