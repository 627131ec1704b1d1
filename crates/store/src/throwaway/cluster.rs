//! A cluster of three nodes that belongs to one test, which may kill, freeze and cut them off.

use std::path::PathBuf;

use tempfile::TempDir;

use super::script;

/// What `scripts/cluster` builds; gone when the test is over.
pub struct Cluster {
    folder: PathBuf,
    /// All nodes in one URL.
    pub url: String,
    /// One URL a node.
    pub nodes: Vec<String>,
    _temp: TempDir,
}

impl Cluster {
    /// `galera` or `postgres`; `None` if its programs are not installed, unless everything is required.
    pub fn start(engine: &str) -> Option<Self> {
        let temp = tempfile::Builder::new().prefix("dragoman-cluster.").tempdir().unwrap();
        // The servers run as users of their own.
        std::fs::set_permissions(temp.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let folder = temp.path().join("cluster");
        let output = script("cluster", &folder, &["start", engine]);
        let value = |name: &str| {
            let line =
                output.lines().find_map(|line| line.strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='));
            line.map(str::to_owned)
        };
        let Some(url) = value("DRAGOMAN_CLUSTER_URL") else {
            assert!(std::env::var("DRAGOMAN_TEST_REQUIRE").as_deref() != Ok("all"), "{engine} is required: {output}");
            eprintln!("{engine} is not installed: not tested on a cluster");
            return None;
        };
        let nodes = (1..=3).map(|node| value(&format!("DRAGOMAN_CLUSTER_URL_{node}")).unwrap()).collect();
        Some(Self { folder, url, nodes, _temp: temp })
    }

    /// Any other command of the script, as `cut 2`.
    pub fn run(&self, command: &str) -> String {
        script("cluster", &self.folder, &command.split(' ').collect::<Vec<_>>())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("stop");
    }
}
