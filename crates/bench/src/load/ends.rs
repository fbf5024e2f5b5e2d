//! The table of open sockets. A key names one socket for ever: an event that was queued before its
//! socket was closed never meets the next one in the same place.

/// Values by index and generation.
pub(super) struct Ends<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

struct Place<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Ends<T> {
    pub(super) fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    /// Keeps a value; the key is made first so that the value can be registered under it.
    pub(super) fn insert(&mut self, value: T) -> u64 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { generation: 0, value: None });
            (self.places.len() - 1) as u32
        });
        let place = &mut self.places[index as usize];
        place.generation = place.generation.wrapping_add(1);
        place.value = Some(value);
        u64::from(place.generation) << 32 | u64::from(index)
    }

    pub(super) fn find(&mut self, key: u64) -> Option<&mut T> {
        let place = self.places.get_mut((key & 0xffff_ffff) as usize)?;
        if u64::from(place.generation) == key >> 32 { place.value.as_mut() } else { None }
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<T> {
        let index = (key & 0xffff_ffff) as u32;
        let place = self.places.get_mut(index as usize)?;
        if u64::from(place.generation) != key >> 32 {
            return None;
        }
        let value = place.value.take()?;
        self.free.push(index);
        Some(value)
    }

    /// Keys of the values that a claim holds for.
    pub(super) fn keys_where(&self, claim: impl Fn(&T) -> bool) -> Vec<u64> {
        let key = |(index, place): (usize, &Place<T>)| {
            let value = place.value.as_ref()?;
            claim(value).then_some(u64::from(place.generation) << 32 | index as u64)
        };
        self.places.iter().enumerate().filter_map(key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_key_does_not_find_the_next_value_in_its_place() {
        let mut ends = Ends::new();
        let first = ends.insert("first");
        assert_eq!(ends.remove(first), Some("first"));
        let second = ends.insert("second");
        assert_eq!(first & 0xffff_ffff, second & 0xffff_ffff, "the place is used again");
        assert_eq!(ends.find(first), None);
        assert_eq!(ends.remove(first), None);
        assert_eq!(ends.find(second), Some(&mut "second"));
        assert_eq!(ends.keys_where(|value| *value == "second"), vec![second]);
    }
}
