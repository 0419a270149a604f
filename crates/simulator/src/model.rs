//! What must hold when all is quiet, whatever went wrong before: the promises of the protocol to its callers.

use std::collections::BTreeMap;

use desks::thread;
use protocol::{
    attachment::open_chunk,
    batch::NO_SECRET,
    channel::Channel,
    commit::MarkState,
    header::Header,
    id::Hash,
    origin::{Origin, Position},
    record::{self, Context},
    tlog::{Frontier, open_receipt},
};

use crate::{
    node::{
        Node, REFUSED_PREFIX,
        handed::{Answered, MONTH, persons},
    },
    store::to_place,
    threads::Threads,
    world::{Asked, World},
};

/// What a node holds of one entry.
enum Held {
    Body(Vec<u8>),
    Protocol,
    /// Its secret is gone.
    Gone,
}

/// Whether every log is held by all as its author holds it, except what a restored author lost.
pub fn is_even(world: &World) -> bool {
    let holders = || world.nodes.iter();
    holders().all(|author| {
        holders().all(|holder| {
            let mut logs = author.store.logs().filter(|origin| origin.agency == author.agency());
            logs.all(|origin| holder.store.size(origin) >= author.store.size(origin))
        })
    })
}

/// Whether every attachment is where its record is, except what a restored author lost.
pub fn has_files(world: &World) -> bool {
    world.nodes.iter().all(|node| node.store.incomplete().all(|link| is_lost(world, &link.position)))
}

/// The heads of a channel's logs, to look at.
pub fn heads(channel: &Channel) -> Vec<String> {
    let mut lines = vec![format!("waiting {:?}, frozen {:?}", channel.waiting(), channel.frozen())];
    lines.extend(channel.logs().map(|(origin, log)| {
        let receipts: Vec<u64> = log.receipts().values().copied().collect();
        format!("{} {} receipts {receipts:?}", origin.short(), log.size())
    }));
    lines
}

/// Compares what the nodes hold with what callers were told.
///
/// # Panics
/// A promise was broken.
pub fn check(world: &World) {
    for holder in &world.nodes {
        assert!(holder.kept_in.is_disjoint(&holder.left), "a record left after it had expired");
        let channel = holder.channel().expect("all run");
        assert_eq!(channel.frozen(), None, "nobody lied");
        let first = world.nodes[0].channel().expect("all run");
        assert_eq!(channel.in_force(), first.in_force(), "one version is in force everywhere");
        assert!(
            channel.suspensions().is_empty(),
            "all have resumed, {} does not see it: {:?} {:#?}",
            holder.agency(),
            channel.suspensions(),
            heads(channel)
        );
        for author in world.nodes.iter().filter(|author| author.agency() != holder.agency()) {
            check_logs(world, author, holder);
        }
        check_receipts(world, holder);
        check_audit(world, holder);
    }
    let contents: Vec<_> = world.nodes.iter().map(|node| contents(world, node)).collect();
    for (holder, contents) in world.nodes.iter().zip(&contents) {
        check_contents(world, holder, contents);
    }
    for asked in &world.asked {
        check_asked(world, asked, &contents);
    }
}

/// What a party stated of all threads at a cut, every other that holds the same says too. Returns how many were compared.
///
/// # Panics
/// Two nodes that hold the same entries came to other threads.
pub fn check_statements(world: &World) -> usize {
    let suite = &*world.ceremony.suite;
    let mut compared = 0;
    for holder in &world.nodes {
        let channel = holder.channel().expect("all run");
        let threads = Threads::of(suite, channel, &holder.store);
        for (position, statement) in threads.statements() {
            let held = threads.held(channel, position, statement);
            // A restored author may have stated entries that it lost before they ever left.
            let waits = held == thread::Held::NotYet && world.lost.is_empty();
            assert!(!waits, "{position:?} names entries that nobody holds");
            if held == thread::Held::All {
                let digests = threads.digests(suite, channel, &statement.cut);
                let stated = (statement.threads, statement.hash);
                let found = (u64::try_from(digests.len()).expect("few"), digests.hash(suite));
                assert_eq!(found, stated, "{position:?} is seen otherwise by {}", holder.agency());
                compared += usize::from(holder.agency() != position.origin.agency);
            }
        }
    }
    compared
}

/// Both sides hold the same entries, and the author has the receipts for them.
fn check_logs(world: &World, author: &Node, holder: &Node) {
    let origins = |node: &Node| -> Vec<Origin> {
        node.store.logs().copied().filter(|origin| origin.agency == author.agency()).collect()
    };
    for origin in origins(author).into_iter().chain(origins(holder)) {
        let (written, held) = (author.store.entries(&origin), holder.store.entries(&origin));
        assert!(held.starts_with(&written), "{origin}: the holder has another history");
        let was_lost = world.lost.contains_key(&origin) || !author.store.logs().any(|log| *log == origin);
        assert!(was_lost || held.len() == written.len(), "{origin}: the holder has entries that were never written");
        let log = author.channel().and_then(|channel| channel.log(&origin));
        let receipted = log.map_or(0, |log| log.receipted(&holder.agency()));
        assert_eq!(to_place(receipted), written.len(), "{origin}: the author has no receipt for its end");
        for batch in holder.store.batches(&origin) {
            let own = holder.store.receipt(&origin, batch.batch.size(), &holder.agency());
            assert!(own.is_some(), "{origin}: the holder keeps no receipt at {}", batch.batch.size());
        }
    }
}

/// Every receipt kept is signed and is for the root of the entries held here.
fn check_receipts(world: &World, node: &Node) {
    for receipt in node.store.receipts() {
        let keys = &world.ceremony.chains[&receipt.agency].current().keys.receipt;
        let opened = open_receipt(&*world.ceremony.suite, &receipt.note, &receipt.agency, keys);
        let opened = opened.expect("only valid receipts are kept");
        let checkpoint = opened.checkpoint();
        assert_eq!((checkpoint.origin.clone(), checkpoint.size), (receipt.origin.to_string(), receipt.size));
        assert_eq!(opened.time_s(), receipt.time_s);
        let entries = node.store.entries(&receipt.origin);
        assert_eq!(
            root_of(world, &entries[..to_place(receipt.size)]),
            checkpoint.root,
            "a receipt for another history"
        );
    }
}

/// Every batch has one entry in the audit log, and the persons that its entry names were counted once.
fn check_audit(world: &World, node: &Node) {
    let mut audited: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for entry in node.store.audit() {
        let entry = str::from_utf8(entry).expect("as it was written");
        let words: Vec<&str> = entry.split(' ').collect();
        let [origin, first, persons] = words[..] else { panic!("{entry}") };
        let place = (origin.to_owned(), first.parse().expect("a number"));
        let before = audited.insert(place, persons.parse().expect("a number"));
        assert_eq!(before, None, "{entry} is in the audit log twice");
    }
    let held = node.store.logs().flat_map(|origin| node.store.batches(origin));
    assert_eq!(audited.len(), held.count(), "a batch without an entry, or an entry without a batch");
    for author in world.nodes.iter().map(Node::agency) {
        let of_author = |((origin, _), _): &(&(String, u64), &u64)| {
            origin.parse::<Origin>().expect("as it was written").agency == author
        };
        let expected: u64 = audited.iter().filter(of_author).map(|(_, persons)| persons).sum();
        let readers = world.nodes.iter().map(Node::agency).filter(|reader| *reader != author);
        for reader in readers.filter(|reader| author == node.agency() || *reader == node.agency()) {
            let counted = node.store.persons(author, reader, MONTH);
            assert_eq!(counted, expected, "persons from {author} to {reader} at {}", node.agency());
            let in_memory = node.counted(author, reader).map_or(counted, u64::from);
            assert_eq!(in_memory, counted, "persons that decisions read, at {}", node.agency());
        }
    }
    let own = world.asked.iter().filter(|asked| world.nodes[asked.node].agency() == node.agency());
    let sent = own.filter(|asked| asked.position().is_some_and(|position| !is_lost(world, &position)));
    let sent: u64 = sent.map(|asked| u64::from(persons(&asked.submission.body))).sum();
    let partner = world.nodes.iter().map(Node::agency).find(|agency| *agency != node.agency()).expect("there are two");
    assert_eq!(node.store.persons(node.agency(), partner, MONTH), sent, "persons whose records were placed");
}

fn root_of(world: &World, entries: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for entry in entries {
        frontier.append(&*world.ceremony.suite, entry);
    }
    frontier.root(&*world.ceremony.suite)
}

/// Opens everything that a node holds, from its store alone.
fn contents(world: &World, node: &Node) -> BTreeMap<Position, Held> {
    let mut contents = BTreeMap::new();
    for origin in node.store.logs() {
        for stored in node.store.batches(origin) {
            let mut rest = stored.batch.ciphertexts.as_slice();
            let entries = stored.batch.commitments.iter().zip(&stored.batch.lengths).zip(stored.keyring.iter());
            for (((commitment, length), secret), index) in entries.zip(stored.batch.first..) {
                let (ciphertext, tail) = rest.split_at(to_place(u64::from(*length)));
                rest = tail;
                let held = if *secret == NO_SECRET {
                    Held::Gone
                } else {
                    open(world, node, &Position { origin: *origin, index }, secret, commitment, ciphertext)
                };
                contents.insert(Position { origin: *origin, index }, held);
            }
        }
    }
    contents
}

fn open(
    world: &World,
    node: &Node,
    position: &Position,
    secret: &[u8; 32],
    commitment: &Hash,
    ciphertext: &[u8],
) -> Held {
    let channel = node.channel().expect("all run");
    let agreement = channel.version_at(&position.origin, position.index);
    let context = Context { channel: channel.id(), author: position.origin.agency, agreement };
    let mut bytes = ciphertext.to_vec();
    let parts = record::open(&*world.ceremony.suite, &context, secret, commitment, &mut bytes)
        .expect("what is held opens to what its log entry commits to");
    let header = Header::parse(parts.header).expect("only readable records were written");
    if header.is_protocol() {
        return Held::Protocol;
    }
    let version = channel.version(&agreement).expect("records stand under versions that are held");
    let clause = header.clause.as_deref().and_then(|clause| version.agreement.clause(clause));
    assert!(clause.is_some(), "{position:?} names a clause of another version than the one at its place");
    Held::Body(parts.body.to_vec())
}

/// A node holds nothing that nobody handed in, nothing twice, and nothing is gone without its mark.
fn check_contents(world: &World, holder: &Node, contents: &BTreeMap<Position, Held>) {
    let asked: BTreeMap<&[u8], &Asked> =
        world.asked.iter().map(|asked| (asked.submission.body.as_slice(), asked)).collect();
    for (position, held) in contents {
        match held {
            Held::Protocol => {}
            Held::Gone => {
                let mark = holder.store.marked(position);
                let marked = matches!(mark, Some(MarkState::Erased | MarkState::Withheld));
                assert!(marked, "{position:?} is gone and marked {mark:?}");
            }
            Held::Body(body) => {
                let asked = asked.get(body.as_slice()).expect("somebody handed it in");
                let at_home = world.nodes[asked.node].agency() == position.origin.agency;
                assert!(at_home, "{position:?} stands in another party's log than it was handed to");
                let expected = asked.position() == Some(*position) || is_lost(world, position);
                assert!(expected, "{position:?} is held, but its caller was told {:?}", asked.answer);
            }
        }
    }
}

/// A record that a caller was told about is where it was said to be, at every party, in a state that all agree on.
fn check_asked(world: &World, asked: &Asked, contents: &[BTreeMap<Position, Held>]) {
    let author = &world.nodes[asked.node];
    // A copy of before holds what was taken since: only its officers know that they have decided.
    assert!(author.restored || !author.waits(&asked.submission), "what has its answer lies aside no more");
    // What was stopped stands nowhere: `check_contents` finds it.
    let Answered::At(position) = asked.answer.expect("callers ask until they have an answer") else { return };
    if is_lost(world, &position) {
        // The backup was made before the author was told so much: no promise binds it. The partner keeps what it got.
        return;
    }
    let refused = asked.submission.body.starts_with(REFUSED_PREFIX);
    let at_author = author.store.marked(&position);
    // A receiver that had suspended when it came, or that knows of its author's suspension or newer version from before
    // a restore.
    let is_stopped = |holder: &Node| {
        holder.store.marked(&position) == Some(MarkState::Quarantined)
            && holder.store.reason(&position).starts_with("agreement ")
    };
    let stopped_somewhere = world.nodes.iter().any(is_stopped);
    assert!(!asked.erased || at_author == Some(MarkState::Erased), "{position:?} is not erased at its author");
    for (holder, contents) in world.nodes.iter().zip(contents) {
        let marked = holder.store.marked(&position);
        let has_content = match contents.get(&position) {
            Some(Held::Body(body)) => {
                assert_eq!(*body, asked.submission.body, "{position:?} holds something else");
                true
            }
            Some(Held::Gone) => false,
            Some(Held::Protocol) | None => panic!("{position:?} is not held by {}", holder.agency()),
        };
        if asked.erased {
            assert!(!has_content, "{position:?} was erased and its secret is still held by {}", holder.agency());
        } else if holder.agency() == author.agency() {
            assert!(has_content, "{position:?} is gone at its author");
        } else if marked == Some(MarkState::Withheld) {
            // With three parties it can be withheld from one and refused by another: the later word stands.
            let told = at_author == Some(MarkState::Withheld)
                || (world.nodes.len() > 2 && (refused || stopped_somewhere) && at_author == Some(MarkState::Refused));
            assert!(author.restored || told, "{position:?} is withheld, and its author says {at_author:?}");
        } else {
            assert!(has_content, "{position:?} is gone at {}", holder.agency());
            assert!(author.left.contains(&position), "{position:?} arrived and never left");
            check_file(world, asked, holder, &position);
            let quarantined = marked == Some(MarkState::Quarantined);
            assert_eq!(quarantined, refused || is_stopped(holder), "{position:?} is marked {marked:?}");
            // A record that left and expired before its receipt came is "withheld" to its author: it can't know better.
            let told = matches!(at_author, Some(MarkState::Refused | MarkState::Withheld));
            assert!(!quarantined || told, "{position:?} was refused, and its author says {at_author:?}");
            // What a restored node refused before, it may take when it comes again.
            assert!(
                refused || stopped_somewhere || holder.restored || at_author != Some(MarkState::Refused),
                "{position:?} was not refused"
            );
        }
    }
}

/// The attachment of a record that was taken is whole at its holder, and its author knows.
fn check_file(world: &World, asked: &Asked, holder: &Node, position: &Position) {
    let Some(file) = &asked.submission.file else { return };
    if holder.store.marked(position).is_some() {
        return;
    }
    let link = holder.store.links(position).next().expect("a record names its attachment");
    assert!(link.complete, "an attachment of {position:?} is missing");
    let stored = holder.store.batch_at(&position.origin, position.index).expect("it is held");
    let place = to_place(position.index - stored.batch.first);
    let start: u32 = stored.batch.lengths[..place].iter().sum();
    let length = to_place(u64::from(stored.batch.lengths[place]));
    let mut bytes = stored.batch.ciphertexts[to_place(u64::from(start))..][..length].to_vec();
    let channel = holder.channel().expect("all run");
    let agreement = channel.version_at(&position.origin, position.index);
    let context = Context { channel: channel.id(), author: position.origin.agency, agreement };
    let suite = &*world.ceremony.suite;
    let parts = record::open(suite, &context, &stored.keyring[place], &stored.batch.commitments[place], &mut bytes)
        .expect("it was opened before");
    let key = parts.attachment_keys().next().expect("it has one").key;
    let mut chunk = holder.store.file(&link.blob).expect("it is complete").to_vec();
    assert_eq!(open_chunk(suite, &key, 0, true, &mut chunk).expect("it opens"), &file[..]);
    let author = &world.nodes[asked.node];
    let mut marks = author.store.marks(position).map(|mark| mark.state);
    assert!(
        author.restored || marks.any(|state| state == MarkState::AttachmentsStored),
        "the author of {position:?} does not know that {} has its attachment",
        holder.agency()
    );
}

fn is_lost(world: &World, position: &Position) -> bool {
    world.lost.get(&position.origin).is_some_and(|kept| position.index >= *kept)
}
