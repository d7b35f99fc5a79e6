//! The pages in a real browser: each script of `browser/` on a demonstration of its own, at the width of a desktop and of a phone.

use std::path::Path;
use std::process::Command;

use testkit::Sportello;

/// Runs a script and expects that it finds nothing wrong. `SCREENSHOTS=<folder>` keeps a picture of every page it looked at.
fn run(script: &str, width: &str) {
    let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    assert!(
        browser.join("node_modules").is_dir(),
        "the browser tests lack their packages: run ./dev test, or npm ci in {browser:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let sportello = Sportello::start(folder.path(), &["--demo"], &[]);
    let mut node = Command::new("node");
    node.arg(script).current_dir(browser).env("BASE", &sportello.url).env("WIDTH", width);
    let output = node.output().unwrap_or_else(|error| panic!("node does not run ({error}): ./dev test installs it"));
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{said}\n{}", faults(&sportello.log()));
}

/// The lines of the log that tell of something wrong.
fn faults(log: &str) -> String {
    let is_fault = |line: &&str| line.contains(r#""level":"ERROR""#) || line.contains(r#""level":"WARN""#);
    log.lines().filter(is_fault).collect::<Vec<_>>().join("\n")
}

macro_rules! scripts {
    ($($script:ident),* $(,)?) => {
        mod on_a_desktop { $(#[test] fn $script() { super::run(concat!(stringify!($script), ".mjs"), "desktop"); })* }
        mod on_a_phone { $(#[test] fn $script() { super::run(concat!(stringify!($script), ".mjs"), "phone"); })* }
    };
}

scripts![story, services, pages, payments, messages, interop];
