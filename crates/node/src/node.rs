//! The node as its parts share it: keys, cards, store, channels.
//!
//! [`Node`] is a handle: cloning it is cheap, and every task, route and command holds one. What changes is behind locks
//! that are held for moments; what is durable goes through [`Node::store`] or a channel's writer.

use std::{
    collections::BTreeMap,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use protocol::{card::CardChain, id::ChannelId};
use store::{Store, StoreError};
use texts::{Message, say};
use tokio::sync::{Notify, watch};

use crate::{
    administration::Administration,
    agreements::{self, Agreements},
    attachments::Streams,
    audit::{self, Audit},
    auditors::Auditors,
    callers::{
        passkeys::{self, Passkeys},
        sessions::Sessions,
        tokens::Tokens,
    },
    channel::ChannelHandle,
    channels::Channels,
    config::{Config, ConfigError},
    db::{self, Db, SUITE},
    decide::Decider,
    doctor::Doctor,
    drafting::Drafting,
    guesses::Guesses,
    jobs,
    keys::{self, KeysError},
    limits,
    links::Links,
    loads::Loads,
    memory::Memory,
    office::{self, Office},
    peers::{Fetches, Peers},
    people::{self, People},
    person_counts::PersonCounts,
    personal::{self, Personal},
    protection::Protection,
    reading::Reading,
    receiving::Receiving,
    seconds::Seconds,
    sending::Sending,
    statements::Statements,
    sync,
    tally::Tally,
    threads::{Threads, Upkeep},
    transport::tls::{IdentityError, Pins, TlsIdentity},
    wording, writer,
};

/// A handle to the running node.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

/// What the node's parts share.
pub struct Inner {
    /// Store, keys and cards.
    pub db: Arc<Db>,
    /// The channels at work.
    pub channels: Arc<Channels>,
    /// The node's folder.
    pub dir: PathBuf,
    /// `node.toml`.
    pub config: Config,
    /// The TLS key and certificate of the peer port.
    pub identity: Arc<TlsIdentity>,
    /// The other agencies whose cards are held.
    pub peers: Arc<Peers>,
    /// By which records are decided.
    pub decider: Arc<Decider>,
    /// The way of own records into their logs.
    pub sending: Arc<Sending>,
    /// The way of partners' batches into theirs.
    pub receiving: Arc<Receiving>,
    /// Persons that crossed this month, by pair of agencies.
    pub person_counts: Arc<PersonCounts>,
    /// What each link last met.
    pub links: Arc<Links>,
    /// Threads and search.
    pub threads: Arc<Threads>,
    /// What keeps them up with the channels.
    pub upkeep: Arc<Upkeep>,
    /// What may be shown, and to whom.
    pub reading: Arc<Reading>,
    /// Records made ready to be signed.
    pub drafting: Arc<Drafting>,
    /// What offices work on before it is sent.
    pub office: Arc<Office>,
    /// What is remembered about statements.
    pub statements: Arc<Statements>,
    /// From draft to channel.
    pub agreements: Arc<Agreements>,
    /// What stands in the way.
    pub doctor: Arc<Doctor>,
    /// Which TLS keys are let in on the peer port.
    pub pins: Pins,
    /// The audit log, as routes write to it.
    pub audit: Arc<Audit>,
    /// The auditors whose keys are registered.
    pub auditors: Arc<Auditors>,
    /// Tokens of officers and programs.
    pub tokens: Arc<Tokens>,
    /// With what people sign in at browsers.
    pub passkeys: Arc<Passkeys>,
    /// People at browsers.
    pub sessions: Arc<Sessions>,
    /// The agency's own people.
    pub people: Arc<People>,
    /// What people keep for themselves.
    pub personal: Arc<Personal>,
    /// What waits for a second administrator.
    pub seconds: Arc<Seconds>,
    /// Who is let in, as what.
    pub administration: Administration,
    /// The protection register, and what waits because of it.
    pub protection: Arc<Protection>,
    /// Wrong passphrases of late.
    pub guesses: Arc<Guesses>,
    /// Cards fetched of late.
    pub fetches: Arc<Fetches>,
    /// Attachments on their way in and out.
    pub streams: Arc<Streams>,
    /// For bodies of requests and answers.
    pub memory: Arc<Memory>,
    /// Signalled when an agreement got its last signature.
    pub agreed: Arc<Notify>,
    /// Turns true when the node stops.
    pub stop: watch::Sender<bool>,
}

/// Why a node does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder was never initialised.
    #[error("{} is not a node's folder: create one with `mithaq init {}`", .0.display(), .0.display())]
    NotANode(PathBuf),
    /// `node.toml` has an error.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key file does not open.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The TLS key is not usable.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept does not hold together.
    #[error("{0}")]
    Kept(String),
}

impl OpenError {
    /// What is wrong, in the reader's language.
    pub fn message(&self) -> Message {
        match self {
            Self::NotANode(dir) => say!("not-a-node", dir = %dir.display()).worded(self.to_string()),
            Self::Keys(error) => error.message(),
            Self::Store(error) => wording::store(error),
            Self::Config(error) => error.message(),
            Self::Identity(_) | Self::Kept(_) => Message::as_worded(self.to_string()),
        }
    }
}

impl Deref for Node {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Node {
    /// Opens a node's folder: takes its lock, opens keys and store, and loads every channel. Nothing is signed or sent
    /// before [`crate::serve`].
    pub fn open(dir: &Path, passphrase: &[u8]) -> Result<Self, OpenError> {
        if !dir.join(crate::config::FILE).exists() {
            return Err(OpenError::NotANode(dir.to_owned()));
        }
        let config = Config::load(dir)?;
        let mut keys = keys::open(dir, passphrase)?;
        let store = Store::open(dir, &keys.store_master, SUITE, &mut crate::entropy())?;
        let reader = store.readers().reader()?;
        let kept_cards = reader
            .meta(keys::CARDS_META)?
            .ok_or_else(|| OpenError::Kept("the store holds no card of this agency: restore it".into()))?;
        let cards = CardChain::parse(SUITE, &kept_cards)
            .map_err(|error| OpenError::Kept(format!("this agency's own card: {error}")))?;
        if let Some(rotated) = keys::finish_rotation(dir, passphrase, cards.current())? {
            keys = rotated;
        }
        let threads = Arc::new(Threads::open(dir)?);
        let identity = Arc::new(TlsIdentity::from_pkcs8(&cards.agency().to_string(), &keys.tls_pkcs8)?);
        let pins = Pins::new(BTreeMap::new());
        let tokens = Arc::new(Tokens::load(&reader)?);
        let people_key = SUITE.hkdf_expand(&keys.store_master, people::LABEL);
        let personal_key = SUITE.hkdf_expand(&keys.store_master, personal::LABEL);
        let people = Arc::new(People::load(&reader, people_key)?);
        let seconds = Arc::new(Seconds::load(&reader, people_key)?);
        let passkeys_key = SUITE.hkdf_expand(&keys.store_master, passkeys::LABEL);
        let passkeys = Arc::new(Passkeys::load(&reader, passkeys_key, config.synced_passkeys)?);
        let sessions = Arc::<Sessions>::default();
        let auditors = Arc::new(Auditors::load(&reader, &cards.current().keys)?);
        let protection = Arc::new(Protection::load(&reader, store.keys())?);
        let query_key = SUITE.hkdf_expand(&keys.store_master, audit::QUERY_LABEL);
        let (audit, audit_queue) = Audit::new(query_key, Arc::clone(&protection));
        let audit = Arc::new(audit);
        let peers = Arc::new(Peers::load(&reader, Arc::clone(&identity), pins.clone())?);
        let person_counts = Arc::new(PersonCounts::new(store.readers().clone()));
        let request_key = SUITE.hkdf_expand(&keys.store_master, db::REQUEST_LABEL);
        let reserve_bytes = config.disk_reserve_mib.saturating_mul(1 << 20);
        let db = Arc::new(Db::new(store, keys.signer, cards, request_key, reserve_bytes));
        let channels = Arc::<Channels>::default();
        let decider = Arc::new(Decider {
            db: Arc::clone(&db),
            policies: Arc::default(),
            person_counts: Arc::clone(&person_counts),
            protection: Arc::clone(&protection),
            rows: threads.rows.clone(),
        });
        let upkeep = Arc::new(Upkeep {
            db: Arc::clone(&db),
            channels: Arc::clone(&channels),
            protection: Arc::clone(&protection),
            threads: Arc::clone(&threads),
        });
        let sending = Arc::new(Sending {
            db: Arc::clone(&db),
            channels: Arc::clone(&channels),
            auditors: Arc::clone(&auditors),
            decider: Arc::clone(&decider),
            protection: Arc::clone(&protection),
            upkeep: Arc::clone(&upkeep),
            synced_passkeys: config.synced_passkeys,
        });
        let memory = Arc::<Memory>::default();
        let receiving = Arc::new(Receiving {
            db: Arc::clone(&db),
            channels: Arc::clone(&channels),
            decider: Arc::clone(&decider),
            auditors: Arc::clone(&auditors),
            memory: Arc::clone(&memory),
            loads: Loads::default(),
            tally: Tally::new("a partner's batch was refused", limits::PARTNER_LINES_MAX),
        });
        let reading = Arc::new(Reading::new(Arc::clone(&upkeep)));
        let drafting = Arc::new(Drafting { me: db.me, channels: Arc::clone(&channels), reading: Arc::clone(&reading) });
        let links = Arc::<Links>::default();
        let agreed = Arc::default();
        let statements = Arc::new(Statements::new(Arc::clone(&upkeep), Arc::clone(&peers)));
        let agreements = Arc::new(Agreements {
            db: Arc::clone(&db),
            peers: Arc::clone(&peers),
            channels: Arc::clone(&channels),
            writing: writer::Parts {
                db: Arc::clone(&db),
                person_counts: Arc::clone(&person_counts),
                protection: Arc::clone(&protection),
                threads: Arc::clone(&threads),
            },
            agreed: Arc::clone(&agreed),
        });
        let personal = Arc::new(Personal::new(Arc::clone(&db), Arc::clone(&threads), personal_key));
        let administration = Administration {
            db: Arc::clone(&db),
            channels: Arc::clone(&channels),
            auditors: Arc::clone(&auditors),
            tokens: Arc::clone(&tokens),
            passkeys: Arc::clone(&passkeys),
            sessions: Arc::clone(&sessions),
            people: Arc::clone(&people),
            personal: Arc::clone(&personal),
            seconds: Arc::clone(&seconds),
        };
        let doctor = Arc::new(Doctor {
            statements: Arc::clone(&statements),
            peers: Arc::clone(&peers),
            links: Arc::clone(&links),
            audit: Arc::clone(&audit),
            administration: administration.clone(),
            auditors: Arc::clone(&auditors),
            pin: identity.pin(),
            card: db.cards().current().serial,
            dir: dir.to_owned(),
        });
        audit::spawn(&db, audit_queue);
        agreements::load_channels(&agreements, &reader)?;
        // After the channels, in which it finds what became of what was on its way.
        let parts = office::Parts {
            db: Arc::clone(&db),
            reading: Arc::clone(&reading),
            channels: Arc::clone(&channels),
            people: Arc::clone(&people),
            drafting: Arc::clone(&drafting),
            sending: Arc::clone(&sending),
        };
        let office = Arc::new(Office::load(&reader, parts)?);
        Ok(Self(Arc::new(Inner {
            db,
            channels,
            dir: dir.to_owned(),
            config,
            identity,
            links,
            agreements,
            doctor,
            threads,
            upkeep,
            reading,
            drafting,
            office,
            statements,
            peers,
            pins,
            audit,
            auditors,
            tokens,
            passkeys,
            sessions,
            people,
            personal,
            seconds,
            administration,
            protection,
            decider,
            sending,
            receiving,
            person_counts,
            memory,
            streams: Arc::default(),
            guesses: Arc::default(),
            fetches: Arc::default(),
            agreed,
            stop: watch::Sender::new(false),
        })))
    }

    /// What links need, for as long as this node serves.
    pub fn links(&self) -> sync::Parts {
        sync::Parts {
            db: Arc::clone(&self.db),
            channels: Arc::clone(&self.channels),
            auditors: Arc::clone(&self.auditors),
            peers: Arc::clone(&self.peers),
            links: Arc::clone(&self.links),
            sending: Arc::clone(&self.sending),
            receiving: Arc::clone(&self.receiving),
            memory: Arc::clone(&self.memory),
            pull: self.config.pull,
            stop: self.stop.subscribe(),
        }
    }

    /// What the jobs need that run now and then.
    pub fn jobs(&self) -> jobs::Parts {
        jobs::Parts {
            db: Arc::clone(&self.db),
            channels: Arc::clone(&self.channels),
            auditors: Arc::clone(&self.auditors),
            audit: Arc::clone(&self.audit),
            people: Arc::clone(&self.people),
            office: Arc::clone(&self.office),
            threads: Arc::clone(&self.threads),
            agreements: Arc::clone(&self.agreements),
            config: self.config.clone(),
        }
    }

    /// A channel by its id.
    pub fn channel(&self, id: &ChannelId) -> Option<Arc<ChannelHandle>> {
        self.channels.get(id)
    }

    /// Every channel.
    pub fn channels(&self) -> Vec<Arc<ChannelHandle>> {
        self.channels.list()
    }
}
