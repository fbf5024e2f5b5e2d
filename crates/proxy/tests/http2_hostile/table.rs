//! All cases, by what they attack.

mod beginnings;
mod blocks;
mod bodies;
mod floods;
mod frames;
mod heads;

use super::case::Case;

pub(crate) fn every_case() -> Vec<Case> {
    [
        beginnings::cases(),
        frames::cases(),
        blocks::cases(),
        heads::cases(),
        bodies::cases(),
        floods::cases(),
    ]
    .concat()
}
