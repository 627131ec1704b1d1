//! Every scenario over several dialects, through the prefixes and on the familiar paths, on every backend.

fn main() -> std::process::ExitCode {
    dragoman_testkit::replay_dialect("cross")
}
