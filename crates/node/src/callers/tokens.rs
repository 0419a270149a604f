//! Tokens with which officers and programs use the agency's port.
//!
//! A token is shown once, when it is made. The node keeps its SHA-256 only: 256 random bits need no salt and no slow
//! hash. Tokens are never removed, so that an id in the audit log keeps its meaning; they expire or are revoked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use policy::OVERSIGHT;
use protocol::{
    id::{Hash, hash_hex},
    limits::NAME_BYTES_MAX,
    suite::{Entropy, random_32},
    text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::{Message, say};
use zeroize::Zeroizing;

use crate::{
    callers::{Role, Scope, scope::TABLE},
    clock,
    db::{Db, SUITE, kept},
    fault::{Code, Fault},
    limits, words,
};

/// The store's name for the list of tokens.
const META: &str = "tokens";
/// How every token begins, so that scanners of leaked secrets find it.
const PREFIX: &str = "mithaq_";
const ID_BYTES: usize = 8;
/// Characters of the half of a token's secret that the administrator gets who confirms it.
const HALF_CHARS: usize = 32;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A token as the node keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its public id, as the audit log names it.
    pub id: String,
    /// What it is for: an office or a program, never a person.
    pub name: String,
    /// The id of the person who has it; a program's has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What it may do.
    pub role: Role,
    /// The enrolled office whose records may be submitted with it.
    pub office: Option<String>,
    /// Fewer scopes than the role has.
    pub only: Option<Vec<Scope>>,
    /// The purposes of the task that it is for. A token from before there were any has none, and reads no content.
    #[serde(default)]
    pub purposes: Vec<String>,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// From when on it counts no more, milliseconds since 1970.
    pub expires_ms: u64,
    /// Since when it is revoked, milliseconds since 1970.
    pub revoked_ms: Option<u64>,
    /// From when on an administrator's token confirms what another asked for, milliseconds since 1970.
    #[serde(default)]
    pub confirms_from_ms: u64,
    /// The token that its holder got in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_as: Option<String>,
    /// Two administrators made it, and each knew half of its text: the digest is of the halves' digests.
    #[serde(default)]
    in_halves: bool,
    #[serde(with = "hash_hex")]
    sha256: Hash,
}

/// The half of a new token that one administrator asked for, until another confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    /// The token's id.
    id: String,
    /// SHA-256 of the first half of its text.
    #[serde(with = "hash_hex")]
    sha256: Hash,
}

/// What a new token shall be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for: an office or a program, never a person.
    pub name: String,
    /// The person who gets it: id or name. A program's token has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What it may do.
    #[schemars(with = "words::Role")]
    pub role: Role,
    /// The enrolled office whose records may be submitted with it.
    #[serde(default)]
    pub office: Option<String>,
    /// Fewer scopes than the role has.
    #[serde(default)]
    pub only: Option<Vec<Scope>>,
    /// The purposes of the task that it is for: codes as the agreements' clauses state them.
    #[serde(default)]
    #[schemars(with = "Vec<words::Purpose>")]
    pub purposes: Vec<String>,
    /// For how many days it counts.
    #[serde(default = "days")]
    pub days: u64,
}

/// Who works in a session, and as what.
pub(super) struct Sitting {
    pub(super) person: String,
    pub(super) role: Role,
    pub(super) office: Option<String>,
    pub(super) purposes: Vec<String>,
    pub(super) confirms_from_ms: u64,
}

const fn days() -> u64 {
    limits::TOKEN_DAYS
}

/// The tokens of a node, by id.
pub struct Tokens {
    held: RwLock<BTreeMap<String, Arc<Token>>>,
    /// Those of sessions, which no list holds.
    seats: RwLock<BTreeMap<String, Arc<Token>>>,
    spent: Mutex<BTreeMap<String, Bucket>>,
}

impl Tokens {
    pub(crate) fn load(reader: &Reader) -> Result<Self, StoreError> {
        let tokens: Vec<Token> = kept(reader, META, "the list of tokens")?;
        let held = tokens.into_iter().map(|token| (token.id.clone(), Arc::new(token))).collect();
        Ok(Self { held: RwLock::new(held), seats: RwLock::default(), spent: Mutex::default() })
    }

    /// Whether any token was ever issued here.
    pub fn any(&self) -> bool {
        !self.held.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Every token, the revoked and expired ones too.
    pub fn list(&self) -> Vec<Arc<Token>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Makes a token and keeps it durably. Returns its text, which nobody can find out again.
    ///
    /// It confirms what administrators ask for from then on.
    ///
    /// # Errors
    /// [`Code::Usage`] for what can't be granted, [`Code::Storage`] if it can't be kept.
    pub fn create(
        &self,
        db: &Db,
        (new, confirms_from_ms): (NewToken, u64),
        entropy: &mut dyn Entropy,
    ) -> Result<(Arc<Token>, Zeroizing<String>), Fault> {
        check(&new)?;
        let (id, secret) = drawn(entropy);
        let text = Zeroizing::new(format!("{PREFIX}{id}_{}", *secret));
        let now = clock::now_ms();
        let sha256 = SUITE.sha256(&[text.as_bytes()]);
        let token = token(new, id, now, Secret { sha256, in_halves: false, confirms_from_ms });
        Ok((self.keep(db, token)?, text))
    }

    /// Begins a token that another administrator must confirm. Returns the first half of its text, for whoever asks.
    ///
    /// # Errors
    /// [`Code::Usage`] for what can't be granted.
    pub fn begin(new: &NewToken, entropy: &mut dyn Entropy) -> Result<(Half, Zeroizing<String>), Fault> {
        check(new)?;
        let (id, mut secret) = drawn(entropy);
        secret.truncate(HALF_CHARS);
        let text = Zeroizing::new(format!("{PREFIX}{id}_{}", *secret));
        let sha256 = SUITE.sha256(&[text.as_bytes()]);
        Ok((Half { id, sha256 }, text))
    }

    /// Makes a token that two administrators want, and keeps it durably. Returns the second half of its text.
    ///
    /// # Errors
    /// As [`Tokens::create`]; [`Code::Conflict`] if it was made before.
    pub fn finish(
        &self,
        db: &Db,
        new: NewToken,
        half: &Half,
        entropy: &mut dyn Entropy,
    ) -> Result<(Arc<Token>, Zeroizing<String>), Fault> {
        check(&new)?;
        let (_, mut secret) = drawn(entropy);
        secret.truncate(HALF_CHARS);
        let now = clock::now_ms();
        let sha256 = SUITE.sha256(&[&half.sha256, &SUITE.sha256(&[secret.as_bytes()])]);
        let token = token(new, half.id.clone(), now, Secret { sha256, in_halves: true, confirms_from_ms: now });
        Ok((self.keep(db, token)?, secret))
    }

    fn keep(&self, db: &Db, token: Token) -> Result<Arc<Token>, Fault> {
        let token = Arc::new(token);
        self.change(db, |held| {
            check_room(held)?;
            if held.contains_key(&token.id) {
                return Err(Fault::new(Code::Conflict, say!("token-made-already")));
            }
            held.insert(token.id.clone(), Arc::clone(&token));
            Ok(())
        })?;
        Ok(token)
    }

    /// Gives a token's holder another one in its place, of the same worth and for as long. The old one counts for a while yet.
    ///
    /// # Errors
    /// [`Code::Conflict`] if it was renewed before, or does not end soon.
    pub fn renew(
        &self,
        db: &Db,
        id: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<(Arc<Token>, Zeroizing<String>), Fault> {
        let (new_id, secret) = drawn(entropy);
        let text = Zeroizing::new(format!("{PREFIX}{new_id}_{}", *secret));
        let now = clock::now_ms();
        self.change(db, |held| {
            let conflict = |message: String| Err(Fault::new(Code::Conflict, message));
            let mut old =
                held.get(id).map(|token| Token::clone(token)).ok_or_else(|| Fault::not_found(say!("no-such-token")))?;
            if let Some(other) = &old.renewed_as {
                return conflict(format!(
                    "this token was renewed already, as {other}: if that was not you, have an administrator revoke both"
                ));
            }
            if old.expires_ms.saturating_sub(now) > limits::TOKEN_RENEWED_MS {
                let days = limits::TOKEN_RENEWED_MS / DAY_MS;
                return conflict(format!("the token counts for more than {days} days yet: renew it then"));
            }
            check_room(held)?;
            let new = Arc::new(Token {
                id: new_id.clone(),
                created_ms: now,
                expires_ms: now.saturating_add(old.expires_ms.saturating_sub(old.created_ms)),
                in_halves: false,
                sha256: SUITE.sha256(&[text.as_bytes()]),
                ..old.clone()
            });
            old.renewed_as = Some(new_id);
            old.expires_ms = old.expires_ms.min(now.saturating_add(DAY_MS));
            held.insert(old.id.clone(), Arc::new(old));
            held.insert(new.id.clone(), Arc::clone(&new));
            Ok((new, text))
        })
    }

    /// Revokes the tokens of a person of which this is true. Returns their ids.
    ///
    /// # Errors
    /// The list can't be kept.
    pub fn revoke_of(&self, db: &Db, person: &str, which: impl Fn(&Token) -> bool) -> Result<Vec<String>, Fault> {
        let now = clock::now_ms();
        let stays = |token: &Token| token.person.as_deref() != Some(person) || !which(token);
        self.seats.write().unwrap_or_else(PoisonError::into_inner).retain(|_, token| stays(token));
        self.change(db, |held| {
            let of_person = |token: &Token| token.person.as_deref() == Some(person) && token.revoked_ms.is_none();
            let revoked: Vec<String> =
                held.values().filter(|token| of_person(token) && which(token)).map(|token| token.id.clone()).collect();
            for id in &revoked {
                if let Some(token) = held.get(id).map(|token| Token::clone(token)) {
                    held.insert(id.clone(), Arc::new(Token { revoked_ms: Some(now), ..token }));
                }
            }
            Ok(revoked)
        })
    }

    /// Revokes a token by its id or the beginning of it.
    ///
    /// # Errors
    /// [`Code::NotFound`] if no token, or more than one, has such an id.
    pub fn revoke(&self, db: &Db, id: &str) -> Result<Arc<Token>, Fault> {
        self.change(db, |held| {
            let mut found = held.values().filter(|token| !id.is_empty() && token.id.starts_with(id));
            let (Some(token), None) = (found.next(), found.next()) else {
                return Err(Fault::not_found(say!("token-unclear", id = %format!("{id:?}"))));
            };
            let mut token = Token::clone(token);
            token.revoked_ms.get_or_insert_with(clock::now_ms);
            let token = Arc::new(token);
            held.insert(token.id.clone(), Arc::clone(&token));
            Ok(token)
        })
    }

    /// The token with this text, if it counts at this time.
    pub fn find(&self, text: &str, now_ms: u64) -> Option<Arc<Token>> {
        let id = text.strip_prefix(PREFIX)?.split('_').next()?;
        let token = self.held.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()?;
        verify_slices_are_equal(&token.sha256, &token.digest_of(text)).ok()?;
        token.counts_at(now_ms).then_some(token)
    }

    /// Whether a token still counts at this time.
    pub fn counts(&self, token: &Token, now_ms: u64) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let seats = self.seats.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&token.id).or_else(|| seats.get(&token.id)).is_some_and(|token| token.counts_at(now_ms))
    }

    /// What a session lets a person do: a token that counts until then, or until somebody [stands up](Tokens::stand_up).
    pub(super) fn sit(&self, sitting: Sitting, until_ms: u64, entropy: &mut dyn Entropy) -> Arc<Token> {
        let (id, secret) = drawn(entropy);
        let Sitting { person, role, office, purposes, confirms_from_ms } = sitting;
        let purposes = if role.oversees() { vec![OVERSIGHT.to_owned()] } else { purposes };
        let token = Arc::new(Token {
            id,
            name: "session".to_owned(),
            person: Some(person),
            role,
            office,
            only: None,
            purposes,
            created_ms: clock::now_ms(),
            expires_ms: until_ms,
            revoked_ms: None,
            confirms_from_ms,
            renewed_as: None,
            in_halves: false,
            // Of a text that nobody has: a session is known by its cookie.
            sha256: SUITE.sha256(&[secret.as_bytes()]),
        });
        self.seats.write().unwrap_or_else(PoisonError::into_inner).insert(token.id.clone(), Arc::clone(&token));
        token
    }

    /// Ends what a session let a person do.
    pub(super) fn stand_up(&self, id: &str) {
        self.seats.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Counts a request of a token.
    ///
    /// # Errors
    /// The seconds to wait if there were too many.
    pub fn spend(&self, id: &str, now_ms: u64) -> Result<(), u64> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Bucket { thousandths: BURST_THOUSANDTHS, at_ms: now_ms };
        spent.entry(id.to_owned()).or_insert(full).take(now_ms)
    }

    /// Changes the list, durably before anybody sees it.
    fn change<T>(
        &self,
        db: &Db,
        change: impl FnOnce(&mut BTreeMap<String, Arc<Token>>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = held.clone();
        let changed = change(&mut next)?;
        let list: Vec<&Token> = next.values().map(Arc::as_ref).collect();
        db.keep(META, &list)?;
        *held = next;
        Ok(changed)
    }
}

impl Token {
    /// Whether it is an administrator's: one that lets in on what two of them decide.
    pub fn administers(&self) -> bool {
        self.role == Role::NodeAdmin && self.only.as_ref().is_none_or(|only| only.contains(&Scope::NodeAdmin))
    }

    /// Whose it is: its person's id; of a token without a person its own.
    pub fn holder(&self) -> &str {
        self.person.as_deref().unwrap_or(&self.id)
    }

    /// Whether it counts at this time.
    pub(super) fn counts_at(&self, now_ms: u64) -> bool {
        self.revoked_ms.is_none() && now_ms < self.expires_ms
    }

    fn digest_of(&self, text: &str) -> Hash {
        let halves = text.len().checked_sub(HALF_CHARS).and_then(|at| text.split_at_checked(at));
        match halves.filter(|_| self.in_halves) {
            None => SUITE.sha256(&[text.as_bytes()]),
            Some((first, second)) => {
                SUITE.sha256(&[&SUITE.sha256(&[first.as_bytes()]), &SUITE.sha256(&[second.as_bytes()])])
            }
        }
    }
}

/// By what a token is known, and what that is worth.
struct Secret {
    sha256: Hash,
    in_halves: bool,
    confirms_from_ms: u64,
}

fn token(new: NewToken, id: String, now: u64, Secret { sha256, in_halves, confirms_from_ms }: Secret) -> Token {
    Token {
        id,
        name: new.name,
        person: new.person,
        role: new.role,
        office: new.office,
        only: new.only,
        purposes: if new.role.oversees() { vec![OVERSIGHT.to_owned()] } else { new.purposes },
        created_ms: now,
        expires_ms: now.saturating_add(new.days.saturating_mul(DAY_MS)),
        revoked_ms: None,
        confirms_from_ms,
        renewed_as: None,
        in_halves,
        sha256,
    }
}

fn check_room(held: &BTreeMap<String, Arc<Token>>) -> Result<(), Fault> {
    let most = limits::TOKENS_MAX;
    if held.len() < most {
        return Ok(());
    }
    Err(Fault::new(Code::Storage, say!("tokens-full", most = most)))
}

/// A fresh id and a fresh secret.
fn drawn(entropy: &mut dyn Entropy) -> (String, Zeroizing<String>) {
    let mut id = [0; ID_BYTES];
    entropy.fill(&mut id);
    let secret = Zeroizing::new(random_32(entropy));
    (hex::encode(id), Zeroizing::new(hex::encode(*secret)))
}

fn check(new: &NewToken) -> Result<(), Fault> {
    let is_name = |name: &str| text::is_prose(name, NAME_BYTES_MAX);
    if !is_name(&new.name) {
        let message = say!("token-name-form", name_bytes_max = NAME_BYTES_MAX);
        return Err(Fault::usage(message).in_field("name"));
    }
    if new.office.as_deref().is_some_and(|office| !is_name(office)) {
        return Err(Fault::usage(say!("office-length", name_bytes_max = NAME_BYTES_MAX)).in_field("office"));
    }
    if !(1..=limits::TOKEN_DAYS_MAX).contains(&new.days) {
        return Err(Fault::usage(say!("token-days-form", token_days_max = limits::TOKEN_DAYS_MAX)).in_field("days"));
    }
    check_purposes(new)?;
    match new.only.iter().flatten().find(|scope| !scope.belongs_to(new.role)) {
        Some(scope) => {
            let message = say!("role-lacks-scope", role = %new.role.name(), scope = %scope.name());
            Err(Fault::usage(message).in_field("only"))
        }
        None => Ok(()),
    }
}

/// A token that reads what others supplied is for a purpose (PUR-01); oversight belongs to the roles that oversee.
fn check_purposes(new: &NewToken) -> Result<(), Fault> {
    let refuse = |message: Message| Err(Fault::usage(message).in_field("purposes"));
    let role = new.role.name();
    if new.role.oversees() {
        return match new.purposes.iter().any(|purpose| purpose != OVERSIGHT) {
            true => refuse(say!("oversight-alone", role = role, oversight = OVERSIGHT)),
            false => Ok(()),
        };
    }
    if new.purposes.iter().any(|purpose| purpose == OVERSIGHT) {
        return refuse(say!("oversight-not-of-role", oversight = OVERSIGHT, role = role));
    }
    if new.purposes.len() > limits::TOKEN_PURPOSES_MAX || !new.purposes.iter().all(|purpose| text::is_token(purpose)) {
        let most = limits::TOKEN_PURPOSES_MAX;
        return refuse(say!("purposes-form", most = most));
    }
    let has = |scope: &Scope| scope.belongs_to(new.role) && new.only.as_ref().is_none_or(|only| only.contains(scope));
    let reads = TABLE.iter().map(|(scope, _)| scope).find(|scope| scope.needs_purpose() && has(scope));
    match reads {
        Some(scope) if new.purposes.is_empty() => refuse(say!("token-needs-purpose", scope = %scope.name())),
        _ => Ok(()),
    }
}

const REQUEST_THOUSANDTHS: u64 = 1_000;
const BURST_THOUSANDTHS: u64 = limits::TOKEN_REQUESTS_BURST_MAX * REQUEST_THOUSANDTHS;

/// What a token may still ask now; it fills up with time.
struct Bucket {
    /// Thousandths of a request.
    thousandths: u64,
    at_ms: u64,
}

impl Bucket {
    fn take(&mut self, now_ms: u64) -> Result<(), u64> {
        // A request a second is a thousandth of one each millisecond.
        let refill = now_ms.saturating_sub(self.at_ms).saturating_mul(limits::TOKEN_REQUESTS_PER_SECOND_MAX);
        self.thousandths = self.thousandths.saturating_add(refill).min(BURST_THOUSANDTHS);
        // A clock that was set back must not stop a token until the old time comes again.
        self.at_ms = now_ms;
        match self.thousandths.checked_sub(REQUEST_THOUSANDTHS) {
            Some(left) => {
                self.thousandths = left;
                Ok(())
            }
            None => Err(1),
        }
    }
}

#[cfg(test)]
impl Token {
    /// A token that counts, for tests of what roles may.
    pub(crate) fn for_tests(role: Role) -> Self {
        Self {
            id: "0011223344556677".into(),
            name: "a test".into(),
            person: None,
            role,
            office: None,
            only: None,
            purposes: Vec::new(),
            created_ms: 0,
            expires_ms: u64::MAX,
            revoked_ms: None,
            confirms_from_ms: 0,
            renewed_as: None,
            in_halves: false,
            sha256: [0; 32],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_requests_wait_and_time_heals() {
        let mut bucket = Bucket { thousandths: BURST_THOUSANDTHS, at_ms: 1_000 };
        let taken = (0..limits::TOKEN_REQUESTS_BURST_MAX + 5).filter(|_| bucket.take(1_000).is_ok()).count();
        assert_eq!(taken as u64, limits::TOKEN_REQUESTS_BURST_MAX);
        assert_eq!(bucket.take(1_000), Err(1));
        let later = (0..10 * limits::TOKEN_REQUESTS_PER_SECOND_MAX).filter(|_| bucket.take(2_000).is_ok()).count();
        assert_eq!(later as u64, limits::TOKEN_REQUESTS_PER_SECOND_MAX);
        assert_eq!(bucket.take(500), Err(1), "a clock set back gives nothing");
        assert_eq!(bucket.take(1_500), Ok(()), "and takes nothing for ever");
    }
}
