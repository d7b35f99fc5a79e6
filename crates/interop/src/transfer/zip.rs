//! ZIP archives as far as e-services come and go in them: written without compression, read with or without it (APPNOTE 4.3).

use std::collections::BTreeMap;
use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
/// Names are UTF-8.
const UTF_8: u16 = 1 << 11;
/// 1 January 1980, the first day that there is: the archive of the same files is the same archive.
const DAY: u16 = 0x21;
/// Most files.
const MOST: u16 = 200;

/// An archive of `files`, by their names; `None` when it would be larger than the format without extensions allows.
pub fn write(files: &[(String, impl AsRef<[u8]>)]) -> Option<Vec<u8>> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let (content, offset) = (content.as_ref(), u32::try_from(archive.len()).ok()?);
        let mut sum = Crc::new();
        sum.update(content);
        let size = u32::try_from(content.len()).ok()?;
        // Version, flags, method, time, day; sum and sizes; lengths of the name and of what follows it.
        let mut common = Vec::new();
        for short in [20, UTF_8, 0, 0, DAY] {
            common.extend_from_slice(&u16::to_le_bytes(short));
        }
        for long in [sum.sum(), size, size] {
            common.extend_from_slice(&long.to_le_bytes());
        }
        common.extend_from_slice(&u16::try_from(name.len()).ok()?.to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        archive.extend([&LOCAL[..], &common, name.as_bytes(), content].concat());
        // Besides: who wrote it; comment, disk and attributes, all nothing; where the file begins.
        directory.extend([&CENTRAL[..], &[20, 0], &common, &[0; 10], &offset.to_le_bytes(), name.as_bytes()].concat());
    }
    let (count, offset) = (u16::try_from(files.len()).ok()?, u32::try_from(archive.len()).ok()?);
    let size = u32::try_from(directory.len()).ok()?;
    archive.extend(directory);
    let numbers = [&count.to_le_bytes()[..], &count.to_le_bytes(), &size.to_le_bytes(), &offset.to_le_bytes()].concat();
    archive.extend([&END[..], &[0; 4], &numbers, &[0, 0]].concat());
    Some(archive)
}

/// The files of an archive by their names, folders left out; `None` when it is none, or unpacks to more than `most` bytes.
pub fn read(archive: &[u8], most: usize) -> Option<BTreeMap<String, Vec<u8>>> {
    let end = archive.windows(4).rposition(|window| window == END)?;
    let (count, mut at) = (short(archive, end + 10)?, long(archive, end + 16)?);
    let (mut files, mut left) = (BTreeMap::new(), most);
    if count > MOST {
        return None;
    }
    for _ in 0..count {
        if archive.get(at..at + 4)? != CENTRAL {
            return None;
        }
        let (name, further, comment) = (short(archive, at + 28)?, short(archive, at + 30)?, short(archive, at + 32)?);
        let name = archive.get(at + 46..at + 46 + usize::from(name))?;
        let content = content(archive, at, left)?;
        left -= content.len();
        at += 46 + name.len() + usize::from(further) + usize::from(comment);
        let name = std::str::from_utf8(name).ok()?;
        if !name.ends_with('/') && files.insert(name.to_owned(), content).is_some() {
            return None;
        }
    }
    Some(files)
}

/// The content of the file whose entry in the directory is at `entry`, at most `most` bytes.
fn content(archive: &[u8], entry: usize, most: usize) -> Option<Vec<u8>> {
    let (flags, method) = (short(archive, entry + 8)?, short(archive, entry + 10)?);
    let (sum, packed, size) = (long(archive, entry + 16)?, long(archive, entry + 20)?, long(archive, entry + 24)?);
    let local = long(archive, entry + 42)?;
    let begin = local + 30 + usize::from(short(archive, local + 26)?) + usize::from(short(archive, local + 28)?);
    let bytes = archive.get(begin..begin.checked_add(packed)?)?;
    let encrypted = flags & 1 != 0;
    if encrypted || size > most || archive.get(local..local + 4)? != LOCAL {
        return None;
    }
    let mut content = Vec::new();
    match method {
        0 => content.extend_from_slice(bytes),
        8 => drop(DeflateDecoder::new(bytes).take(size as u64 + 1).read_to_end(&mut content).ok()?),
        _ => return None,
    }
    let mut found = Crc::new();
    found.update(&content);
    (content.len() == size && found.sum() as usize == sum).then_some(content)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let number = u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made by another program: `a/b.txt` with deflated `aaaa...`, 100 times.
    const DEFLATED: &str = "504b030414000000080000002100647a70af060000006400000007000000612f622e7478744b4ca43d0000504b0102140314\
        000000080000002100647a70af0600000064000000070000000000000000000000800100000000612f622e747874504b0506\
        0000000001000100350000002b0000000000";

    proptest! {
        #[test]
        fn what_is_written_is_read(files in proptest::collection::btree_map("[a-zà/ ]{1,12}[a-z]", proptest::collection::vec(any::<u8>(), 0..300), 0..8)) {
            let listed: Vec<_> = files.clone().into_iter().collect();
            prop_assert_eq!(read(&write(&listed).unwrap(), 3_000), Some(files));
        }

        #[test]
        fn nothing_that_comes_makes_it_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..300, byte: u8) {
            read(&bytes, 1_000);
            let mut altered = write(&[("a".to_owned(), vec![7; 100]), ("b".to_owned(), vec![8; 100])]).unwrap();
            if let Some(place) = altered.get_mut(at) {
                *place = byte;
            }
            read(&altered, 1_000);
        }
    }

    #[test]
    fn compressed_files_are_read_within_the_bound() {
        let archive = hex::decode(DEFLATED.replace(char::is_whitespace, "")).unwrap();
        assert_eq!(read(&archive, 100).unwrap()["a/b.txt"], vec![b'a'; 100]);
        assert_eq!(read(&archive, 99), None);
    }
}
