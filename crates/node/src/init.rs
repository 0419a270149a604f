//! A node's folder from nothing: keys, the first card, a store, the configuration. All of it, or nothing.

use std::{
    fs::{self, DirBuilder},
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use protocol::{
    card::{self, Body, CardChain, CardDraft, IssueError, next_keys_hash},
    suite::random_32,
    text::Texts,
};
use store::{Store, StoreError};

use crate::{
    config::{self, Config, ConfigError},
    db::SUITE,
    files,
    keys::{self, Created, KeysError},
    located::Fault,
    transport::tls::{IdentityError, TlsIdentity},
};

/// Only the node's own user reads its folder.
const DIR_MODE: u32 = 0o700;

/// What an agency decides before it has a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    /// Names by language.
    pub names: Texts,
    /// ISO 3166-1 alpha-3 code.
    pub country: String,
    /// Kind of body.
    pub body: Body,
    /// Where partners are listened to.
    pub peer_listen: SocketAddr,
    /// Where the agency itself is listened to, on loopback.
    pub api_listen: SocketAddr,
    /// Addresses for the card; if empty, the one that is listened to.
    pub advertise: Vec<String>,
}

/// A node's folder can't be made. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is something already.
    #[error("{} is not empty: choose a new folder; an agency that has a node keeps its keys", .0.display())]
    NotEmpty(PathBuf),
    /// What was decided has an error.
    #[error("{0}")]
    Usage(Fault),
    /// The folder can't be made.
    #[error("can't {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The keys can't be made.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The TLS key can't be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The card can't be issued.
    #[error(transparent)]
    Card(#[from] IssueError),
    /// The store can't be made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The configuration can't be written.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Makes a node's folder and the agency's first card. It takes a second or two: two passphrase derivations.
///
/// Afterwards [`keys::NEXT_FILE`] lies in the folder: whoever runs this tells the operator to move it offline.
pub fn init(dir: &Path, init: Init, passphrase: &[u8]) -> Result<CardChain, InitError> {
    let config = configuration(init)?;
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) || dir.is_file() {
        return Err(InitError::NotEmpty(dir.to_owned()));
    }
    let building = Building::start(dir)?;
    let cards = build(&building.0, &config, passphrase)?;
    building.finish(dir)?;
    Ok(cards)
}

fn configuration(init: Init) -> Result<Config, InitError> {
    let Init { names, country, body, peer_listen, api_listen, mut advertise } = init;
    if advertise.is_empty() {
        if peer_listen.port() == 0 || peer_listen.ip().is_unspecified() {
            let problem = format!("partners can't call {peer_listen}: say how they reach this node, https://host:port");
            return Err(InitError::Usage(Fault { line: 0, field: "advertise".into(), problem: problem.into() }));
        }
        advertise.push(format!("https://{peer_listen}"));
    }
    let config = Config {
        pull: false,
        country,
        body,
        peer_listen,
        api_listen,
        origins: Vec::new(),
        advertise,
        sealing_key_days: config::default_sealing_key_days(),
        sealing_grace_days: config::default_sealing_grace_days(),
        disk_reserve_mib: config::default_disk_reserve_mib(),
        time_zone: config::default_time_zone(),
        synced_passkeys: true,
        pdf_program: None,
        sign_in: None,
        names,
    };
    config.check().map_err(InitError::Usage)?;
    Ok(config)
}

fn build(dir: &Path, config: &Config, passphrase: &[u8]) -> Result<CardChain, InitError> {
    let entropy = &mut crate::entropy();
    let Created { keys, next } = keys::create(dir, passphrase, entropy)?;
    let draft = CardDraft {
        names: config.names.clone(),
        country: config.country.clone(),
        body: config.body,
        addresses: config.advertise.clone(),
        tls_pin: TlsIdentity::from_pkcs8("node", &keys.tls_pkcs8)?.pin(),
        next: next_keys_hash(SUITE, &next),
    };
    let cards = card::issue(SUITE, &keys.signer, draft, None)?;
    let mut store = Store::open(dir, &keys.store_master, SUITE, entropy)?;
    store.put_meta(keys::CARDS_META, &cards.encode())?;
    config.write(dir)?;
    Ok(cards)
}

/// A folder beside the one wanted; removed when it is dropped unfinished.
struct Building(PathBuf);

impl Building {
    fn start(dir: &Path) -> Result<Self, InitError> {
        let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let random = u32::from_be_bytes(*random_32(&mut crate::entropy()).first_chunk().unwrap_or(&[0; 4]));
        let path = dir.with_file_name(format!(".{name}.{random:08x}.part"));
        let created = DirBuilder::new().recursive(true).mode(DIR_MODE).create(&path);
        created.map_err(|source| InitError::Io { action: "create", path: path.clone(), source })?;
        Ok(Self(path))
    }

    /// Gives the folder its name: from here on there is a node.
    fn finish(self, dir: &Path) -> Result<(), InitError> {
        let failed = |source| InitError::Io { action: "create", path: dir.to_owned(), source };
        // An empty folder of that name is replaced; one that was filled meanwhile is not.
        fs::rename(&self.0, dir).and_then(|()| files::sync_parent(dir)).map_err(failed)
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        // After `finish` there is nothing of this name any more.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Node, OpenError};

    const PASSPHRASE: &[u8] = b"correct horse battery staple";

    fn decided() -> Init {
        Init {
            names: Texts::from([("en".into(), "Police of Exampleland A".into())]),
            country: "XAA".into(),
            body: Body::Police,
            peer_listen: config::default_peer_listen(),
            api_listen: config::default_api_listen(),
            advertise: Vec::new(),
        }
    }

    #[test]
    fn a_new_node_opens_under_its_passphrase_alone() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("a");
        let cards = init(&dir, decided(), PASSPHRASE).unwrap();
        assert_eq!(cards.current().addresses, ["https://127.0.0.1:8443"]);
        assert!(matches!(Node::open(&dir, b"another passphrase"), Err(OpenError::Keys(KeysError::DoesNotOpen(_)))));
        let node = Node::open(&dir, PASSPHRASE).unwrap();
        assert_eq!(node.me, *cards.agency());
        assert_eq!(node.identity.pin(), cards.current().tls_pin);
    }

    #[test]
    fn what_fails_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("a");
        assert!(init(&dir, Init { country: "Exampleland".into(), ..decided() }, PASSPHRASE).is_err());
        let named_badly = Texts::from([("en".into(), " ".into())]);
        assert!(matches!(init(&dir, Init { names: named_badly, ..decided() }, PASSPHRASE), Err(InitError::Card(_))));
        assert!(matches!(init(&dir, decided(), b"short"), Err(InitError::Keys(KeysError::PassphraseTooShort))));
        let open_to_all = Init { peer_listen: "0.0.0.0:8443".parse().unwrap(), ..decided() };
        assert!(matches!(init(&dir, open_to_all, PASSPHRASE), Err(InitError::Usage(_))));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_in_use_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("note"), b"mine").unwrap();
        assert!(matches!(init(parent.path(), decided(), PASSPHRASE), Err(InitError::NotEmpty(_))));
        assert_eq!(fs::read(parent.path().join("note")).unwrap(), b"mine");
    }
}
