//! Two agencies meet: the own card shown and read out, the partner's taken up, and its fingerprint typed in as it was heard.

use askama::Template;
use axum::{
    Extension,
    extract::{Multipart, Path, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use doors::{api::peers, problem::Failed};
use node::{
    audit::Noted,
    callers::{Caller, Scope, sessions::Session},
    fault::{Code, Fault},
    node::Node,
    peers::Peer,
    work::blocking,
};
use protocol::{card::CardChain, fingerprint::Fingerprint, id::AgencyId};
use texts::say;

use super::passkeys::{Fresh, to_confirm};
use crate::{
    form::Said,
    page::{Shown, Then, page},
    party::in_language,
    qr::Qr,
    ui::Ui,
    upload::Uploaded,
};

/// So many groups may differ and be taken for misheard: a card of somebody else's differs in nearly all of them.
const MISHEARD_MAX: usize = 3;

/// What an agency says of itself when it meets another.
pub struct Own {
    /// The groups of its fingerprint.
    pub groups: Vec<String>,
    /// The code that a partner's camera reads.
    pub qr: Option<Qr>,
    /// The same as text.
    pub qr_text: String,
    /// Its id.
    pub agency: String,
    /// Where its node is reached, by its newest card.
    pub addresses: Vec<String>,
    /// The serial of that card.
    pub serial: String,
}

impl Own {
    /// What the node's own card says.
    pub fn of(node: &Node, ui: &Ui) -> Self {
        let cards = node.cards();
        let qr_text = cards.qr_text().to_string();
        Self {
            groups: groups(&cards.fingerprint()),
            qr: Qr::of(&qr_text),
            qr_text,
            agency: cards.agency().to_string(),
            addresses: cards.current().addresses.clone(),
            serial: ui.number_u64(cards.current().serial),
        }
    }
}

fn groups(fingerprint: &Fingerprint) -> Vec<String> {
    fingerprint.to_string().split(' ').map(str::to_owned).collect()
}

/// The own card as a file, to be handed to a partner.
pub async fn card(State(node): State<Node>) -> Response {
    let heads = [(CONTENT_TYPE, "application/json"), (CONTENT_DISPOSITION, "attachment; filename=\"ours.card\"")];
    (heads, node.cards().encode()).into_response()
}

/// The page on which a partner's card is taken up.
#[derive(Template)]
#[template(path = "meet.html")]
pub struct Meet {
    ui: Ui,
    own: Own,
}

page!(Meet);

/// Shows it.
pub async fn meet(State(node): State<Node>, ui: Ui) -> Shown<Meet> {
    Shown::plain(Meet { own: Own::of(&node, &ui), ui })
}

/// Fetches a partner's card from its node.
pub async fn fetch(State(node): State<Node>, said: Said) -> Result<Then, Failed> {
    let address = said.some("address").ok_or_else(|| Fault::usage(say!("no-address-given")).in_field("address"))?;
    let address = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    Ok(to(&peers::fetch_from(node, &address).await?))
}

/// Takes up a partner's card that was pasted.
pub async fn paste(State(node): State<Node>, said: Said) -> Result<Then, Failed> {
    let card = Bytes::from(said.one("card").trim().to_owned());
    Ok(to(&peers::take_up(node, card, None).await?))
}

/// Takes up a partner's card file.
pub async fn upload(State(node): State<Node>, form: Multipart) -> Result<Then, Failed> {
    let Uploaded { bytes, .. } = Uploaded::of(form).await?;
    Ok(to(&peers::take_up(node, bytes.into(), None).await?))
}

/// Shows the partner, with its name in the audit log: the address of the act does not say it.
fn to(peer: &Peer) -> Then {
    /// Which card it was.
    #[derive(serde::Serialize)]
    struct Taken {
        agency: String,
        serial: u64,
    }
    let taken = Taken { agency: peer.chain.agency().to_string(), serial: peer.chain.current().serial };
    Then(format!("/partners/{}", taken.agency), Noted::facts(&taken))
}

/// A partner: its cards, and whether its fingerprint was compared.
#[derive(Template)]
#[template(path = "partner.html")]
pub struct Partner {
    ui: Ui,
    agency: String,
    name: String,
    country: String,
    is_trusted: bool,
    is_frozen: bool,
    /// The digits, once they were compared: before, they are to be heard and not read.
    groups: Vec<String>,
    cards: Vec<CardRow>,
    own: Own,
    may_trust: bool,
    may_draft: bool,
    /// Where the passkey is shown first, if it was not shown just now.
    confirm: Option<String>,
    typed: String,
    problem: Option<String>,
}

page!(Partner);

/// A card of an agency's.
struct CardRow {
    serial: String,
    addresses: Vec<String>,
    is_newest: bool,
    /// Whether the node moved with it.
    has_moved: bool,
}

/// Shows a partner.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
    Path(agency): Path<String>,
) -> Result<Shown<Partner>, Failed> {
    let peer = held(&node, &agency)?;
    Ok(Shown::plain(partner(&node, (&caller, &session), ui, &peer)))
}

fn held(node: &Node, agency: &str) -> Result<Peer, Fault> {
    let agency: AgencyId = agency.parse().map_err(|_| Fault::not_found(say!("no-card-of-agency", agency = %agency)))?;
    node.peers.get(&agency).ok_or_else(|| Fault::not_found(say!("no-card-of-agency", agency = %agency)))
}

fn partner(node: &Node, (caller, session): (&Caller, &Session), ui: Ui, peer: &Peer) -> Partner {
    let card = peer.chain.current();
    Partner {
        agency: peer.chain.agency().to_string(),
        name: in_language(&card.names, ui.language),
        country: card.country.clone(),
        is_trusted: peer.trusted,
        is_frozen: peer.frozen,
        groups: if peer.trusted { groups(&peer.chain.fingerprint()) } else { Vec::new() },
        cards: cards(&ui, &peer.chain),
        own: Own::of(node, &ui),
        may_trust: caller.check(Scope::NodeAdmin).is_ok() && !peer.trusted && !peer.frozen,
        may_draft: caller.check(Scope::AgreementsDraft).is_ok() && peer.trusted,
        confirm: to_confirm(session, &format!("/partners/{}", peer.chain.agency())),
        typed: String::new(),
        problem: None,
        ui,
    }
}

/// The cards, the newest first.
fn cards(ui: &Ui, chain: &CardChain) -> Vec<CardRow> {
    let newest = chain.current().serial;
    let mut before: Option<Vec<String>> = None;
    let row = |card: &protocol::card::Card| {
        let has_moved = before.as_ref().is_some_and(|before| *before != card.addresses);
        before = Some(card.addresses.clone());
        CardRow {
            serial: ui.number_u64(card.serial),
            addresses: card.addresses.clone(),
            is_newest: card.serial == newest,
            has_moved,
        }
    };
    let mut rows: Vec<CardRow> = chain.cards().map(row).collect();
    rows.reverse();
    rows
}

/// Trusts a partner whose digits were typed as they were heard. Others are refused, and it is said whether they look misheard.
pub async fn trust(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Fresh(session): Fresh,
    ui: Ui,
    Path(agency): Path<String>,
    said: Said,
) -> Result<Response, Failed> {
    let peer = held(&node, &agency)?;
    let (work, id, typed) = (node.clone(), *peer.chain.agency(), said.one("fingerprint").to_owned());
    let heard = typed.clone();
    let fault = match blocking(move || work.peers.confirm(&work, &id, &typed)).await {
        Ok(peer) => return Ok(to(&peer).into_response()),
        Err(error) => error,
    };
    if !matches!(fault.code, Code::NotVerified | Code::Usage) {
        return Err(fault.into());
    }
    let problem = match heard.parse::<Fingerprint>() {
        Ok(heard) => ui.m(&misheard(&ui, &heard, &peer.chain.fingerprint())),
        Err(_) => ui.t("fingerprint-form"),
    };
    let page = Partner { problem: Some(problem), typed: heard, ..partner(&node, (&caller, &session), ui, &peer) };
    Ok(Shown(page, Noted::facts(&Compared { trusted: false })).into_response())
}

/// What came of a comparison, in the audit log: the page is shown again, so its status does not say it.
#[derive(serde::Serialize)]
struct Compared {
    trusted: bool,
}

/// What is said of digits that are not the partner's, without saying which are.
fn misheard(ui: &Ui, heard: &Fingerprint, held: &Fingerprint) -> texts::Message {
    let differ = groups(heard).into_iter().zip(groups(held)).enumerate().filter(|(_, (heard, held))| heard != held);
    let places: Vec<String> = differ.map(|(place, _)| ui.number(place + 1)).collect();
    match places.len() {
        0..=MISHEARD_MAX => say!("fingerprint-misheard", groups = places.join(ui.language.comma())),
        _ => say!("fingerprint-of-another"),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Own { groups, qr, qr_text, agency, addresses, serial });
    sample!(Meet { ui, own });
    sample!(Partner {
        ui,
        agency,
        name,
        country,
        is_trusted,
        is_frozen,
        groups,
        cards,
        own,
        may_trust,
        may_draft,
        confirm,
        typed,
        problem
    });
    sample!(CardRow { serial, addresses, is_newest, has_moved });
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;

    #[test]
    fn a_misheard_group_and_another_agency_are_told_apart_and_no_digit_is_told() {
        let ui = Ui::sample(Language::En);
        let held = Fingerprint::of(&AgencyId::new([0x5a; 32]));
        let mut heard = groups(&held);
        heard[2] = if heard[2] == "00000" { "00001".to_owned() } else { "00000".to_owned() };
        let heard: Fingerprint = heard.join(" ").parse().unwrap();
        let said = misheard(&ui, &heard, &held).to_string();
        assert!(said.contains('3') && !groups(&held).iter().any(|group| said.contains(group)), "{said}");
        let other = Fingerprint::of(&AgencyId::new([0xa5; 32]));
        assert_eq!(misheard(&ui, &other, &held), say!("fingerprint-of-another"));
    }
}
