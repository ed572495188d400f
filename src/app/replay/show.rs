//! A recorded run in the view of `--live`: its time passes as it did, faster, or stands still, and the user goes back and on.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{PipeReader, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use super::super::live::View;
use super::super::many::{check_view, check_window};
use super::super::{PROGRESS, warn};
use super::tape::Tape;
use super::{begin, looked_at, tell, text};
use crate::clock::{Clock, SystemClock};
use crate::config::{Live as Look, Replay};
use crate::driver::unwritable;
use crate::event::{Ended, Ending, Event, Moment, Progress, Stage};
use crate::exit::Exit;
use crate::net::{self, Privileges, confine_reader};
use crate::output::terminal::Terminal;
use crate::report::json::replay::{Line, Player};
use crate::report::live::{Live, Playback, State, Wish};
use crate::report::{Curtain, Report, Reports};
use crate::signals::{Interrupt, Interrupts, Signals};

/// For how long lines are told before keys are looked at.
const SLICE: Duration = Duration::from_millis(50);

/// How many lines are told between two looks at the clock.
const LINES: usize = 64;

/// The slowest and the fastest that keys lead to; `--speed` may be beyond.
const SPEEDS: (f64, f64) = (0.125, 65_536.0);

/// Shows it until the user has seen enough. Then the text tells what the run came to.
///
/// # Errors
/// There is no terminal; the file cannot be read, or is no recorded run; the output cannot be written.
pub(super) fn run(replay: &Replay, look: Look, tape: Tape, privileges: Privileges) -> Result<()> {
    let (signals, wake) = Signals::take_over().context("cannot handle signals")?;
    let view = View::with(look, &signals)?;
    let keyboard = view.input()?;
    let lacking = confine_reader(privileges, true).context("cannot confine the program")?;
    let (recording, tape) = looked_at(tape)?;
    let length = recording.length();
    let player = begin(recording, &tape)?;
    let targets = Some(player.targets().len());
    check_view(Some(look), targets)?;
    check_window(look.window, targets)?;
    let curtain = Rc::<Cell<Curtain>>::default();
    let wishes = Rc::<RefCell<VecDeque<Wish>>>::default();
    let asked = Rc::clone(&wishes);
    let live = view.of(
        &replay.style,
        (player.targets(), replay.many.numeric),
        (Reports::default(), Rc::clone(&curtain)),
        move |wish| asked.borrow_mut().push_back(wish),
    );
    let mut show = Show {
        live,
        fresh: player.clone().telling_departures(),
        player: player.clone().telling_departures(),
        tape,
        next: None,
        is_over: false,
        wishes,
        signals,
        wake,
        keyboard,
        started: SystemTime::UNIX_EPOCH,
        length,
        position: Duration::ZERO,
        goal: Goal::Time(Duration::ZERO),
        speed: replay.speed.unwrap_or(1.0),
        is_held: false,
    };
    show.go()?;
    let mut tape = show.tape;
    drop(show.live);
    if curtain.get() == Curtain::Stuck {
        return Ok(());
    }
    tape.rewind()?;
    let mut text = text(replay, &player);
    warn(&mut text, lacking.lines(false));
    tell(None, player, tape, text)
}

/// How far lines are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// To this time of the run.
    Time(Duration),
    /// To the next entry of the log after this time.
    EntryAfter(Duration),
}

/// A recorded run that is shown.
struct Show {
    live: Live<Terminal, Reports<'static>>,
    /// What tells the run from its beginning on.
    fresh: Player,
    player: Player,
    tape: Tape,
    /// The line that is told next, and when.
    next: Option<Line>,
    /// Whether there are no more lines.
    is_over: bool,
    wishes: Rc<RefCell<VecDeque<Wish>>>,
    signals: Signals,
    wake: PipeReader,
    keyboard: OwnedFd,
    /// The time of day at which the run began.
    started: SystemTime,
    length: Duration,
    /// The time of the run that is shown.
    position: Duration,
    goal: Goal,
    speed: f64,
    is_held: bool,
}

impl Show {
    /// Shows it until the user ends it.
    fn go(&mut self) -> Result<()> {
        let mut last = SystemClock.now();
        let mut shown = None::<Instant>;
        loop {
            let now = SystemClock.now();
            self.pass(now.saturating_duration_since(last));
            last = now;
            self.advance(now)?;
            if shown.is_none_or(|shown| now.saturating_duration_since(shown) >= PROGRESS) {
                shown = Some(now);
                self.draw()?;
            }
            self.live.flush().map_err(unwritable)?;
            if self.obey()? || !self.wait()? {
                return self.end();
            }
        }
    }

    /// So much time has passed for the user.
    fn pass(&mut self, time: Duration) {
        if let Goal::Time(goal) = self.goal
            && !self.is_held
            && goal <= self.position
        {
            let seconds = time.as_secs_f64() * self.speed;
            let time = Duration::try_from_secs_f64(seconds).unwrap_or(self.length);
            self.goal = Goal::Time(goal.saturating_add(time).min(self.length));
        }
    }

    /// Tells the lines up to the goal, but for no longer than a moment.
    fn advance(&mut self, now: Instant) -> Result<()> {
        while !self.is_reached() {
            for _ in 0..LINES {
                if !self.step()? {
                    return Ok(());
                }
            }
            if SystemClock.now().saturating_duration_since(now) > SLICE {
                break;
            }
        }
        Ok(())
    }

    /// Whether all was told that was to be told so far.
    fn is_reached(&self) -> bool {
        match self.goal {
            Goal::Time(goal) => self.is_over || self.position >= goal,
            Goal::EntryAfter(_) => false,
        }
    }

    /// Tells the next line, if that belongs before the goal; whether it did.
    fn step(&mut self) -> Result<bool> {
        if self.next.is_none() && !self.is_over {
            self.next = self.tape.next()?;
            self.is_over = self.next.is_none();
        }
        let Some(line) = &self.next else {
            self.stop_at(self.length);
            return Ok(false);
        };
        let time = line.time().max(self.position);
        if let Goal::Time(goal) = self.goal
            && time > goal
        {
            self.position = self.position.max(goal);
            return Ok(false);
        }
        self.position = time;
        let Some(line) = self.next.take() else {
            return Ok(false);
        };
        // The view stays when the run is over.
        if !line.is_end() {
            self.started = line.began().unwrap_or(self.started);
            self.player.tell(line, &mut self.live).map_err(unwritable)?;
        }
        if let Goal::EntryAfter(time) = self.goal
            && self.live.newest_entry().is_some_and(|entry| entry > time)
        {
            self.stop_at(self.position);
            return Ok(false);
        }
        Ok(true)
    }

    fn stop_at(&mut self, position: Duration) {
        self.position = position;
        self.goal = Goal::Time(position);
    }

    fn draw(&mut self) -> Result<()> {
        let state = match self.goal {
            _ if !self.is_reached() => State::Seeking,
            _ if self.position >= self.length => State::Over,
            _ if self.is_held => State::Held,
            _ => State::Playing,
        };
        self.live.play(Playback {
            length: self.length,
            speed: self.speed,
            state,
        });
        let progress = Progress {
            elapsed: self.position,
            probes: 0,
            alive: 0,
            stage: Stage::Rounds {
                of: None,
                remaining: None,
            },
        };
        self.tell(&Event::Progress(&progress))
    }

    fn tell(&mut self, event: &Event<'_>) -> Result<()> {
        let wall = self.started.checked_add(self.position);
        let moment = Moment {
            wall: wall.unwrap_or(self.started),
            since_start: self.position,
        };
        self.live.event(event, &|| moment).map_err(unwritable)
    }

    /// Does what the user wishes; whether that is to end it.
    fn obey(&mut self) -> Result<bool> {
        while let Some(interrupt) = self.signals.take() {
            if interrupt == Interrupt::Stop {
                return Ok(true);
            }
        }
        loop {
            let Some(wish) = self.wishes.borrow_mut().pop_front() else {
                return Ok(false);
            };
            match wish {
                Wish::End => return Ok(true),
                Wish::Hold => self.is_held = !self.is_held,
                Wish::Back(time) => {
                    let goal = self.goal_or_position().saturating_sub(time);
                    self.go_back_to(goal)?;
                }
                Wish::On(time) => {
                    let goal = self.goal_or_position().saturating_add(time);
                    self.goal = Goal::Time(goal.min(self.length));
                }
                Wish::Previous => {
                    if let Some(entry) = self.live.entry_before(self.position) {
                        self.go_back_to(entry)?;
                    }
                }
                Wish::Next => self.goal = Goal::EntryAfter(self.position),
                Wish::Slower => self.speed = (self.speed / 2.0).max(SPEEDS.0),
                Wish::Faster => self.speed = (self.speed * 2.0).min(SPEEDS.1),
            }
        }
    }

    /// Where the user is going, if the way is not over.
    fn goal_or_position(&self) -> Duration {
        match self.goal {
            Goal::Time(goal) => goal,
            Goal::EntryAfter(_) => self.position,
        }
    }

    /// What was is told once more from the beginning on: no line says what it was before.
    fn go_back_to(&mut self, time: Duration) -> Result<()> {
        self.goal = Goal::Time(time);
        if time >= self.position {
            return Ok(());
        }
        self.tape.rewind()?;
        self.player = self.fresh.clone();
        (self.next, self.is_over) = (None, false);
        self.position = Duration::ZERO;
        self.live.rewind();
        Ok(())
    }

    /// Waits until there is something to do; whether the user can still see it.
    fn wait(&mut self) -> Result<bool> {
        let time = if self.is_reached() {
            PROGRESS
        } else {
            Duration::ZERO
        };
        let of = [Some(self.keyboard.as_fd()), Some(self.wake.as_fd())];
        let told = match net::poll(of, Some(time)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(true),
            told => told.context("cannot wait")?,
        };
        let [keyboard, woken] = told;
        if !woken.is_empty() {
            // Which signals they were is known already.
            let _ = self.wake.read(&mut [0; 64]);
        }
        Ok(!net::is_gone(keyboard))
    }

    /// Gives the terminal back.
    fn end(&mut self) -> Result<()> {
        self.tell(&Event::Ended(&Ended {
            ending: Ending::Signal,
            exit_code: Exit::Replied.code(),
        }))
    }
}
