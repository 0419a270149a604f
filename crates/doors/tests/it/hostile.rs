//! What a partner with valid keys may try, and strangers: everything wrong is refused and changes nothing here.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use node::{breaches, db::SUITE, transport::tls::client_config_unpinned};
use protocol::{
    batch::{Batch, Frame},
    channel::{Frozen, equivocation::EquivocationProof, manifest::ManifestFault},
    control::{Nack, NackReason, WithheldNote},
    document::SignedDocument,
    evidence::{Evidence, Proven, Testimony},
    id::{AgencyId, ChannelId},
    origin::{Origin, Position},
    suite::{KeyRole, SoftwareKeys, SystemEntropy, random_32},
};
use rustls::pki_types::{IpAddr, Ipv4Addr, ServerName};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tracing::{Event, Level, Metadata, Subscriber, span};

use crate::{
    rogue::{Rogue, allowed, unlisted},
    world::note,
};

/// Sends a frame that must be refused: with this status, without a trace in the logs, with at most one warning.
macro_rules! refused {
    ($rogue:expr, $frame:expr, $status:pat) => {{
        let before = $rogue.kept();
        let warnings = Warnings::default();
        let guard = tracing::subscriber::set_default(warnings.clone());
        let answer = $rogue.send_bytes($frame).await;
        drop(guard);
        assert!(matches!(answer.status.as_u16(), $status), "{}", answer.status);
        assert!($rogue.kept() == before, "a refusal changes nothing");
        let count = warnings.0.load(Ordering::SeqCst);
        assert!(count <= 1, "{count} warnings about one frame");
        answer
    }};
}

// spec: DELIV-7
#[tokio::test]
async fn a_damaged_frame_changes_nothing() {
    let mut rogue = Rogue::start().await;
    let whole = rogue.craft(rogue.manifest(), &[allowed("whole"), allowed("second")]);
    let frame = rogue.frame(&whole);
    let bytes = frame.encode().unwrap();
    for (section, at) in sections(&frame) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        let answer = refused!(rogue, flipped, 400 | 403 | 404 | 409 | 422);
        assert_ne!(answer.status, StatusCode::OK, "{section}");
    }
    for (_, end) in sections(&frame) {
        refused!(rogue, bytes[..end].to_vec(), 400);
    }
    refused!(rogue, Vec::new(), 400);
    refused!(rogue, [&bytes[..], &[0]].concat(), 400);
    // Lengths that promise more than there is, and more than may be.
    for (section, at) in sections(&frame) {
        if section.ends_with("length") || section == "count" {
            let mut promising = bytes.clone();
            promising[at] = 0xff;
            refused!(rogue, promising, 400);
        }
    }
    // Other versions and suites are named by their first bytes.
    for (at, byte) in [(3, 2), (0, b'm'), (5, 2), (5, 0)] {
        let mut other = bytes.clone();
        other[at] = byte;
        refused!(rogue, other, 400);
    }
    rogue.deliver(&whole).await;
    assert_eq!(rogue.a.records("in").await.len(), 2);
}

// spec: DELIV-4, DELIV-5
#[tokio::test]
async fn order_repetition_and_address_are_checked() {
    let mut rogue = Rogue::start().await;
    let first = rogue.craft(rogue.manifest(), &[allowed("first")]);
    let receipt = rogue.deliver(&first).await;
    let second = rogue.craft(rogue.manifest(), &[allowed("second")]);
    rogue.held.extend(&second.batch.commitments);
    let third = rogue.craft(rogue.manifest(), &[allowed("third")]);

    let gap = refused!(rogue, rogue.frame(&third).encode().unwrap(), 409);
    assert_eq!(gap.body, r#"{"size":2}"#);
    let before = rogue.kept();
    let again = rogue.send(&rogue.frame(&first)).await;
    assert_eq!((again.status, String::from_utf8_lossy(&again.body).as_ref()), (StatusCode::OK, receipt.as_str()));
    assert!(rogue.kept() == before, "the same batch changes nothing");

    rogue.held.truncate(2);
    let (own, signer) = (rogue.origin(), Arc::clone(&rogue.b.node.signer));
    let addresses = [
        Origin { channel: ChannelId::new([7; 32]), ..own },
        Origin { agency: rogue.a.node.me, ..own },
        Origin { agency: AgencyId::new([7; 32]), ..own },
    ];
    for (origin, status) in addresses.into_iter().zip([404, 403, 403]) {
        let crafted = rogue.craft_as(origin, &*signer, rogue.manifest(), &[allowed("elsewhere")]);
        let answer = refused!(rogue, rogue.frame(&crafted).encode().unwrap(), 403 | 404);
        assert_eq!(answer.status.as_u16(), status, "{origin}");
    }
    // A checkpoint for another log than the frame names.
    let mut moved = rogue.craft_as(rogue.urgent(), &*signer, rogue.manifest(), &[allowed("moved")]);
    moved.batch.origin = own;
    refused!(rogue, rogue.frame(&moved).encode().unwrap(), 403);
    // A key that is not the agency's log key.
    for role in [KeyRole::Log, KeyRole::Document] {
        let (ed25519, ml_dsa_44) = (random_32(&mut SystemEntropy), random_32(&mut SystemEntropy));
        let stolen = SoftwareKeys::from_seeds([(KeyRole::Log, &ed25519, &ml_dsa_44), (role, &ed25519, &ml_dsa_44)]);
        let forged = rogue.craft_as(own, &stolen.unwrap(), rogue.manifest(), &[allowed("forged")]);
        refused!(rogue, rogue.frame(&forged).encode().unwrap(), 403);
    }
    rogue.deliver(&second).await;
    assert_eq!(rogue.a.records("in").await.len(), 2);
}

// spec: DELIV-6, DELIV-21
#[tokio::test]
async fn a_manifest_may_not_claim_what_cannot_be() {
    let mut rogue = Rogue::start().await;
    let mut ahead = rogue.manifest();
    ahead.time += 11 * 60_000;
    refused!(rogue, rogue.frame(&rogue.craft(ahead, &[allowed("ahead")])).encode().unwrap(), 425);
    refused!(rogue, rogue.frame(&rogue.craft(rogue.having_seen(1), &[])).encode().unwrap(), 425);

    let sent = rogue.a.submit(&note(&rogue.channel, "x"), "wait=recorded", None).await;
    assert_eq!(sent[0]["state"], "recorded", "{sent:?}");
    let size = rogue.a.channel(&rogue.channel).value().size(&Origin { agency: rogue.a.node.me, ..rogue.origin() });
    refused!(rogue, rogue.frame(&rogue.craft(rogue.having_seen(size + 1), &[])).encode().unwrap(), 425);
    let seen = rogue.craft(rogue.having_seen(size), &[]);
    rogue.deliver(&seen).await;
    refused!(rogue, rogue.frame(&rogue.craft(rogue.having_seen(size - 1), &[])).encode().unwrap(), 403);
    refused!(rogue, rogue.frame(&rogue.craft(rogue.manifest(), &[])).encode().unwrap(), 403);
    let mut odd = rogue.having_seen(size);
    odd.seen.push(protocol::batch::Seen { origin: rogue.origin(), size: 1 });
    refused!(rogue, rogue.frame(&rogue.craft(odd, &[])).encode().unwrap(), 403);
    check_breaches(&rogue, seen.batch.first, size).await;
    let last = rogue.craft(rogue.having_seen(size), &[allowed("last")]);
    rogue.deliver(&last).await;
    let batch = rogue.craft(rogue.having_seen(size), &[allowed("no manifest")]);
    let without = Batch {
        commitments: batch.batch.commitments[1..].to_vec(),
        lengths: batch.batch.lengths[1..].to_vec(),
        ciphertexts: batch.batch.ciphertexts[batch.batch.lengths[0] as usize..].to_vec(),
        ..batch.batch.clone()
    };
    refused!(rogue, rogue.frame(&signed_over(&rogue, without, &batch.keyring[1..])).encode().unwrap(), 403);
}

/// Each false manifest is kept: named, countable, and proven by a file that convinces whoever has the cards.
async fn check_breaches(rogue: &Rogue, true_one: u64, size: u64) {
    let own = rogue.origin();
    let ours = Origin { agency: rogue.a.node.me, ..own };
    let listed = async || rogue.a.json(Method::GET, "/v1/breaches", Bytes::new()).await["breaches"].clone();
    let kept = listed().await;
    let faults: Vec<_> = kept.as_array().unwrap().iter().map(|breach| breach["what"].clone()).collect();
    let went_back = |to: u64| json!({ "breach": "false_manifest", "fault": "seen_went_back", "log": ours, "size": to, "before": size });
    let expected = [
        json!({ "breach": "false_manifest", "fault": "seen_never_signed", "log": ours, "size": 1, "signed": 0 }),
        json!({ "breach": "false_manifest", "fault": "seen_never_signed", "log": ours, "size": size + 1, "signed": size }),
        went_back(size - 1),
        went_back(0),
    ];
    assert_eq!(faults, expected, "the first four of a log are kept, and no more");

    let fetch = async |path: String| {
        let answer = rogue.a.request(Method::GET, &path, Bytes::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&answer.body));
        Evidence::parse(&answer.body).unwrap().verify(SUITE).unwrap()
    };
    let seen_of = |proven: &Proven| match &proven.testimony {
        Some(Testimony::Manifest(manifest)) => {
            manifest.seen.iter().find(|seen| seen.origin == ours).map_or(0, |s| s.size)
        }
        other => panic!("{other:?}"),
    };
    let breach = &kept[2];
    assert_eq!((&breach["against"], &breach["index"]), (&json!(true_one), &json!(rogue.held.len())));
    let proven = fetch(format!("/v1/breaches/{}/{}", rogue.channel, breach["id"].as_str().unwrap())).await;
    let before = fetch(format!("/v1/evidence/{}/{}/1/main/{true_one}", rogue.channel, rogue.b.node.me)).await;
    assert_eq!((seen_of(&before), seen_of(&proven)), (size, size - 1));
    assert_eq!((before.position.origin, proven.position.origin), (own, own));
    assert!(before.position.index < proven.position.index && proven.receipts.is_empty());
    // Sent again, it is refused again and not kept again.
    refused!(rogue, rogue.frame(&rogue.craft(rogue.having_seen(size - 1), &[])).encode().unwrap(), 403);
    assert_eq!(listed().await, kept);
    let unknown = format!("/v1/breaches/{}/0000000000000000", rogue.channel);
    assert_eq!(rogue.a.request(Method::GET, &unknown, Bytes::new()).await.status, StatusCode::NOT_FOUND);
    // They are checked like everything that is kept.
    let problems = || breaches::check(&rogue.a.node, &rogue.a.channel(&rogue.channel).value()).unwrap();
    assert!(problems().is_empty(), "{:?}", problems());
    let position = Position { origin: rogue.urgent(), index: 0 };
    let fault = ManifestFault::SeenOfOtherLogs { log: own };
    breaches::keep(&rogue.a.node, rogue.channel, position, fault, |_| Ok(b"no file".to_vec())).unwrap();
    assert_eq!(problems().len(), 1);
    let doctor = rogue.a.json(Method::GET, "/v1/doctor", Bytes::new()).await;
    assert!(doctor["findings"].as_array().unwrap().iter().any(|finding| finding["about"] == "breach"), "{doctor}");
}

// spec: NACK-1
#[tokio::test]
async fn what_is_sealed_to_another_key_is_answered_with_a_signed_nack() {
    let mut rogue = Rogue::start().await;
    let crafted = rogue.craft(rogue.manifest(), &[allowed("sealed")]);
    let other = SUITE.sealing_key(random_32(&mut SystemEntropy)).public.to_vec();
    let mut other_body = crafted.clone();
    other_body.batch.ciphertexts[0] ^= 1;
    let tries = [
        (rogue.frame_for(&crafted, rogue.a.node.me, &other), NackReason::DoesNotOpen),
        (rogue.frame_for(&crafted, rogue.b.node.me, &rogue.sealing_key()), NackReason::DoesNotOpen),
        (rogue.frame(&other_body), NackReason::DoesNotMatch),
    ];
    for (frame, reason) in tries {
        let answer = refused!(rogue, frame.encode().unwrap(), 422);
        let nack = SignedDocument::parse(&answer.body).unwrap();
        let key = &rogue.a.node.cards().current().keys.document.clone();
        assert!(nack.verify(SUITE, key, "nack") && nack.signature.agency == rogue.a.node.me);
        let body: Nack = serde_json::from_slice(&nack.body).unwrap();
        assert_eq!((body.reason, body.batch.first, body.batch.origin), (reason, 0, rogue.origin()));
        assert!(body.sealing_key.verify(SUITE, key, "sealing-key"));
    }
    rogue.deliver(&crafted).await;
}

// spec: DELIV-8
#[tokio::test]
async fn what_no_clause_lists_is_quarantined_and_refused_by_name() {
    let mut rogue = Rogue::start().await;
    let crafted = rogue.craft(rogue.manifest(), &[allowed("good"), unlisted("bad"), allowed("good too")]);
    rogue.deliver(&crafted).await;
    let held = rogue.a.records("in").await;
    let states: Vec<_> = held.iter().map(|record| record["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["received", "quarantined", "received"], "{held:?}");
    let path = |index: u64| format!("/v1/records/{}/{}/1/main/{index}", rogue.channel, rogue.b.node.me);
    let shown = rogue.a.request(Method::GET, &path(2), Bytes::new()).await;
    assert_eq!(shown.status, StatusCode::FORBIDDEN, "not even an officer reads it");
    let evidence = rogue.a.request(Method::GET, &path(2).replace("records", "evidence"), Bytes::new()).await;
    assert_eq!(evidence.status, StatusCode::FORBIDDEN, "nor is it exported");
    let file = format!("{}/attachments/{}", path(2), "0".repeat(64));
    assert_eq!(rogue.a.request(Method::GET, &file, Bytes::new()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(rogue.a.request(Method::GET, &path(1), Bytes::new()).await.status, StatusCode::OK);
}

// spec: DELIV-16
#[tokio::test]
async fn two_histories_freeze_the_channel_and_the_proof_is_kept() {
    let mut rogue = Rogue::start().await;
    let told_to_us = rogue.craft(rogue.manifest(), &[allowed("told to us")]);
    let told_to_others = rogue.craft(rogue.manifest(), &[allowed("told to others")]);
    rogue.deliver(&told_to_us).await;
    let sized: Vec<_> = rogue.a.node.reader().unwrap().heads(rogue.channel).unwrap().iter().map(|h| h.size).collect();
    let answer = rogue.send(&rogue.frame(&told_to_others)).await;
    assert_eq!(answer.status, StatusCode::LOCKED);

    let reader = rogue.a.node.reader().unwrap();
    let now: Vec<_> = reader.heads(rogue.channel).unwrap().iter().map(|head| head.size).collect();
    assert_eq!(now, sized, "neither history grows");
    let kept = reader.documents(rogue.channel, "equivocation").unwrap();
    assert_eq!(kept.len(), 1);
    let proof = EquivocationProof::parse(&kept[0].bytes).unwrap();
    assert!(proof.holds(SUITE, &rogue.b.node.cards().current().keys.log));
    assert!(!proof.holds(SUITE, &rogue.a.node.cards().current().keys.log));
    assert_eq!(rogue.a.channel(&rogue.channel).value().frozen(), Some(Frozen::Equivocation));
    let listed = rogue.a.json(Method::GET, "/v1/breaches", Bytes::new()).await["breaches"].clone();
    assert_eq!((&listed[0]["what"]["breach"], listed[1].is_null()), (&json!("two_histories"), true));
    let path = format!("/v1/breaches/{}/{}", rogue.channel, listed[0]["id"].as_str().unwrap());
    assert_eq!(rogue.a.request(Method::GET, &path, Bytes::new()).await.body, kept[0].bytes);

    let refused = rogue.a.submit(&note(&rogue.channel, "more"), "wait=recorded&timeout_s=5", None).await;
    assert_eq!(refused[0]["error"]["code"], "unavailable");
    assert!(refused[0]["error"]["message"].as_str().unwrap().contains("frozen"), "{refused:?}");
    assert_eq!(rogue.send(&rogue.frame(&told_to_us)).await.status, StatusCode::LOCKED);
    let path = format!("/v1/channels/{}", rogue.channel);
    assert_eq!(rogue.a.json(Method::GET, &path, Bytes::new()).await["state"], "frozen");
}

// spec: DELIV-16, DELIV-22
#[tokio::test]
async fn another_history_that_is_only_shown_freezes_the_channel_too() {
    let mut rogue = Rogue::start().await;
    let told_to_us = rogue.craft(rogue.manifest(), &[allowed("told to us")]);
    let told_to_others = rogue.craft(rogue.manifest(), &[allowed("told to others")]);
    rogue.deliver(&told_to_us).await;
    let show = async |note: &str| {
        let heads = json!({ "channel": rogue.channel, "heads": [note] }).to_string();
        rogue.post("/peer/v1/heads", "application/json", heads.into()).await.status
    };
    let frozen = || rogue.a.channel(&rogue.channel).value().frozen();
    // What is held, what nobody signed, and a head above what is held say nothing.
    let forged = told_to_others.batch.note.replacen("\n2\n", "\n1\n", 1);
    let longer = rogue.craft(rogue.manifest(), &[allowed("not sent yet")]);
    for note in [&told_to_us.batch.note, &forged, &longer.batch.note] {
        assert_eq!(show(note).await, StatusCode::OK);
        assert_eq!(frozen(), None);
    }
    for _ in 0..2 {
        assert_eq!(show(&told_to_others.batch.note).await, StatusCode::OK);
        assert_eq!(frozen(), Some(Frozen::Equivocation));
        let listed = rogue.a.json(Method::GET, "/v1/breaches", Bytes::new()).await["breaches"].clone();
        assert_eq!(listed[0]["what"]["breach"], json!("two_histories"), "{listed}");
        assert!(listed[1].is_null(), "one proof is enough, however often it is shown: {listed}");
    }
    assert!(breaches::check(&rogue.a.node, &rogue.a.channel(&rogue.channel).value()).unwrap().is_empty());
}

// spec: DELIV-16
#[tokio::test]
async fn a_history_cut_into_other_batches_is_refused_and_proves_nothing() {
    let mut rogue = Rogue::start().await;
    let first = rogue.craft(rogue.manifest(), &[allowed("first")]);
    rogue.deliver(&first).await;
    let second = rogue.craft(rogue.manifest(), &[allowed("second"), allowed("third")]);
    rogue.deliver(&second).await;
    let next = rogue.craft(rogue.manifest(), &[]);

    // The second batch again with one entry more, and the first with one of the second.
    let longer = Batch {
        first: 2,
        commitments: [&second.batch.commitments[..], &next.batch.commitments].concat(),
        lengths: [&second.batch.lengths[..], &next.batch.lengths].concat(),
        ciphertexts: [&second.batch.ciphertexts[..], &next.batch.ciphertexts].concat(),
        ..second.batch.clone()
    };
    let ends_inside = Batch {
        first: 0,
        commitments: rogue.held[..3].to_vec(),
        lengths: [&first.batch.lengths[..], &second.batch.lengths[..1]].concat(),
        ciphertexts: [&first.batch.ciphertexts[..], &second.batch.ciphertexts[..second.batch.lengths[0] as usize]]
            .concat(),
        ..first.batch.clone()
    };
    for batch in [longer, ends_inside] {
        let keyring = vec![[1; 32]; batch.commitments.len()];
        refused!(rogue, rogue.frame(&signed_over(&rogue, batch, &keyring)).encode().unwrap(), 403);
    }
    // Entries of another history under the checkpoint of the true one: nothing false was signed.
    let mut forged = second.clone();
    forged.batch.commitments[1] = [9; 32];
    forged.batch.note = rogue.craft(rogue.manifest(), &[]).batch.note;
    refused!(rogue, rogue.frame(&forged).encode().unwrap(), 403);
    assert_eq!(rogue.a.channel(&rogue.channel).value().frozen(), None);
    rogue.deliver(&next).await;
}

// spec: WITHHELD-2
#[tokio::test]
async fn a_withheld_note_must_be_true() {
    let mut rogue = Rogue::start().await;
    let crafted = rogue.craft(rogue.manifest(), &[allowed("one"), allowed("two")]);
    let withholding = |indexes: &[u64], signer: KeyRole, kind: &str, empty: bool| {
        let mut frame_of = crafted.clone();
        if empty {
            let kept = frame_of.batch.lengths[..2].iter().sum::<u32>() as usize;
            frame_of.batch.ciphertexts.truncate(kept);
            frame_of.batch.lengths[2] = 0;
            frame_of.keyring[2] = [0; 32];
        }
        let note = WithheldNote {
            origin: rogue.origin(),
            indexes: indexes.to_vec(),
            commitments: indexes
                .iter()
                .map(|index| protocol::control::CommitmentHex(crafted.batch.commitments[*index as usize]))
                .collect(),
        };
        let mut document =
            SignedDocument::sign(&*rogue.b.node.signer, kind, &rogue.b.node.me, 1, protocol::json::encode(&note))
                .unwrap();
        if signer != KeyRole::Document {
            document.signature.serial += 1;
        }
        Frame { withheld: document.encode(), ..rogue.frame(&frame_of) }.encode().unwrap()
    };
    // Content that is there, content that is missing without a word, a note of another kind, a forged one, the manifest.
    refused!(rogue, withholding(&[2], KeyRole::Document, "withheld", false), 403);
    refused!(rogue, withholding(&[1], KeyRole::Document, "withheld", true), 403 | 422);
    refused!(rogue, withholding(&[2], KeyRole::Document, "nack", true), 403);
    refused!(rogue, withholding(&[2], KeyRole::Log, "withheld", true), 403);
    refused!(rogue, withholding(&[0, 2], KeyRole::Document, "withheld", true), 403);
    let answer = rogue.send_bytes(withholding(&[2], KeyRole::Document, "withheld", true)).await;
    assert_eq!(answer.status, StatusCode::OK);
    rogue.held.extend(&crafted.batch.commitments);
    let states: Vec<_> = rogue.a.records("in").await.iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states, ["received", "withheld"]);
}

// spec: DELIV-17, DELIV-18
#[tokio::test]
async fn receipted_content_and_other_logs_are_not_given() {
    let mut rogue = Rogue::start().await;
    let sent = rogue.a.submit(&note(&rogue.channel, "x"), "wait=recorded", None).await;
    assert_eq!(sent[0]["state"], "recorded", "{sent:?}");
    let theirs = Origin { agency: rogue.a.node.me, ..rogue.origin() };
    let pull = async |origin: Origin, from: u64| {
        let path = format!("/peer/v1/batches?origin={origin}&from={from}&wait_s=0");
        rogue.request(Method::GET, &path, "application/octet-stream", Bytes::new()).await
    };
    let frame = pull(theirs, 0).await;
    assert_eq!(frame.status, StatusCode::OK);
    assert_eq!(pull(rogue.origin(), 0).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pull(Origin { channel: ChannelId::new([7; 32]), ..theirs }, 0).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pull(theirs, u64::MAX).await.status, StatusCode::NO_CONTENT);

    let batch = Frame::decode(&frame.body).unwrap().batch;
    let checkpoint = protocol::tlog::Checkpoint {
        origin: theirs.to_string(),
        size: batch.size(),
        root: protocol::batch::sealed_root(&batch).unwrap(),
    };
    let sign = |checkpoint: &protocol::tlog::Checkpoint| {
        let time_s = node::clock::now_ms() / 1000;
        protocol::tlog::sign_receipt(SUITE, &*rogue.b.node.signer, checkpoint, &rogue.b.node.me, time_s).unwrap()
    };
    // A receipt for what was never written counts for nothing.
    for false_one in [
        protocol::tlog::Checkpoint { size: checkpoint.size + 1, ..checkpoint.clone() },
        protocol::tlog::Checkpoint { root: [7; 32], ..checkpoint.clone() },
    ] {
        let answer = rogue.post("/peer/v1/receipts", "text/plain", sign(&false_one).into()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(pull(theirs, 0).await.status, StatusCode::OK, "still outstanding");
    let answer = rogue.post("/peer/v1/receipts", "text/plain", sign(&checkpoint).into()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(pull(theirs, 0).await.status, StatusCode::FORBIDDEN, "receipted content is not given back");
    assert_eq!(rogue.a.records("out").await[0]["state"], "delivered");
    let heads = serde_json::json!({ "channel": rogue.channel, "heads": [] }).to_string();
    let heads = rogue.post("/peer/v1/heads", "application/json", heads.into()).await;
    assert!(String::from_utf8_lossy(&heads.body).contains(&theirs.to_string()), "heads are given freely");
    rogue.held.clear();
}

// spec: DELIV-18
#[tokio::test]
async fn a_stranger_gets_the_card_and_nothing_else() {
    let rogue = Rogue::start().await;
    let paths = [
        ("POST", "/peer/v1/agreements"),
        ("POST", "/peer/v1/heads"),
        ("POST", "/peer/v1/batches"),
        ("GET", "/peer/v1/batches"),
        ("POST", "/peer/v1/receipts"),
        ("GET", "/peer/v1/blobs/00"),
    ];
    for (method, path) in paths {
        // Neither a good nor a bad request, nor a large one, is looked at.
        for body in ["", "{", "{\"channel\":1}"] {
            assert_eq!(stranger(&rogue, method, path, body, body.len()).await, 401, "{method} {path} {body}");
        }
        assert_eq!(stranger(&rogue, method, path, "", 30 << 20).await, 401, "{method} {path}, announced only");
    }
    assert_eq!(stranger(&rogue, "GET", "/peer/v1/card", "", 0).await, 200);
    assert_eq!(stranger(&rogue, "GET", "/v1/status", "", 0).await, 404, "the agency's own routes are elsewhere");
    // A partner of another channel, or of none, does not learn that this one exists.
    let unknown = serde_json::json!({ "channel": ChannelId::new([7; 32]), "heads": [] }).to_string();
    let answer = rogue.post("/peer/v1/heads", "application/json", unknown.into()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// Where each section of an encoded frame begins, by its name.
fn sections(frame: &Frame) -> Vec<(&'static str, usize)> {
    let batch = &frame.batch;
    let count = batch.commitments.len();
    let lengths = [
        ("magic", 4),
        ("suite", 2),
        ("origin length", 2),
        ("origin", batch.origin.to_string().len()),
        ("first", 8),
        ("count", 4),
        ("note length", 4),
        ("note", batch.note.len()),
        ("commitments", count * 32),
        ("sealing key", 32),
        ("encapsulated length", 4),
        ("encapsulated", frame.keyring.encapsulated.len()),
        ("keyring length", 4),
        ("keyring", frame.keyring.ciphertext.len()),
        ("withheld length", 4),
        ("ciphertext length", count * 4),
        ("ciphertexts", batch.ciphertexts.len()),
    ];
    let mut at = 0;
    lengths
        .into_iter()
        .map(|(name, length)| {
            at += length;
            (name, at - length)
        })
        .collect()
}

/// A batch put together by hand, with its checkpoint signed anew.
fn signed_over(rogue: &Rogue, mut batch: Batch, keyring: &[[u8; 32]]) -> crate::rogue::Crafted {
    rogue.sign(&*rogue.b.node.signer, &mut batch);
    crate::rogue::Crafted { batch, keyring: keyring.to_vec().into() }
}

/// Asks over TLS without a certificate and gives the status. The body may be announced longer than it is sent.
async fn stranger(rogue: &Rogue, method: &str, path: &str, body: &str, announced: usize) -> u16 {
    let config = Arc::new(client_config_unpinned().unwrap());
    let name = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([127, 0, 0, 1])));
    let tcp = TcpStream::connect(rogue.a.node.config.peer_listen).await.unwrap();
    let mut tls = TlsConnector::from(config).connect(name, tcp).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {announced}\r\n\r\n{body}"
    );
    tls.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let read = tls.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
}

/// Counts the warnings about batches that this thread's node logs.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
            && ["receiving", "tally"].iter().any(|place| metadata.target().ends_with(place))
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
