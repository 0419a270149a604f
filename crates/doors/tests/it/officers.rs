//! Officers' keys over their life: enrolled, revoked, and what a partner makes of approvals that no longer count.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use node::db::SUITE;
use policy::case::Case;
use protocol::{
    control::Control,
    encoding::to_base64,
    evidence::{Evidence, Testimony},
    header::Header,
    origin::{Lane, Position},
    record::{Approval, Enrolment, Officer},
};
use serde_json::{Value, json};

use crate::{
    cases::{self, Author},
    floor::{enrol, enrol_at, refusals},
    rogue::{Approved, Rogue},
    world::Pair,
};

// spec: RECORD-13, HDR-14
#[tokio::test]
async fn an_approval_counts_once_for_whoever_submits_it_again() {
    let pair = Pair::start_under(&cases::agreement(Case::new("note").today, "AGENCY-A")).await;
    let author = enrol_at(&pair).await;
    let once = line(&author);
    let sent = pair.a.submit(&once, "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    let again = pair.a.submit(&once, "wait=recorded", None).await;
    let error = |answer: &Value| (answer["error"]["rule"].clone(), answer["error"]["code"].clone());
    assert_eq!(error(&again[0]), (json!("EYE-01"), json!("refused")), "{again:?}");
    let other = line(&author);
    let twice = pair.a.submit(&format!("{other}\n{other}"), "wait=delivered", None).await;
    assert_eq!(twice[0]["state"], "delivered", "{twice:?}");
    assert_eq!(error(&twice[1]), (json!("EYE-01"), json!("refused")), "{twice:?}");
    // At one moment too: one of them is recorded, whichever.
    let raced = line(&author);
    let (first, second) =
        tokio::join!(pair.a.submit(&raced, "wait=recorded", None), pair.a.submit(&raced, "wait=recorded", None));
    let recorded = [&first, &second].into_iter().filter(|answer| answer[0]["error"].is_null()).count();
    assert_eq!(recorded, 1, "{first:?} {second:?}");
    assert_eq!(pair.a.records("out").await.len(), 3);
}

// spec: RECORD-13
#[tokio::test]
async fn a_partner_that_uses_an_approval_again_is_refused() {
    let mut rogue = Rogue::start_under(&cases::agreement(Case::new("note").today, "AGENCY-B")).await;
    let author = enrol(&mut rogue).await;
    let (note, other) = (approved(&author), approved(&author));
    let crafted = rogue.craft_approved(rogue.manifest(), &[note.clone(), other.clone(), other]);
    rogue.deliver(&crafted).await;
    let crafted = rogue.craft_approved(rogue.manifest(), &[note]);
    rogue.deliver(&crafted).await;
    let why: Vec<_> = refusals(&rogue).into_iter().map(|(_, rule, why)| format!("{rule} {why}")).collect();
    assert_eq!(why, ["EYE-01 approval-used"; 2]);
    let states: Vec<_> = rogue.a.records("in").await.iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states, ["received", "received", "quarantined", "quarantined"]);
}

/// A note that an author's two officers approve.
fn approved(author: &Author) -> Approved {
    author.write(&Case::new("note")).1
}

fn line(author: &Author) -> String {
    let (header, body, approvals) = approved(author);
    let [header, body, approvals] = [header, body, approvals].map(|bytes| String::from_utf8(bytes).unwrap());
    let header: Value = serde_json::from_str(&header).unwrap();
    json!({ "channel": author.channel, "header": header, "body": body, "approvals": approvals }).to_string()
}

// spec: RECORD-10, RECORD-11, EVID-13
#[tokio::test]
async fn a_revoked_key_approves_nothing_more_and_what_has_not_left_is_withheld() {
    let mut pair = Pair::start_under(&cases::agreement(Case::new("note").today, "AGENCY-A")).await;
    let author = enrol_at(&pair).await;
    let sent = pair.a.submit(&line(&author), "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    pair.b.stop().await;
    let waits = pair.a.submit(&line(&author), "wait=recorded", None).await;
    assert_eq!(waits[0]["state"], "recorded", "{waits:?}");

    let officers = format!("/v1/channels/{}/officers", pair.channel);
    let revoke = format!("{officers}/revoke");
    let key = |public: &[u8]| json!({ "public": to_base64(public) }).to_string();
    let listed: Vec<Value> = serde_json::from_value(pair.a.json(Method::GET, &officers, "").await).unwrap();
    let public = listed[0]["officer"]["public"].as_str().unwrap().to_owned();
    let body = json!({ "public": public }).to_string();
    let size = || pair.a.channel(&pair.channel).value().size(&author.officers[0].1.origin);
    let before = size();
    let revoked = pair.a.json(Method::POST, &revoke, body.clone()).await;
    assert_eq!(revoked["revoked"], json!([author.officers[0].1]));
    assert_eq!(size(), before + 2, "a manifest and the revocation");
    assert_eq!(pair.a.json(Method::POST, &revoke, body.clone()).await, revoked);
    assert_eq!(size(), before + 2, "doing it again changes nothing");
    assert_eq!(pair.a.request(Method::POST, &revoke, key(&[7; 32])).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pair.a.request(Method::POST, &revoke, key(&[7; 31])).await.status, StatusCode::BAD_REQUEST);

    let listed = pair.a.json(Method::GET, &officers, "").await;
    assert_eq!(listed[0]["revoked"]["index"], json!(before + 1));
    assert!(listed[1]["revoked"].is_null());
    let again = pair.a.request(Method::POST, &officers, listed[0]["officer"].to_string()).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", String::from_utf8_lossy(&again.body));
    let refused = pair.a.submit(&line(&author), "wait=recorded", None).await;
    assert_eq!((&refused[0]["error"]["code"], &refused[0]["error"]["rule"]), (&json!("refused"), &json!("EYE-01")));

    pair.b.resume().await;
    let handle = pair.a.channel(&pair.channel);
    let mut changes = handle.changes();
    let (end, to) = (size(), pair.b.node.me);
    while handle.value().log(&author.officers[0].1.origin).unwrap().receipted(&to) < end {
        changes.changed().await.unwrap();
    }
    let states: Vec<_> = pair.a.records("out").await.iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states, ["delivered", "withheld"]);
    // The evidence of what was approved before stays, and the revocation has evidence of its own.
    let evidence = async |index: u64| {
        let path = format!("/v1/evidence/{}/{}/1/main/{index}", pair.channel, pair.a.node.me);
        let answer = pair.b.request(Method::GET, &path, Bytes::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.body));
        Evidence::parse(&answer.body).unwrap().verify(SUITE).unwrap()
    };
    assert_eq!(evidence(sent[0]["ref"]["index"].as_u64().unwrap()).await.approvals.len(), 2);
    assert_eq!(evidence(before + 1).await.testimony, Some(Testimony::Revoked(author.officers[0].1)));
}

// spec: RECORD-7, RECORD-11, DELIV-8
#[tokio::test]
async fn a_partners_record_approved_by_nobody_whom_it_has_enrolled_is_quarantined_with_evidence() {
    let mut rogue = Rogue::start_under(&cases::agreement(Case::new("note").today, "AGENCY-B")).await;
    let mut author = enrol(&mut rogue).await;
    let good = approved(&author);
    let swapped = {
        let (header, body, approvals) = good.clone();
        let mut given: Vec<Approval> = serde_json::from_slice(&approvals).unwrap();
        let [first, second] = &mut given[..] else { panic!("two officers approve") };
        std::mem::swap(&mut first.role, &mut second.role);
        (header, body, serde_json::to_vec(&given).unwrap())
    };
    let enrolled = author.officers[0].1;
    author.officers[0].1 = Enrolment { index: 0, ..enrolled };
    let not_enrolled = approved(&author);
    author.officers[0].1 =
        Enrolment { origin: protocol::origin::Origin { agency: rogue.a.node.me, ..enrolled.origin }, ..enrolled };
    let anothers = approved(&author);
    author.officers[0].1 = enrolled;
    let records = [good, swapped, not_enrolled, anothers];
    let crafted = rogue.craft_approved(rogue.manifest(), &records);
    rogue.deliver(&crafted).await;
    // Revoked within the batch and before it.
    let revocation = Control::Revocation(enrolled);
    let control = (Header::protocol(revocation.kind()).encode(), revocation.encode(), Vec::new());
    let crafted = rogue.craft_approved(rogue.manifest(), &[approved(&author), control, approved(&author)]);
    rogue.deliver(&crafted).await;
    let crafted = rogue.craft_approved(rogue.manifest(), &[approved(&author)]);
    rogue.deliver(&crafted).await;

    let states: Vec<_> = rogue.a.records("in").await.iter().map(|record| record["state"].clone()).collect();
    let (received, quarantined) = ("received", "quarantined");
    assert_eq!(
        states,
        [received, quarantined, quarantined, quarantined, received, quarantined, quarantined],
        "true; roles swapped; not enrolled; another's; before the revocation, behind it, in a later batch"
    );
    let why: Vec<_> = refusals(&rogue).into_iter().map(|(_, rule, why)| format!("{rule} {why}")).collect();
    assert_eq!(why, ["EYE-01 approval-invalid"; 5]);

    // One key is one officer, under however many enrolments.
    let key = || Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let twice = [("one desk", 0), ("another desk", 1)].map(|(office, place)| {
        let control = Control::Enrolment(Officer::ed25519(office, key().public_key().as_ref()));
        let enrolment = Enrolment { index: rogue.held.len() as u64 + 1 + place, ..enrolled };
        ((Header::protocol(control.kind()).encode(), control.encode()), enrolment)
    });
    let (controls, enrolments): (Vec<_>, Vec<_>) = twice.into_iter().unzip();
    let crafted = rogue.craft(rogue.manifest(), &controls);
    rogue.deliver(&crafted).await;
    author.officers = enrolments.into_iter().map(|enrolment| (key(), enrolment)).collect();
    let crafted = rogue.craft_approved(rogue.manifest(), &[approved(&author)]);
    rogue.deliver(&crafted).await;
    let last = refusals(&rogue).pop().unwrap();
    assert_eq!((last.1.as_str(), last.2.as_str()), ("EYE-01", "same-officer-twice"));

    // What was refused is proven by the node's own word, countersignable by anybody.
    let own = rogue.a.channel(&rogue.channel).value().own_log(Lane::Main);
    let place = Position { origin: own, index: rogue.a.channel(&rogue.channel).value().size(&own) - 1 };
    let path = format!("/v1/evidence/{}/{}/1/main/{}", rogue.channel, own.agency, place.index);
    let answer = rogue.a.request(Method::GET, &path, Bytes::new()).await;
    let proven = Evidence::parse(&answer.body).unwrap().verify(SUITE).unwrap();
    let Some(Testimony::Refused(refusal)) = proven.testimony else { panic!("{:?}", proven.testimony) };
    assert_eq!((refusal.batch.origin, refusal.refused.len()), (rogue.origin(), 1));
}
