//! `mithaq pair`: from two nodes that know nothing of each other to an open channel. Each side runs it once.
//!
//! It does nothing that other commands can't do one by one: the partner's card is fetched, its fingerprint is what people told
//! each other, and an agreement is signed only by whoever read it.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, IsTerminal as _, Write as _},
    path::PathBuf,
    time::Duration,
};

use hyper::Uri;
use node::{
    agreements::{TOML, life::Life, template},
    answers::{
        agreements::{AgreementList, AgreementRow, OfferAnswer, ProgressAnswer},
        audit::AuditorList,
        channels::{ChannelRow, ChannelState},
        peers::{CardAddress, Confirmation, PeerRow},
    },
    fault::Code,
    wording,
};
use protocol::{
    card::CardChain,
    fingerprint::{Fingerprint, NotAFingerprint, QrText},
    id::{AgencyId, ChannelId},
    suite::AwsLc,
};
use serde::Serialize;
use texts::{Message, say, shown};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{agreement::life, wait};
use crate::{
    api::{self, Api, Call},
    cli::NodeArgs,
    failure::{Failure, language},
    limits, output, said,
};

/// Meet another agency: its card, the comparison of fingerprints, and the agreement, up to the open channel.
///
/// Both agencies run this once, at the same time, while their people talk to each other. One of them proposes the agreement with
/// --agreement or --template; the other reads it and signs. What is done already is not done again.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mithaq pair node-a https://node.b.example:8443 --agreement cooperation.toml
  mithaq pair node-b https://node.a.example:8443
  mithaq pair node-b \"mithaq:3f…?at=https://node.a.example:8443\"    (as their QR code reads)")]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
    /// Where the other agency's node is reached, https://HOST:PORT; or what the QR code of its card reads, which holds the fingerprint
    /// too.
    #[arg(value_name = "ADDRESS|QR")]
    partner: String,
    /// Their fingerprint as their people gave it to you, 60 digits. Without it you are asked.
    #[arg(long, value_name = "DIGITS")]
    fingerprint: Option<Fingerprint>,
    /// Propose the agreement of this draft in TOML.
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    agreement: Option<PathBuf>,
    /// Propose what `mithaq agreement template` prints, for a trial.
    #[arg(long)]
    template: bool,
    /// Sign what the other agency proposes without being asked, for a trial.
    #[arg(long, conflicts_with_all = ["agreement", "template"])]
    sign: bool,
    /// Register this public file of the own auditor first. Without an auditor nothing is exchanged.
    #[arg(long, value_name = "FILE")]
    auditor: Option<PathBuf>,
    /// Give up after so many seconds of waiting for the other side.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
}

/// What came of it.
#[derive(Serialize)]
struct Paired {
    partner: AgencyId,
    agreement: String,
    channel: ChannelId,
    state: ChannelState,
}

/// One side of a meeting.
struct Meeting {
    api: Api,
    args: Args,
    own: CardChain,
    until: Instant,
    json: bool,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let (address, scanned) = named(&args.partner)?;
    wait::until_running(&args.node.dir, args.timeout).await?;
    let api = Api::of(&args.node).await?;
    let own = api.bytes(Call::get("/v1/card")).await?;
    let own = CardChain::parse(&AwsLc, &own).map_err(|error| Failure::not_verified(wording::cards::card(&error)))?;
    let until = Instant::now() + Duration::from_secs(args.timeout);
    let meeting = Meeting { api, args, own, until, json };
    meeting.register_auditor().await?;
    let partner = meeting.meet(address, scanned).await?;
    let progress = meeting.agree(&partner).await?;
    let paired = meeting.opened(&partner, &progress).await?;
    if json {
        return output::json(&paired);
    }
    meeting.tell(&partner, &paired)
}

/// Where the partner is reached, and who it is if a QR code said so.
fn named(partner: &str) -> Result<(String, Option<AgencyId>), Failure> {
    if !partner.starts_with("mithaq:") {
        let address = if partner.contains("://") { partner.to_owned() } else { format!("https://{partner}") };
        return Ok((address, None));
    }
    let qr: QrText =
        partner.parse().map_err(|error| Failure::usage(say!("while-doing", what = %partner, problem = %error)))?;
    match qr.address {
        Some(address) => Ok((address, Some(qr.agency))),
        None => Err(Failure::usage(say!("qr-without-address"))),
    }
}

impl Meeting {
    fn say(&self, message: &Message) -> Result<(), Failure> {
        if self.json { Ok(()) } else { output::say(message) }
    }

    /// Asks a person, on the terminal.
    fn ask(&self, question: &Message, instead: &Message) -> Result<String, Failure> {
        let mut input = std::io::stdin().lock();
        if self.json || !std::io::stdin().is_terminal() {
            return Err(Failure::usage(say!("nobody-to-ask", instead = instead.clone())));
        }
        let mut err = std::io::stderr().lock();
        let mut answer = String::new();
        write!(err, "{} ", shown::own_line(&question.in_language(language())))
            .and_then(|()| err.flush())
            .and_then(|()| input.read_line(&mut answer))
            .map_err(|error| Failure::usage(say!("terminal-unreadable", error = %error, instead = instead.clone())))?;
        Ok(answer.trim().to_owned())
    }

    /// Waits a little for the other side, or says what it did not do in time.
    async fn wait(&self, pause: Duration, what: &Message) -> Result<(), Failure> {
        if Instant::now() + pause >= self.until {
            let seconds = self.args.timeout;
            return Err(Failure::unavailable(say!("pair-not-in-time", what = what.clone(), seconds = seconds)));
        }
        sleep(pause).await;
        Ok(())
    }

    async fn register_auditor(&self) -> Result<(), Failure> {
        if let Some(file) = &self.args.auditor {
            let public = output::read(file, limits::KEY_FILE_BYTES_MAX)?;
            let call = Call::post("/v1/auditors", api::JSON, public);
            self.api.bytes(call).await.map_err(|failure| failure.while_doing(file.display()))?;
        }
        Ok(())
    }

    /// Fetches the partner's card and has its fingerprint confirmed.
    async fn meet(&self, address: String, scanned: Option<AgencyId>) -> Result<PeerRow, Failure> {
        let asked = CardAddress { address };
        let mut is_told = false;
        let partner = loop {
            listens(&asked.address).await;
            match self.api.post::<PeerRow>("/v1/peers/fetch", &asked).await {
                Ok(row) => break row.read()?,
                Err(failure) if matches!(failure.error().code, Code::Unavailable | Code::TooMany) => {
                    let what = say!("pair-no-card", address = %asked.address);
                    if !std::mem::replace(&mut is_told, true) {
                        self.say(&say!("pair-asks-again", what = what.clone()))?;
                    }
                    self.wait(limits::PAIR_FETCH_PAUSE, &what).await?;
                }
                Err(failure) => return Err(failure),
            }
        };
        if partner.agency == *self.own.agency() {
            return Err(Failure::usage(say!("own-address", address = %asked.address)).in_field("address"));
        }
        if scanned.is_some_and(|agency| agency != partner.agency) {
            return Err(Failure::not_verified(say!("other-agency-answers", address = %asked.address)));
        }
        if partner.trusted && self.args.fingerprint.is_none() {
            return Ok(partner);
        }
        let (name, country, address) = (name(&partner), &partner.country, &asked.address);
        self.say(&say!("pair-answers", name = name, country = country, address = address))?;
        let path = format!("/v1/peers/{}/confirm", partner.agency);
        let fingerprint = match (scanned, &self.args.fingerprint) {
            (Some(agency), _) => Fingerprint::of(&agency),
            (None, Some(given)) => *given,
            (None, None) => self.heard()?,
        };
        let confirmation = Confirmation { fingerprint: fingerprint.to_string() };
        self.api.post::<PeerRow>(&path, &confirmation).await?.read()
    }

    /// What the other side's people say their fingerprint is. Theirs is not shown here: it would be read instead of heard.
    fn heard(&self) -> Result<Fingerprint, Failure> {
        self.say(&say!("pair-call"))?;
        self.say(&Message::as_worded(format!("  {}", self.own.fingerprint())))?;
        loop {
            let typed = self.ask(&say!("pair-type-theirs"), &say!("pair-scan-instead"))?;
            match typed.parse() {
                Ok(fingerprint) => return Ok(fingerprint),
                Err(NotAFingerprint) if typed.is_empty() => {
                    let why = say!("not-a-fingerprint");
                    return Err(Failure::usage(say!("nothing-typed", error = why)));
                }
                Err(NotAFingerprint) => {
                    let problem = say!("not-a-fingerprint");
                    self.say(&say!("pair-once-more", problem = problem))?;
                }
            }
        }
    }

    /// Brings an agreement of the two into force: the one that this side proposes, or the one that the other does.
    async fn agree(&self, partner: &PeerRow) -> Result<ProgressAnswer, Failure> {
        let ours = match self.draft(partner)? {
            Some(draft) => Some(self.propose(draft).await?),
            None => None,
        };
        let (mut signed, mut pause, mut is_told) = (None, limits::PAIR_PAUSE_LEAST, false);
        loop {
            let both = self.of_both(partner).await?;
            let mine = |row: &&AgreementRow| ours.is_none_or(|ours| row.progress.agreement == ours);
            if let Some(row) = both.iter().filter(mine).find(|row| row.progress.in_force) {
                return Ok(row.progress.clone());
            }
            let theirs = both.iter().find(|row| row.progress.missing == [*self.own.agency()]);
            match (ours, theirs) {
                (Some(hash), theirs) => {
                    if let Some(row) = theirs.filter(|_| !is_told) {
                        is_told = true;
                        let (name, hash) = (name(partner), hex::encode(row.progress.agreement));
                        self.say(&say!("pair-other-agreement", name = name, agreement = &hash[..8]))?;
                    }
                    signed = Some(hash);
                }
                (None, Some(row)) => signed = Some(self.consider(row).await?),
                (None, None) => {}
            }
            // Offered again and again: the other side takes nothing before it has confirmed this one's fingerprint.
            if let Some(hash) = signed {
                let path = format!("/v1/agreements/{}/offer", hex::encode(hash));
                match self.api.act::<OfferAnswer>(&path).await {
                    Ok(offered) if offered.read()?.progress.in_force => continue,
                    Ok(_) => {}
                    Err(failure) if failure.error().code == Code::Unavailable => {}
                    Err(failure) => return Err(failure),
                }
            }
            let what = match signed {
                Some(_) => say!("pair-did-not-sign"),
                None => say!("pair-did-not-propose"),
            };
            self.wait(pause, &what).await?;
            pause = limits::PAIR_PAUSE_MOST.min(pause * 2);
        }
    }

    /// The draft that this side proposes, if it proposes one.
    fn draft(&self, partner: &PeerRow) -> Result<Option<String>, Failure> {
        if let Some(file) = &self.args.agreement {
            let most = u64::try_from(protocol::limits::AGREEMENT_BYTES_MAX).unwrap_or(u64::MAX);
            return output::read_text(file, most).map(Some);
        }
        if !self.args.template {
            return Ok(None);
        }
        let (us, them) = (&self.own.current().country, &partner.country);
        let (us, them) = template::labels(us, them);
        Ok(Some(template::filled(&us, &partner.agency.to_string(), &them, node::clock::today())?))
    }

    async fn propose(&self, draft: String) -> Result<protocol::id::Hash, Failure> {
        let drafted: ProgressAnswer = self.api.ask(Call::post("/v1/agreements", TOML, draft)).await?.read()?;
        for warning in &drafted.warnings {
            self.say(&say!("list-look-again", message = %warning.message))?;
        }
        let hash = hex::encode(drafted.agreement);
        self.api.act::<ProgressAnswer>(&format!("/v1/agreements/{hash}/sign")).await?;
        self.say(&say!("pair-signed-here", agreement = &hash[..8]))?;
        Ok(drafted.agreement)
    }

    /// First versions between the two and nobody else.
    async fn of_both(&self, partner: &PeerRow) -> Result<Vec<AgreementRow>, Failure> {
        let AgreementList { agreements } = self.api.get("/v1/agreements").await?.read()?;
        let two = BTreeSet::from([*self.own.agency(), partner.agency]);
        let is_theirs =
            |row: &AgreementRow| row.version == 1 && row.parties.iter().copied().collect::<BTreeSet<_>>() == two;
        Ok(agreements.into_iter().filter(is_theirs).collect())
    }

    /// Shows what the other side proposes, and signs if a person here says so.
    async fn consider(&self, row: &AgreementRow) -> Result<protocol::id::Hash, Failure> {
        let hash = hex::encode(row.progress.agreement);
        let life: Life = self.api.get(&format!("/v1/agreements/{hash}")).await?.read()?;
        self.say(&say!("pair-they-propose"))?;
        // What comes next is asked below.
        let lines = life::lines(&Life { next: Vec::new(), ..life });
        if !self.json {
            lines.iter().try_for_each(|(depth, line)| output::say_at(depth.saturating_add(1), line))?;
        }
        for warning in row.progress.warnings.iter().filter(|_| !self.json) {
            output::say_below(&say!("list-look-again", message = %warning.message))?;
        }
        if !self.args.sign {
            let dir = self.args.node.dir.display();
            let instead = say!("pair-sign-instead", dir = %dir, agreement = &hash[..8]);
            let answer = self.ask(&say!("pair-sign-question"), &instead)?;
            if answer != "sign" {
                return Err(Failure::usage(say!("not-signed-now", instead = instead)));
            }
        }
        self.api.act::<ProgressAnswer>(&format!("/v1/agreements/{hash}/sign")).await?;
        Ok(row.progress.agreement)
    }

    /// Waits until records can cross.
    async fn opened(&self, partner: &PeerRow, progress: &ProgressAnswer) -> Result<Paired, Failure> {
        let channel = progress.channel.ok_or_else(|| Failure::internal(say!("first-version-no-channel")))?;
        let AuditorList { auditors, .. } = self.api.get("/v1/auditors").await?.read()?;
        let path = format!("/v1/channels/{channel}");
        let give_up = Instant::now() + limits::PAIR_OPENS_AFTER;
        loop {
            let row: ChannelRow = self.api.get(&path).await?.read()?;
            if row.state != ChannelState::Waiting || auditors.is_empty() || Instant::now() >= give_up {
                let agreement = hex::encode(progress.agreement);
                return Ok(Paired { partner: partner.agency, agreement, channel, state: row.state });
            }
            sleep(limits::PAIR_PAUSE_LEAST).await;
        }
    }

    fn tell(&self, partner: &PeerRow, paired: &Paired) -> Result<(), Failure> {
        let (dir, channel) = (self.args.node.dir.display(), &paired.channel.to_string()[..8]);
        match paired.state {
            ChannelState::Open => {
                output::say(&say!("pair-channel-open", name = name(partner), channel = channel))?;
                let show = format!("  mithaq agreement show {dir} {channel}");
                output::parts([show.into(), say!("pair-what-may-cross").into()])?;
                output::line_of(&format!(
                    "  mithaq send {dir} --channel {channel} --clause c1 --kind KIND FILE --wait delivered"
                ))
            }
            _ => {
                output::say(&say!("pair-channel-waits", name = name(partner), channel = channel))?;
                output::parts([format!("  mithaq doctor {dir}").into(), say!("pair-says-for-what").into()])
            }
        }
    }
}

/// Waits a little until somebody listens there. The node answers a fetch in vain only after seconds, whatever the reason, so that it
/// tells nothing of other machines; who runs this command may ask from here.
async fn listens(address: &str) {
    let Some(place) = address.parse::<Uri>().ok().and_then(|uri| Some((uri.host()?.to_owned(), uri.port_u16()?)))
    else {
        return;
    };
    let (host, port) = (place.0.trim_matches(['[', ']']).to_owned(), place.1);
    let connected = async {
        while TcpStream::connect((host.as_str(), port)).await.is_err() {
            sleep(limits::WAIT_PAUSE).await;
        }
    };
    // In vain or not: the node's own fetch says what is wrong.
    let _ = timeout(limits::PAIR_FETCH_PAUSE, connected).await;
}

fn name(partner: &PeerRow) -> String {
    said::text(&partner.names).unwrap_or_default().to_owned()
}
