//! Two readouts of one meeting beside each other.

use axum::http::Method;
use node::{
    callers::{Caller, passkeys::Proven, sessions::Entry},
    fault::Code,
};
use protocol::origin::Position;
use serde_json::{Value, json};

use crate::world::{Pair, TestNode};

const EXAMPLE: &str = include_str!("../../../desks/src/register/readout/testdata/example.json");

/// Under which readouts are registered.
const CLAUSE: &str = r#"
[[clause]]
id = "register"
purpose = "register"
kinds = ["register.readout/1"]
authors = ["XAA", "XAB"]
text.en = "Each party may register public readouts."
"#;

fn readout(pair: &Pair, thread: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut body: Value = serde_json::from_str(EXAMPLE).unwrap();
    change(&mut body);
    let header = json!({
        "kind": "register.readout/1", "thread": thread.repeat(32), "clause": "register", "purpose": "register",
        "handling": ["H1", "H2"], "urgency": "normal", "evaluation": {"source": "B", "info": "3"},
        "retain_until": "2027-01-31", "media_type": "application/json",
    });
    format!("{}\n", json!({ "channel": pair.channel, "header": header, "body": body.to_string() }))
}

async fn sits(node: &TestNode, role: &str, purpose: &str) -> Caller {
    let about = json!({ "name": format!("Made-up {role} {purpose}"), "roles": [role], "purposes": [purpose] });
    let person = node.json(Method::POST, "/v1/people", about.to_string()).await;
    let (node, id) = (&node.node, person["id"].as_str().unwrap());
    let people = (&*node.tokens, &*node.people);
    let who = Proven { person: id.to_owned(), confirms_from_ms: u64::MAX };
    let (_, seat) = node.sessions.begin(people, &who, (Entry::Visitor, ""), &mut node::entropy()).unwrap();
    Caller::token(seat)
}

fn places(node: &TestNode, caller: &Caller) -> Vec<Position> {
    let kinds = ["register.readout/1"];
    let page = node.node.reading.latest(caller, (&kinds, None), (None, 50)).unwrap().into_parts().0;
    page.records.into_iter().map(|record| record.position).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_readout_is_shown_beside_the_other_sides_and_only_to_who_may_see_both() {
    let pair = Pair::under(|toml| toml + CLAUSE).await;
    let wait = "wait=delivered&timeout_s=20";
    pair.a.submit(&readout(&pair, "1", |_| ()), wait, None).await;
    pair.a.submit(&readout(&pair, "2", |body| body["meeting_date"] = "2026-02-01".into()), wait, None).await;
    pair.a.submit(&readout(&pair, "3", |body| body["publisher"] = "made up, once more".into()), wait, None).await;
    let told = |body: &mut Value| {
        body["publisher"] = "Ministry of Interior of XAA".into();
        body["topic"][0]["status"] = "discussed".into();
    };
    pair.b.submit(&readout(&pair, "4", told), wait, None).await;
    let officer = sits(&pair.b, "case_officer", "register").await;
    let theirs = pair.a.node.me;
    let all = places(&pair.b, &officer);
    assert_eq!(all.len(), 4, "{all:?}");
    let own = all.iter().find(|place| place.origin.agency != theirs).unwrap();

    let beside = pair.b.node.reading.beside(&officer, own, None).unwrap();
    let (beside, noted) = beside.into_parts();
    let other = beside.other.unwrap();
    assert_eq!((other.position.origin.agency, beside.more.len(), beside.next), (theirs, 1, None));
    let kind = desks::kinds::find("register.readout/1").unwrap();
    assert!(kind.tell_of_the_same(other.body.as_bytes(), beside.one.body.as_bytes()));
    assert!(format!("{noted:?}").contains("beside"), "both stand in the audit log: {noted:?}");
    // Seen from the other side's, the own one comes before what that side published once more.
    let from_theirs = pair.b.node.reading.beside(&officer, &other.position, None).unwrap().into_parts().0;
    assert_eq!(from_theirs.other.unwrap().position, *own);
    // Of another day, and for who is here for something else, there is none.
    let alone =
        |place: &Position| pair.b.node.reading.beside(&officer, place, None).unwrap().into_parts().0.other.is_none();
    assert_eq!(all.iter().filter(|place| alone(place)).count(), 1);
    let elsewhere = sits(&pair.b, "case_officer", "support_investigation").await;
    assert_eq!(pair.b.node.reading.beside(&elsewhere, &other.position, None).err().unwrap().code, Code::Refused);
    let of_own = pair.b.node.reading.beside(&elsewhere, own, None).unwrap().into_parts().0;
    assert!(of_own.other.is_none() && of_own.more.is_empty());
}
