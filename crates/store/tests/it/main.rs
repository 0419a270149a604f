//! The store's tests: one binary.

mod aside;
mod blobs;
mod cost;
mod disk_full;
mod erasure;
mod keys;
mod model;
mod projection;
mod refusals;
mod segments;
mod story;
mod support;

#[test]
fn every_file_here_is_a_module() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for entry in std::fs::read_dir(here).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap();
        assert!(module == "main" || include_str!("main.rs").contains(&format!("mod {module};")), "{name} is not run");
    }
}
