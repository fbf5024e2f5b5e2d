//! Pages of lists: `?limit=&cursor=`. A cursor says after which item to go on, so that pages neither repeat nor skip
//! what was there all the time, whatever comes and goes meanwhile.

use std::fmt::Write as _;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;
use crate::query::{Parameters, wrong};

/// Items on a page if the caller does not say.
pub const DEFAULT_LIMIT: usize = 100;
/// The most items on a page.
pub const MAX_LIMIT: usize = 500;

/// Which page a caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// The most items.
    pub limit: usize,
    /// The last item that the caller has.
    pub after: Option<Place>,
}

/// The place of an item in its list: by rank, and newest first within a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Lower first; the same for all items of a list that is sorted by age alone.
    pub rank: u32,
    /// The item's id; ids sort by creation time.
    pub id: Uuid,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The `cursor` of the next page; null on the last one.
    pub next: Option<String>,
}

impl Place {
    /// The place of an item in a list that is sorted by age alone.
    pub fn by_age(id: Uuid) -> Self {
        Self { rank: 0, id }
    }

    /// Whether this comes after `other`.
    fn is_after(self, other: Self) -> bool {
        self.rank > other.rank || (self.rank == other.rank && self.id < other.id)
    }

    /// The opaque form.
    fn cursor(self) -> String {
        let mut text = String::with_capacity(41);
        write!(text, "{:x}-{}", self.rank, self.id.simple()).expect("a String takes everything");
        text
    }

    fn parse(cursor: &str) -> Option<Self> {
        let (rank, id) = cursor.split_once('-')?;
        Some(Self { rank: u32::from_str_radix(rank, 16).ok()?, id: Uuid::try_parse(id).ok()? })
    }
}

impl PageRequest {
    /// Reads `limit` and `cursor`.
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let limit = match parameters.text("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => {
                text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(
                    || {
                        wrong(
                            "limit",
                            format!("`{}` is not between 1 and {MAX_LIMIT}", text.escape_debug()),
                        )
                    },
                )?
            }
        };
        let after = match parameters.text("cursor").filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(Place::parse(text).ok_or_else(|| {
                wrong(
                    "cursor",
                    "is not one that was given as `next`; leave it out to start anew".to_owned(),
                )
            })?),
        };
        Ok(Self { limit, after })
    }

    /// The page of these items, which come in the list's order. Only what is on the page is shown.
    pub fn cut<I, T>(
        self,
        items: impl IntoIterator<Item = I>,
        place: impl Fn(&I) -> Place,
        mut show: impl FnMut(I) -> T,
    ) -> Page<T> {
        let is_left = |item: &I| self.after.is_none_or(|after| place(item).is_after(after));
        let mut left = items.into_iter().filter(is_left);
        let mut page = Page { items: Vec::new(), next: None };
        let mut last = None;
        for item in left.by_ref().take(self.limit) {
            last = Some(place(&item));
            page.items.push(show(item));
        }
        if left.next().is_some() {
            page.next = last.map(Place::cursor);
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Place> {
        let place = |rank, n: u128| Place { rank, id: Uuid::from_u128(n) };
        vec![place(0, 9), place(0, 4), place(1, 8), place(2, 7), place(2, 1)]
    }

    #[test]
    fn pages_give_every_item_once_and_in_order() {
        for limit in 1..=6 {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let after = cursor.as_deref().and_then(Place::parse);
                let page = PageRequest { limit, after }.cut(items(), |place| *place, |place| place);
                seen.extend(page.items);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen, items(), "limit {limit}");
        }
    }

    #[test]
    fn a_cursor_stays_good_when_its_item_is_gone() {
        let after = Some(items()[1]);
        let left = items().into_iter().filter(|place| Some(*place) != after);
        let page = PageRequest { limit: 10, after }.cut(left, |place| *place, |place| place);
        assert_eq!(page.items, items()[2..]);
    }
}
