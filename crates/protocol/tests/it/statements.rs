//! Vectors of statements: state digests, hashes over them, and which bodies are statements and answers.

use mithaq_protocol::{
    control::Control,
    id::AgencyId,
    origin::Lane,
    statement::{
        ANSWER_KIND, Cut, Digests, Due, Duty, DutyClass, STATEMENT_KIND, Statement, ThreadKey, ThreadState, Verdict,
    },
    suite::AwsLc,
};
use serde_json::{Value, json};

use crate::files::{from_hex, make_if_absent, pretty, read_json};

const FILE: &str = "statements.json";

fn agency(value: &Value) -> AgencyId {
    value.as_str().unwrap().parse().unwrap()
}

fn entry(value: &Value) -> (AgencyId, u32, u64) {
    (agency(&value["agency"]), value["epoch"].as_u64().unwrap().try_into().unwrap(), value["index"].as_u64().unwrap())
}

fn digest(state: &Value) -> String {
    let text = |name: &str| state[name].as_str().unwrap();
    let due: Vec<Due> =
        state["due"].as_array().unwrap().iter().map(|due| serde_json::from_value(due.clone()).unwrap()).collect();
    let awaits: Vec<AgencyId> = state["awaits"].as_array().unwrap().iter().map(agency).collect();
    let parts = state["parts"].as_array().unwrap().iter();
    let state = ThreadState {
        kind: text("kind"),
        clause: text("clause"),
        opened_by: agency(&state["opened_by"]),
        state: text("state"),
        open: state["open"].as_bool().unwrap(),
        awaits: &awaits,
        due: &due,
        parts: parts.map(|part| (agency(&part["party"]), part["state"].as_str().unwrap())).collect(),
        since: entry(&state["since"]),
        since_time: state["since_time"].as_u64().unwrap(),
        moved: entry(&state["moved"]),
    };
    hex::encode(state.digest(&AwsLc))
}

fn hash(digests: &Value) -> String {
    let key = |item: &Value| ThreadKey {
        thread: item["thread"].as_str().unwrap().parse().unwrap(),
        lane: item["lane"].as_str().unwrap().parse().unwrap(),
    };
    let digests = digests.as_array().unwrap().iter().map(|item| (key(item), from_hex(&item["digest"])));
    hex::encode(Digests::new(digests).hash(&AwsLc))
}

fn make() -> Vec<(String, Vec<u8>)> {
    let (a, b, c) = ("a1".repeat(32), "b2".repeat(32), "c3".repeat(32));
    let place = |agency: &str, epoch, index| json!({"agency": agency, "epoch": epoch, "index": index});
    let mut states = vec![
        json!({
            "name": "a request that waits", "kind": "requests.request", "clause": "c1", "opened_by": a,
            "state": "delivered", "open": true, "awaits": [b],
            "due": [{"what": "answer", "from": b, "at": 1_790_000_000_000_u64}],
            "parts": [{"party": b, "state": "delivered"}], "since": place(&b, 1, 7),
            "since_time": 1_789_000_000_000_u64, "moved": place(&b, 1, 7),
        }),
        json!({
            "name": "three parties, two limits, a later epoch", "kind": "requests.request", "clause": "بند",
            "opened_by": b, "state": "answered", "open": false, "awaits": [],
            "due": [{"what": "receipt", "from": a, "at": 1}, {"what": "feedback", "from": c, "at": 2}],
            "parts": [{"party": a, "state": "answered"}, {"party": c, "state": "refused"}],
            "since": place(&a, 2, 0), "since_time": 0, "moved": place(&c, 3, 9_007_199_254_740_991_u64),
        }),
        json!({
            "name": "duties with a name", "kind": "hotline.event", "clause": "c7", "opened_by": a,
            "state": "raised", "open": true, "awaits": [b],
            "due": [
                {"what": "acknowledgement/hotline.acknowledge", "from": b, "at": 1_789_000_900_000_u64},
                {"what": "answer/due", "from": b, "at": 1_790_000_000_000_u64},
            ],
            "parts": [{"party": b, "state": "raised"}], "since": place(&a, 1, 7),
            "since_time": 1_789_000_000_000_u64, "moved": place(&a, 1, 7),
        }),
    ];
    for state in &mut states {
        state["digest"] = digest(state).into();
    }
    let item = |thread: &str, lane: &str, digest: &str| json!({"thread": thread.repeat(16), "lane": lane, "digest": digest.repeat(32)});
    let lists = [
        ("no thread", json!([])),
        (
            "both lanes of one id, out of order",
            json!([item("02", "main", "0a"), item("01", "urgent", "0b"), item("01", "main", "0c")]),
        ),
    ];
    let hashes: Vec<Value> =
        lists.into_iter().map(|(name, list)| json!({"name": name, "hash": hash(&list), "digests": list})).collect();
    let log = |agency: &str, epoch: u32, lane: &str| format!("mithaq/{}/{agency}/{epoch}/{lane}", "9".repeat(64));
    let seen = |agency: &str, epoch, lane, size: u64| json!({"origin": log(agency, epoch, lane), "size": size});
    let good = json!({
        "cut": [seen(&a, 1, "main", 5), seen(&a, 1, "urgent", 1), seen(&b, 2, "main", 3), seen(&b, 10, "main", 1)],
        "threads": 2, "hash": "0".repeat(64), "awaiting": 2,
        "awaits": [
            {"thread": "0".repeat(32), "lane": "main", "what": "answer", "from": b, "by": 5},
            {"thread": "0".repeat(32), "lane": "urgent", "what": null, "from": b, "by": null},
        ],
    });
    let answer = json!({
        "statement": {"origin": log(&a, 1, "main"), "index": 3}, "hash": "0".repeat(64), "threads": 2,
        "contested": [{"thread": "0".repeat(32), "lane": "main", "what": null, "ground": "not_due"}],
    });
    let mut bodies = vec![];
    let mut add = |kind: &str, name: &str, valid: bool, of: &Value, change: &dyn Fn(&mut Value)| {
        let mut body = of.clone();
        change(&mut body);
        bodies.push(json!({"name": name, "kind": kind, "body": body.to_string(), "valid": valid}));
    };
    add(STATEMENT_KIND, "a statement", true, &good, &|_| ());
    add(STATEMENT_KIND, "nothing awaited", true, &good, &|body| {
        (body["awaits"], body["awaiting"]) = (json!([]), 0.into())
    });
    add(STATEMENT_KIND, "more awaited than listed", true, &good, &|body| body["awaiting"] = 900.into());
    add(STATEMENT_KIND, "less awaited than listed", false, &good, &|body| body["awaiting"] = 1.into());
    add(STATEMENT_KIND, "no cut", false, &good, &|body| body["cut"] = json!([]));
    add(STATEMENT_KIND, "a cut out of order", false, &good, &|body| body["cut"].as_array_mut().unwrap().reverse());
    add(STATEMENT_KIND, "a log twice", false, &good, &|body| body["cut"][1] = body["cut"][0].clone());
    add(STATEMENT_KIND, "a log without entries", false, &good, &|body| body["cut"][0]["size"] = 0.into());
    add(STATEMENT_KIND, "a log of another channel", false, &good, &|body| {
        body["cut"][3]["origin"] = format!("mithaq/{}/{}/1/main", "8".repeat(64), "f".repeat(64)).into();
    });
    add(STATEMENT_KIND, "an unknown duty", false, &good, &|body| body["awaits"][0]["what"] = "money".into());
    add(STATEMENT_KIND, "a duty left out", false, &good, &|body| {
        body["awaits"][0].as_object_mut().unwrap().remove("what");
    });
    add(STATEMENT_KIND, "a member more", false, &good, &|body| body["note"] = "text".into());
    add(STATEMENT_KIND, "too much listed", false, &good, &|body| {
        body["awaiting"] = 1_000.into();
        body["awaits"] = vec![body["awaits"][0].clone(); 513].into();
    });
    for (name, what, valid) in [
        ("a duty with a name", "acknowledgement/hotline.acknowledge", true),
        ("a duty to a day", "answer/due", true),
        ("a name without a class", "hotline.acknowledge", false),
        ("an empty name", "answer/", false),
        ("a name in capitals", "answer/Requests.answer", false),
        ("two names", "answer/requests.answer/requests.answer", false),
        ("a name of three words", "answer/a.b.c", false),
        ("a name that is too long", &format!("answer/{}", "x".repeat(65)), false),
    ] {
        add(STATEMENT_KIND, name, valid, &good, &|body| body["awaits"][0]["what"] = what.into());
    }
    add(ANSWER_KIND, "a contested duty with a name", true, &answer, &|body| {
        body["contested"][0]["what"] = "answer/requests.answer".into();
    });
    add(ANSWER_KIND, "an answer", true, &answer, &|_| ());
    add(ANSWER_KIND, "an answer without a hash", true, &answer, &|body| {
        (body["hash"], body["threads"]) = (Value::Null, 0.into());
    });
    add(ANSWER_KIND, "threads without a hash", false, &answer, &|body| body["hash"] = Value::Null);
    add(ANSWER_KIND, "an unknown ground", false, &answer, &|body| body["contested"][0]["ground"] = "no".into());
    add(ANSWER_KIND, "no statement", false, &answer, &|body| body["statement"] = Value::Null);
    let file = json!({"format": "mithaq statement vectors 1", "states": states, "hashes": hashes, "bodies": bodies});
    vec![(FILE.into(), pretty(&file))]
}

// spec: STMT-1, STMT-2, STMT-3, STMT-4, STMT-5
#[test]
fn statements_agree_with_the_vectors() {
    make_if_absent(FILE, make);
    let vectors = read_json(FILE);
    for state in vectors["states"].as_array().unwrap() {
        assert_eq!(digest(state), state["digest"], "{}", state["name"]);
    }
    for case in vectors["hashes"].as_array().unwrap() {
        assert_eq!(hash(&case["digests"]), case["hash"], "{}", case["name"]);
    }
    for case in vectors["bodies"].as_array().unwrap() {
        let decoded = Control::decode(case["kind"].as_str().unwrap(), case["body"].as_str().unwrap().as_bytes());
        assert_eq!(json!(decoded.is_ok()), case["valid"], "{}: {decoded:?}", case["name"]);
    }
}

#[test]
fn a_state_digest_changes_with_every_member() {
    let states = read_json(FILE)["states"].clone();
    let first = &states[0];
    let known = digest(first);
    let other = "d4".repeat(32);
    for (member, value) in [
        ("kind", json!("requests.spontaneous")),
        ("clause", json!("c2")),
        ("opened_by", json!(other)),
        ("state", json!("accepted")),
        ("open", json!(false)),
        ("awaits", json!([other])),
        ("due", json!([])),
        ("parts", json!([])),
        ("since_time", json!(1)),
        ("since", json!({"agency": other, "epoch": 1, "index": 7})),
        ("moved", json!({"agency": other, "epoch": 1, "index": 8})),
    ] {
        let mut changed = first.clone();
        changed[member] = value;
        assert_ne!(digest(&changed), known, "{member}");
    }
}

// spec: STMT-2, STMT-7
#[test]
fn a_cut_holds_what_lies_below_it() {
    let statement: Statement = serde_json::from_str(read_json(FILE)["bodies"][0]["body"].as_str().unwrap()).unwrap();
    let cut = &statement.cut;
    let origin = cut.logs()[0].origin;
    assert_eq!((cut.size(&origin), cut.size(&origin.in_lane(Lane::Urgent))), (5, 1));
    assert!(cut.holds(&mithaq_protocol::origin::Position { origin, index: 4 }));
    assert!(!cut.holds(&mithaq_protocol::origin::Position { origin, index: 5 }));
    assert_eq!(
        Cut::new(cut.logs().iter().rev().map(|seen| (seen.origin, seen.size)).chain([(origin.in_lane(Lane::Main), 5)])),
        *cut
    );
    assert_eq!(Verdict::of(&[1; 32], Some(&[1; 32])), Verdict::Agrees);
    assert_eq!(Verdict::of(&[1; 32], Some(&[2; 32])), Verdict::Differs);
    assert_eq!(Verdict::of(&[1; 32], None), Verdict::Undetermined);
    assert_eq!(Duty::from(DutyClass::Answer).to_string(), "answer");
}
