//! What commits cost, printed: `cargo test -p mithaq-store --release -- --ignored --nocapture cost`.

use rustix::time::{ClockId, clock_gettime};

use crate::support::*;

fn microseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    u64::try_from(time.tv_sec * 1_000_000 + time.tv_nsec / 1000).unwrap()
}

fn report(name: &str, mut wall_us: Vec<u64>, cpu_us: u64) {
    wall_us.sort_unstable();
    let commits = wall_us.len();
    println!(
        "{name}: {commits} commits, p50 {} us, p99 {} us, max {} us, CPU {} us each",
        wall_us[commits / 2],
        wall_us[commits * 99 / 100],
        wall_us[commits - 1],
        cpu_us / commits as u64
    );
}

#[test]
#[ignore = "prints times, which no machine promises"]
fn cost_of_commits() {
    for (name, records, commits) in [("1 record", 1, 2000), ("1,000 records of 1.5 KB", 1000, 200)] {
        let mut world = World::new();
        let mut first = 0;
        let (mut wall, mut cpu) = (Vec::new(), 0);
        for _ in 0..commits {
            let mut commit = append(batch(LOG, first, &vec![march(); records], 1500));
            commit.state = Some(vec![1; 500]);
            commit.audit = vec![vec![2; 200]];
            commit.batches[0].batch.note = "n".repeat(3600);
            first += records as u64;
            let (wall_start, cpu_start) = (microseconds(ClockId::Monotonic), microseconds(ClockId::ThreadCPUTime));
            world.commit(&commit).unwrap();
            wall.push(microseconds(ClockId::Monotonic) - wall_start);
            cpu += microseconds(ClockId::ThreadCPUTime) - cpu_start;
        }
        report(name, wall, cpu);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmRSS")).unwrap());
}
