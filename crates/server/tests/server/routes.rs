//! The routes that a dialect states are those of its contract's summary table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dragoman_server::REGISTRY;

/// How each contract's summary begins, and what stands before the paths in it.
const SUMMARIES: [(&str, &str, &str); 5] = [
    ("frp", "| # | method and path | status |", ""),
    ("medusa", "| # | Path (with and without", ""),
    ("php", "| # | method | path |", ""),
    ("proxy", "| Path(s) | Method |", ""),
    ("v1", "| # | method and path (all under `/api/v1`)", "/api/v1"),
];

/// Paths with the methods that stand in their rows.
fn contract(dialect: &str, header: &str, prefix: &str) -> BTreeMap<String, BTreeSet<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/contracts/{dialect}.md"));
    let page = std::fs::read_to_string(page).unwrap();
    let rows =
        page.lines().skip_while(|line| !line.starts_with(header)).skip(2).take_while(|line| line.starts_with('|'));
    let mut paths = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').take(5).collect();
        let cells = if dialect == "proxy" { cells[..3].join("|") } else { cells.join("|") };
        let methods = cells
            .split(|letter: char| !letter.is_ascii_uppercase())
            .filter(|word| ["GET", "POST", "DELETE", "PUT", "PATCH"].contains(word));
        let methods: BTreeSet<String> = methods.map(str::to_owned).collect();
        for named in cells.split('`').skip(1).step_by(2) {
            let path = named.rsplit(' ').next().unwrap_or(named);
            let path = if named.starts_with("/s/") || named.starts_with("/api/image/") { named } else { path };
            let path = path.strip_prefix('M').unwrap_or(path);
            if path.starts_with('/') && path != prefix {
                paths.insert(normal(path, prefix), methods.clone());
            }
        }
    }
    paths
}

/// Without query and final slash; whatever varies is a name.
fn normal(path: &str, prefix: &str) -> String {
    let path = path.split(['?', '&']).next().unwrap_or(path);
    let path = match path.find(['<', '{']) {
        Some(at) => format!("{}{{name}}", &path[..at]),
        None => path.to_owned(),
    };
    let path = if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path };
    if path.starts_with("/api/") { path } else { format!("{prefix}{path}") }
}

#[test]
fn the_routes_are_the_contracts() {
    for (dialect, header, prefix) in SUMMARIES {
        let mut contract = contract(dialect, header, prefix);
        // Struck out: nobody serves it.
        contract.remove("/updatespend");
        let registered = REGISTRY.iter().find(|registered| registered.name == dialect).unwrap();
        let ours: BTreeSet<String> = registered.routes.iter().map(|route| normal(route.pattern, "")).collect();
        assert_eq!(ours, contract.keys().cloned().collect(), "{dialect}");
        for route in registered.routes.iter().filter(|route| !route.methods.is_empty()) {
            let stated = &contract[&normal(route.pattern, "")];
            // A row of proxy may name two paths with a method each.
            assert!(route.methods.iter().all(|method| stated.contains(*method)), "{dialect} {route:?}: {stated:?}");
        }
    }
}
