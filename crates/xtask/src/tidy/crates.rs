//! The picture of the crates in `docs/ARCHITECTURE.md`, as a check.

use crate::workspace::{SourceFile, Workspace};

/// Which crates of the workspace a crate may depend on. A new line or a new edge is a decision in `docs/decisions/`.
const PICTURE: &[(&str, &[&str])] = &[
    ("mithaq-texts", &[]),
    ("mithaq-protocol", &[]),
    ("mithaq-policy", &["mithaq-protocol"]),
    ("mithaq-desks", &["mithaq-protocol", "mithaq-policy", "mithaq-texts"]),
    ("mithaq-proof", &["mithaq-protocol", "mithaq-texts"]),
    ("mithaq-openid", &["mithaq-texts"]),
    ("mithaq-store", &["mithaq-protocol"]),
    ("mithaq-node", &["mithaq-protocol", "mithaq-policy", "mithaq-desks", "mithaq-store", "mithaq-texts"]),
    (
        "mithaq-doors",
        &["mithaq-protocol", "mithaq-policy", "mithaq-desks", "mithaq-store", "mithaq-node", "mithaq-texts"],
    ),
    (
        "mithaq-console",
        &[
            "mithaq-protocol",
            "mithaq-desks",
            "mithaq-node",
            "mithaq-doors",
            "mithaq-proof",
            "mithaq-openid",
            "mithaq-texts",
        ],
    ),
    (
        "mithaq",
        &[
            "mithaq-protocol",
            "mithaq-desks",
            "mithaq-node",
            "mithaq-doors",
            "mithaq-console",
            "mithaq-proof",
            "mithaq-texts",
        ],
    ),
    ("mithaq-simulator", &["mithaq-protocol", "mithaq-policy", "mithaq-desks", "mithaq-store", "mithaq-node"]),
    ("xtask", &[]),
];

/// What a crate must not depend on, but for its tests, and what that keeps out of it.
const WALLS: &[(&str, &[&str])] = &[
    // A room that speaks HTTP to its callers can have no other door.
    ("mithaq-node", &["axum", "tower", "fluent-bundle"]),
    // A door reads no store and signs nothing: it asks a room.
    ("mithaq-doors", &["mithaq-store", "mithaq-policy", "aws-lc-rs"]),
    // A page shows what a room gives.
    ("mithaq-console", &["mithaq-store", "mithaq-policy", "aws-lc-rs"]),
];

/// Every dependency between the workspace's crates is in the [`PICTURE`]. Test dependencies count too: a test that
/// needs a crate from above belongs above.
pub fn picture(workspace: &Workspace, _: &[SourceFile]) -> Vec<String> {
    let edges = workspace.packages.iter().map(|package| {
        let inner = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        (package.name.as_str(), inner.map(|dependency| dependency.name.as_str()).collect())
    });
    let needed = workspace.packages.iter().map(|package| {
        let needed = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        (package.name.as_str(), needed.map(|dependency| dependency.name.as_str()).collect())
    });
    [wrong_edges(edges), through_walls(needed)].concat()
}

fn through_walls<'a>(crates: impl Iterator<Item = (&'a str, Vec<&'a str>)>) -> Vec<String> {
    let through = |(name, dependencies): (&'a str, Vec<&'a str>)| {
        let kept_out = WALLS.iter().filter(move |(inside, _)| *inside == name).flat_map(|(_, kept_out)| *kept_out);
        kept_out
            .filter(move |outer| dependencies.contains(*outer))
            .map(move |outer| format!("{name} must not depend on {outer}: see its wall in docs/ARCHITECTURE.md"))
    };
    crates.flat_map(through).collect()
}

fn wrong_edges<'a>(crates: impl Iterator<Item = (&'a str, Vec<&'a str>)>) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, dependencies) in crates {
        let Some((_, allowed)) = PICTURE.iter().find(|(known, _)| *known == name) else {
            violations.push(format!("crate {name} is not in the picture: decide what its wall forbids, then add it"));
            continue;
        };
        for dependency in dependencies.iter().filter(|dependency| !allowed.contains(*dependency)) {
            violations.push(format!("{name} must not depend on {dependency}: see the picture in docs/ARCHITECTURE.md"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_edges_of_the_picture_are_allowed() {
        let good = [("mithaq-desks", vec!["mithaq-policy"]), ("mithaq", vec!["mithaq-node"])];
        assert!(wrong_edges(good.into_iter()).is_empty());
        let bad = [("mithaq-protocol", vec!["mithaq-store"]), ("mithaq-utils", vec![])];
        assert_eq!(wrong_edges(bad.into_iter()).len(), 2);
    }

    #[test]
    fn walls_keep_out_what_they_name() {
        let crates = [("mithaq-node", vec!["tokio", "axum"]), ("mithaq-doors", vec!["axum"])];
        assert_eq!(through_walls(crates.into_iter()).len(), 1);
    }
}
