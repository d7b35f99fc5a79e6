//! Poppler's tools, each run on a file in memory.

use std::fs;
use std::process::Command;

/// The text of all pages in reading order, spaces of every kind made plain, lines joined, marks of direction taken out.
pub fn text(pdf: &[u8]) -> String {
    squeeze(&pages(pdf).join(" ").replace(['\u{202a}', '\u{202b}', '\u{202c}'], ""))
}

/// The text of each page, as it lies on the paper.
pub fn pages(pdf: &[u8]) -> Vec<String> {
    let text = String::from_utf8(run(pdf, "pdftotext", &["-enc", "UTF-8", "{pdf}", "-"])).unwrap();
    // Each page ends with a form feed.
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    pages.pop();
    pages
}

/// What `pdfinfo` says of a key such as `Title`.
pub fn info(pdf: &[u8], key: &str) -> String {
    let report = String::from_utf8_lossy(&run(pdf, "pdfinfo", &["{pdf}"])).into_owned();
    let value = report.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    value.unwrap_or_else(|| panic!("no {key} in {report}")).trim().to_owned()
}

/// The tags, indented as they are nested, with their text.
pub fn structure(pdf: &[u8]) -> String {
    String::from_utf8_lossy(&run(pdf, "pdfinfo", &["-struct-text", "{pdf}"])).into_owned()
}

/// The box of every word in points from the upper left corner of its page: left, top, right, bottom.
pub fn boxes(pdf: &[u8]) -> Vec<[f64; 4]> {
    let html = String::from_utf8_lossy(&run(pdf, "pdftotext", &["-bbox", "{pdf}", "-"])).into_owned();
    let attribute = |line: &str, name: &str| -> f64 {
        let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    html.lines()
        .filter(|line| line.trim_start().starts_with("<word"))
        .map(|line| ["xMin", "yMin", "xMax", "yMax"].map(|name| attribute(line, name)))
        .collect()
}

/// Density of [`grey`]: 300 dots an inch.
pub const DOTS_PER_MM: f64 = 300.0 / 25.4;

/// A page, counted from 1, in grey: width, height and a byte a dot.
pub fn grey(pdf: &[u8], page: usize) -> (usize, usize, Vec<u8>) {
    let page = page.to_string();
    let pgm = run(pdf, "pdftoppm", &["-r", "300", "-gray", "-f", &page, "-l", &page, "{pdf}"]);
    let mut rest = pgm.as_slice();
    let header: Vec<String> = (0..4)
        .map(|_| {
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap();
            let word = String::from_utf8(rest[..end].to_vec()).unwrap();
            rest = &rest[end + 1..];
            word
        })
        .collect();
    assert_eq!(header[0], "P5");
    (header[1].parse().unwrap(), header[2].parse().unwrap(), rest.to_vec())
}

/// One space for every run of spaces and line ends.
pub fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run(pdf: &[u8], tool: &str, arguments: &[&str]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.pdf");
    fs::write(&path, pdf).unwrap();
    let path = path.to_str().unwrap();
    let output = Command::new(tool)
        .args(arguments.iter().map(|argument| if *argument == "{pdf}" { path } else { argument }))
        .output()
        .unwrap_or_else(|error| panic!("{tool} (Debian package poppler-utils): {error}"));
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
