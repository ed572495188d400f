//! What is seen of a run, and what keys do.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::config::Scale;
use crate::event::{
    Answer, Change, Changed, Down, LocalTime, Marks, Moment, NotSent, Outage, Outcome, ProbeId,
    Problem, Progress, Question, Reach, Reason, Rejection, Several, Source, Stage, Standing, Start,
    Summary, TargetNumber, TimeDown, Timing,
};
use crate::report::NoNames;
use crate::sanitize::Charset;
use crate::wire::extensions::Extensions;
use crate::wire::icmpv4;

mod keyboard;
mod looks;
mod replay;
mod terminal;
mod window;

/// A terminal, and a person who looks at it.
#[derive(Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one fact about the terminal, independent of the others"
)]
struct Person {
    size: Size,
    typed: Vec<u8>,
    frames: Vec<String>,
    is_blocked: bool,
    has_changed: bool,
    is_shown: bool,
    /// Whether the terminal takes nothing any more.
    is_stuck: bool,
    has_ended: bool,
    wishes: Vec<Wish>,
    /// What the text behind the view was told.
    told: Vec<String>,
}

type Shared = Rc<RefCell<Person>>;

struct Paper(Shared);

impl Screen for Paper {
    fn enter(&mut self) {
        self.0.borrow_mut().is_shown = true;
    }
    fn leave(&mut self) -> bool {
        self.0.borrow_mut().is_shown = false;
        !self.0.borrow().is_stuck
    }
    fn size(&self) -> Size {
        self.0.borrow().size
    }
    fn read(&mut self, typed: &mut Vec<u8>) {
        typed.append(&mut self.0.borrow_mut().typed);
    }
    fn take_change(&mut self) -> bool {
        std::mem::take(&mut self.0.borrow_mut().has_changed)
    }
    fn is_ready(&mut self) -> bool {
        !self.0.borrow().is_blocked
    }
    fn show(&mut self, frame: &[u8]) {
        let frame = String::from_utf8(frame.to_vec()).unwrap();
        self.0.borrow_mut().frames.push(frame);
    }
}

struct Behind(Shared);

impl Report for Behind {
    fn event(&mut self, event: &Event<'_>, _: When<'_>) -> io::Result<()> {
        let kind = format!("{event:?}");
        let kind = kind.split([' ', '(']).next().unwrap().to_owned();
        let mut person = self.0.borrow_mut();
        let where_it_is = if person.is_shown { "behind " } else { "" };
        let told = format!("{where_it_is}{kind}");
        person.told.push(told);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        Ok(Backpressure::Free)
    }
}

/// Name, address and label of each target.
#[derive(Debug)]
struct Known(Vec<(String, String, String)>);

impl Directory for Known {
    fn len(&self) -> TargetNumber {
        self.0.len().try_into().unwrap()
    }
    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let (_, address, _) = self.0.get(target as usize)?;
        Some((address.parse::<IpAddr>().ok()?, 0).into())
    }
    fn name(&self, target: TargetNumber) -> Option<&str> {
        let (name, ..) = self.0.get(target as usize)?;
        (!name.is_empty()).then_some(name)
    }
    fn label(&self, target: TargetNumber) -> Option<&str> {
        let (_, _, label) = self.0.get(target as usize)?;
        (!label.is_empty()).then_some(label)
    }
}

fn known(targets: &[(&str, &str, &str)]) -> Known {
    let owned = |(name, address, label): &(&str, &str, &str)| {
        (
            (*name).to_owned(),
            (*address).to_owned(),
            (*label).to_owned(),
        )
    };
    Known(targets.iter().map(owned).collect())
}

/// Twenty past ten, and some seconds.
fn clock(at: SystemTime) -> Option<LocalTime> {
    let seconds = at.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let small = |number: u64| u8::try_from(number).unwrap();
    Some(LocalTime {
        hour: 10,
        minute: small((20 + seconds / 60) % 60),
        second: small(seconds % 60),
        ..LocalTime::default()
    })
}

const LOOK: Look = Look {
    ascii: false,
    colour: true,
    scale: None,
    window: None,
};

/// A run that is looked at.
struct Run {
    live: Live<Paper, Behind>,
    person: Shared,
    now: Duration,
    probes: u64,
}

impl Run {
    fn new(targets: Known, look: Look, (width, height): (u16, u16)) -> Self {
        let person = Rc::new(RefCell::new(Person {
            size: Size::new(width, height),
            ..Person::default()
        }));
        let subject = Subject {
            directory: Rc::new(targets),
            numeric: false,
            style: Style {
                charset: if look.ascii {
                    Charset::Ascii
                } else {
                    Charset::Utf8
                },
                ..Style::default()
            },
            names: Box::new(NoNames),
            calendar: clock,
        };
        let ended = Rc::clone(&person);
        let wish = move |wish| {
            let mut person = ended.borrow_mut();
            person.has_ended |= wish == Wish::End;
            person.wishes.push(wish);
        };
        let text = (Behind(Rc::clone(&person)), Rc::default());
        let live = Live::new(look, subject, Paper(Rc::clone(&person)), text, wish);
        Self {
            live,
            person,
            now: Duration::ZERO,
            probes: 0,
        }
    }

    fn tell(&mut self, event: &Event<'_>) {
        let moment = Moment {
            wall: UNIX_EPOCH + self.now,
            since_start: self.now,
        };
        self.live.event(event, &|| moment).unwrap();
    }

    fn start(&mut self) {
        self.tell(&Event::Started(&Start::Several(Several {
            targets: self.live.who.directory().len(),
            duplicates: 0,
            size: 56,
            question: Question::Rounds {
                period: Duration::from_secs(1),
                count: None,
            },
        })));
    }

    /// So much time passes, and the run tells how far it is.
    fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
        self.tell(&Event::Progress(&Progress {
            elapsed: self.now,
            probes: self.probes,
            alive: 0,
            stage: Stage::Rounds {
                of: None,
                remaining: None,
            },
        }));
    }

    fn send(&mut self, target: TargetNumber, number: u64) -> ProbeId {
        let probe = probe(target, number);
        self.probes += 1;
        self.tell(&Event::Sent(probe));
        probe
    }

    fn answer(&mut self, probe: ProbeId, microseconds: u64, standing: Standing) {
        self.tell(&Event::Answered(&Answer {
            target: probe.target,
            number: Some(probe.number),
            length: 64,
            source: "192.0.2.1:0".parse().unwrap(),
            identifier: 7,
            sequence: probe.sequence,
            hop_limit: None,
            traffic_class: None,
            destination: None,
            times: None,
            standing,
            timing: Some(Timing {
                round_trip: Duration::from_micros(microseconds),
                source: Source::Kernel,
                sending: None,
                queued: None,
                reading: None,
            }),
            marks: Marks::default(),
            mismatch: None,
            options: &[],
            information: None,
        }));
    }

    fn lose(&mut self, probe: ProbeId) {
        let outcome = Outcome::Lost;
        self.tell(&Event::Outcome { probe, outcome });
    }

    /// Three probes from this one on were not answered; the last of them now.
    fn go_down(&mut self, target: TargetNumber, first: u64, reason: Option<Reason>) {
        self.tell(&Event::Down(&Down {
            first: probe(target, first),
            sent: Duration::from_secs(first),
            probes: 3,
            reason,
        }));
    }

    fn come_up(&mut self, target: TargetNumber, first: u64, probes: u64) {
        self.tell(&Event::Up(&TimeDown {
            first: probe(target, first),
            sent: Duration::from_secs(first),
            outage: Outage {
                first: probe(target, first).sequence,
                last: probe(target, first + probes - 1).sequence,
                length: Duration::from_secs(probes),
                probes,
            },
        }));
    }

    fn reject(&mut self, probe: ProbeId) {
        self.tell(&Event::Rejected(&Rejection {
            target: probe.target,
            number: Some(probe.number),
            reporter: "10.0.0.1:0".parse().unwrap(),
            sequence: probe.sequence,
            problem: unreachable(),
            reach: Reach::Left,
            is_behind_outcome: false,
            original: None,
            quoted: None,
            extensions: Extensions::default(),
        }));
    }

    fn press(&mut self, keys: &str) {
        self.person.borrow_mut().typed.extend(keys.bytes());
        self.live.flush().unwrap();
    }

    /// Escape, and the time that it takes to be sure of it.
    fn press_escape(&mut self) {
        self.press("\x1b");
        self.live.tick(&progress(self.now), &|| UNIX_EPOCH.into());
        self.live.tick(&progress(self.now), &|| UNIX_EPOCH.into());
    }

    /// The frame that would be drawn now.
    fn terminal(&mut self) -> Terminal<TestBackend> {
        let Size { width, height } = self.person.borrow().size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut scene = Scene {
            model: self.live.held.as_deref().unwrap_or(&self.live.model),
            view: &mut self.live.view,
            who: &mut self.live.who,
            look: self.live.look,
            calendar: self.live.calendar,
        };
        let draw = |frame: &mut ratatui::Frame<'_>| draw::frame(frame.buffer_mut(), &mut scene);
        terminal.draw(draw).unwrap();
        terminal
    }

    fn screen(&mut self) -> String {
        let size = self.person.borrow().size;
        if size.width == 0 || size.height == 0 {
            // The backend of tests cannot tell of nothing.
            return String::new();
        }
        let screen = self.terminal().backend().to_string();
        let lines = screen.lines().map(|line| line.trim_matches('"').trim_end());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Where the screen is not plain: rows, the columns from and to, and how it looks there.
    fn styles(&mut self) -> String {
        let terminal = self.terminal();
        let buffer = terminal.backend().buffer();
        let mut styles = String::new();
        for y in 0..buffer.area.height {
            let look = |x: u16| (buffer[(x, y)].fg, buffer[(x, y)].modifier);
            let mut x = 0;
            while x < buffer.area.width {
                let begin = x;
                while x < buffer.area.width && look(x) == look(begin) {
                    x += 1;
                }
                if look(begin) != (Color::Reset, Modifier::empty()) {
                    let (colour, modifier) = look(begin);
                    writeln!(styles, "{y:2} {begin}-{} {colour:?} {modifier:?}", x - 1).unwrap();
                }
            }
        }
        styles
    }
}

/// By the word of a router.
fn unreachable() -> Problem {
    Problem::V4(icmpv4::Problem::from_parts(3, 1, 0))
}

fn probe(target: TargetNumber, number: u64) -> ProbeId {
    ProbeId {
        target,
        number,
        sequence: u16::try_from(number).unwrap() + 1,
    }
}

fn progress(elapsed: Duration) -> Event<'static> {
    let progress = Box::leak(Box::new(Progress {
        elapsed,
        probes: 0,
        alive: 0,
        stage: Stage::Rounds {
            of: None,
            remaining: None,
        },
    }));
    Event::Progress(progress)
}

/// Targets of every kind. Each name that can be is hostile, wide or long.
fn all_kinds() -> Known {
    known(&[
        ("", "198.51.100.1", ""),
        ("www.example", "198.51.100.2", "web"),
        ("", "198.51.100.3", "core router"),
        ("", "2001:db8::1:2:3:4", ""),
        ("\u{6771}\u{4eac}", "198.51.100.4", "wide"),
        ("bu\u{308}ro", "198.51.100.5", "combining"),
        ("a\u{1b}[2J\u{202e}b", "198.51.100.6", "\u{1b}]0;x\u{7}"),
        (
            "a-very-long-name-of-a-host-in-a-deep.domain.example",
            "198.51.100.7",
            "",
        ),
        ("", "203.0.113.1", "rejected"),
        ("nowhere.example", "", ""),
        ("", "203.0.113.2", "not sent"),
    ])
}

fn rejected_by_router() -> Reason {
    Reason::Rejected {
        problem: unreachable(),
        reporter: Some("10.0.0.1:0".parse().unwrap()),
    }
}

/// A run of these targets for a number of seconds.
fn run(look: Look, size: (u16, u16), seconds: u64) -> Run {
    let mut run = Run::new(all_kinds(), look, size);
    run.start();
    for second in 0..seconds {
        for target in 0..9 {
            let probe = run.send(target, second);
            let noise = (second * 37 + u64::from(target) * 11) % 100;
            match (target, second) {
                (2, _) => run.answer(probe, 20_000 + 4_000 * noise, Standing::Reply),
                (1, 30) => run.answer(probe, 1_500_000, Standing::Late),
                (3, 20..23) | (5, 40..) => run.lose(probe),
                (8, 10..) => run.reject(probe),
                _ => run.answer(
                    probe,
                    900 + noise * (1 + u64::from(target)),
                    Standing::Reply,
                ),
            }
        }
        let probe = ProbeId {
            target: 10,
            number: second,
            sequence: 1,
        };
        match second {
            12 => run.go_down(8, 10, Some(rejected_by_router())),
            22 => run.go_down(3, 20, None),
            23 => run.come_up(3, 20, 3),
            42 => run.go_down(5, 40, None),
            _ => {}
        }
        let reason = &NotSent::Refused(io::Error::from_raw_os_error(libc::ENETUNREACH));
        run.tell(&Event::NotSent { probe, reason });
        run.pass(1000);
    }
    run
}
