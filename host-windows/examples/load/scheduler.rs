//! The scheduling server's side: many connections to one address in one loop, and how long everything took.
//!
//! A *kept* connection polls every second and must never end. A *fresh* one connects, polls, closes and
//! begins again. Every failure of either is reported with its reason.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lsam_core::agent::{MachineStatus, MachineStatusRequest};
use lsam_core::endpoint::Received;
use lsam_core::tls::{Client, ClientConfig, ClientSession};
use lsam_host_windows::crypto::Provider;
use mio::net::TcpStream;
use mio::{Events, Poll, Token};
use serde_json::{Value, json};

use crate::connection::{Connection, Outcome};
use crate::latencies::Latencies;
use crate::side::{Certificates, Pool, Side};

#[derive(clap::Args)]
pub(crate) struct Flags {
    /// The address of the agents
    #[arg(long)]
    agent: SocketAddr,
    /// The name in the agents' certificate
    #[arg(long)]
    name: String,
    /// How many connections are kept and polled every second
    #[arg(long)]
    kept: usize,
    /// How many connections connect, poll, close and begin again
    #[arg(long, default_value_t = 0)]
    fresh: usize,
    /// For how long the connections are polled
    #[arg(long)]
    seconds: u64,
    /// Then cut all connections, and connect them again
    #[arg(long)]
    cut: bool,
    #[command(flatten)]
    certificates: Certificates,
}

/// How often a kept connection is polled.
const PERIOD: Duration = Duration::from_secs(1);
/// How long a fresh connection pauses before it begins again.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest wait for a handshake or an answer, after which the connection counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take until every kept connection has been answered.
const LONGEST_CONNECTING: Duration = Duration::from_secs(120);
/// How many connections are in their handshake at a time: more would only wait in the system's queue.
const MOST_CONNECTING: usize = 64;

/// Connects, polls, reports.
pub(crate) fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let side = Side::load(&flags.certificates)?;
    let name: &'static str = flags.name.clone().leak();
    let config =
        ClientConfig { server_name: Some(name), identities: &side.identities, ..ClientConfig::new() };
    let mut scheduler = Scheduler {
        flags,
        side,
        config: Box::leak(Box::new(config)),
        poll: Poll::new()?,
        pool: Pool::default(),
        ends: (0..flags.kept + flags.fresh).map(|_| None).collect(),
        due: BTreeSet::new(),
        waiting: (0..flags.kept + flags.fresh).collect(),
        connecting: 0,
        served: BTreeSet::new(),
        polls: Latencies::default(),
        handshakes: Latencies::default(),
        failures: BTreeMap::new(),
    };
    let served = scheduler.connect_all()?;
    say("connected", served);
    scheduler.run_until(Instant::now() + Duration::from_secs(flags.seconds))?;
    say("polled", Duration::from_secs(flags.seconds));
    if flags.cut {
        scheduler.cut();
        let served = scheduler.connect_all()?;
        say("reconnected", served);
    }
    say_json(&json!({
        "event": "ended",
        "polls": scheduler.polls.report(),
        "handshakes": scheduler.handshakes.report(),
        "failures": scheduler.failures,
    }));
    Ok(())
}

fn say(event: &str, took: Duration) {
    say_json(&json!({ "event": event, "seconds": took.as_secs_f64() }));
}

/// One line for the script that reads it.
fn say_json(line: &Value) {
    println!("{line}");
    let _ = io::stdout().flush();
}

/// All connections.
struct Scheduler<'f> {
    flags: &'f Flags,
    side: &'static Side,
    config: &'static ClientConfig<'static>,
    poll: Poll,
    pool: Pool,
    /// Kept connections first; `None` while one pauses or waits for its turn.
    ends: Vec<Option<Box<Open>>>,
    /// When to do something about a connection that no event is about.
    due: BTreeSet<(Instant, usize)>,
    /// Connections that wait for their turn to connect.
    waiting: VecDeque<usize>,
    connecting: usize,
    /// Kept connections that were answered since they last connected.
    served: BTreeSet<usize>,
    polls: Latencies,
    handshakes: Latencies,
    failures: BTreeMap<String, u32>,
}

/// An open connection.
struct Open {
    connection: Connection<Client<'static, Provider>>,
    state: State,
    /// When to act if nothing happens: the end of its patience, or its next poll.
    due: Instant,
}

#[derive(Clone, Copy)]
enum State {
    /// In the handshake since then.
    Connecting(Instant),
    /// A request was sent then.
    Asked(Instant),
    /// Until the next poll.
    Idle,
}

impl Scheduler<'_> {
    /// Runs until every kept connection has been answered; returns how long that took.
    fn connect_all(&mut self) -> Result<Duration, Box<dyn Error>> {
        let begun = Instant::now();
        self.served.clear();
        while self.served.len() < self.flags.kept {
            if begun.elapsed() > LONGEST_CONNECTING {
                let (served, failures) = (self.served.len(), &self.failures);
                return Err(format!("only {served} connections were answered; failures: {failures:?}").into());
            }
            self.run_until(Instant::now() + Duration::from_millis(1))?;
        }
        Ok(begun.elapsed())
    }

    /// Connects, polls and reads until `end`.
    fn run_until(&mut self, end: Instant) -> Result<(), Box<dyn Error>> {
        let mut events = Events::with_capacity(1024);
        loop {
            self.connect_waiting()?;
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            let next = self.due.first().map_or(end, |(due, _)| end.min(*due));
            match self.poll.poll(&mut events, Some(next.saturating_duration_since(now))) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            for event in &events {
                self.drive(event.token().0);
            }
            let now = Instant::now();
            while let Some((due, number)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
                self.due.remove(&(due, number));
                self.act(number);
            }
        }
    }

    /// Ends all connections at once, as a network that fails does, and lets them connect again.
    fn cut(&mut self) {
        for number in 0..self.ends.len() {
            if let Some(open) = self.ends[number].take() {
                self.due.remove(&(open.due, number));
                self.pool.put(open.connection.cut());
                self.waiting.push_back(number);
            }
        }
        self.connecting = 0;
    }

    fn connect_waiting(&mut self) -> Result<(), Box<dyn Error>> {
        while self.connecting < MOST_CONNECTING
            && let Some(number) = self.waiting.pop_front()
        {
            let now = Instant::now();
            let session = ClientSession::new(self.config, self.pool.take())?;
            let socket = TcpStream::connect(self.flags.agent)?;
            let connection = Connection::new(socket, session, self.poll.registry(), Token(number))?;
            let due = now + PATIENCE;
            self.due.insert((due, number));
            let open = Open { connection, state: State::Connecting(now), due };
            self.ends[number] = Some(Box::new(open));
            self.connecting += 1;
        }
        Ok(())
    }

    /// Does what is due for a connection.
    fn act(&mut self, number: usize) {
        let Some(open) = &mut self.ends[number] else { return self.waiting.push_back(number) };
        match open.state {
            State::Connecting(_) => self.fail(number, "no handshake in time"),
            State::Asked(_) => self.fail(number, "no answer in time"),
            State::Idle => match open.connection.endpoint.send(&MachineStatusRequest {}, 1) {
                Ok(()) => {
                    open.state = State::Asked(Instant::now());
                    self.drive(number);
                }
                Err(_) => self.fail(number, "no room for a request"),
            },
        }
    }

    /// Does everything for a connection that is possible now, and measures it.
    fn drive(&mut self, number: usize) {
        let Some(open) = &mut self.ends[number] else { return };
        let is_kept = number < self.flags.kept;
        let (mut connected, mut answered) = (None, false);
        let outcome = open.connection.drive(
            self.side,
            Some(&self.flags.name),
            |endpoint| {
                connected = Some(Instant::now());
                endpoint.send(&MachineStatusRequest {}, 1)
            },
            |received| {
                answered = true;
                is_answer(&received)
            },
        );
        let now = Instant::now();
        if let (Some(at), State::Connecting(since)) = (connected, open.state) {
            self.handshakes.add(at - since);
            self.connecting -= 1;
            open.state = State::Asked(at);
        }
        if let (true, Ok(_), State::Asked(since)) = (answered, &outcome, open.state) {
            self.polls.add(now - since);
            open.state = State::Idle;
            if is_kept {
                self.served.insert(number);
            } else {
                return self.rest(number);
            }
        }
        match outcome {
            Ok(Outcome::Closed) => return self.fail(number, "closed by the agent"),
            Err(error) => return self.fail(number, &error.to_string()),
            Ok(Outcome::Waits) => {}
        }
        let due = match open.state {
            State::Connecting(since) => since + PATIENCE,
            State::Asked(at) => at + PATIENCE,
            State::Idle if answered => now + PERIOD,
            State::Idle => open.due,
        };
        self.due.remove(&(open.due, number));
        open.due = due;
        self.due.insert((due, number));
    }

    /// Closes a fresh connection, which connects again after a pause.
    fn rest(&mut self, number: usize) {
        if let Some(open) = self.ends[number].take() {
            self.due.remove(&(open.due, number));
            self.pool.put(open.connection.close());
        }
        self.due.insert((Instant::now() + PAUSE, number));
    }

    /// Counts the failure of a connection, which connects again after a pause.
    fn fail(&mut self, number: usize, reason: &str) {
        if let Some(open) = &self.ends[number] {
            let doing = match open.state {
                State::Connecting(_) => {
                    self.connecting -= 1;
                    "in the handshake"
                }
                State::Asked(_) => "while polled",
                State::Idle => "between polls",
            };
            *self.failures.entry(format!("{doing}: {reason}")).or_default() += 1;
        }
        self.rest(number);
    }
}

fn is_answer(received: &Received<'_>) -> Result<(), Box<dyn Error>> {
    let frame = received.frame?;
    frame.message::<MachineStatus<'_>>()?;
    Ok(())
}
