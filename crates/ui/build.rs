//! Checks that the assets are built, names them by their content, and turns the message files into a typed table.
//!
//! The message files are the only place where words of the pages live. A key that one language lacks, or whose placeholders differ
//! between languages, stops the build here; a key that a page asks for and no file has, stops the compiler.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

const LOCALES: [&str; 3] = ["it", "de", "en"];
/// Sections that go to the browser as a whole, as key and text, instead of being fields of `Messages`.
const LISTED: [&str; 2] = ["script", "formio"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("messages.rs"), messages(&root)).expect("the build directory can be written");
    println!("cargo::rustc-env=SPORTELLO_ASSETS_HASH={}", assets(&root.join("dist")));
}

/// The digest of every file in `dist`, short: it is part of each asset's address, so that a changed file has a new one.
fn assets(dist: &Path) -> String {
    println!("cargo::rerun-if-changed={}", dist.display());
    if !dist.join("site.css.gz").is_file() {
        panic!(
            "the assets of the pages are not built: run `./dev assets` (or `npm ci --ignore-scripts && npm run build` in crates/ui)"
        );
    }
    let mut files = Vec::new();
    list(dist, &mut files);
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.strip_prefix(dist).expect("listed below dist").to_string_lossy().as_bytes());
        digest.update(fs::read(&file).expect("an asset can be read"));
    }
    digest.finalize().iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("dist can be listed") {
        let path = entry.expect("dist can be listed").path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

type Texts = BTreeMap<String, String>;

fn read(root: &Path, locale: &str) -> Texts {
    let path = root.join("messages").join(format!("{locale}.toml"));
    println!("cargo::rerun-if-changed={}", path.display());
    let file = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(&file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    table
        .into_iter()
        .flat_map(|(section, texts)| texts.into_iter().map(move |(key, text)| (format!("{section}.{key}"), text)))
        .collect()
}

/// The names in braces, each once, in order of appearance.
fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or_default();
        if !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

fn messages(root: &Path) -> String {
    let all: Vec<Texts> = LOCALES.iter().map(|locale| read(root, locale)).collect();
    let (italian, others) = all.split_first().expect("Italian is first");
    for (texts, locale) in others.iter().zip(&LOCALES[1..]) {
        for (key, text) in italian {
            let Some(other) = texts.get(key) else { panic!("messages/{locale}.toml lacks `{key}`: {text}") };
            let (mut ours, mut theirs) = (placeholders(text), placeholders(other));
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "`{key}` has other placeholders in messages/{locale}.toml");
        }
        for key in texts.keys() {
            assert!(italian.contains_key(key), "messages/it.toml lacks `{key}`, which messages/{locale}.toml has");
        }
    }

    let listed = |key: &str| LISTED.iter().any(|section| key.starts_with(&format!("{section}.")));
    let field = |key: &str| key.replace('.', "_");
    let mut code = String::from(
        "/// Every text of the pages in one language; a text with placeholders is a method.\npub struct Messages {\n",
    );
    let mut methods = String::new();
    for (key, text) in italian.iter().filter(|(key, _)| !listed(key)) {
        let (name, params) = (field(key), placeholders(text));
        let doc = text.replace('\n', " ");
        if params.is_empty() {
            writeln!(code, "    /// {doc}\n    pub {name}: &'static str,").expect("to memory");
        } else {
            writeln!(code, "    text_{name}: &'static str,").expect("to memory");
            let arguments: String = params.iter().map(|param| format!(", {param}: impl std::fmt::Display")).collect();
            let fills: String =
                params.iter().map(|param| format!("(\"{param}\", &{param} as &dyn std::fmt::Display), ")).collect();
            writeln!(methods, "    /// {doc}\n    pub fn {name}(&self{arguments}) -> String {{\n        fill(self.text_{name}, &[{fills}])\n    }}")
                .expect("to memory");
        }
    }
    for section in LISTED {
        writeln!(
            code,
            "    /// The texts of `[{section}]`, key and text.\n    pub {section}: &'static [(&'static str, &'static str)],"
        )
        .expect("to memory");
    }
    write!(code, "}}\n\nimpl Messages {{\n{methods}}}\n").expect("to memory");
    for (locale, texts) in LOCALES.iter().zip(&all) {
        writeln!(code, "\nstatic {}: Messages = Messages {{", locale.to_uppercase()).expect("to memory");
        for (key, text) in texts.iter().filter(|(key, _)| !listed(key)) {
            let prefix = if placeholders(text).is_empty() { "" } else { "text_" };
            writeln!(code, "    {prefix}{}: {text:?},", field(key)).expect("to memory");
        }
        for section in LISTED {
            let entries: String = texts
                .iter()
                .filter_map(|(key, text)| key.strip_prefix(&format!("{section}.")).map(|key| format!("({key:?}, {text:?}), ")))
                .collect();
            writeln!(code, "    {section}: &[{entries}],").expect("to memory");
        }
        code.push_str("};\n");
    }
    code
}
