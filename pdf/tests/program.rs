//! The program as others call it: exit codes, and what is in the PDF, read by another library than wrote it.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use hayro_syntax::{
    Pdf,
    object::{Array, Dict, Name, Stream, String as PdfString},
};
use serde_json::{Value, json};

fn document() -> Value {
    json!({
        "language": "en",
        "title": "Evidence",
        "agency": "General Directorate",
        "made": "2026-11-25T10:00:00Z",
        "made_words": "Printed on 25 November 2026",
        "page": "Page {page} of {pages}",
        "sections": [{"heading": "Record", "blocks": [{"is": "note", "text": "Received."}]}],
    })
}

fn run(input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mithaq-pdf"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_document_gives_a_pdf_and_silence() {
    let output = run(document().to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
    let pdf = Pdf::new(output.stdout.clone()).unwrap();
    assert_eq!(pdf.pages().len(), 1);
    let metadata = String::from_utf8_lossy(&output.stdout).into_owned();
    for claim in ["<pdfaid:part>2</pdfaid:part>", "<pdfuaid:part>1</pdfuaid:part>", "2026-11-25T10:00:00"] {
        assert!(metadata.contains(claim), "{claim}");
    }
}

#[test]
fn a_document_at_fault_is_told_in_one_line_and_gives_nothing() {
    let output = run(b"{\"language\": \"en\",\n \"titel\": \"Evidence\"}");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("line 2, column 8: unknown field `titel`"), "{told}");
    assert_eq!(told.lines().count(), 1);
}

#[test]
fn the_example_of_the_manual_is_printed() {
    let output = run(include_bytes!("../example.json"));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn arguments_are_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_mithaq-pdf")).arg("in.json").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}

#[test]
fn an_attachment_lies_in_the_pdf_byte_for_byte() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let mut document = document();
    document["attachment"] = json!({
        "name": "محضر 1.mithaq",
        "media_type": "application/octet-stream",
        "description": "The evidence file",
        "base64": BASE64_STANDARD.encode(&bytes),
    });
    let output = run(document.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("<pdfaid:part>3</pdfaid:part>"));

    let pdf = Pdf::new(output.stdout).unwrap();
    let root: Dict = pdf.xref().get(pdf.xref().root_id()).unwrap();
    let files: Array = root.get(b"AF".as_slice()).unwrap();
    let files: Vec<Dict> = files.iter::<Dict>().collect();
    let [file] = files.as_slice() else { panic!("{} files", files.len()) };
    assert_eq!(&*file.get::<Name>(b"AFRelationship".as_slice()).unwrap(), b"Source");
    let name = file.get::<PdfString>(b"UF".as_slice()).unwrap();
    let units: Vec<u16> = name.as_bytes().chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
    assert_eq!(String::from_utf16(&units).unwrap(), "\u{feff}محضر 1.mithaq");
    let stream: Stream = file.get::<Dict>(b"EF".as_slice()).unwrap().get(b"F".as_slice()).unwrap();
    assert!(stream.decoded().unwrap() == bytes);
}
