//! Collects the options in order. Of two exclusive options, the second is rejected.

use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::time::Duration;

use super::Stop;
use super::getopt::{Item, Items};
use super::options::{Switch, Valued};
use super::values;
use crate::config::{FamilyChoice, Sources, TimestampFormat};
use crate::sanitize;

/// The options and words of a command line.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line, independent of the others"
)]
pub(super) struct Typed {
    pub(super) words: Vec<OsString>,
    pub(super) family: FamilyChoice,
    pub(super) alive: bool,
    pub(super) unreachable: bool,
    pub(super) by_address: bool,
    pub(super) size: Option<u32>,
    pub(super) backoff: Option<f64>,
    pub(super) check_source: bool,
    pub(super) count: Option<u32>,
    pub(super) values: bool,
    pub(super) endless: bool,
    pub(super) timestamp: bool,
    pub(super) timestamp_format: Option<TimestampFormat>,
    pub(super) elapsed: bool,
    pub(super) file: Option<OsString>,
    pub(super) generate: bool,
    pub(super) time_to_live: Option<u32>,
    pub(super) interval: Option<Duration>,
    pub(super) interface: Option<OsString>,
    pub(super) mark: Option<u32>,
    pub(super) all_addresses: bool,
    pub(super) dont_fragment: bool,
    pub(super) names: bool,
    pub(super) rdns: bool,
    pub(super) netdata: bool,
    pub(super) json: bool,
    pub(super) outage: bool,
    pub(super) outgoing_interface: Option<OsString>,
    pub(super) icmp_timestamp: bool,
    pub(super) type_of_service: Option<u8>,
    pub(super) period: Option<Duration>,
    pub(super) print_reply_destination: bool,
    pub(super) print_type_of_service: bool,
    pub(super) print_time_to_live: bool,
    pub(super) quiet: bool,
    pub(super) interval_summary: Option<Duration>,
    pub(super) cumulative: bool,
    pub(super) retries: Option<u32>,
    pub(super) sequence_timeout: Option<Duration>,
    pub(super) random: bool,
    pub(super) stats: bool,
    pub(super) sources: Sources,
    pub(super) timeout: Option<Duration>,
    pub(super) required: Option<u32>,
    pub(super) at_once: bool,
}

impl Typed {
    /// Reads all words. `family` is that of the program's name.
    pub(super) fn read(words: &[OsString], family: FamilyChoice) -> Result<Self, Stop> {
        let mut typed = Self {
            family,
            ..Self::default()
        };
        for item in Items::new(words) {
            match item {
                Item::Switch(which) => typed.switch(which)?,
                Item::Value(which, value) => typed.value(which, &value)?,
                Item::Word(word) => typed.words.push(word),
                Item::Bad(text) => {
                    let text = sanitize::visible(text);
                    let text = format!("{text}\nsee 'fping -h' for usage information");
                    return Err(Stop::Wrong(text));
                }
            }
        }
        Ok(typed)
    }

    fn switch(&mut self, which: Switch) -> Result<(), Stop> {
        match which {
            Switch::Ipv4 => return self.family(FamilyChoice::Ipv4),
            Switch::Ipv6 => return self.family(FamilyChoice::Ipv6),
            Switch::Help => return Err(Stop::Help),
            Switch::Version => return Err(Stop::Version),
            Switch::Rdns if self.names => return Err(Stop::wrong(EITHER_NAMES)),
            Switch::Name if self.rdns => return Err(Stop::wrong(EITHER_NAMES)),
            Switch::Rdns => self.rdns = true,
            Switch::Name => self.names = true,
            Switch::Alive => self.alive = true,
            Switch::ByAddress => self.by_address = true,
            Switch::Timestamp => self.timestamp = true,
            Switch::Elapsed => self.elapsed = true,
            Switch::Generate => self.generate = true,
            Switch::IcmpTimestamp => {
                if self.family == FamilyChoice::Ipv6 {
                    return Err(Stop::wrong("ICMP Timestamp is IPv4 only"));
                }
                self.family = FamilyChoice::Ipv4;
                self.icmp_timestamp = true;
            }
            Switch::Json => self.json = true,
            Switch::Loop => self.endless = true,
            Switch::AllAddresses => self.all_addresses = true,
            Switch::DontFragment => self.dont_fragment = true,
            Switch::Netdata => self.netdata = true,
            Switch::Outage => self.outage = true,
            Switch::PrintReplyDestination => self.print_reply_destination = true,
            Switch::PrintTypeOfService => self.print_type_of_service = true,
            Switch::PrintTimeToLive => self.print_time_to_live = true,
            Switch::Quiet => self.quiet = true,
            Switch::Random => self.random = true,
            Switch::Stats => self.stats = true,
            Switch::Unreachable => self.unreachable = true,
            Switch::CheckSource => self.check_source = true,
        }
        Ok(())
    }

    fn family(&mut self, family: FamilyChoice) -> Result<(), Stop> {
        if self.family != FamilyChoice::Any && self.family != family {
            return Err(Stop::wrong("can't specify both -4 and -6"));
        }
        self.family = family;
        Ok(())
    }

    fn value(&mut self, which: Valued, value: &OsStr) -> Result<(), Stop> {
        fn wanted<T>(value: Option<T>) -> Result<Option<T>, Stop> {
            value.map(Some).ok_or(Stop::Usage)
        }
        match which {
            Valued::Size => self.size = wanted(values::number(value))?,
            Valued::Backoff => self.backoff = wanted(values::decimal(value))?,
            Valued::Count => self.count = wanted(values::positive(value))?,
            Valued::Values => {
                self.count = wanted(values::positive(value))?;
                self.values = true;
            }
            Valued::TimestampFormat => self.timestamp_format = wanted(timestamp_format(value))?,
            Valued::File => self.file = Some(value.to_owned()),
            Valued::TimeToLive => self.time_to_live = wanted(values::positive(value))?,
            Valued::Interval => self.interval = wanted(values::milliseconds(value))?,
            Valued::Interface => self.interface = Some(value.to_owned()),
            Valued::Mark => self.mark = wanted(values::positive(value))?,
            Valued::OutgoingInterface => self.outgoing_interface = Some(value.to_owned()),
            Valued::TypeOfService => self.type_of_service = wanted(values::type_of_service(value))?,
            Valued::Period => self.period = wanted(values::milliseconds(value))?,
            Valued::IntervalSummary => {
                let (interval, cumulative) = values::interval(value).ok_or(Stop::Usage)?;
                self.interval_summary = Some(interval);
                self.cumulative |= cumulative;
                self.quiet = true;
            }
            Valued::Retries => self.retries = wanted(values::number(value))?,
            Valued::Source => self.source(value)?,
            Valued::Timeout => self.timeout = wanted(values::milliseconds(value))?,
            Valued::Required => self.required = wanted(values::positive(value))?,
            Valued::RequiredAtOnce => {
                self.required = wanted(values::positive(value))?;
                self.at_once = true;
            }
            Valued::SequenceTimeout => self.sequence_timeout = wanted(values::milliseconds(value))?,
            // fping ignores it too.
            Valued::SelectTimeout => {}
        }
        Ok(())
    }

    fn source(&mut self, value: &OsStr) -> Result<(), Stop> {
        match value.to_str().and_then(|text| text.parse().ok()) {
            Some(IpAddr::V4(address)) => self.sources.ipv4 = Some(address),
            Some(IpAddr::V6(address)) => self.sources.ipv6 = Some(address),
            None => {
                let shown = sanitize::visible(value);
                return Err(Stop::wrong(format!("can't parse source address: {shown}")));
            }
        }
        Ok(())
    }
}

const EITHER_NAMES: &str = "use either one of -d or -n";

fn timestamp_format(text: &OsStr) -> Option<TimestampFormat> {
    match text.to_str()? {
        "ctime" => Some(TimestampFormat::Ctime),
        "iso" => Some(TimestampFormat::Iso),
        "rfc3339" => Some(TimestampFormat::Rfc3339),
        _ => None,
    }
}
