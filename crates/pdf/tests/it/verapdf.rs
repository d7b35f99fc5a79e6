//! The judgement of veraPDF, which is no part of this repository: README.md says how to fetch it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use pdf::{Language, Logo};

use crate::samples;

/// Whether veraPDF finds each file to be PDF/A-2a and PDF/UA-1, with its report.
fn judge(files: &[PathBuf]) -> (bool, String) {
    let jars = env::var("SPORTELLO_VERAPDF").expect("SPORTELLO_VERAPDF is the directory of veraPDF's jars");
    let output = Command::new("java")
        .arg("-cp")
        .arg(format!("{jars}/*"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verapdf/Check.java"))
        .arg("2a,ua1")
        .args(files)
        .output()
        .expect("java 17 is installed");
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(report.contains("PASS ") || report.contains("FAIL "), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), report)
}

#[test]
#[ignore = "needs veraPDF in SPORTELLO_VERAPDF"]
fn verapdf_accepts_every_document_and_rejects_broken_ones() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut strange = samples::application();
    strange.language = Language::De;
    strange.sections[0].title =
        "Ünïcödé \u{1f600} שלום محمد می\u{200c}خواهم Đỗ e\u{301}\u{323}\u{35f} ∑ ☑ ﬁ \u{a0}\u{2011}\u{fb50}".into();
    strange.subject = Some(strange.sections[0].title.repeat(20));
    let mut painted = samples::receipt();
    painted.creditor.logo = Some(bitmap());
    let application = pdf::application(&samples::application()).unwrap();
    let good = [
        write("application.pdf", &application),
        write("strange.pdf", &pdf::application(&strange).unwrap()),
        write("outcome.pdf", &pdf::outcome(&samples::outcome()).unwrap()),
        write("message.pdf", &pdf::message(&samples::message()).unwrap()),
        write("notice.pdf", &pdf::notice(&samples::notice_in_instalments()).unwrap()),
        write("receipt.pdf", &pdf::receipt(&samples::receipt()).unwrap()),
        write("record.pdf", &pdf::record(&samples::record()).unwrap()),
        write("painted.pdf", &pdf::receipt(&painted).unwrap()),
    ];
    let (accepted, report) = judge(&good);
    assert!(accepted, "{report}");
    assert_eq!(report.lines().count(), 2 * good.len(), "{report}");

    // The same file without tags, without a font, without a title, claiming another standard.
    let flaws = [
        ("/MarkInfo", "/MarkInf0"),
        ("/FontFile2", "/FontFil32"),
        ("<dc:title>", "<dc:tit1e>"),
        ("<pdfaid:part>2", "<pdfaid:part>7"),
    ];
    let broken = flaws.map(|(from, to)| write(&format!("without {}.pdf", &from[1..5]), &replace(&application, from, to)));
    let (_, report) = judge(&broken);
    for file in &broken {
        let missed = ["2a", "ua1"].iter().all(|flavour| report.contains(&format!("PASS {flavour} {}", file.display())));
        assert!(!missed, "veraPDF does not see that {} is broken: {report}", file.display());
    }
}

/// A bitmap with transparency, which is what scanned coats of arms are.
fn bitmap() -> Logo {
    let image = image::RgbaImage::from_fn(600, 800, |x, y| {
        image::Rgba([(x / 3) as u8, (y / 4) as u8, 90, if x > 300 { 255 } else { 120 }])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba8(image).write_to(&mut file, image::ImageFormat::Png).unwrap();
    Logo::new(file.get_ref()).unwrap()
}

/// Replaces every occurrence by one of the same length, so that the offsets in the file stay right.
fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let (from, mut bytes) = (from.as_bytes(), bytes.to_vec());
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "nothing to replace");
    for at in places {
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}
