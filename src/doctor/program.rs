//! The file of the program, and the rights of its user.

use super::{AsRoot, listed, ok, warning};
use crate::event::Finding;
use crate::net::{FileCapability, Machine, Program};

/// The privileges that the program's file grants.
pub(super) fn file(machine: &Machine) -> Finding {
    const TOPIC: &str = "program";
    let Program {
        path: Some(path),
        capability,
        is_setuid_root,
        is_nosuid,
    } = &machine.program
    else {
        return warning(TOPIC, "/proc is missing, so its file is not known")
            .changed_by(AsRoot::of(machine).run("mount -t proc proc /proc"));
    };
    let path = path.display().to_string();
    let root = AsRoot::of(machine);
    let given = match (capability, is_setuid_root) {
        (Some(capability), _) => format!("{path} has {}", sets(*capability)),
        (None, true) => format!("{path} is setuid root"),
        (None, false) => return ok(TOPIC, format!("{path} has no capability of its own")),
    };
    if *is_nosuid {
        let text = format!("{given}, which its mount ignores (nosuid)");
        return warning(TOPIC, text)
            .changed_by(root.run(&format!("install {path} /usr/local/bin/")));
    }
    let only_permitted = format!("setcap cap_net_raw=p {path}");
    match capability {
        Some(FileCapability {
            effective: true, ..
        }) => warning(
            TOPIC,
            format!("{given}, so it does not start where the bounding set lacks that"),
        )
        .changed_by(root.run(&only_permitted)),
        Some(_) => ok(TOPIC, given),
        None => {
            let text = format!("{given}, and the capability cap_net_raw would be enough");
            let command = format!("sh -c 'chmod u-s {path} && {only_permitted}'");
            warning(TOPIC, text).changed_by(root.run(&command))
        }
    }
}

/// In the notation of setcap(8).
fn sets(capability: FileCapability) -> String {
    let letters = [
        (capability.effective, 'e'),
        (capability.inheritable, 'i'),
        (capability.permitted, 'p'),
    ];
    let letters = letters.into_iter().filter(|(is_set, _)| *is_set);
    let letters: String = letters.map(|(_, letter)| letter).collect();
    format!("cap_net_raw={letters}")
}

/// The user, and the capabilities that the program may raise.
pub(super) fn rights(machine: &Machine) -> Finding {
    let user = match machine.user {
        0 => "root".to_owned(),
        user => format!("user {user}"),
    };
    let ids = match machine.has_host_ids {
        Some(true) => "",
        Some(false) => " in a user namespace",
        None => " (/proc is missing, so the user namespace is not known)",
    };
    let groups: Vec<String> = machine.groups.iter().map(ToString::to_string).collect();
    let word = if groups.len() == 1 { "group" } else { "groups" };
    let right = if machine.may_raise { "with" } else { "without" };
    let who = format!(
        "{user}{ids}, {word} {}, {right} CAP_NET_RAW",
        listed(&groups)
    );
    ok("rights", who)
}
