//! Reads targets from words and files, without any lookup.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::complaints::Complaints;
use super::input;
use super::interface::Interfaces;
use super::target_table::{Name, Rules, TargetTable};
use crate::config::many::{Groups, Targets as Wanted};
use crate::config::{FamilyChoice, SocketOptions};
use crate::net::{Family, interface_index};
use crate::resolve::scope_of;
use crate::sanitize::{self, Charset};
use crate::target::list::Lines;
use crate::target::{
    Admission, Block, Builder, Edges, Limit, Specification, Targets, hash_of_name,
};

mod hosts;

/// The factor of the target limit at which reading stops, because a list may be endless. Below it, targets are counted.
const BEYOND_LIMIT: u128 = 4;

/// Maximum separate ranges in a list of exclusions. For IPv6 they take about 80 MB.
const MOST_EXCLUSIONS: usize = 1 << 19;

/// The targets named by the command line and its files.
pub(super) struct Listed {
    pub(super) book: TargetTable,
    pub(super) duplicates: u64,
    pub(super) complaints: Vec<String>,
    pub(super) families: Vec<Family>,
    /// The hash of the list, the same for all shards.
    pub(super) hash: u64,
}

/// The error if no target is left.
pub(super) const NOTHING_LEFT: &str =
    "no targets to probe: the lists are empty, or all is excluded or skipped";

struct Gathering<'a> {
    wanted: &'a Wanted,
    admission: Admission,
    interfaces: Interfaces,
    /// Decides which names can be printed as typed.
    charset: Charset,
    builder: Builder,
    names: Vec<Name>,
    /// The index of each lower-case name, or `None` if another shard probes it.
    known: HashMap<String, Option<usize>>,
    /// The sum of the hashes of all known names.
    hash_of_names: u64,
    repeated: u64,
    complaints: Complaints,
    /// The addresses so far. Only used if hosts are kept as often as they are named.
    addresses: HashSet<(IpAddr, u32)>,
    /// Number of words that are not valid hosts.
    refused: u32,
    /// The deadline for reading files.
    until: Option<Instant>,
}

/// Reads all targets, until the deadline.
///
/// # Errors
/// The interface of `-I` does not exist; a file cannot be opened, or not read in time; there are more targets than
/// allowed, or none.
pub(super) fn read(
    wanted: &Wanted,
    socket: &SocketOptions,
    charset: Charset,
    until: Option<Instant>,
) -> Result<Listed> {
    let interfaces = Interfaces::default();
    let interface = match &socket.device {
        Some(name) => Some(interface_index(name).ok_or_else(|| interfaces.unknown(name))?),
        None => None,
    };
    let mut gathering = Gathering {
        wanted,
        admission: Admission {
            family: wanted.family,
            broadcast: socket.broadcast || wanted.groups == Groups::Allowed,
            groups_without_interface: wanted.groups == Groups::Allowed,
            interface,
            ..Admission::default()
        },
        interfaces,
        charset,
        builder: Builder::new(),
        names: Vec::new(),
        known: HashMap::new(),
        hash_of_names: 0,
        repeated: 0,
        complaints: Complaints::default(),
        addresses: HashSet::new(),
        refused: 0,
        until,
    };
    if wanted.hosts_only {
        gathering.hosts()?;
    } else {
        gathering.exclusions()?;
        gathering.targets()?;
    }
    gathering.finish()
}

impl Gathering<'_> {
    fn exclusions(&mut self) -> Result<()> {
        for word in &self.wanted.exclude {
            match Specification::parse(word, Edges::Keep) {
                Ok(specification) => self.exclude(&specification, word).context("--exclude")?,
                // Probing an excluded target is worse than not probing at all.
                Err(error) => bail!("--exclude: {error}"),
            }
        }
        for file in &self.wanted.exclude_files {
            let (name, reader) = input::open(file, self.until).context("--exclude-file")?;
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
            Specification::Name { .. } => bail!(
                "{}: cannot exclude a name: give its addresses",
                sanitize::visible(place)
            ),
            Specification::Address { address, zone } => (Block::from(*address), zone),
            Specification::Block { block, zone } => (*block, zone),
        };
        let given = scope(&block, zone.as_deref())?;
        let scope = self.admission.scope(&block, given);
        self.builder.exclude(block, scope);
        self.admission.exclude(block, scope);
        if self.admission.excluded.at_least() > MOST_EXCLUSIONS {
            bail!(
                "{}: more than {MOST_EXCLUSIONS} separate ranges to exclude: exclude networks instead of single addresses",
                sanitize::visible(place)
            );
        }
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
                Err(error) => self.complaints.push(&error),
            }
        }
        for file in &self.wanted.files {
            let (name, reader) = input::open(file, self.until).context("--targets")?;
            for line in Lines::of_targets(name, reader, edges) {
                match line {
                    Ok(line) => {
                        self.add(line.specification, line.label)?;
                        self.check_size()?;
                    }
                    Err(error) if error.is_timeout() => return Err(error).context("--targets"),
                    Err(error) => self.complaints.push(&error),
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, specification: Specification, label: Option<String>) -> Result<()> {
        let (block, zone) = match specification {
            Specification::Name { ascii, typed } => {
                let typed = typed.filter(|typed| sanitize::word_in(typed, self.charset) == **typed);
                self.add_name(Name {
                    ascii,
                    typed,
                    label,
                });
                return Ok(());
            }
            Specification::Address { address, zone } => (Block::from(address), zone),
            Specification::Block { block, zone } => (block, zone),
        };
        let given = match scope(&block, zone.as_deref()) {
            Ok(given) => given,
            Err(error) => {
                self.complaints.push(&super::message(&error));
                return Ok(());
            }
        };
        match self.admission.admit_block(&block, given) {
            Ok(scope) => {
                self.builder.add(block, scope, label.as_deref())?;
            }
            Err(why) => {
                let why = self.interfaces.why(why, block);
                self.complaints.push(&format!("{block}: {why}"));
            }
        }
        Ok(())
    }

    /// Adds a name. A repeated name is the same target, and keeps its first label.
    fn add_name(&mut self, name: Name) {
        let lower_case = name.ascii.to_ascii_lowercase();
        if let Some(known) = self.known.get(&lower_case) {
            self.repeated += 1;
            if let Some(known) = known.and_then(|place| self.names.get_mut(place)) {
                known.label = known.label.take().or(name.label);
            }
            return;
        }
        let hash = hash_of_name(&lower_case);
        self.hash_of_names = self.hash_of_names.wrapping_add(hash);
        let is_ours = self.wanted.shard.is_none_or(|shard| shard.takes(hash));
        let place = is_ours.then_some(self.names.len());
        self.known.insert(lower_case, place);
        if is_ours {
            self.builder.mark();
            self.names.push(name);
        }
    }

    fn limit(&self) -> Limit {
        self.wanted.limit.map_or(Limit::DEFAULT, Limit::new)
    }

    /// Stops reading if there are far too many targets.
    fn check_size(&self) -> Result<()> {
        let names = self.known.len().max(self.names.len());
        let least = self.builder.at_least() + names as u128;
        let limit = self.limit();
        if limit.check(least / BEYOND_LIMIT).is_err() {
            limit
                .check(least)
                .context("the rest of the list is not read")?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Listed> {
        let limit = self.limit();
        let fixed = self.builder.build_shard(limit, self.wanted.shard)?;
        let names = self.known.len().max(self.names.len());
        let all = u128::from(fixed.of_all_shards()) + names as u128;
        if limit.check(all)? == 0 && !self.wanted.hosts_only {
            if self.complaints.is_empty() {
                bail!(NOTHING_LEFT);
            }
            return Err(super::Several(self.complaints.into_lines()).into());
        }
        if !self.names.is_empty() {
            self.interfaces.list();
        }
        let rules = Rules {
            admission: self.admission,
            interfaces: self.interfaces,
            all_addresses: self.wanted.all_addresses,
            names: self.wanted.names,
            limit,
            skip_bad: self.wanted.skip_bad || self.wanted.hosts_only,
            hosts_only: self.wanted.hosts_only,
        };
        let failed = !self.complaints.is_empty() && !rules.skip_bad;
        Ok(Listed {
            duplicates: u64::try_from(fixed.duplicates())
                .unwrap_or(u64::MAX)
                .saturating_add(self.repeated),
            families: families(&fixed, !self.names.is_empty(), self.wanted.family),
            hash: fixed.hash().wrapping_add(self.hash_of_names),
            book: TargetTable::new(fixed, self.names, rules, failed).with_unknown(self.refused),
            complaints: self.complaints.into_lines(),
        })
    }
}

/// The families of addresses, and those that names may resolve to.
fn families(fixed: &Targets, has_names: bool, wanted: FamilyChoice) -> Vec<Family> {
    let ipv4 = fixed.has_ipv4() || (has_names && wanted != FamilyChoice::Ipv6);
    let ipv6 = fixed.has_ipv6() || (has_names && wanted != FamilyChoice::Ipv4);
    let needed = [(ipv4, Family::Ipv4), (ipv6, Family::Ipv6)];
    let needed = needed.into_iter().filter(|(is_needed, _)| *is_needed);
    needed.map(|(_, family)| family).collect()
}

/// The index of the interface after `%`, or 0 without one.
fn scope(block: &Block, zone: Option<&str>) -> Result<u32> {
    match (block.first(), zone) {
        (IpAddr::V6(address), Some(zone)) => scope_of(&block.to_string(), address, zone),
        _ => Ok(0),
    }
}
