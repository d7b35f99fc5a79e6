//! The certificate that a body shows to IRIS. It stands in the configuration (`cert`) with its private key, as PEM whose line breaks got lost
//! in forms and files of one line.

/// Characters of a line of PEM (RFC 7468 section 2).
const LINE: usize = 64;

/// The PEM with its lines again, if it is a certificate with its key.
pub fn identity(text: &str) -> Option<String> {
    let blocks: Vec<_> = Blocks(text).collect();
    let has = |kind: &str| blocks.iter().any(|(label, _)| label.ends_with(kind));
    (has("CERTIFICATE") && has("PRIVATE KEY")).then(|| blocks.iter().map(|(label, body)| block(label, body)).collect())
}

fn block(label: &str, body: &str) -> String {
    let body: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let lines: String = body.chunks(LINE).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

/// The blocks of a PEM: label and body.
struct Blocks<'a>(&'a str);

impl<'a> Iterator for Blocks<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (_, rest) = self.0.split_once("-----BEGIN ")?;
        let (label, rest) = rest.split_once("-----")?;
        let (body, rest) = rest.split_once(&format!("-----END {label}-----"))?;
        self.0 = rest;
        Some((label, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_got_lost_are_made_again() {
        let body = "QUJD".repeat(20);
        let pem = |newline: &str| {
            format!(
                "-----BEGIN CERTIFICATE-----{newline}{body}{newline}-----END CERTIFICATE-----{newline}\
                 -----BEGIN PRIVATE KEY-----{newline}QUJD{newline}-----END PRIVATE KEY-----"
            )
        };
        let whole = identity(&pem("")).unwrap();
        let lines: Vec<_> = whole.lines().collect();
        assert_eq!((lines.len(), lines[1].len(), lines[2].len()), (7, 64, 16));
        assert_eq!(Some(&whole), identity(&pem("\r\n")).as_ref());
    }

    #[test]
    fn what_has_no_key_is_no_identity() {
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----QUJD-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE REQUEST-----MIIB-----END CERTIFICATE REQUEST-----",
            "-----BEGIN CERTIFICATE-----QUJD",
        ] {
            assert_eq!(identity(text), None, "{text}");
        }
    }
}
