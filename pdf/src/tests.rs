//! What stands on the pages, read from them before they are written as a PDF.

use serde_json::{Value, json};
use typst::layout::{Frame, FrameItem, Point};

use crate::{Failure, document::Document, fonts::Fonts, limits, pdf, set};

const HASH: &str = "9f4c13d208be55217e0a6b44c1d2aa0f3b7785e9d04412ce8f6a9b10e31271ae";
const MARKUP: &str = r##"#read("/etc/passwd") $x^2$ *bold* _em_ `raw` = head \ <l> @ref // no /* */ "q" [c] {1+1}"##;

fn document(language: &str) -> Value {
    let (title, text, page) = match language {
        "ar" => ("محضر الاجتماع", "رحّب الرئيس بالأطراف، المرجع MTQ-SA-2026-0001.", "صفحة {page} من {pages}"),
        "fa" => ("صورت‌جلسه", "می‌خواهیم پاسخ ظرف ۶ ساعت برسد.", "صفحهٔ {page} از {pages}"),
        "ur" => ("اجلاس کی روداد", "مسافر کی شناخت کی فوری تصدیق درکار ہے۔", "صفحہ {page} از {pages}"),
        "tr" => ("Tutanak: İğdır, şüpheli çağrı", "Uçuş bu akşam Cidde’ye varacak.", "Sayfa {page} / {pages}"),
        _ => ("Minutes", "The chair welcomed the parties.", "Page {page} of {pages}"),
    };
    json!({
        "language": language,
        "title": title,
        "agency": "General Directorate",
        "made": "2026-11-25T10:00:00Z",
        "made_words": text,
        "handling": text,
        "label": "TLP:AMBER",
        "hash": HASH,
        "hash_name": "SHA-256",
        "page": page,
        "made_up": text,
        "sections": [
            {"heading": title, "blocks": [
                {"is": "facts", "facts": [
                    {"name": title, "value": "MTQ-SA-2026-0001", "mono": true},
                    {"name": title, "value": "پاکستان کی فورس", "language": "ur"},
                    {"name": title, "value": text},
                ]},
                {"is": "note", "text": text},
                {"is": "table", "head": [title, title], "mono": [1], "rows": [[text, HASH]]},
            ]},
            {"blocks": [{"is": "text", "text": format!("{text}\n\n{text}"), "language": language}]},
        ],
    })
}

/// A text with where it begins and ends, in points from the left edge.
struct Placed {
    text: String,
    left: f64,
    right: f64,
}

fn pages(document: &Value) -> Vec<Vec<Placed>> {
    let fonts = Fonts::load();
    let document = Document::read(document.to_string().as_bytes(), &fonts).unwrap();
    let set = set(&document, fonts).unwrap();
    set.pages()
        .iter()
        .map(|page| {
            let mut placed = Vec::new();
            collect(&page.frame, Point::zero(), &mut placed);
            placed
        })
        .collect()
}

fn collect(frame: &Frame, origin: Point, placed: &mut Vec<Placed>) {
    for (position, item) in frame.items() {
        let at = origin + *position;
        match item {
            FrameItem::Group(group) => collect(&group.frame, at, placed),
            FrameItem::Text(text) => placed.push(Placed {
                text: text.text.to_string(),
                left: at.x.to_pt(),
                right: (at.x + text.width()).to_pt(),
            }),
            _ => {}
        }
    }
}

fn text(page: &[Placed]) -> String {
    page.iter().map(|placed| placed.text.as_str()).collect::<String>().replace('\u{200b}', "")
}

#[test]
fn every_language_gives_a_pdf_that_passes_the_typesetters_checks() {
    for language in ["ar", "en", "fa", "tr", "ur"] {
        let written = pdf(document(language).to_string().as_bytes()).unwrap();
        assert!(written.starts_with(b"%PDF-1.7"), "{language}");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let json = document("ar").to_string();
    let once = pdf(json.as_bytes()).unwrap();
    assert!(once == pdf(json.as_bytes()).unwrap());
    assert!(once != pdf(json.replace("10:00:00Z", "10:00:01Z").as_bytes()).unwrap());
}

#[test]
fn every_page_says_whose_it_is_how_it_is_handled_and_which_of_how_many_it_is() {
    let mut long = document("ar");
    long["sections"][1]["blocks"][0]["text"] = Value::from("سطر آخر من النص.\n".repeat(300));
    long["sections"][0]["blocks"][2]["rows"] = (0..60).map(|row| json!([row.to_string(), HASH])).collect();
    let pages = pages(&long);
    assert!(pages.len() > 5);
    let digits = |number: usize| {
        number.to_string().chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0x660).unwrap()).collect::<String>()
    };
    for (page, number) in pages.iter().zip(1..) {
        // Runs from right to left are told in the order in which they stand from left to right.
        let (page, count) = (text(page), digits(pages.len()));
        for part in ["General Directorate", "TLP:AMBER", HASH, "SHA-256", &digits(number), &count] {
            assert!(page.contains(part), "page {number} lacks {part}: {page}");
        }
    }
    let heads = pages.iter().filter(|page| text(page).matches("محضر").count() >= 2).count();
    assert!(heads >= 2, "the head of a table stands on each page that it reaches");
}

#[test]
fn markup_stays_text_and_what_deceives_is_spelled_out() {
    let mut hostile = document("en");
    hostile["title"] = Value::from(MARKUP);
    hostile["agency"] = Value::from(MARKUP);
    hostile["page"] = Value::from("#panic() {page} $ {pages}");
    hostile["sections"][0]["heading"] = Value::from(MARKUP);
    hostile["sections"][0]["blocks"] = json!([
        {"is": "facts", "facts": [{"name": MARKUP, "value": MARKUP}, {"name": "a\u{202e}b", "value": MARKUP, "mono": true}]},
        {"is": "text", "text": format!("{MARKUP}\nfdp\u{202e}exe\u{0}\u{1b}[2J\u{200f}🙂 ب\u{483}")},
        {"is": "note", "text": MARKUP},
        {"is": "table", "head": [MARKUP], "rows": [[MARKUP]]},
    ]);
    let shown = pages(&hostile).iter().map(|page| text(page)).collect::<String>();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert!(squeezed(&shown).matches(&squeezed(MARKUP)).count() >= 10, "{shown}");
    for spelled in ["a<U+202E>b", "fdp<U+202E>exe<U+0000><U+001B>[2J<U+200F><U+1F642>", "<U+0483>", "#panic() 1 $ 1"] {
        assert!(shown.contains(spelled), "{spelled}: {shown}");
    }
    pdf(hostile.to_string().as_bytes()).unwrap();
}

#[test]
fn nothing_leaves_the_page_however_long_it_is() {
    for unbroken in ["W".repeat(2_000), HASH.repeat(20), "ب".repeat(200), "١".repeat(500), "\u{301}".repeat(200)] {
        // A mark without a letter is spelled out, and counts as that.
        let spelled = if unbroken.starts_with('\u{301}') { 8 } else { 1 };
        let some = |characters: usize| unbroken.chars().take(characters / spelled).collect::<String>();
        for language in ["en", "ur"] {
            let mut wide = document(language);
            for name in ["title", "made_words", "handling", "made_up"] {
                wide[name] = Value::from(some(limits::PAGE_CHARACTERS_MAX));
            }
            for name in ["agency", "hash_name"] {
                wide[name] = Value::from(some(limits::NAME_CHARACTERS_MAX));
            }
            wide["label"] = Value::from(some(limits::LABEL_CHARACTERS_MAX));
            wide["hash"] = Value::from("A".repeat(limits::HASH_CHARACTERS_MAX));
            wide["sections"] = json!([{"heading": some(500), "blocks": [
                {"is": "facts", "facts": [
                    {"name": some(500), "value": unbroken},
                    {"name": "x", "value": unbroken, "mono": true},
                ]},
                {"is": "text", "text": unbroken},
                {"is": "note", "text": unbroken},
                {"is": "table", "head": vec![some(30); 12], "rows": [vec![some(90); 12]], "mono": [3]},
            ]}]);
            for placed in pages(&wide).iter().flatten() {
                let is_on_page = placed.left > 40.0 && placed.right < 556.0;
                assert!(is_on_page, "{language}: {} to {}: {}", placed.left, placed.right, placed.text);
            }
        }
    }
}

#[test]
fn an_empty_document_is_one_page() {
    let mut empty = document("tr");
    for name in ["handling", "label", "hash", "hash_name", "made_up"] {
        empty[name] = Value::Null;
    }
    empty["sections"] = json!([]);
    assert_eq!(pages(&empty).len(), 1);
    empty["sections"] = json!([{"heading": null, "blocks": [
        {"is": "facts", "facts": []},
        {"is": "text", "text": "\n \n"},
        {"is": "table", "head": [""], "rows": []},
        {"is": "note", "text": ""},
    ]}]);
    assert_eq!(pages(&empty).len(), 1);
    pdf(empty.to_string().as_bytes()).unwrap();
}

#[test]
fn a_document_at_fault_is_refused_with_where_and_what() {
    let with = |path: &str, value: Value| {
        let mut document = document("en");
        *document.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        document.to_string()
    };
    let attached = |name: &str, value: &str| {
        let mut document = document("en");
        document["attachment"] =
            json!({"name": "a.json", "media_type": "application/json", "description": "d", "base64": "e30="});
        document["attachment"][name] = Value::from(value);
        document.to_string()
    };
    let facts = json!({"is": "facts", "facts": vec![json!({"name": "n", "value": "v"}); limits::PIECES_MAX + 1]});
    let section = json!({"blocks": []});
    for (json, told) in [
        (String::new(), "line 1, column 0: EOF"),
        ("{\n \"language\": \"de\"}".to_owned(), "line 2, column 17: unknown variant `de`"),
        ("[]".to_owned(), "line 1, column"),
        ("{\"language\": \"en\", \"colour\": 1}".to_owned(), "unknown field `colour`"),
        ("{\"language\": \"en\"}".to_owned(), "missing field `title`"),
        (document("en").to_string() + "{}", "trailing characters"),
        (with("/sections/0/blocks/0", json!({"is": "image"})), "unknown variant `image`"),
        (with("/sections/0/blocks/0", json!({"is": "note", "text": "", "x": 1})), "unknown field `x`"),
        (with("/sections/0/blocks/0", json!({"text": ""})), "missing field `is`"),
        (with("/title", json!(" ")), "title: it is empty"),
        (with("/title", json!("t".repeat(501))), "title: it has 501 characters, at most 500"),
        (with("/sections/0/heading", json!("")), "section 1, heading: it is empty"),
        (with("/agency", json!("")), "agency: it is empty"),
        (with("/handling", json!("h".repeat(301))), "handling: it has 301 characters"),
        (with("/handling", json!("🙂".repeat(40))), "handling: it has 360 characters"),
        (with("/label", json!("l".repeat(41))), "label: it has 41 characters"),
        (with("/made", json!("2026-11-25")), "made: write it in UTC"),
        (with("/hash", json!("xyz")), "hash: only hexadecimal digits"),
        (with("/hash", json!("a".repeat(129))), "hash: it has 129 characters"),
        (with("/page", json!("{page}")), "page: `{pages}` must stand in it once"),
        (with("/page", json!("{page} {page} {pages}")), "page: `{page}` must stand in it once"),
        (
            with("/sections/0/blocks/2/rows", json!([["a", "b"], ["a"]])),
            "section 1, block 3: row 2 has 1 cells, the head has 2",
        ),
        (with("/sections/0/blocks/2/head", json!([])), "section 1, block 3: a table has 1 to 12 columns, not 0"),
        (with("/sections/0/blocks/2/mono", json!([2])), "there is no column 2"),
        (with("/sections/0/blocks/0", facts), "section 1, block 1: up to here there are more than 20000 facts"),
        (
            with("/sections/0/blocks/1/text", json!("t".repeat(1_500_001))),
            "section 1, block 2: up to here there are more",
        ),
        (with("/sections", json!(vec![section; limits::SECTIONS_MAX + 1])), "sections: there are 2001"),
        (attached("name", "../a.json"), "attachment, name: a name of letters"),
        (attached("name", ".json"), "attachment, name: a name of letters"),
        (attached("name", &"a".repeat(201)), "attachment, name: it has more than 200 bytes"),
        (attached("media_type", "json"), "attachment, media_type: write it as"),
        (attached("media_type", "a/b c"), "attachment, media_type: write it as"),
        (attached("description", ""), "attachment, description: it is empty"),
        (attached("base64", "e30"), "attachment, base64: "),
        (attached("base64", &"A".repeat(11_184_816)), "attachment: it has more than 8388608 bytes"),
        (" ".repeat(limits::INPUT_BYTES_MAX + 1), "the document has more than 16777216 bytes"),
    ] {
        match pdf(json.as_bytes()) {
            Err(Failure::Input(what)) => assert!(what.contains(told), "{told}: {what}"),
            other => panic!("{told}: {:?}", other.map(|pdf| pdf.len())),
        }
    }
}
