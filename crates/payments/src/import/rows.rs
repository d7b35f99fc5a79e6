//! The rows of a file of dues: CSV with a header, fields between commas or semicolons, in UTF-8 or Latin-1, whatever its length.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes};
use csv::{ByteRecord, ReaderBuilder};
use tokio::sync::mpsc::Receiver;

/// The columns that are known, by the names of the documentation's template and of the payment event.
pub const COLUMNS: [&str; 25] = [
    "notice_number",
    "iuv",
    "iud",
    "amount",
    "reason",
    "created_at",
    "expire_at",
    "creditor_tax_identification_number",
    "creditor_name",
    "payer_type",
    "payer_tax_identification_number",
    "payer_name",
    "payer_family_name",
    "payer_street_name",
    "payer_building_number",
    "payer_postal_code",
    "payer_town_name",
    "payer_country_subdivision",
    "payer_country",
    "payer_email",
    "remote_id",
    "document_hash",
    "split_code",
    "split_amount",
    "due_type",
];
/// The columns that a file cannot do without.
const REQUIRED: [&str; 3] = ["notice_number", "amount", "payer_tax_identification_number"];
/// Largest row: a quote that is never closed makes all the rest of a file one field.
const MAX_ROW: u64 = 64 * 1024;
/// Longest header.
const MAX_HEADER: usize = 16 * 1024;

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number: the first after the header is 1.
    pub number: u64,
    record: ByteRecord,
    columns: Arc<Columns>,
}

/// Where the columns that are known stand.
#[derive(Debug, PartialEq, Eq)]
struct Columns {
    places: Vec<(&'static str, usize)>,
    count: usize,
}

/// Why a file is not read to its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no file of dues: reading it again is useless. The text is for whoever sent it.
    Wrong(String),
    /// It could not be had.
    Broken(String),
}

impl Row {
    /// What stands in a column, without blanks around it; nothing where the row or the file has no such column.
    pub fn text(&self, column: &str) -> String {
        let place = self.columns.places.iter().find(|(name, _)| *name == column);
        let bytes = place.and_then(|(_, place)| self.record.get(*place)).unwrap_or_default();
        decoded(bytes).trim().to_owned()
    }

    /// Whether it has as many fields as the header.
    pub fn is_whole(&self) -> bool {
        self.record.len() == self.columns.count
    }
}

/// A text in UTF-8, or else in Latin-1, whose characters are the first of Unicode.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Reads `source` in batches of `size` rows, but for the first `skip` rows; ends early when `give` wants no more.
///
/// # Errors
/// [`Unreadable`].
pub fn read(source: impl Read, skip: u64, size: usize, mut give: impl FnMut(Vec<Row>) -> bool) -> Result<(), Unreadable> {
    let since = Arc::new(AtomicU64::new(0));
    let mut source = BufReader::with_capacity(MAX_HEADER, Measured { source, since: Arc::clone(&since) });
    let delimiter = delimiter(&mut source)?;
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(true).from_reader(source);
    let columns = Arc::new(columns(reader.byte_headers().map_err(unreadable)?)?);
    let mut batch = Vec::with_capacity(size);
    let mut record = ByteRecord::new();
    let mut number = 0;
    loop {
        since.store(0, Ordering::Relaxed);
        if !reader.read_byte_record(&mut record).map_err(unreadable)? {
            break;
        }
        // A blank line, as spreadsheets leave at the end.
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            continue;
        }
        number += 1;
        if number <= skip {
            continue;
        }
        batch.push(Row { number, record: record.clone(), columns: Arc::clone(&columns) });
        if batch.len() == size && !give(std::mem::replace(&mut batch, Vec::with_capacity(size))) {
            return Ok(());
        }
    }
    if !batch.is_empty() {
        give(batch);
    }
    Ok(())
}

fn wrong(text: impl Into<String>) -> Unreadable {
    Unreadable::Wrong(text.into())
}

fn unreadable(error: csv::Error) -> Unreadable {
    match error.kind() {
        csv::ErrorKind::Io(error) => io_unreadable(error),
        _ => wrong("Il file non è un CSV."),
    }
}

fn io_unreadable(error: &io::Error) -> Unreadable {
    match error.kind() {
        ErrorKind::InvalidData => wrong(error.to_string()),
        _ => Unreadable::Broken(error.to_string()),
    }
}

/// What stands between fields, by the first line. Takes the byte order mark away.
fn delimiter(source: &mut impl BufRead) -> Result<u8, Unreadable> {
    let start = source.fill_buf().map_err(|error| io_unreadable(&error))?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(wrong("Il file è in UTF-16: salvarlo come CSV in UTF-8."));
    }
    if start.starts_with(b"PK\x03\x04") {
        return Err(wrong("Il file è un foglio di calcolo: salvarlo come CSV."));
    }
    let marked = start.starts_with(b"\xef\xbb\xbf");
    let line = start.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    let found = if count(b';') > count(b',') { b';' } else { b',' };
    source.consume(if marked { 3 } else { 0 });
    Ok(found)
}

/// Reads the header. Columns that are not known are passed over.
fn columns(header: &ByteRecord) -> Result<Columns, Unreadable> {
    let mut places: Vec<(&'static str, usize)> = Vec::new();
    for (place, field) in header.iter().enumerate() {
        let name = decoded(field).trim().to_lowercase();
        let Some(known) = COLUMNS.into_iter().find(|column| *column == name) else { continue };
        if places.iter().any(|(name, _)| *name == known) {
            return Err(wrong(format!("La colonna {known} compare due volte.")));
        }
        places.push((known, place));
    }
    let missing: Vec<_> = REQUIRED.into_iter().filter(|column| !places.iter().any(|(name, _)| name == column)).collect();
    if missing.is_empty() {
        return Ok(Columns { places, count: header.len() });
    }
    Err(wrong(format!("Nella prima riga mancano le colonne: {}.", missing.join(", "))))
}

/// Counts what was read since the last row, and ends what is no row any more.
struct Measured<R> {
    source: R,
    since: Arc<AtomicU64>,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        let read = u64::try_from(count).unwrap_or(u64::MAX);
        if self.since.fetch_add(read, Ordering::Relaxed) > MAX_ROW {
            return Err(io::Error::new(ErrorKind::InvalidData, "Una riga è troppo lunga: controllare le virgolette."));
        }
        Ok(count)
    }
}

/// The pieces of a file that somebody else fetches, as something to read.
pub struct Pieces {
    pieces: Receiver<Result<Bytes, String>>,
    piece: Bytes,
}

impl Pieces {
    /// What comes through `pieces`. To be read in a thread that may wait.
    pub fn new(pieces: Receiver<Result<Bytes, String>>) -> Self {
        Self { pieces, piece: Bytes::new() }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(file: &[u8], skip: u64) -> Result<Vec<Row>, Unreadable> {
        let mut rows = Vec::new();
        read(file, skip, 2, |batch| {
            rows.extend(batch);
            true
        })?;
        Ok(rows)
    }

    #[test]
    fn a_file_is_read_whatever_its_order_delimiter_and_encoding() {
        for file in [
            &b"notice_number,amount,payer_tax_identification_number,payer_name\n1,2.00,X,Nicol\xc3\xb2\n,,,\n3,4,Y,\"a,b\"\n"[..],
            b"\xef\xbb\xbfpayer_name;AMOUNT; notice_number;payer_tax_identification_number\r\nNicol\xf2;2.00;1;X\r\n\"a,b\";4;3;Y",
        ] {
            let rows = all(file, 0).unwrap();
            let texts = |column| rows.iter().map(|row| row.text(column)).collect::<Vec<_>>();
            assert_eq!((texts("notice_number"), texts("payer_name")), (vec!["1".into(), "3".into()], vec!["Nicolò".into(), "a,b".into()]));
            assert_eq!((rows[1].number, rows[1].text("reason"), rows[1].is_whole()), (2, String::new(), true));
            assert_eq!(all(file, 1).unwrap(), rows[1..]);
        }
    }

    #[test]
    fn what_is_no_file_of_dues_is_refused() {
        let header = "notice_number,amount,payer_tax_identification_number\n";
        let unclosed = format!("{header}1,\"{}", "a".repeat(1_000_000));
        for file in [
            &b""[..],
            b"notice_number,amount\n",
            b"notice_number,notice_number,amount,payer_tax_identification_number\n",
            b"\xff\xfen\0o\0",
            b"PK\x03\x04xl/workbook.xml",
            unclosed.as_bytes(),
        ] {
            assert!(matches!(all(file, 0), Err(Unreadable::Wrong(_))), "{:?}", &file[..file.len().min(40)]);
        }
        assert!(!all(format!("{header}1,2\n").as_bytes(), 0).unwrap()[0].is_whole());
    }

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(file in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = all(&file, 0);
            let _ = all(&[&b"notice_number;amount;payer_tax_identification_number\n"[..], &file].concat(), 0);
        }
    }
}
