//! Words and files to targets: what can be said of them before anybody is asked.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::IpAddr;

use anyhow::{Context, Result, bail};

use super::roster::{Book, Name, Rules};
use crate::config::many::Targets as Wanted;
use crate::config::{FamilyChoice, SocketOptions};
use crate::net::Family;
use crate::report::sanitize;
use crate::resolve::{WRONG_FAMILY, scope_of};
use crate::target::list::Lines;
use crate::target::{Block, Builder, Edges, Limit, Specification};

/// What the words and files of the command line come to.
pub(super) struct Listed {
    pub(super) book: Book,
    /// How often a target was named again.
    pub(super) duplicates: u64,
    /// Lines for standard error about what names no target.
    pub(super) complaints: Vec<String>,
    /// The families that sockets are needed for.
    pub(super) families: Vec<Family>,
}

/// What is being gathered.
struct Gathering<'a> {
    wanted: &'a Wanted,
    /// Whether addresses that many answer for may be probed.
    broadcast: bool,
    /// The interface of `-I`.
    device: Option<&'a str>,
    builder: Builder,
    names: Vec<Name>,
    excluded: Vec<Block>,
    complaints: Vec<String>,
    /// Those of addresses that were given.
    families: Vec<Family>,
}

/// Reads all of it.
///
/// # Errors
/// A file cannot be opened; there are more targets than allowed, or none.
pub(super) fn read(wanted: &Wanted, socket: &SocketOptions) -> Result<Listed> {
    let mut gathering = Gathering {
        wanted,
        broadcast: socket.broadcast,
        device: socket.device.as_deref(),
        builder: Builder::new(),
        names: Vec::new(),
        excluded: Vec::new(),
        complaints: Vec::new(),
        families: Vec::new(),
    };
    gathering.exclusions()?;
    gathering.targets()?;
    gathering.finish()
}

impl Gathering<'_> {
    fn exclusions(&mut self) -> Result<()> {
        for word in &self.wanted.exclude {
            match Specification::parse(word, Edges::Keep) {
                Ok(specification) => self.exclude(&specification, word).context("--exclude")?,
                // To probe what should have been left out is worse than not to probe.
                Err(error) => bail!("--exclude: {error}"),
            }
        }
        for file in &self.wanted.exclude_files {
            let (name, reader) = open(file).context("--exclude-file")?;
            for line in Lines::of_exclusions(name.clone(), reader) {
                let line = line.context("--exclude-file")?;
                let place = format!("{name}:{}", line.number);
                self.exclude(&line.specification, &place)
                    .context("--exclude-file")?;
            }
        }
        Ok(())
    }

    fn exclude(&mut self, specification: &Specification, place: &str) -> Result<()> {
        let (block, zone) = match specification {
            Specification::Name(_) => bail!(
                "{}: a name is not excluded: give its addresses",
                sanitize::escape(place)
            ),
            Specification::Address { address, zone } => (Block::from(*address), zone),
            Specification::Block { block, zone } => (*block, zone),
        };
        let scope = self.scope(&block, zone.as_deref())?;
        self.builder.exclude(block, scope);
        self.excluded.push(block);
        Ok(())
    }

    fn targets(&mut self) -> Result<()> {
        let edges = if self.wanted.whole_networks {
            Edges::Keep
        } else {
            Edges::Drop
        };
        for word in &self.wanted.words {
            match Specification::parse(word, edges) {
                Ok(specification) => self.add(specification, None)?,
                Err(error) => self.complaints.push(error.to_string()),
            }
        }
        for file in &self.wanted.files {
            let (name, reader) = open(file).context("--targets")?;
            for line in Lines::of_targets(name, reader, edges) {
                match line {
                    Ok(line) => self.add(line.specification, line.label)?,
                    Err(error) => self.complaints.push(error.to_string()),
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, specification: Specification, label: Option<String>) -> Result<()> {
        let (block, zone) = match specification {
            Specification::Name(name) => {
                self.names.push(Name { name, label });
                if self.wanted.family != FamilyChoice::Ipv6 {
                    self.needs(Family::Ipv4);
                }
                if self.wanted.family != FamilyChoice::Ipv4 {
                    self.needs(Family::Ipv6);
                }
                return Ok(());
            }
            Specification::Address { address, zone } => (Block::from(address), zone),
            Specification::Block { block, zone } => (block, zone),
        };
        if let Some(why) = self.why_not(&block) {
            let text = format!("{}: {why}", shown(&block));
            self.complaints.push(text);
            return Ok(());
        }
        match self.scope(&block, zone.as_deref()) {
            Ok(scope) => {
                self.needs(family(block.first()));
                Ok(self.builder.add(block, scope, label.as_deref())?)
            }
            Err(error) => {
                self.complaints.push(super::message(&error));
                Ok(())
            }
        }
    }

    /// The number of the interface that addresses are on; 0 where none is named. `-I` leads to link-local ones as well.
    fn scope(&self, block: &Block, zone: Option<&str>) -> Result<u32> {
        let IpAddr::V6(address) = block.first() else {
            return Ok(0);
        };
        let on = |zone| scope_of(&shown(block), address, zone);
        match (zone, self.device) {
            (Some(zone), _) => on(zone),
            // An interface that is none is told when the socket is opened.
            (None, Some(device)) if address.is_unicast_link_local() => Ok(on(device).unwrap_or(0)),
            _ => Ok(0),
        }
    }

    fn needs(&mut self, family: Family) {
        if !self.families.contains(&family) {
            self.families.push(family);
        }
    }

    /// Why these addresses are not probed.
    fn why_not(&self, block: &Block) -> Option<&'static str> {
        let family = match block.first() {
            IpAddr::V4(_) => FamilyChoice::Ipv4,
            IpAddr::V6(_) => FamilyChoice::Ipv6,
        };
        if self.wanted.family != FamilyChoice::Any && self.wanted.family != family {
            return Some(WRONG_FAMILY);
        }
        if block.first().is_unspecified() {
            return Some("it is no host's address; this host's are 127.0.0.1 and ::1");
        }
        let many = !self.broadcast && answers_for_many(block.last());
        many.then_some("many hosts answer to multicast and broadcast; -b allows it")
    }

    fn finish(self) -> Result<Listed> {
        let limit = self.wanted.limit.map_or(Limit::DEFAULT, Limit::new);
        let fixed = self.builder.build(limit)?;
        limit.check(u128::from(fixed.len()) + self.names.len() as u128)?;
        if fixed.is_empty() && self.names.is_empty() {
            if self.complaints.is_empty() {
                bail!("usage error: no target to probe is left");
            }
            return Err(super::Several(self.complaints).into());
        }
        let rules = Rules {
            excluded: self.excluded,
            all_addresses: self.wanted.all_addresses,
            skip_bad: self.wanted.skip_bad,
        };
        let failed = !self.complaints.is_empty() && !self.wanted.skip_bad;
        Ok(Listed {
            duplicates: u64::try_from(fixed.duplicates()).unwrap_or(u64::MAX),
            book: Book::new(fixed, self.names, rules, failed),
            complaints: self.complaints,
            families: self.families,
        })
    }
}

/// A file to be read line by line, and its name for messages.
fn open(file: &OsString) -> Result<(String, Box<dyn BufRead>)> {
    if file == OsStr::new("-") {
        return Ok(("standard input".to_owned(), Box::new(io::stdin().lock())));
    }
    let name = sanitize::escape(file);
    let opened = File::open(file).with_context(|| format!("cannot open {name}"))?;
    Ok((name, Box::new(BufReader::new(opened))))
}

fn shown(block: &Block) -> String {
    if block.first() == block.last() {
        block.first().to_string()
    } else {
        block.to_string()
    }
}

/// Whether the highest address of a block is one that many answer for: those are at the upper end of both families.
fn answers_for_many(last: IpAddr) -> bool {
    match last {
        IpAddr::V4(address) => address.octets() >= [224, 0, 0, 0],
        IpAddr::V6(address) => address.is_multicast(),
    }
}

fn family(address: IpAddr) -> Family {
    Family::of((address, 0).into())
}
