//! What somebody would have typed into a form to say a draft: the other way of [`Said`].

use desks::{
    kinds::Kind,
    shape::{Field, Shape},
};
use node::drafting::ToPrepare;
use serde_json::{Map, Value};

use crate::{
    form::{BODY, HEADER, Said},
    words,
};

/// What the form of a draft says.
pub fn typed(kind: &Kind, what: &ToPrepare) -> Said {
    let mut pairs = Vec::new();
    let body = match &what.body {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        body => body.clone(),
    };
    pairs.extend(what.clause.iter().map(|clause| ("clause".to_owned(), clause.clone())));
    of_body(&mut pairs, kind.fields, &body, BODY);
    of_header(&mut pairs, &what.header);
    Said(pairs)
}

/// The same of a body's fields.
pub fn of_body(pairs: &mut Vec<(String, String)>, fields: &[Field], body: &Value, before: &str) {
    for field in fields {
        let name = format!("{before}{}", field.name);
        match (field.shape, body.get(field.name)) {
            (_, None) => {}
            (Shape::Tables(inner, ..), Some(Value::Array(rows))) => {
                for (row, values) in rows.iter().enumerate() {
                    of_body(pairs, inner, values, &format!("{name}.{row}."));
                }
            }
            (Shape::Table(inner), Some(values)) => of_body(pairs, inner, values, &format!("{name}.")),
            (_, Some(value)) => pairs.push((name, text(value))),
        }
    }
}

fn of_header(pairs: &mut Vec<(String, String)>, header: &Map<String, Value>) {
    let mut put = |name: &str, value: String| pairs.push((format!("{HEADER}{name}"), value));
    for (name, value) in header {
        match (name.as_str(), value) {
            // The body says it.
            ("language", _) => {}
            ("attachments", Value::Array(files)) => files.iter().for_each(|file| put(name, file.to_string())),
            (_, Value::Array(items)) if !words::header_words(name).is_empty() => {
                items.iter().for_each(|item| put(name, text(item)));
            }
            (_, Value::Object(parts)) => parts.iter().for_each(|(part, value)| put(part, text(value))),
            (_, Value::Bool(yes)) => put(name, if *yes { "yes" } else { "no" }.to_owned()),
            (_, value) => put(name, text(value)),
        }
    }
}

/// A value as people type it: an item a line.
fn text(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("\n"),
        value => crate::rows::plain(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::write::to_prepare;

    #[test]
    fn what_is_typed_says_the_draft_again() {
        for kind in desks::kinds::all() {
            let header = serde_json::json!({
                "subject_category": "victim", "subject_count": 2, "is_minor": false, "handling": ["H1", "H3"],
                "h3_text": "made up", "evaluation": { "info": "2", "source": "A" }, "use_restrictions": ["one", "two"],
                "attachments": [{ "name": "a.pdf", "sha256": "00", "size": 1 }],
            });
            let what = ToPrepare {
                channel: None,
                lane: None,
                kind: kind.name.to_owned(),
                clause: Some("c1".to_owned()),
                reply_to: None,
                header: header.as_object().unwrap().clone(),
                body: Value::String(kind.example.to_owned()),
                name: None,
            };
            let said = typed(kind, &what);
            let again = to_prepare(&said, kind).unwrap();
            let tree = |what: &ToPrepare| serde_json::from_str::<Value>(what.body.as_str().unwrap()).unwrap();
            assert_eq!(tree(&again), tree(&what), "{}", kind.name);
            let mut header = again.header.clone();
            header.remove("language");
            assert_eq!((header, again.clause), (what.header, what.clause), "{}", kind.name);
            assert_eq!(typed(kind, &to_prepare(&said, kind).unwrap()).0.len(), said.0.len());
        }
    }
}
