//! The two programs on two machines, as administrators set them up: the folder `agent` is the certificate
//! store of the agent's machine, the folder `sam` that of the scheduling server's.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lsam_host_windows::authority::Credential;
use tempfile::TempDir;

/// The files of both machines, and the agent's port.
pub struct Site {
    pub folder: TempDir,
    pub port: u16,
    pub jors: u16,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub success: bool,
    pub out: String,
    pub error: String,
}

impl Site {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for store in ["agent", "sam"] {
            for section in ["My", "Root", "CA", "CRL"] {
                fs::create_dir_all(folder.path().join(store).join(section)).unwrap();
            }
        }
        Self { folder, port: free_site_port(), jors: free_site_port() }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.folder.path().join(name)).unwrap();
    }

    /// Installs a certificate with its key.
    pub fn put_with_key(&self, name: &str, credential: &Credential) {
        self.put(name, credential.pem() + &credential.key_pem());
        // The agent and the doctor warn of a key that others can read.
        #[cfg(unix)]
        fs::set_permissions(
            self.folder.path().join(name),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
    }

    /// Writes MSLSAM.ini with TLS on, this serial number and these extra lines of [General Settings].
    pub fn configure(&self, serial: &str, lines: &str) {
        let port = self.port;
        self.put(
            "MSLSAM.ini",
            format!(
                "[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial={serial}\n{lines}\n\
                 [TCP/IP Parameters]\nSocketNumberToSAM={port}\n[JORS Settings]\nJORSSocket={}\n",
                self.jors
            ),
        );
    }

    /// Writes MSLSAM.ini with TLS off and these extra lines of [TCP/IP Parameters], which other sections may
    /// follow, such as [General Settings] with UseSecureSocket.
    pub fn configure_plain(&self, lines: &str) {
        let port = self.port;
        let jors = self.jors;
        let general = match lines.contains("[General Settings]") {
            true => "",
            false => "[General Settings]\nUseSecureSocket=FALSE\n",
        };
        self.put(
            "MSLSAM.ini",
            format!(
                "[JORS Settings]\nJORSSocket={jors}\n[TCP/IP Parameters]\nSocketNumberToSAM={port}\n{lines}\n\
                 {general}"
            ),
        );
    }

    fn run(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsam"));
        command.args(["run", "--config", &self.path("MSLSAM.ini"), "--store", &self.path("agent")]);
        command.args(["--listen", "127.0.0.1"]).env_remove("LSAM_STORE_PASSWORD");
        command
    }

    /// Starts the agent, which must succeed.
    pub fn start(&self) -> Agent {
        self.start_with(&[])
    }

    /// Starts the agent with extra arguments, which must succeed.
    pub fn start_with(&self, arguments: &[&str]) -> Agent {
        let agent = self.spawn(arguments);
        agent.will_say(" listens on ");
        agent
    }

    /// Starts the agent, which may fail.
    pub fn spawn(&self, arguments: &[&str]) -> Agent {
        let mut child = self.run().args(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        std::thread::spawn(move || log.lines().for_each(|line| sink.lock().unwrap().push(line.unwrap())));
        Agent { child, lines }
    }

    /// Starts the agent, which must refuse to run, and returns its log.
    pub fn refusal(&self) -> String {
        self.refusal_with(&[])
    }

    /// Starts the agent with extra arguments; it must refuse to run. Returns its log.
    pub fn refusal_with(&self, arguments: &[&str]) -> String {
        let ended = ended(self.run().args(arguments));
        assert!(!ended.success);
        ended.error
    }

    /// `lsam cert` on the agent's store.
    pub fn cert(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsam"));
        ended(command.args(["cert", "--store", &self.path("agent")]).args(arguments))
    }

    /// `lsam config` on the agent's MSLSAM.ini.
    #[cfg(unix)]
    pub fn config(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsam"));
        ended(command.args(["config", "--config", &self.path("MSLSAM.ini")]).args(arguments))
    }

    /// `netcom status` without TLS.
    pub fn plain_netcom(&self, arguments: &[&str]) -> Ended {
        Self::plain_netcom_at(self.port, arguments)
    }

    /// `netcom status` without TLS, to one of the ports.
    pub fn plain_netcom_at(port: u16, arguments: &[&str]) -> Ended {
        let machine = format!("127.0.0.1:{port}");
        ended(
            Command::new(env!("CARGO_BIN_EXE_netcom"))
                .args(["status", "--machine", &machine])
                .args(arguments),
        )
    }

    /// `netcom status` with TLS and the store of the scheduling server's machine.
    pub fn netcom(&self, arguments: &[&str]) -> Ended {
        let (machine, store) = (format!("127.0.0.1:{}", self.port), self.path("sam"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_netcom"));
        command.args(["status", "--machine", &machine, "--tls", "--store", &store]).args(arguments);
        ended(&mut command)
    }
}

/// A free port below those that the system assigns to clients, one of which could otherwise take it before
/// the agent does.
fn free_site_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 100).unwrap() * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { success: output.status.success(), out: text(output.stdout), error: text(output.stderr) }
}

/// A running agent; killed when dropped.
pub struct Agent {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Agent {
    /// Waits for a line of the log that contains `words`, and returns it.
    pub fn will_say(&self, words: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let lines = self.lines.lock().unwrap().clone();
            if let Some(line) = lines.iter().find(|line| line.contains(words)) {
                return line.clone();
            }
            assert!(Instant::now() < deadline, "no line with {words:?} but {lines:#?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks the agent to stop as the system would, and returns whether it ended properly.
    #[cfg(unix)]
    pub fn terminate(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }

    /// How long the processor has worked for the threads of connections that are open now.
    #[cfg(target_os = "linux")]
    pub fn processor_time_of_connections(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let of_thread = |entry: fs::DirEntry| {
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            let times = fs::read_to_string(entry.path().join("schedstat")).ok()?;
            let nanoseconds = times.split(' ').next()?.parse().ok()?;
            name.starts_with("connection").then_some(Duration::from_nanos(nanoseconds))
        };
        threads.filter_map(|entry| of_thread(entry.unwrap())).sum()
    }

    /// Whether a line that contains `words` has been written so far.
    pub fn said(&self, words: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(words))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
