//! Reverse proxies in the foreground, on a free port of the loopback address, in a folder of their own.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A proxy and how it is told. `{port}`, `{backend}` and `{folder}` are filled in.
pub struct Program {
    pub path: &'static str,
    arguments: &'static [&'static str],
    config: &'static str,
}

pub const NGINX: Program = Program {
    path: "/usr/sbin/nginx",
    arguments: &["-p", "{folder}", "-e", "{folder}/error.log", "-c", "{folder}/config"],
    config: include_str!("nginx.conf"),
};

pub const HAPROXY: Program = Program {
    path: "/usr/sbin/haproxy",
    arguments: &["-db", "-f", "{folder}/config"],
    config: include_str!("haproxy.cfg"),
};

pub const APACHE: Program = Program {
    path: "/usr/sbin/apache2",
    arguments: &["-D", "FOREGROUND", "-f", "{folder}/config"],
    config: include_str!("apache.conf"),
};

/// A proxy that runs until it is dropped.
pub struct Running {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Running {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // These three end their children at SIGTERM, which `Child` cannot send.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

pub fn start(program: &Program, backend: &str) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let place = folder.path().display().to_string();
    let fill = |text: &str| {
        text.replace("{folder}", &place).replace("{port}", &port.to_string()).replace("{backend}", backend)
    };
    std::fs::write(folder.path().join("config"), fill(program.config)).expect("a configuration");
    let child = Command::new(program.path)
        .args(program.arguments.iter().map(|argument| fill(argument)))
        .stdout(Stdio::null())
        .spawn()
        .expect("the proxy starts");
    let running = Running { child, port, _folder: folder };
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} does not listen", program.path);
        std::thread::sleep(Duration::from_millis(50));
    }
    running
}
