//! A request that was made before under the same key: its lines are answered as they were then, and not judged again.
//!
//! What allowed a line may be gone since: the month is full, an officer's key revoked, the channel suspended. That changes
//! nothing of what is recorded, so a repetition must not say otherwise.

use std::fmt;

use protocol::{id::Hash, origin::Position};
use texts::say;

use super::line::Group;
use crate::{
    db::Db,
    fault::{Code, Fault},
};

/// The key under which a caller may repeat a request, and what was asked.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// The key, as the caller chose it.
    pub(super) name: String,
    /// Digest of the request.
    pub(super) digest: Hash,
}

impl Key {
    /// Under which the lines of a group that are recorded are kept: a request's key holds for each group by itself.
    pub(super) fn of_placed(&self, (channel, lane): Group) -> String {
        format!("{channel}/{lane}/{}", self.name)
    }

    /// The same for those that wait.
    pub(super) fn of_waiting(&self, group: Group) -> String {
        format!("{}/aside", self.of_placed(group))
    }
}

/// What became of a group's lines when the request was made.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// Those that were recorded: which lines, and where.
    pub(super) placed: Option<BeforePlaced>,
    /// Those that were taken and wait.
    pub(super) waiting: Option<Numbers>,
}

/// The lines of a group that were recorded when the request was made.
#[derive(Debug)]
pub(super) struct BeforePlaced {
    /// The place of the first.
    pub(super) first: Position,
    /// Which lines.
    pub(super) lines: Numbers,
}

/// Numbers of lines in a request, from 0, ascending. What is kept of a request is as short as its lines are alike.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Numbers(Vec<(usize, usize)>);

impl Before {
    /// What the node keeps of an earlier request under this key, if there was one.
    ///
    /// # Errors
    /// [`Code::Conflict`] if that request was another.
    pub(super) fn of(db: &Db, group: Group, key: &Key) -> Result<Self, Fault> {
        let reader = db.reader()?;
        let kept = |name: String| match reader.submit_result(&name)? {
            Some(kept) if kept.digest != key.digest => Err(conflict()),
            Some(kept) => Ok(Some(String::from_utf8_lossy(&kept.answer).into_owned())),
            None => Ok(None),
        };
        let unreadable = || Fault::new(Code::Internal, say!("kept-answer-unreadable"));
        let placed = kept(key.of_placed(group))?.map(|kept| read_placed(&kept).ok_or_else(unreadable)).transpose()?;
        let waiting = kept(key.of_waiting(group))?.map(|kept| Numbers::read(&kept).ok_or_else(unreadable));
        Ok(Self { placed, waiting: waiting.transpose()? })
    }

    /// The place of a line among those that were recorded.
    pub(super) fn place(&self, number: usize) -> Option<u64> {
        self.placed.as_ref()?.lines.place(number)
    }

    /// Whether a line was taken and waits, or has been released since.
    pub(super) fn waits(&self, number: usize) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.place(number).is_some())
    }
}

impl Numbers {
    /// Adds a number greater than all before.
    pub(super) fn push(&mut self, number: usize) {
        match self.0.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => self.0.push((number, number)),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| (last - first) as u64 + 1).sum()
    }

    /// The place of a number among them.
    fn place(&self, number: usize) -> Option<u64> {
        let mut before = 0;
        for (first, last) in &self.0 {
            if (*first..=*last).contains(&number) {
                return Some(before + (number - first) as u64);
            }
            before += (last - first) as u64 + 1;
        }
        None
    }

    fn read(text: &str) -> Option<Self> {
        let range = |range: &str| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some((first.parse().ok()?, last.parse().ok()?)).filter(|(first, last)| first <= last)
        };
        text.split(',').filter(|range| !range.is_empty()).map(range).collect::<Option<_>>().map(Self)
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            match first == last {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

/// What became of the only line of a request under a key, whatever it said: where it was recorded, or that it was taken and waits.
pub(super) fn taken(db: &Db, group: Group, name: &str) -> Result<Option<Option<Position>>, Fault> {
    let key = Key { name: name.to_owned(), digest: Hash::default() };
    let reader = db.reader()?;
    if let Some(kept) = reader.submit_result(&key.of_placed(group))? {
        let placed = read_placed(&String::from_utf8_lossy(&kept.answer));
        return Ok(placed.map(|placed| Some(placed.first)));
    }
    Ok(reader.submit_result(&key.of_waiting(group))?.map(|_| None))
}

/// What is kept of a group's recorded lines.
pub(super) fn placed(Position { origin, index }: Position, lines: &Numbers) -> Vec<u8> {
    format!("{origin} {index} {lines}").into_bytes()
}

fn read_placed(kept: &str) -> Option<BeforePlaced> {
    let mut parts = kept.split(' ');
    let (origin, index, lines) = (parts.next()?, parts.next()?, parts.next()?);
    let first = Position { origin: origin.parse().ok()?, index: index.parse().ok()? };
    Some(BeforePlaced { first, lines: Numbers::read(lines)? })
}

/// The key was used for something else.
pub(super) fn conflict() -> Fault {
    let message = say!("key-used-or-in-use");
    Fault::new(Code::Conflict, message)
}

/// A line that was refused when the request was made, and would not be now.
pub(super) fn refused_before() -> Fault {
    let message = say!("refused-at-first");
    Fault::new(Code::Conflict, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_as_ranges_and_keep_their_places() {
        let mut numbers = Numbers::default();
        let all = [0, 1, 2, 5, 7, 8];
        all.into_iter().for_each(|number| numbers.push(number));
        assert_eq!(numbers.to_string(), "0-2,5,7-8");
        assert_eq!(Numbers::read("0-2,5,7-8"), Some(numbers.clone()));
        assert_eq!(numbers.count(), 6);
        for number in 0..10 {
            let place = all.iter().position(|known| *known == number);
            assert_eq!(numbers.place(number), place.map(|place| place as u64), "{number}");
        }
        assert_eq!(
            (Numbers::read(""), Numbers::read("2-1"), Numbers::read("x")),
            (Some(Numbers::default()), None, None)
        );
    }
}
