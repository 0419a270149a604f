//! What people learn the program from: completions and manual pages.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    program::{DONE, Desk},
    two::Two,
};

/// What bash offers for the last of these words; `None` if there is no bash.
fn completed(desk: &Desk, words: &[&str]) -> Option<Vec<String>> {
    if !desk.path("completions.bash").exists() {
        let script = desk.run(&["completions", "bash"]);
        assert_eq!(script.code, DONE, "{}", script.err);
        desk.write("completions.bash", &script.out);
    }
    let line: String = words.iter().map(|word| format!("'{word}' ")).collect();
    let code = format!(
        "source completions.bash; COMP_WORDS=(mithaq {line}); COMP_CWORD={}; \
         _mithaq_and_ids mithaq \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.len()
    );
    let folder = Path::new(env!("CARGO_BIN_EXE_mithaq")).parent().unwrap().display().to_string();
    let path = format!("{folder}:/usr/local/bin:/usr/bin:/bin");
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", &code]).env("PATH", path).current_dir(desk.folder.path());
    let Ok(done) = bash.output() else {
        println!("skipped: bash: the completion script is tried in bash");
        return None;
    };
    let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(complaint.is_empty(), "{words:?}: {complaint}");
    Some(String::from_utf8(done.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn bash_completes_commands_options_and_their_values() {
    let desk = Desk::new();
    for (words, wanted) in [
        (&["agr"][..], &["agreement"][..]),
        (&["agreement", "te"], &["terminate"]),
        (&["se"], &["serve", "send", "search"]),
        (&["send", "--wai"], &["--wait"]),
        (&["send", "--wait", ""], &["recorded", "delivered"]),
        (&["completions", "f"], &["fish"]),
    ] {
        let Some(found) = completed(&desk, words) else { return };
        for word in wanted {
            assert!(found.iter().any(|found| found == word), "{words:?}: {found:?}");
        }
    }
}

#[test]
fn ids_are_completed_from_what_a_running_node_lists_and_from_nothing_else() {
    let mut two = Two::start();
    // A log is listed once something stands in it.
    two.a.submit(&two.note("A made-up note"), "wait=delivered");
    let (channel, agency) = (&two.channel[..8], &two.a.id[..8]);
    let record = format!("{channel}/{agency}/1/main/");
    let lines = [
        (&["agreement", "suspend", "a", ""][..], channel),
        (&["send", "a", "--channel", &channel[..2]], channel),
        (&["statement", "list", "a", ""], channel),
        (&["agreement", "show", "a", ""], channel),
        (&["threads", "list", "a", "--awaits", "XA"], "XAB"),
        (&["erase", "a", &channel[..3]], record.as_str()),
        (&["standin", "a", "--agency", ""], two.b.id.as_str()),
    ];
    for (words, wanted) in lines {
        let Some(found) = completed(&two.desk, words) else { return };
        assert!(found.iter().any(|found| found == wanted), "{words:?}: {wanted} is not among {found:?}");
    }
    // Once somebody has a token, whoever shows none is offered nothing of drafts, and whoever has one what the list gives them.
    let run = |words: &[&str]| {
        let done = two.desk.run(words);
        assert_eq!(done.code, DONE, "{words:?}: {}", done.err);
        done
    };
    two.desk.write("note.json", r#"{"language":"en","subject":"A made-up note","text":"None."}"#);
    run(&["person", "add", "a", "--name", "Made-up Layla", "--role", "case_officer", "--purpose", "coordination"]);
    run(&[
        "token",
        "new",
        "a",
        "layla.token",
        "--name",
        "made up",
        "--person",
        "Made-up Layla",
        "--role",
        "case_officer",
    ]);
    let new =
        ["draft", "new", "a", "--kind", "correspondence.note/1", "note.json", "--token-file", "layla.token", "--json"];
    let draft = run(&new).json()["id"].as_str().unwrap().to_owned();
    let shown = |words: &[&str]| completed(&two.desk, words).unwrap().contains(&draft);
    assert!(shown(&["draft", "show", "--token-file", "layla.token", "a", "d-"]));
    assert!(!shown(&["draft", "show", "a", "d-"]));
    // Where no node runs nothing is asked, and the folder is not opened.
    two.a.kill();
    assert!(!completed(&two.desk, &["agreement", "suspend", "a", ""]).unwrap().iter().any(|id| id == channel));
}

#[test]
fn every_shell_has_a_script_that_names_every_command() {
    let desk = Desk::new();
    let help = desk.run(&["--help"]).out;
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|word| !word.is_empty()))
        .collect();
    assert!(commands.len() > 20, "{help}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.run(&["completions", shell]);
        assert_eq!(script.code, DONE);
        for command in &commands {
            assert!(script.out.contains(command), "{shell} knows {command}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page_that_groff_reads_without_a_warning() {
    let desk = Desk::new();
    let made = desk.run(&["man", "pages", "--json"]);
    assert_eq!(made.code, DONE, "{}", made.err);
    let pages = made.json()["pages"].as_array().unwrap().clone();
    assert_eq!(pages.len(), std::fs::read_dir(desk.path("pages")).unwrap().count());
    let mut has_groff = true;
    for page in &pages {
        let page = page.as_str().unwrap();
        let text = std::fs::read_to_string(desk.path("pages").join(page)).unwrap();
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "FILES", "\"SEE ALSO\""] {
            assert!(text.contains(&format!(".SH {section}\n")), "{page} has {section}:\n{text}");
        }
        assert!(text.contains("EXAMPLES") || text.contains(".SH SUBCOMMANDS"), "{page} has an example:\n{text}");
        assert!(text.contains("refused by a clause"), "{page} has the exit codes:\n{text}");
        let asks = text.contains("DIR/node.toml");
        let wanted =
            ["send", "agreement-draft", "doctor", "serve"].iter().any(|name| page == format!("mithaq-{name}.1"));
        assert!(asks || !wanted, "{page} names the files of the folder");
        has_groff = has_groff && reads_well(page, &text);
    }
    if !has_groff {
        println!("skipped: groff: the manual pages are read by groff");
    }
}

/// Whether groff is there; a page that it complains about fails.
fn reads_well(page: &str, text: &str) -> bool {
    let groff = Command::new("groff")
        .args(["-man", "-Kutf8", "-Tutf8", "-ww", "-z"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut groff) = groff else { return false };
    groff.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = groff.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    // A slim installation of groff lacks what -K needs; the rest of the machine's set-up is not this program's.
    let said: Vec<&str> = said.lines().filter(|line| !line.contains("preconv")).collect();
    assert!(done.status.success() && said.is_empty(), "{page}: {said:?}\n{text}");
    true
}
