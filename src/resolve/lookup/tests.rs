use super::*;

/// The results of a resolver for both families in one query, and for each alone.
struct Script {
    both: &'static [&'static str],
    /// The failure of the query for both.
    neither: fn() -> LookupFailure,
    ipv4: Result<&'static [&'static str], fn() -> LookupFailure>,
    ipv6: Result<&'static [&'static str], fn() -> LookupFailure>,
}

const NOTHING: Script = Script {
    both: &[],
    neither: || LookupFailure::NoName,
    ipv4: Err(|| LookupFailure::NoData),
    ipv6: Err(|| LookupFailure::NoData),
};

fn named(addresses: &[&str]) -> Vec<NamedAddress> {
    let named = |address: &&str| NamedAddress {
        address: address.parse().unwrap(),
        canonical: None,
    };
    addresses.iter().map(named).collect()
}

fn found(script: &Script, family: FamilyChoice) -> Result<Vec<String>, String> {
    let found = find(family, |family| match family {
        None if script.both.is_empty() => Err((script.neither)()),
        None => Ok(named(script.both)),
        Some(Family::Ipv4) => script.ipv4.map(named).map_err(|failure| failure()),
        Some(Family::Ipv6) => script.ipv6.map(named).map_err(|failure| failure()),
    });
    match found {
        Ok(found) => Ok(found
            .iter()
            .map(|found| found.address.to_string())
            .collect()),
        Err(failure) => Err(reason(&failure).to_owned()),
    }
}

fn addresses(addresses: &[&str]) -> Vec<String> {
    addresses.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn link_local_address_keeps_the_interface_of_the_query_for_both_families() {
    let script = Script {
        both: &["192.0.2.1:0", "[fe80::5%7]:0"],
        ipv6: Ok(&["[fe80::5]:0"]),
        ..NOTHING
    };
    assert_eq!(
        found(&script, FamilyChoice::Ipv6),
        Ok(addresses(&["[fe80::5%7]:0"]))
    );
}

#[test]
fn name_server_is_queried_if_the_hosts_file_has_only_the_other_family() {
    let script = Script {
        both: &["192.0.2.1:0"],
        ipv4: Ok(&["192.0.2.1:0"]),
        ipv6: Ok(&["[2001:db8::1]:0"]),
        ..NOTHING
    };
    assert_eq!(
        found(&script, FamilyChoice::Ipv6),
        Ok(addresses(&["[2001:db8::1]:0"]))
    );
    assert_eq!(
        found(&script, FamilyChoice::Ipv4),
        Ok(addresses(&["192.0.2.1:0"]))
    );
}

#[test]
fn name_with_only_the_other_family_is_not_unknown() {
    let ipv4 = Script {
        both: &["192.0.2.1:0"],
        ..NOTHING
    };
    let ipv6 = Script {
        both: &["[2001:db8::1]:0"],
        ..NOTHING
    };
    assert_eq!(
        found(&ipv4, FamilyChoice::Ipv6),
        Err(WRONG_FAMILY.to_owned())
    );
    assert_eq!(
        found(&ipv6, FamilyChoice::Ipv4),
        Err(WRONG_FAMILY.to_owned())
    );
    assert_eq!(
        found(&NOTHING, FamilyChoice::Ipv6),
        Err(UNKNOWN_HOST.to_owned())
    );
}

#[test]
fn failure_for_one_family_does_not_mean_no_address() {
    let script = Script {
        both: &["192.0.2.1:0"],
        ipv4: Err(|| LookupFailure::Again),
        ipv6: Err(|| LookupFailure::Again),
        ..NOTHING
    };
    let temporary = Err("Temporary failure in name resolution".to_owned());
    assert_eq!(found(&script, FamilyChoice::Ipv6), temporary);
    assert_eq!(found(&script, FamilyChoice::Ipv4), temporary);
}

#[test]
fn ipv6_is_found_if_only_the_query_for_ipv4_fails() {
    let script = Script {
        neither: || LookupFailure::Again,
        ipv6: Ok(&["[2001:db8::1]:0"]),
        ..NOTHING
    };
    assert_eq!(
        found(&script, FamilyChoice::Ipv6),
        Ok(addresses(&["[2001:db8::1]:0"]))
    );
}

#[test]
fn mapped_address_is_an_ipv4_address() {
    let script = Script {
        both: &["[::ffff:192.0.2.1]:0"],
        ..NOTHING
    };
    assert_eq!(
        found(&script, FamilyChoice::Any),
        Ok(addresses(&["192.0.2.1:0"]))
    );
    assert_eq!(
        found(&script, FamilyChoice::Ipv4),
        Ok(addresses(&["192.0.2.1:0"]))
    );
    assert_eq!(
        found(&script, FamilyChoice::Ipv6),
        Err(WRONG_FAMILY.to_owned())
    );
}

#[test]
fn ipv6_loopback_is_not_mapped_to_ipv4() {
    let mapped = |both, ipv4| Script {
        both,
        ipv4: Ok(ipv4),
        ..NOTHING
    };
    let wrong = Err(WRONG_FAMILY.to_owned());
    let only_ipv6 = mapped(&["[::1]:0"], &["127.0.0.1:0"]);
    assert_eq!(found(&only_ipv6, FamilyChoice::Ipv4), wrong);
    let another = mapped(&["[::1]:0", "127.0.0.6:0"], &["127.0.0.1:0", "127.0.0.6:0"]);
    let other = addresses(&["127.0.0.6:0"]);
    assert_eq!(found(&another, FamilyChoice::Ipv4), Ok(other));
    let loopback = addresses(&["127.0.0.1:0"]);
    let both = mapped(&["[::1]:0", "127.0.0.1:0"], &["127.0.0.1:0"]);
    assert_eq!(found(&both, FamilyChoice::Ipv4), Ok(loopback.clone()));
    let fails_for_both = mapped(&[], &["127.0.0.1:0"]);
    assert_eq!(found(&fails_for_both, FamilyChoice::Ipv4), Ok(loopback));
}

#[test]
fn localhost_is_known_without_hosts_file_and_server() {
    for name in ["localhost", "LOCALHOST", "localhost.", "a.b.localhost"] {
        assert!(is_localhost(name), "{name}");
    }
    for name in ["localhost.example", "notlocalhost", "."] {
        assert!(!is_localhost(name), "{name}");
    }
    let both = named(&["127.0.0.1:0", "[::1]:0"]);
    let loopback = |family| -> Vec<SocketAddr> {
        let found = super::loopback("localhost", family);
        found.iter().map(|found| found.address).collect()
    };
    assert_eq!(loopback(None), [both[0].address, both[1].address]);
    assert_eq!(loopback(Some(Family::Ipv6)), [both[1].address]);
}

#[test]
fn names_from_the_resolver_must_be_valid_names() {
    for name in ["web.example", "xn--bcher-kva.example", "a_b.example"] {
        assert!(is_name(name), "{name}");
    }
    for name in [
        "",
        "192.0.2.1",
        "10.0",
        "fe80::1",
        "-x.example",
        "a b",
        "a/b",
    ] {
        assert!(!is_name(name), "{name}");
    }
}
