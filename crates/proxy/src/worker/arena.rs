//! Places for connections with generation tags, so that an event or timer of a connection that
//! is gone never reaches the one that took its place. It must allocate only to grow.

/// Names one occupant of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

/// What a token stands for; together with a [`Key`] it fits the kernel's 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Client,
    Upstream,
    Listener,
    Wake,
}

/// Generations count to here and start again.
const GENERATIONS: u32 = 1 << 30;

impl Key {
    /// No occupant ever has it.
    pub(crate) const NONE: Self = Self { index: u32::MAX, generation: u32::MAX };

    /// The token of this occupant.
    pub(crate) fn token(self, kind: Kind) -> u64 {
        (kind as u64) << 62 | u64::from(self.generation % GENERATIONS) << 32 | u64::from(self.index)
    }

    /// What a token was made of.
    pub(crate) fn from_token(token: u64) -> (Kind, Self) {
        let kind = match token >> 62 {
            0 => Kind::Client,
            1 => Kind::Upstream,
            2 => Kind::Listener,
            _ => Kind::Wake,
        };
        let generation = u32::try_from(token >> 32 & u64::from(GENERATIONS - 1)).unwrap_or(0);
        let index = u32::try_from(token & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        (kind, Self { index, generation })
    }
}

/// A growing set of places.
#[derive(Debug)]
pub(crate) struct Arena<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Arena<T> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    /// Takes a place, preferring the one that was left last.
    pub(crate) fn insert(&mut self, value: T) -> Key {
        self.insert_with(|_| value)
    }

    /// The same for a value that has to know its key.
    pub(crate) fn insert_with(&mut self, make: impl FnOnce(Key) -> T) -> Key {
        if let Some(index) = self.free.pop()
            && let Some(place) = self.places.get_mut(index as usize)
        {
            let key = Key { index, generation: place.generation };
            place.value = Some(make(key));
            return key;
        }
        let index = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let key = Key { index, generation: 0 };
        self.places.push(Place { generation: 0, value: Some(make(key)) });
        key
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let place = self.places.get(key.index as usize)?;
        place.value.as_ref().filter(|_| place.generation == key.generation)
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let place = self.places.get_mut(key.index as usize)?;
        if place.generation == key.generation { place.value.as_mut() } else { None }
    }

    /// Makes another value of the one at a place.
    pub(crate) fn change(&mut self, key: Key, change: impl FnOnce(T) -> T) {
        if let Some(place) = self.places.get_mut(key.index as usize)
            && place.generation == key.generation
        {
            place.value = place.value.take().map(change);
        }
    }

    /// Leaves a place; the key is void from here on.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let place = self.places.get_mut(key.index as usize)?;
        if place.generation != key.generation {
            return None;
        }
        let value = place.value.take()?;
        place.generation = (place.generation + 1) % GENERATIONS;
        self.free.push(key.index);
        Some(value)
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Every occupant, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        (0_u32..).zip(&self.places).filter_map(|(index, place)| {
            let key = Key { index, generation: place.generation };
            place.value.as_ref().map(|value| (key, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_past_occupant_finds_nothing() {
        let mut arena = Arena::new();
        let first = arena.insert(1);
        assert_eq!(arena.remove(first), Some(1));
        let second = arena.insert(2);
        assert_eq!((arena.get(first), arena.get(second)), (None, Some(&2)));
        assert_eq!(arena.remove(first), None);
    }

    #[test]
    fn tokens_keep_kind_and_key() {
        for kind in [Kind::Client, Kind::Upstream, Kind::Listener, Kind::Wake] {
            let key = Key { index: 77, generation: 12_345 };
            assert_eq!(Key::from_token(key.token(kind)), (kind, key));
        }
    }
}
