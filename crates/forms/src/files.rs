//! Uploaded files inside a submission: what `sdc_upload`, `sdcfile` and `file` put into their value, and what they promise of it.

use serde_json::Value;

/// A file that the citizen uploaded before submitting. The caller checks that it exists, is the citizen's and has this content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// JSON Pointer (RFC 6901) to the file's object in the submission.
    pub field: String,
    /// The key of the component that holds it.
    pub key: String,
    /// The identifier that the upload returned.
    pub id: String,
    /// The name the file had on the citizen's device.
    pub original_name: String,
    /// The size that the browser declares, in bytes.
    pub size: Option<u64>,
    /// The media type that the browser declares.
    pub mime_type: Option<String>,
    /// The citizen's description.
    pub description: Option<String>,
    /// Whether the file has to be registered with the application.
    pub protocol_required: bool,
    /// Whether a digital signature has to be verified (`check_signature` of the component).
    pub check_signature: bool,
}

/// What a component allows.
#[derive(Debug, Default)]
pub(crate) struct FileRule {
    patterns: Vec<Glob>,
    min_size: u64,
    max_size: Option<u64>,
    protocol_required: bool,
    check_signature: bool,
    /// More than one file.
    pub(crate) many: bool,
}

#[derive(Debug)]
struct Glob {
    refuse: bool,
    media: bool,
    text: Box<str>,
}

/// Why a file is refused: code and what was expected.
pub(crate) type Refusal = (&'static str, String);

/// Media types of the extensions that citizens send, to judge a pattern such as `application/pdf` or `image/*` by the name.
const MEDIA: [(&str, &str); 16] = [
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("txt", "text/plain"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("webp", "image/webp"),
    ("p7m", "application/pkcs7-mime"),
    ("zip", "application/zip"),
    ("xml", "application/xml"),
];

impl FileRule {
    /// The rule of a component. The error says in Italian which setting cannot be read.
    pub(crate) fn compile(component: &Value) -> Result<Self, String> {
        let text = |name: &str| component.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        let flag = |name: &str| component.get(name).is_some_and(|value| value == true || value == "true");
        let patterns = text("filePattern").split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
        let patterns = patterns.map(Glob::new).filter(|glob| &*glob.text != "*" || glob.refuse).collect();
        let size = |name: &str| match text(name) {
            "" => Ok(None),
            setting => parse_size(setting).map(Some).ok_or_else(|| format!("{name} non è una dimensione")),
        };
        Ok(Self {
            patterns,
            min_size: size("fileMinSize")?.unwrap_or(0),
            max_size: size("fileMaxSize")?,
            protocol_required: flag("protocol_required"),
            check_signature: flag("check_signature"),
            many: flag("multiple"),
        })
    }

    /// Reads one file's object and checks what can be checked without its content. `field` and `key` say where it is.
    pub(crate) fn check(&self, file: &Value, field: String, key: &str) -> Result<UploadedFile, Refusal> {
        let shape = || ("file", "non è un documento caricato su questo portale".to_owned());
        let text = |name: &str| file.get(name).and_then(Value::as_str).filter(|text| text.len() <= 512);
        let id = file.get("data").and_then(|data| data.get("id")).or_else(|| file.get("id")).and_then(Value::as_str);
        let id =
            id.filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
        let name = text("originalName").or_else(|| text("name")).filter(|name| !name.trim().is_empty());
        let (Some(id), Some(name)) = (id, name) else { return Err(shape()) };
        let size = match file.get("size") {
            None | Some(Value::Null) => None,
            Some(size) => Some(size.as_u64().ok_or_else(shape)?),
        };
        let declared = text("mime_type").or_else(|| text("type"));
        if !self.accepts(name, declared) {
            let patterns: Vec<&str> = self.patterns.iter().filter(|glob| !glob.refuse).map(|glob| &*glob.text).collect();
            let expected = if patterns.is_empty() {
                "è di un tipo escluso".to_owned()
            } else {
                format!("deve essere di tipo {}", patterns.join(", "))
            };
            return Err(("file_type", expected));
        }
        if let (Some(size), Some(max)) = (size, self.max_size)
            && size > max
        {
            return Err(("file_size", format!("è più grande di {}", show_size(max))));
        }
        if size.is_some_and(|size| size < self.min_size) {
            return Err(("file_size", format!("è più piccolo di {}", show_size(self.min_size))));
        }
        Ok(UploadedFile {
            field,
            key: key.to_owned(),
            id: id.to_owned(),
            original_name: name.to_owned(),
            size,
            mime_type: declared.map(str::to_owned),
            description: text("description").filter(|text| !text.is_empty()).map(str::to_owned),
            protocol_required: file.get("protocol_required").and_then(Value::as_bool).unwrap_or(self.protocol_required),
            check_signature: self.check_signature,
        })
    }

    fn accepts(&self, name: &str, declared: Option<&str>) -> bool {
        let name = name.to_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let known = MEDIA.iter().find(|(known, _)| *known == extension).map(|(_, media)| *media);
        // The name decides where it can: a browser may declare anything.
        let media = known.or(declared).unwrap_or_default().to_lowercase();
        let hits = |glob: &Glob| wildcard(&glob.text, if glob.media { &media } else { &name });
        let wanted = self.patterns.iter().all(|glob| glob.refuse) || self.patterns.iter().any(|glob| !glob.refuse && hits(glob));
        wanted && !self.patterns.iter().any(|glob| glob.refuse && hits(glob))
    }
}

impl Glob {
    /// `.pdf`, `*.pdf`, `pdf`, `application/pdf`, `image/*`, each with an optional `!` in front.
    fn new(pattern: &str) -> Self {
        let (refuse, pattern) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
        let pattern = pattern.to_lowercase();
        let media = pattern.contains('/');
        let text = match pattern.as_bytes().first() {
            Some(b'.') => format!("*{pattern}"),
            Some(first) if !media && first.is_ascii_alphanumeric() && !pattern.contains(['.', '*']) => format!("*.{pattern}"),
            _ => pattern,
        };
        Self { refuse, media, text: text.into() }
    }
}

/// Whether `text` matches a pattern in which `*` is any text and `?` any character. Linear but for the last star (no backtracking
/// over earlier ones).
fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|character| *character == '*')
}

/// `10MB`, `500 KB`, `1gb`, `123`: bytes, in powers of 1024 as Form.io counts.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let split = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let factor = match text[split..].trim() {
        "" | "b" => 1.0,
        "k" | "kb" => 1024.0,
        "m" | "mb" => 1024.0 * 1024.0,
        "g" | "gb" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let number: f64 = text[..split].trim().replace(',', ".").parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some((number * factor) as u64)
}

fn show_size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} byte"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{} MB", bytes / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(component: Value) -> FileRule {
        FileRule::compile(&component).unwrap()
    }

    #[test]
    fn patterns_judge_by_name_first() {
        for (pattern, name, declared, good) in [
            (".pdf,.jpg", "a.PDF", None, true),
            ("*.pdf", "a.exe", Some("application/pdf"), false),
            ("application/pdf", "a.exe", Some("application/pdf"), true),
            ("application/pdf", "a.png", Some("application/pdf"), false),
            ("image/*", "foto.jpeg", None, true),
            ("pdf", "a.pdf", None, true),
            ("!*.exe", "a.exe", None, false),
            ("!*.exe", "a.pdf", None, true),
            ("*", "whatever", None, true),
            ("", "whatever", None, true),
        ] {
            assert_eq!(rule(json!({"filePattern": pattern})).accepts(name, declared), good, "{pattern} {name}");
        }
    }

    #[test]
    fn a_file_is_read_and_its_size_judged() {
        let rule = rule(json!({"fileMaxSize": "1MB", "protocol_required": true}));
        let file = json!({"id": "x", "data": {"id": "0b7d"}, "originalName": "a.pdf", "name": "a-1.pdf", "size": 100});
        let read = rule.check(&file, "/docs/0".to_owned(), "docs").unwrap();
        assert_eq!((read.id.as_str(), read.original_name.as_str(), read.protocol_required), ("0b7d", "a.pdf", true));
        let big = json!({"id": "x", "originalName": "a.pdf", "size": 2_000_000});
        assert_eq!(rule.check(&big, String::new(), "docs").unwrap_err().0, "file_size");
        for bad in [
            json!({}),
            json!({"id": "../x", "originalName": "a"}),
            json!({"id": "x"}),
            json!({"id": "x", "name": "a", "size": -1}),
            json!("x"),
        ] {
            assert_eq!(rule.check(&bad, String::new(), "docs").unwrap_err().0, "file", "{bad}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("10MB"), Some(10 * 1024 * 1024));
        assert_eq!(parse_size("1,5 kb"), Some(1536));
        assert_eq!(parse_size("tanto"), None);
        assert!(FileRule::compile(&json!({"fileMaxSize": "tanto"})).is_err());
    }
}
