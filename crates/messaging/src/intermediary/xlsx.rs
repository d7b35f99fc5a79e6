//! A spreadsheet of one sheet of texts and numbers: the smallest file that spreadsheet programs read (ECMA-376), in a ZIP without
//! compression.

/// A cell.
pub enum Cell {
    /// A text, whatever it looks like.
    Text(String),
    /// A number.
    Number(i64),
}

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Esiti" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const SHEETS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// The file with these rows.
pub fn file(rows: impl IntoIterator<Item = Vec<Cell>>) -> Vec<u8> {
    let mut sheet = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
    );
    for row in rows {
        sheet.push_str("<row>");
        for cell in row {
            match cell {
                Cell::Number(number) => sheet.push_str(&format!("<c><v>{number}</v></c>")),
                Cell::Text(text) => {
                    sheet.push_str(r#"<c t="inlineStr"><is><t xml:space="preserve">"#);
                    text.chars().for_each(|character| push_escaped(&mut sheet, character));
                    sheet.push_str("</t></is></c>");
                }
            }
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    zip(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

/// A character as XML 1.0 has it; those that it has not are left out.
fn push_escaped(out: &mut String, character: char) {
    match character {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '\t' | '\n' => out.push(character),
        '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
        _ => out.push(character),
    }
}

/// The year 1980 begins: the format's first day, so that the same rows are the same file.
const NEW_YEAR: u16 = 0x0021;

/// Files in a ZIP, stored as they are.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let mut about = Vec::new();
        about.extend(20_u16.to_le_bytes()); // version needed
        about.extend(0x0800_u16.to_le_bytes()); // names are UTF-8
        about.extend(0_u16.to_le_bytes()); // stored
        about.extend(0_u16.to_le_bytes()); // midnight
        about.extend(NEW_YEAR.to_le_bytes());
        about.extend(crc32(content.as_bytes()).to_le_bytes());
        about.extend(size.to_le_bytes());
        about.extend(size.to_le_bytes());
        about.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
        about.extend(0_u16.to_le_bytes()); // no extra field
        let offset = u32::try_from(out.len()).unwrap_or(u32::MAX);
        out.extend(b"PK\x03\x04");
        out.extend(&about);
        out.extend(name.as_bytes());
        out.extend(content.as_bytes());
        directory.extend(b"PK\x01\x02");
        directory.extend(20_u16.to_le_bytes());
        directory.extend(&about);
        directory.extend([0; 10]); // no comment, disk 0, attributes
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (begin, size) = (u32::try_from(out.len()).unwrap_or(u32::MAX), u32::try_from(directory.len()).unwrap_or(u32::MAX));
    let count = u16::try_from(files.len()).unwrap_or(u16::MAX);
    out.extend(directory);
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(begin.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out
}

/// The checksum of ZIP (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |crc: u32, byte| TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8))
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_parts_lie_where_the_directory_says() {
        let file = file([vec![Cell::Text("a<b>&\u{1}=1+1".into()), Cell::Number(7)]]);
        let end = file.len() - 22;
        assert_eq!(&file[end..end + 4], b"PK\x05\x06");
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let (size, begin) = (word(end + 12), word(end + 16));
        assert_eq!(begin + size, end);
        assert_eq!(&file[begin..begin + 4], b"PK\x01\x02");
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains("a&lt;b&gt;&amp;=1+1</t>") && text.contains("<v>7</v>"));
    }
}
