use super::*;

fn rule(task: Task, call: c_long) -> Outcome {
    let call = u32::try_from(call).unwrap();
    let found = rules(task).into_iter().find(|(number, _)| *number == call);
    found.map_or(Outcome::Refused, |(_, outcome)| outcome)
}

#[test]
fn no_call_has_two_rules() {
    for task in [Task::Loop, Task::View, Task::Lookup] {
        let mut numbers: Vec<u32> = rules(task).into_iter().map(|(number, _)| number).collect();
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), all, "{task:?}");
    }
}

#[test]
fn nothing_that_could_lead_out_is_on_a_list() {
    let out = [
        libc::SYS_bpf,
        libc::SYS_capset,
        libc::SYS_chdir,
        libc::SYS_chroot,
        libc::SYS_clone,
        libc::SYS_clone3,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_fchmodat,
        libc::SYS_fchownat,
        libc::SYS_init_module,
        libc::SYS_io_uring_setup,
        libc::SYS_kexec_load,
        libc::SYS_keyctl,
        libc::SYS_linkat,
        libc::SYS_memfd_create,
        libc::SYS_mkdirat,
        libc::SYS_mknodat,
        libc::SYS_mount,
        libc::SYS_openat2,
        libc::SYS_open_by_handle_at,
        libc::SYS_perf_event_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_pidfd_send_signal,
        libc::SYS_pivot_root,
        libc::SYS_prctl,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_ptrace,
        libc::SYS_renameat2,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_setgid,
        libc::SYS_setns,
        libc::SYS_setresgid,
        libc::SYS_setresuid,
        libc::SYS_setuid,
        libc::SYS_symlinkat,
        libc::SYS_truncate,
        libc::SYS_unlinkat,
        libc::SYS_unshare,
        libc::SYS_userfaultfd,
    ];
    for task in [Task::Loop, Task::View, Task::Lookup] {
        for call in out {
            let rule = rule(task, call);
            assert!(
                matches!(rule, Outcome::Refused | Outcome::Deadly),
                "{task:?} {call}"
            );
        }
    }
}

#[test]
fn the_loop_opens_nothing() {
    let opens = [
        libc::SYS_accept4,
        libc::SYS_bind,
        libc::SYS_connect,
        libc::SYS_dup,
        libc::SYS_openat,
        libc::SYS_pipe2,
        libc::SYS_socket,
        libc::SYS_socketpair,
    ];
    for call in opens {
        assert_eq!(rule(Task::Loop, call), Outcome::Refused, "{call}");
    }
}

#[test]
fn what_a_flood_calls_is_allowed_whatever_the_arguments() {
    // The kernel then does not run the filter for it.
    let hot = [
        libc::SYS_clock_gettime,
        libc::SYS_ppoll,
        libc::SYS_recvmmsg,
        libc::SYS_recvmsg,
        libc::SYS_sendmmsg,
        libc::SYS_sendmsg,
        libc::SYS_sendto,
        libc::SYS_write,
    ];
    for call in hot {
        assert_eq!(rule(Task::Loop, call), Outcome::Allowed, "{call}");
    }
}

#[test]
fn the_requests_are_those_of_the_c_library() {
    assert_eq!(u64::try_from(SIOCGIFNAME), Ok(libc::SIOCGIFNAME));
    assert_eq!(u64::try_from(SIOCGIFINDEX), Ok(libc::SIOCGIFINDEX));
    assert_eq!(i128::from(FIONBIO), i128::from(libc::FIONBIO));
    assert_eq!(i128::from(FIONREAD), i128::from(libc::FIONREAD));
}

/// The requests of ioctl(2) that a task may make.
fn requests(task: Task) -> Vec<u32> {
    let Outcome::AllowedIf(alternatives) = rule(task, libc::SYS_ioctl) else {
        return Vec::new();
    };
    let conditions = alternatives.into_iter().flatten();
    conditions.flat_map(|condition| condition.one_of).collect()
}

#[test]
fn only_the_view_drives_a_terminal_and_never_types_into_it() {
    let drives = [TCGETS, TCSETS, TCXONC, TIOCGWINSZ].map(c_int::cast_unsigned);
    let types = u32::try_from(libc::TIOCSTI).unwrap();
    for request in drives {
        assert!(requests(Task::View).contains(&request));
        for task in [Task::Loop, Task::Lookup, Task::Write] {
            assert!(!requests(task).contains(&request), "{task:?}");
        }
    }
    for task in [Task::Loop, Task::View, Task::Lookup, Task::Write] {
        assert!(!requests(task).contains(&types), "{task:?}");
    }
}
