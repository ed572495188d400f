//! Installs the packages of `contrib/package/build` in a root directory of their own, runs, upgrades and removes them.
//! A trial without its tools or rights is ignored with a message.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test reports what is wrong by panicking"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Trial};
use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::TempDir;

/// The links beside the program.
const FACES: [&str; 5] = ["ping", "ping4", "ping6", "fping", "fping6"];
/// Directories of package tools, which the caller's path may lack.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const NOBODY: u32 = 65534;

/// The needs of a trial besides those of every build.
struct Needs {
    tools: &'static [&'static str],
    root: bool,
}

const NOTHING: Needs = Needs {
    tools: &[],
    root: false,
};
const DEB: Needs = Needs {
    tools: &["dpkg-deb"],
    root: false,
};
const DPKG: Needs = Needs {
    tools: &[
        "dpkg",
        "dpkg-deb",
        "dpkg-divert",
        "dpkg-statoverride",
        "setcap",
        "getcap",
    ],
    root: true,
};
const RPM: Needs = Needs {
    tools: &["rpm", "rpmbuild", "setcap", "getcap"],
    root: true,
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials: [(&str, Needs, fn()); 10] = [
        ("tar_has_all_files_and_a_checksum", NOTHING, tar),
        ("tar_is_the_same_twice", NOTHING, tar_twice),
        ("image_needs_a_static_program", NOTHING, image),
        ("workflows_pin_each_action_by_commit", NOTHING, workflows),
        ("deb_is_the_same_twice", DEB, deb_twice),
        ("deb_is_installed_upgraded_and_removed", DPKG, deb),
        (
            "deb_leaves_the_choice_of_the_administrator",
            DPKG,
            deb_with_override,
        ),
        (
            "deb_says_what_helps_without_setcap",
            DPKG,
            deb_without_setcap,
        ),
        (
            "deb_is_refused_beside_rdmacm_utils",
            DPKG,
            deb_beside_another,
        ),
        ("rpm_is_installed_upgraded_and_removed", RPM, rpm),
    ];
    let trials = trials.map(|(name, needs, body)| {
        let obstacle = obstacle(&needs);
        if let Some(obstacle) = &obstacle {
            eprintln!("package: IGNORED: {name}: {obstacle}");
        }
        let test = move || {
            body();
            Ok(())
        };
        Trial::test(name, test).with_ignored_flag(obstacle.is_some())
    });
    libtest_mimic::run(&arguments, Vec::from(trials)).exit_code()
}

fn obstacle(needs: &Needs) -> Option<String> {
    let build = ["bash", "tar", "gzip", "install", "readelf", "sha256sum"];
    let tools = build.iter().chain(needs.tools);
    if !["x86_64", "aarch64"].contains(&std::env::consts::ARCH) {
        return Some("no packages are made for this processor".to_owned());
    }
    let missing: Vec<_> = tools.copied().filter(|tool| !has(tool)).collect();
    if !missing.is_empty() {
        return Some(format!("not installed: {}", missing.join(", ")));
    }
    if !needs.root {
        return None;
    }
    if !fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        return Some("only root may install a package".to_owned());
    }
    // A container may lack the right, or the file system the support.
    let file = tempfile::NamedTempFile::new().unwrap();
    let set = tool("setcap")
        .arg("cap_net_raw=p")
        .arg(file.path())
        .output();
    (!set.unwrap().status.success()).then(|| "no file may get a capability here".to_owned())
}

fn has(tool: &str) -> bool {
    PATH.split(':')
        .any(|directory| Path::new(directory).join(tool).exists())
}

fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// Runs a command and returns its output on both streams.
#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    both(&output)
}

fn both(output: &Output) -> String {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// Packs the program under test.
fn build(directory: &Path, version: &str, format: &str) -> Command {
    let mut command = tool("bash");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/package/build"))
        .arg(directory)
        .arg(format)
        .env("BINARY", env!("CARGO_BIN_EXE_rping"))
        .env(
            "TARGET",
            format!("{}-unknown-linux-test", std::env::consts::ARCH),
        )
        .env("VERSION", version);
    command
}

/// The only file of this kind in the output of a build.
fn built(directory: &Path, version: &str, format: &str) -> PathBuf {
    succeeds(&mut build(directory, version, format));
    let mut files = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.contains(version) && !name.ends_with(".sha256")
    };
    files.find(is_it).unwrap()
}

/// An older and a newer package of this format.
struct Versions {
    #[expect(dead_code, reason = "only to be dropped")]
    directory: TempDir,
    older: PathBuf,
    newer: PathBuf,
}

fn versions(format: &'static str) -> Versions {
    let directory = tempfile::tempdir().unwrap();
    let [older, newer] = ["1.0.1", "1.0.2"].map(|version| built(directory.path(), version, format));
    Versions {
        directory,
        older,
        newer,
    }
}

fn debs() -> &'static Versions {
    static DEBS: OnceLock<Versions> = OnceLock::new();
    DEBS.get_or_init(|| versions("deb"))
}

fn tar() {
    let directory = tempfile::tempdir().unwrap();
    let archive = built(directory.path(), "1.0.1", "tar");
    let mut check = tool("sha256sum");
    let checksum = format!("{}.sha256", archive.display());
    succeeds(check.arg("-c").arg(checksum).current_dir(directory.path()));
    let mut unpack = tool("tar");
    succeeds(
        unpack
            .arg("-xzf")
            .arg(&archive)
            .current_dir(directory.path()),
    );
    let name = archive.file_name().unwrap().to_string_lossy();
    let tree = directory.path().join(name.trim_end_matches(".tar.gz"));
    for file in [
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "rping.8",
        "ping.8",
        "fping.8",
        "schema.json",
        "completions/rping.bash",
        "completions/_ping",
        "completions/fping.fish",
    ] {
        assert!(fs::metadata(tree.join(file)).unwrap().len() > 0, "{file}");
    }
    let version = succeeds(Command::new(tree.join("rping")).arg("--version"));
    assert!(version.starts_with("rping "), "{version}");
}

fn tar_twice() {
    let [first, second] = [(); 2].map(|()| {
        let directory = tempfile::tempdir().unwrap();
        fs::read(built(directory.path(), "1.0.1", "tar")).unwrap()
    });
    assert!(first == second);
}

fn deb_twice() {
    let directory = tempfile::tempdir().unwrap();
    let again = built(directory.path(), "1.0.1", "deb");
    assert!(fs::read(again).unwrap() == fs::read(&debs().older).unwrap());
}

/// The program under test is linked to glibc or musl, like the tests.
fn image() {
    let directory = tempfile::tempdir().unwrap();
    let output = build(directory.path(), "1.0.1", "image").output().unwrap();
    if cfg!(target_env = "musl") {
        let tree = PathBuf::from(both(&output).trim());
        let recipe = fs::read_to_string(tree.join("Containerfile")).unwrap();
        assert!(recipe.contains("\nFROM scratch\n") && recipe.contains("\nUSER 65534:65534\n"));
        assert!(tree.join("rping").exists());
    } else {
        assert!(!output.status.success());
        assert!(
            both(&output).contains("needs a static program"),
            "{output:?}"
        );
    }
}

/// A tag may be moved, a commit cannot.
fn workflows() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let mut actions = 0;
    for file in fs::read_dir(directory).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else {
                continue;
            };
            let (_, commit) = action.split_once('@').unwrap();
            let (commit, version) = commit.split_once(" # v").unwrap_or((commit, ""));
            let is_commit = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{line}");
            actions += 1;
        }
    }
    assert!(actions > 5, "{actions}");
}

/// A root directory where only a C library is installed, by name only.
struct Root(TempDir);

impl Root {
    fn new() -> Self {
        let root = Self(tempfile::tempdir().unwrap());
        // Readable for the unprivileged user.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for directory in ["info", "updates"] {
            fs::create_dir_all(root.path().join("var/lib/dpkg").join(directory)).unwrap();
        }
        fs::write(root.path().join("var/lib/dpkg/status"), "").unwrap();
        root.dpkg_installs(&package(&root, "libc6", "99"));
        root
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A tool of dpkg for this root directory.
    fn dpkg(&self, name: &str) -> Command {
        let mut command = tool(name);
        command.arg(format!("--root={}", self.path().display()));
        if name == "dpkg" {
            // The root has no shell: scripts run outside it, with DPKG_ROOT.
            command.arg("--force-script-chrootless");
        }
        command
    }

    #[track_caller]
    fn dpkg_installs(&self, package: &Path) -> String {
        succeeds(self.dpkg("dpkg").arg("--install").arg(package))
    }

    fn program(&self) -> PathBuf {
        self.path().join("usr/bin/rping")
    }

    fn capability(&self) -> String {
        let told = succeeds(tool("getcap").arg(self.program()));
        told.trim()
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Checks that an unprivileged user can run it under each name, and ping with a raw socket.
    fn runs_for_an_ordinary_user(&self) {
        let run = |path: &Path, arguments: &[&str]| {
            let mut command = Command::new(path);
            command
                .args(arguments)
                .uid(NOBODY)
                .gid(NOBODY)
                .current_dir("/");
            command.output().unwrap()
        };
        let version = both(&run(&self.program(), &["--version"]));
        assert!(version.starts_with("rping "), "{version}");
        for face in FACES {
            let told = run(&self.path().join("usr/lib/rping/bin").join(face), &["-v"]);
            let told = both(&told);
            assert!(
                !told.is_empty() && !told.contains("rping: "),
                "{face}: {told}"
            );
        }
        if !self.gives_capabilities() {
            eprintln!(
                "package: not tried: raw sockets, which this machine or file system withholds"
            );
            return;
        }
        let output = run(&self.program(), &["--json", "-c", "1", "127.0.0.1"]);
        let told = both(&output);
        assert!(
            told.contains("\"socket\":\"raw\"") && output.status.success(),
            "{told}"
        );
    }

    fn gives_capabilities(&self) -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let field = |name: &str| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap();
            u64::from_str_radix(line.trim(), 16).unwrap()
        };
        let cap_net_raw = 1 << 13;
        let mount = statvfs(self.path()).unwrap().f_flag;
        let mut by_root = Command::new(self.program());
        let by_root = by_root.args(["--socket", "raw", "-c", "1", "127.0.0.1"]);
        by_root.output().unwrap().status.success()
            && field("CapBnd:") & cap_net_raw != 0
            && field("NoNewPrivs:") == 0
            && !mount.contains(StatVfsMountFlags::NOSUID)
    }

    /// Checks that each face has its own page and completions, away from those of iputils and fping.
    fn has_pages_of_faces(&self) {
        let share = self.path().join("usr/lib/rping/share");
        for (face, option) in [
            ("ping", "-O"),
            ("ping6", "-O"),
            ("fping", "-g"),
            ("fping6", "-g"),
        ] {
            let page = share.join(format!("man/man8/{face}.8.gz"));
            let page = succeeds(tool("gzip").arg("-dc").arg(page));
            assert!(page.contains(&option.replace('-', "\\-")), "{face}: {page}");
        }
        for face in ["ping", "fping"] {
            for (file, text) in [
                (
                    format!("bash-completion/completions/{face}"),
                    format!("_{face}()"),
                ),
                (
                    format!("zsh/site-functions/_{face}"),
                    format!("#compdef {face}"),
                ),
                (
                    format!("fish/vendor_completions.d/{face}.fish"),
                    format!("complete -c {face} "),
                ),
            ] {
                let script = fs::read_to_string(share.join(&file)).unwrap();
                assert!(script.contains(&text), "{file}");
            }
            assert!(
                !self
                    .path()
                    .join(format!("usr/share/man/man8/{face}.8.gz"))
                    .exists()
            );
        }
    }

    /// Checks that no file of the package is left.
    fn is_clean(&self) {
        for path in [
            "usr/bin/rping",
            "usr/lib/rping",
            "usr/share/rping",
            "usr/share/doc/rping",
        ] {
            assert!(!self.path().join(path).exists(), "{path}");
        }
    }
}

/// An empty package with this name.
fn package(root: &Root, name: &str, version: &str) -> PathBuf {
    let tree = root.path().join("made").join(name);
    fs::create_dir_all(tree.join("DEBIAN")).unwrap();
    let control = format!(
        "Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: nobody <nobody@rping.invalid>\nDescription: a name\n"
    );
    fs::write(tree.join("DEBIAN/control"), control).unwrap();
    let file = tree.with_extension("deb");
    succeeds(tool("dpkg-deb").arg("--build").arg(tree).arg(&file));
    file
}

fn deb() {
    let root = Root::new();
    for package in [&debs().older, &debs().newer] {
        root.dpkg_installs(package);
        assert_eq!(root.capability(), "cap_net_raw=p");
        let mode = fs::metadata(root.program()).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o755, "never setuid");
        root.runs_for_an_ordinary_user();
        root.has_pages_of_faces();
    }
    // rping replaces iputils' ping, which is restored later.
    let ping = root.path().join("usr/bin/ping");
    fs::write(&ping, "iputils").unwrap();
    let divert = |what: &[&str]| {
        let mut command = root.dpkg("dpkg-divert");
        let to = ["--divert", "/usr/bin/ping.iputils", "--rename"];
        succeeds(
            command
                .arg("--local")
                .args(to)
                .args(what)
                .arg("/usr/bin/ping"),
        )
    };
    divert(&["--add"]);
    std::os::unix::fs::symlink("rping", &ping).unwrap();
    let told = both(&Command::new(&ping).arg("-V").output().unwrap());
    assert!(told.starts_with("ping from iputils "), "{told}");
    fs::remove_file(&ping).unwrap();
    divert(&["--remove"]);
    assert_eq!(fs::read_to_string(&ping).unwrap(), "iputils");
    succeeds(root.dpkg("dpkg").args(["--purge", "rping"]));
    root.is_clean();
}

fn deb_with_override() {
    let root = Root::new();
    let mut add = root.dpkg("dpkg-statoverride");
    succeeds(add.args(["--add", "root", "root", "0750", "/usr/bin/rping"]));
    root.dpkg_installs(&debs().older);
    assert_eq!(fs::metadata(root.program()).unwrap().mode() & 0o7777, 0o750);
    assert_eq!(succeeds(tool("getcap").arg(root.program())), "");
}

fn deb_without_setcap() {
    let root = Root::new();
    // All tools except this one.
    let tools = root.path().join("tools");
    fs::create_dir(&tools).unwrap();
    for directory in PATH.split(':').rev() {
        let Ok(entries) = fs::read_dir(directory) else {
            continue;
        };
        for entry in entries.map(Result::unwrap) {
            let link = tools.join(entry.file_name());
            let _ = fs::remove_file(&link);
            if entry.file_name() != "setcap" {
                std::os::unix::fs::symlink(entry.path(), link).unwrap();
            }
        }
    }
    let mut install = root.dpkg("dpkg");
    let told = succeeds(
        install
            .arg("--install")
            .arg(&debs().older)
            .env("PATH", &tools),
    );
    for help in ["ping_group_range", "dpkg-reconfigure rping"] {
        assert!(told.contains(help), "{told}");
    }
    assert_eq!(succeeds(tool("getcap").arg(root.program())), "");
}

fn deb_beside_another() {
    let root = Root::new();
    root.dpkg_installs(&package(&root, "rdmacm-utils", "44"));
    let output = root
        .dpkg("dpkg")
        .arg("--install")
        .arg(&debs().older)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = both(&output);
    assert!(told.contains("conflicts with rdmacm-utils"), "{told}");
    assert!(!root.program().exists());
}

fn rpm() {
    let root = Root::new();
    let versions = versions("rpm");
    let on_root = || {
        let mut command = tool("rpm");
        command.arg("--root").arg(root.path());
        command
    };
    succeeds(on_root().arg("--initdb"));
    for package in [&versions.older, &versions.newer] {
        // The root has no C library package.
        succeeds(on_root().args(["--upgrade", "--nodeps"]).arg(package));
        assert_eq!(root.capability(), "cap_net_raw=p");
        root.runs_for_an_ordinary_user();
    }
    let conflicts = succeeds(on_root().args(["--query", "--conflicts", "rping"]));
    assert_eq!(conflicts, "librdmacm-utils\n");
    succeeds(on_root().args(["--erase", "rping"]));
    root.is_clean();
}
