//! The demo, whole: two processes, both killed, nothing lost.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use crate::program::{DONE, Desk};

#[test]
fn what_the_demo_invites_to_works_and_its_end_is_said() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_mithaq"));
    // In Arabic: what it invites to is the same in every language.
    let mut demo =
        demo.arg("demo").env("LC_ALL", "ar_SA.UTF-8").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut lines = lines.by_ref().map(|line| line.unwrap().replace(['\u{2068}', '\u{2069}'], ""));
    let told: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("العمل جارٍ ")).collect();
    assert_eq!(told.iter().filter(|line| line.starts_with("رمز الدخول ")).count(), 4, "{told:#?}");
    for line in [
        "العقدتان     شرطة مثاليا (جهة مختلقة) وشرطة نموذجستان (جهة مختلقة)، وكلتاهما مختلقة",
        "المذكرة      عن مشتبه به، كتبها موظف وأصدرها آخر",
        "التغيير      بايت واحد من ملف إثبات: فلم يعد يجتاز التحقق",
        "محمي         سألت XAC عن شخص تحميه XAB منها: ينتظر الطلب مسؤول الحماية في XAB، ولا يراه مكتب آخر، ويُقال للجهة XAC ما يُقال عن أي طلب",
        "جرّب          # وتصل إلى هناك",
    ] {
        assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
    }
    assert_eq!(told.iter().filter(|line| line.starts_with("http://protection.localhost:")).count(), 1, "{told:#?}");
    let tries: Vec<&String> = told.iter().filter(|line| line.starts_with(env!("CARGO_BIN_EXE_mithaq"))).collect();
    assert!(tries.len() >= 5, "{told:#?}");
    for command in tries {
        let done = Command::new("sh").args(["-c", command]).output().unwrap();
        assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(!done.stdout.is_empty(), "{command} says nothing");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&demo), rustix::process::Signal::INT).unwrap();
    assert!(lines.last().unwrap().contains("أُزيل "), "the folder goes, and that is said");
    assert!(demo.wait().unwrap().success());
}

#[test]
fn the_demo_holds() {
    let desk = Desk::new();
    let demo = desk.run(&["demo", "--check"]);
    assert_eq!(demo.code, DONE, "{}{}", demo.out, demo.err);
    let summary = demo.out.lines().next_back().map(serde_json::from_str::<serde_json::Value>).unwrap().unwrap();
    assert_eq!(summary["sent"], summary["delivered"]);
    assert_eq!((&summary["lost"], &summary["duplicates"], &summary["refused"]), (&0.into(), &0.into(), &2.into()));
    assert!(summary["sent"].as_u64().unwrap() >= 2_000 && summary["killed_in_flight"].as_u64().unwrap() >= 200);
    assert_eq!((&summary["evidence_verified"], &summary["urgent_answered_in_time"]), (&true.into(), &true.into()));
    assert_eq!(summary["missed_deadline_proven"], true);
    let told = demo.err.lines().collect::<Vec<_>>();
    for line in
        ["refused      AGR-01", "refused      EYE-01", "asked        urgently", "answered     ", "overdue      "]
    {
        assert!(told.iter().any(|told| told.starts_with(line)), "{line}: {}", demo.err);
    }
    assert!(!demo.err.contains('\u{1b}'), "no terminal, no escapes: {}", demo.err);
}
