//! What lists of things share: the row above them with search and buttons, their table, their pages, a menu per row.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::language::{Texts, fill};
use crate::path;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a> {
    pub(crate) name: &'a str,
    /// `num`, `optional` (left out where there is little room), `menu-head` (read out, not shown).
    pub(crate) class: &'static str,
}

/// A column of text.
pub(crate) fn column(name: &str) -> Column<'_> {
    Column { name, class: "" }
}

/// A column of this kind.
pub(crate) fn column_of<'a>(name: &'a str, class: &'static str) -> Column<'a> {
    Column { name, class }
}

/// A table; rows are `tr` with as many cells. It scrolls by itself where there is too little room.
pub(crate) fn table(caption: &str, columns: &[Column<'_>], rows: &Markup) -> Markup {
    html! {
        div class="scroll" role="group" aria-label=(caption) tabindex="0" {
            table {
                caption class="unseen" { (caption) }
                thead { tr {
                    @for column in columns {
                        th scope="col" class=[(!column.class.is_empty()).then_some(column.class)] {
                            @if column.class == "menu-head" { span class="unseen" { (column.name) } }
                            @else { (column.name) }
                        }
                    }
                } }
                tbody { (rows) }
            }
        }
    }
}

/// Search by keywords: a form of its own, quick with scripts.
pub(crate) fn search(texts: &Texts, path: &str, keywords: &str) -> Markup {
    let frame = &texts.frame;
    html! {
        form class="search" role="search" method="get" action=(path) data-search {
            label class="unseen" for="search" { (frame.search) }
            (icon(Icon::Search))
            input type="search" id="search" name="q" value=(keywords) placeholder=(frame.search) autocomplete="off";
            button class="unseen-until-focus button small" { (frame.search) }
        }
    }
}

/// Reads the page anew.
pub(crate) fn refresh(texts: &Texts, place: &str) -> Markup {
    html! {
        a class="button quiet" href=(place) data-refresh { (icon(Icon::Refresh)) (texts.frame.refresh) }
    }
}

/// The way to more of a list.
pub(crate) fn pages(
    texts: &Texts,
    path: &str,
    keywords: &str,
    cursor: &str,
    next: Option<&str>,
) -> Markup {
    let frame = &texts.frame;
    html! {
        @if next.is_some() || !cursor.is_empty() {
            nav class="pages" aria-label=(frame.pages) {
                @if !cursor.is_empty() {
                    a class="button quiet" href=(path::with_query(path, &[("q", keywords)])) {
                        (icon(Icon::Back)) (frame.first_page)
                    }
                }
                @if let Some(next) = next {
                    a class="button quiet" href=(path::with_query(path, &[("q", keywords), ("cursor", next)])) {
                        (frame.next_page) (icon(Icon::Arrow))
                    }
                }
            }
        }
    }
}

/// A list without items, and what to do about it.
pub(crate) fn empty(sign: Icon, title: &str, text: &str, action: &Markup) -> Markup {
    html! {
        div class="empty" {
            div class="empty-icon" { (icon(sign)) }
            h2 { (title) }
            p { (text) }
            (action)
        }
    }
}

/// A search without results.
pub(crate) fn nothing_found(texts: &Texts, path: &str, keywords: &str) -> Markup {
    let frame = &texts.frame;
    let action = html! { a class="button quiet" href=(path) { (frame.clear_search) } };
    empty(Icon::Search, &fill(frame.nothing_found, &[keywords]), "", &action)
}

/// A menu of one row: opens without scripts, too.
pub(crate) fn row_menu(texts: &Texts, name: &str, items: &Markup) -> Markup {
    let label = fill(texts.frame.actions_for, &[name]);
    html! {
        details class="menu row-menu" {
            summary class="tool" aria-label=(label) title=(label) { (icon(Icon::More)) }
            div class="menu-list" { (items) }
        }
    }
}

/// An item of a menu.
pub(crate) fn menu_link(sign: Icon, text: &str, target: &str) -> Markup {
    html! { a class="menu-item" href=(target) { (icon(sign)) (text) } }
}

/// A button that copies a text; there for who has scripts.
pub(crate) fn copy(texts: &Texts, text: &str) -> Markup {
    let frame = &texts.frame;
    html! {
        button type="button" class="tool copy" hidden data-copy=(text) data-done=(frame.copied)
            aria-label={ (frame.copy) " " (text) } title=(frame.copy) { (icon(Icon::Copy)) }
    }
}
