//! Every frp fixture, through the prefix and on the familiar paths, on every backend.

fn main() -> std::process::ExitCode {
    dragoman_testkit::replay_dialect("frp")
}
