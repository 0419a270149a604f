//! Random steps on the store and on a map beside it: both always agree.

use std::collections::BTreeMap;

use mithaq_store::CommitError;
use proptest::prelude::*;
use protocol::{
    batch::NO_SECRET,
    commit::{Commit, Period},
    origin::{Lane, Origin, Position},
};

use crate::support::*;

#[derive(Clone, Debug)]
enum Step {
    /// Appends records of these months to a log; the flag makes the step assume a wrong size.
    Append {
        urgent: bool,
        months: Vec<u8>,
        stale: bool,
    },
    /// Erases an entry, counted from the log's start modulo its size.
    Erase {
        urgent: bool,
        entry: u64,
    },
    DestroyPeriod {
        month: u8,
    },
    Reopen,
    Scrub,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), prop::collection::vec(1..4_u8, 1..5), prop::bool::weighted(0.2))
            .prop_map(|(urgent, months, stale)| Step::Append { urgent, months, stale }),
        3 => (any::<bool>(), any::<u64>()).prop_map(|(urgent, entry)| Step::Erase { urgent, entry }),
        1 => (1..4_u8).prop_map(|month| Step::DestroyPeriod { month }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Scrub),
    ]
}

/// What the store must hold: for each log its records' periods and secrets.
type Model = BTreeMap<Origin, Vec<(Period, [u8; 32])>>;

fn apply(world: &mut World, model: &mut Model, destroyed: &mut Vec<Period>, step: Step) {
    let log = |urgent| LOG.in_lane(if urgent { Lane::Urgent } else { Lane::Main });
    match step {
        Step::Append { urgent, months, stale } => {
            let records = model.entry(log(urgent)).or_default();
            let size = records.len() as u64;
            let periods: Vec<_> = months.iter().map(|month| Period::month(2027, *month)).collect();
            let new = batch(log(urgent), if stale { size + 1 } else { size }, &periods, 50);
            let result = world.commit(&append(new.clone()));
            if stale {
                assert!(matches!(result, Err(CommitError::HeadMoved { found, .. }) if found == size));
            } else {
                result.unwrap();
                records.extend(periods.into_iter().zip(new.keyring.iter().copied()));
            }
        }
        Step::Erase { urgent, entry } => {
            let Some(records) = model.get_mut(&log(urgent)).filter(|records| !records.is_empty()) else { return };
            let index = entry % records.len() as u64;
            records[index as usize].1 = NO_SECRET;
            let mut commit = Commit::new(CHANNEL);
            commit.erase.push(Position { origin: log(urgent), index });
            world.commit(&commit).unwrap();
        }
        Step::DestroyPeriod { month } => {
            destroyed.push(Period::month(2027, month));
            world.store().keys().destroy_period(CHANNEL, Period::month(2027, month)).unwrap();
        }
        Step::Reopen => world.reopen(),
        Step::Scrub => drop(world.store().scrub().unwrap()),
    }
}

fn assert_agrees(world: &World, model: &Model, destroyed: &[Period]) {
    let reader = world.reader();
    for (origin, records) in model {
        let size = records.len() as u64;
        assert_eq!(reader.head(origin).unwrap().map_or(0, |head| head.size), size);
        let batches = reader.batches_from(origin, 0, usize::MAX, usize::MAX).unwrap();
        let found =
            batches.iter().flat_map(|stored| stored.periods.iter().copied().zip(stored.keyring.iter().copied()));
        let expected = records
            .iter()
            .map(|(period, secret)| (*period, if destroyed.contains(period) { NO_SECRET } else { *secret }));
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert_eq!(reader.commitments(origin, size).unwrap().len() as u64, size);
        for stored in &batches {
            assert_eq!(
                reader.note_at(origin, stored.batch.size()).unwrap().as_deref(),
                Some(stored.batch.note.as_str())
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    // spec: REST-1, REST-2
    #[test]
    fn the_store_agrees_with_a_map(steps in prop::collection::vec(step(), 1..25)) {
        let (mut world, mut model, mut destroyed) = (World::new(), Model::new(), Vec::new());
        for step in steps {
            apply(&mut world, &mut model, &mut destroyed, step);
        }
        assert_agrees(&world, &model, &destroyed);
        world.reopen();
        assert_agrees(&world, &model, &destroyed);
    }
}
