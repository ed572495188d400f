//! The options of fping 5.5.

#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    pub(super) letter: Option<u8>,
    pub(super) name: Option<&'static str>,
    pub(super) is: Is,
}

/// The identity of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Switch(Switch),
    Valued(Valued),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    Ipv4,
    Ipv6,
    Alive,
    ByAddress,
    CheckSource,
    Rdns,
    Timestamp,
    Elapsed,
    Generate,
    Help,
    IcmpTimestamp,
    Json,
    Loop,
    AllAddresses,
    DontFragment,
    Name,
    Netdata,
    Outage,
    PrintReplyDestination,
    PrintTypeOfService,
    PrintTimeToLive,
    Quiet,
    Random,
    Stats,
    Unreachable,
    Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Valued {
    Size,
    Backoff,
    Count,
    Values,
    TimestampFormat,
    File,
    TimeToLive,
    Interval,
    Interface,
    Mark,
    OutgoingInterface,
    TypeOfService,
    Period,
    IntervalSummary,
    Retries,
    Source,
    SequenceTimeout,
    Timeout,
    SelectTimeout,
    Required,
    RequiredAtOnce,
}

const fn declared(letter: Option<u8>, name: Option<&'static str>, is: Is) -> Declared {
    Declared { letter, name, is }
}

const fn switch(letter: u8, name: &'static str, is: Switch) -> Declared {
    declared(Some(letter), Some(name), Is::Switch(is))
}

const fn value(letter: u8, name: &'static str, is: Valued) -> Declared {
    declared(Some(letter), Some(name), Is::Valued(is))
}

const fn long(name: &'static str, is: Is) -> Declared {
    declared(None, Some(name), is)
}

pub(super) const OPTIONS: &[Declared] = &[
    switch(b'4', "ipv4", Switch::Ipv4),
    switch(b'6', "ipv6", Switch::Ipv6),
    switch(b'a', "alive", Switch::Alive),
    switch(b'A', "addr", Switch::ByAddress),
    value(b'b', "size", Valued::Size),
    value(b'B', "backoff", Valued::Backoff),
    long("check-source", Is::Switch(Switch::CheckSource)),
    value(b'c', "count", Valued::Count),
    value(b'C', "vcount", Valued::Values),
    switch(b'd', "rdns", Switch::Rdns),
    switch(b'D', "timestamp", Switch::Timestamp),
    long("timestamp-format", Is::Valued(Valued::TimestampFormat)),
    switch(b'e', "elapsed", Switch::Elapsed),
    value(b'f', "file", Valued::File),
    switch(b'g', "generate", Switch::Generate),
    switch(b'h', "help", Switch::Help),
    value(b'H', "ttl", Valued::TimeToLive),
    value(b'i', "interval", Valued::Interval),
    value(b'I', "iface", Valued::Interface),
    long("icmp-timestamp", Is::Switch(Switch::IcmpTimestamp)),
    switch(b'J', "json", Switch::Json),
    value(b'k', "fwmark", Valued::Mark),
    switch(b'l', "loop", Switch::Loop),
    switch(b'm', "all", Switch::AllAddresses),
    switch(b'M', "dontfrag", Switch::DontFragment),
    switch(b'n', "name", Switch::Name),
    switch(b'N', "netdata", Switch::Netdata),
    switch(b'o', "outage", Switch::Outage),
    long("oiface", Is::Valued(Valued::OutgoingInterface)),
    value(b'O', "tos", Valued::TypeOfService),
    value(b'p', "period", Valued::Period),
    long("print-reply-dst", Is::Switch(Switch::PrintReplyDestination)),
    long("print-tos", Is::Switch(Switch::PrintTypeOfService)),
    long("print-ttl", Is::Switch(Switch::PrintTimeToLive)),
    switch(b'q', "quiet", Switch::Quiet),
    value(b'Q', "squiet", Valued::IntervalSummary),
    value(b'r', "retry", Valued::Retries),
    switch(b'R', "random", Switch::Random),
    switch(b's', "stats", Switch::Stats),
    value(b'S', "src", Valued::Source),
    long("seqmap-timeout", Is::Valued(Valued::SequenceTimeout)),
    value(b't', "timeout", Valued::Timeout),
    declared(Some(b'T'), None, Is::Valued(Valued::SelectTimeout)),
    switch(b'u', "unreach", Switch::Unreachable),
    switch(b'v', "version", Switch::Version),
    value(b'x', "reachable", Valued::Required),
    value(b'X', "fast-reachable", Valued::RequiredAtOnce),
];
