//! The typesetting engine. Fonts, templates and the standard library of Typst are read once; a document is its template with one file
//! of data beside it, so that nothing a citizen wrote is ever read as a program.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::RomeTime;
use serde_json::Value;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::layout::Abs;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, FontInstance, FontVariations};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::{Logo, PdfError};

/// Titillium Web draws what it can; DejaVu Sans, which has every character of Titillium Web and many scripts more, the rest.
const FONTS: [&[u8]; 3] = [
    include_bytes!("../fonts/TitilliumWeb-Regular.ttf"),
    include_bytes!("../fonts/TitilliumWeb-SemiBold.ttf"),
    include_bytes!("../fonts/DejaVuSans.ttf"),
];

const TEMPLATES: [(&str, &str); 9] = [
    ("words.typ", include_str!("../templates/words.typ")),
    ("base.typ", include_str!("../templates/base.typ")),
    ("application.typ", include_str!("../templates/application.typ")),
    ("outcome.typ", include_str!("../templates/outcome.typ")),
    ("message.typ", include_str!("../templates/message.typ")),
    ("notice.typ", include_str!("../templates/notice.typ")),
    ("receipt.typ", include_str!("../templates/receipt.typ")),
    ("record.typ", include_str!("../templates/record.typ")),
    ("logo.typ", include_str!("../templates/logo.typ")),
];

/// More data than this is no form that a person filled in: it would be several hundred pages, seconds of work and over 200 MB of memory.
const MOST_DATA: usize = 512 << 10;

/// Documents after which the engine looks through all that it remembers, and forgets what served none of as many and of those before:
/// templates, letterhead and labels serve the next document, and halve its cost; what one person wrote does not. Looking after each document
/// would cost a tenth of it.
const ROUND: usize = 5;
static MADE: AtomicUsize = AtomicUsize::new(0);

/// Bytes of data of which nothing is remembered, and everything else forgotten: the engine keeps some four hundred times as much.
const MOST_REMEMBERED: usize = 32 << 10;

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

struct Engine {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// The font with the most characters, which is the last.
    widest: FontInstance,
    sources: Vec<Source>,
    data: FileId,
    logo: FileId,
    standards: PdfStandards,
}

impl Engine {
    fn new() -> Self {
        let fonts: Vec<Font> =
            FONTS.iter().map(|font| Font::new(Bytes::new(*font), 0).expect("the fonts in this crate are fonts")).collect();
        let widest = fonts.last().expect("there are fonts").clone();
        let variant = widest.info().variant;
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            widest: widest.instantiate(variant, Abs::zero(), &FontVariations::default()),
            sources: TEMPLATES.iter().map(|(name, text)| Source::new(file(name), (*text).to_owned())).collect(),
            data: file("data.json"),
            logo: file("logo"),
            standards: PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
                .expect("both standards are profiles of PDF 1.7"),
        }
    }
}

fn file(name: &str) -> FileId {
    RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).expect("a plain file name is a path")).intern()
}

/// Whether the fonts can draw a character, whatever stands around it.
pub fn covers(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{ff}') || ENGINE.widest.ttf().glyph_index(c).is_some()
}

/// One document to make.
pub struct Sheet<'a> {
    /// File name of its template.
    pub template: &'static str,
    /// What the template reads as `data.json`.
    pub data: Value,
    /// What the template reads as `logo`.
    pub logo: Option<&'a Logo>,
    /// The date of creation that the file carries.
    pub at: RomeTime,
    /// What tells this document from all others; the file carries a digest of it.
    pub identity: String,
}

impl Sheet<'_> {
    /// The document as PDF/A-2a and PDF/UA-1. The same sheet gives the same bytes.
    pub fn typeset(self) -> Result<Vec<u8>, PdfError> {
        let data = self.data.to_string();
        if data.len() > MOST_DATA {
            return Err(PdfError::TooLarge { bytes: data.len() });
        }
        let large = data.len() > MOST_REMEMBERED;
        let desk = Desk { main: file(self.template), data: Bytes::from_string(data), logo: self.logo.map(Logo::bytes) };
        let typeset = typst::compile::<PagedDocument>(&desk);
        let result = typeset.output.and_then(|document| typst_pdf::pdf(&document, &options(self.at, self.identity)));
        if large {
            typst::comemo::evict(0);
        } else if MADE.fetch_add(1, Ordering::Relaxed) % ROUND == ROUND - 1 {
            typst::comemo::evict(1);
        }
        debug_assert!(typeset.warnings.is_empty(), "{}", first(&typeset.warnings));
        result.map_err(|errors| PdfError::Typesetting { detail: first(&errors) })
    }
}

fn first(diagnostics: &[SourceDiagnostic]) -> String {
    diagnostics.first().map(|diagnostic| diagnostic.message.to_string()).unwrap_or_default()
}

fn options(at: RomeTime, identity: String) -> PdfOptions {
    let zoned = at.zoned();
    let part = |number: i8| number.unsigned_abs();
    let timestamp = Datetime::from_ymd_hms(
        zoned.year().into(),
        part(zoned.month()),
        part(zoned.day()),
        part(zoned.hour()),
        part(zoned.minute()),
        part(zoned.second()),
    )
    .and_then(|datetime| Timestamp::new_local(datetime, zoned.offset().seconds() / 60));
    PdfOptions {
        ident: Smart::Custom(identity),
        creator: Smart::Custom(Some("Sportello".to_owned())),
        timestamp,
        page_ranges: None,
        standards: ENGINE.standards.clone(),
        tagged: true,
        pretty: false,
    }
}

/// What Typst sees while it works on one document: the engine and that document's files, and nothing else of the machine.
struct Desk {
    main: FileId,
    data: Bytes,
    logo: Option<Bytes>,
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &ENGINE.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &ENGINE.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        ENGINE.sources.iter().find(|source| source.id() == id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match &self.logo {
            _ if id == ENGINE.data => Ok(self.data.clone()),
            Some(logo) if id == ENGINE.logo => Ok(logo.clone()),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        ENGINE.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_font_has_every_character_of_the_others() {
        for font in &ENGINE.fonts {
            let variant = font.info().variant;
            let font = font.clone().instantiate(variant, Abs::zero(), &FontVariations::default());
            let missing: Vec<char> = ('\0'..=char::MAX)
                .filter(|c| font.ttf().glyph_index(*c).is_some() && ENGINE.widest.ttf().glyph_index(*c).is_none())
                .collect();
            assert!(missing.is_empty(), "{}: {missing:?}", font.font().info().family);
        }
    }

    #[test]
    fn templates_see_their_own_files_only() {
        let desk = Desk { main: file("receipt.typ"), data: Bytes::from_string("{}"), logo: None };
        assert!(desk.file(file("/etc/passwd")).is_err());
        assert!(desk.file(ENGINE.logo).is_err());
        assert!(desk.source(file("other.typ")).is_err());
        assert!(desk.source(file("base.typ")).is_ok());
    }
}
