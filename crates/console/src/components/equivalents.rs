//! What a form does, as others would: the same request by command line and by API.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::command_line;
use crate::language::Texts;
use crate::request::Submission;

/// The panel below a form. `command` is the line of the command line, where it has one.
pub(crate) fn equivalents(
    texts: &Texts,
    command: Option<&str>,
    submissions: &[Submission],
) -> Markup {
    let frame = &texts.frame;
    let api: Vec<String> = submissions.iter().map(command_line::curl).collect();
    html! {
        details class="equivalents" id="equivalents" {
            summary { (frame.equivalents) }
            @if let Some(command) = command { (block(texts, frame.command_line, command)) }
            @if !api.is_empty() { (block(texts, frame.api, &api.join("\n\n"))) }
        }
    }
}

fn block(texts: &Texts, title: &str, code: &str) -> Markup {
    let frame = &texts.frame;
    html! {
        div class="code-block" {
            div class="code-head" {
                p class="code-title" { (title) }
                button type="button" class="tool copy" hidden data-copy=(code) data-done=(frame.copied)
                    aria-label={ (frame.copy) ": " (title) } title=(frame.copy) { (icon(Icon::Copy)) }
            }
            pre tabindex="0" role="region" aria-label=(title) { code { (code) } }
        }
    }
}
