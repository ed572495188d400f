//! Converts the output of Debian's iputils (20221126) to that of the newest one, with which rping is compared.

/// The output as the newest iputils prints it.
pub(crate) fn as_newest(text: &str) -> String {
    let text = text
        .replace(
            "unreachable: Unknown code 5\n",
            "unreachable: Source address failed ingress/egress policy\n",
        )
        .replace(
            "unreachable: Unknown code 6\n",
            "unreachable: Reject route to destination\n",
        );
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    header(line).unwrap_or_else(|| line.to_owned())
}

/// `PING a(a) 56 data bytes` now has a space before the parenthesis, and `PING name(name (a)) 56 data bytes` has the
/// name once.
fn header(line: &str) -> Option<String> {
    let (name, rest) = line.strip_prefix("PING ")?.split_once('(')?;
    if name.ends_with(' ') {
        return None; // IPv4
    }
    let rest = match rest.split_once(" (") {
        Some((_, address)) => address.replacen("))", ")", 1),
        None => rest.to_owned(),
    };
    Some(format!("PING {name} ({rest}"))
}
