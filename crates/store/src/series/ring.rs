//! The track of one load balancer: a ring of steps per resolution.

use std::collections::VecDeque;

use super::Resolution;
use super::step::{Packed, Sample, Step};

/// What one load balancer did, at every resolution.
#[derive(Debug, Default)]
pub(super) struct Track {
    rings: [Ring; Resolution::ALL.len()],
}

/// Steps that are over, and the one that is not.
#[derive(Debug, Default)]
struct Ring {
    /// By slot, ascending, with gaps where nothing happened.
    over: VecDeque<Slot>,
    open: Option<(u32, Box<Sample>)>,
}

/// A step with its number: seconds since the epoch by the length of a step. Packed to two bytes: 30 in all.
#[derive(Debug, Clone, Copy)]
struct Slot {
    number: [u16; 2],
    step: Packed,
}

impl Slot {
    fn new(number: u32, sample: &Sample) -> Self {
        let high = u16::try_from(number >> 16).unwrap_or(u16::MAX);
        let low = u16::try_from(number & 0xffff).unwrap_or(u16::MAX);
        Self { number: [high, low], step: sample.into() }
    }

    fn number(&self) -> u32 {
        u32::from(self.number[0]) << 16 | u32::from(self.number[1])
    }
}

impl Track {
    pub(super) fn record(&mut self, second: u32, sample: &Sample) {
        for (ring, resolution) in self.rings.iter_mut().zip(Resolution::ALL) {
            ring.record(resolution, second / resolution.step_s(), sample);
        }
    }

    /// The step of this number; zero if nothing happened then or it is long past.
    pub(super) fn step(&self, resolution: Resolution, number: u32) -> Step {
        let [second, ten_seconds, minute] = &self.rings;
        match resolution {
            Resolution::Second => second.step(number),
            Resolution::TenSeconds => ten_seconds.step(number),
            Resolution::Minute => minute.step(number),
        }
    }
}

impl Ring {
    fn record(&mut self, resolution: Resolution, number: u32, sample: &Sample) {
        match &mut self.open {
            // The clock may step back: what comes then belongs to the newest step.
            Some((open, sum)) if number <= *open => **sum += sample,
            Some((open, sum)) => {
                let over = Slot::new(*open, sum);
                if !sum.is_idle() {
                    self.push(resolution, over);
                }
                self.open = Some((number, Box::new(*sample)));
            }
            None => self.open = Some((number, Box::new(*sample))),
        }
    }

    fn push(&mut self, resolution: Resolution, over: Slot) {
        let oldest = over.number().saturating_sub(resolution.steps() - 1);
        while self.over.front().is_some_and(|slot| slot.number() < oldest) {
            self.over.pop_front();
        }
        if self.over.len() == self.over.capacity() {
            // By an eighth, not by twice: there are many rings.
            self.over.reserve_exact((self.over.len() / 8).max(8));
        }
        self.over.push_back(over);
    }

    fn step(&self, number: u32) -> Step {
        match &self.open {
            Some((open, sum)) if *open == number => Step::from(&Packed::from(&**sum)),
            _ => match self.over.binary_search_by_key(&number, Slot::number) {
                Ok(index) => Step::from(&self.over[index].step),
                Err(_) => Step::default(),
            },
        }
    }
}
