//! Files of a version: one interface, any number of documents (E6).

use serde_json::Value;

use super::descriptor::{Descriptor, Document, State};
use super::eservice::Technology;
use crate::errors::Fault;
use crate::ids::FileId;

/// Most bytes of a file.
pub const LARGEST: usize = 10 * 1024 * 1024;

impl Descriptor {
    /// Adds the interface of a draft.
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::InterfaceAlreadyExists`], [`Fault::ChecksumDuplicate`],
    /// [`Fault::DocumentNameDuplicate`].
    pub fn add_interface(&mut self, document: Document, server_urls: Vec<String>) -> Result<(), Fault> {
        if self.state != State::Draft {
            return Err(Fault::NotValidDescriptor);
        }
        if self.interface.is_some() {
            return Err(Fault::InterfaceAlreadyExists);
        }
        self.unlike_others(&document)?;
        self.interface = Some(document);
        self.server_urls = server_urls;
        Ok(())
    }

    /// Adds a document, to anything but an archived version.
    ///
    /// # Errors
    /// As [`Descriptor::add_interface`].
    pub fn add_document(&mut self, document: Document) -> Result<(), Fault> {
        self.not_over()?;
        self.unlike_others(&document)?;
        self.docs.push(document);
        Ok(())
    }

    fn not_over(&self) -> Result<(), Fault> {
        if self.state == State::Archived { Err(Fault::NotValidDescriptor) } else { Ok(()) }
    }

    fn unlike_others(&self, document: &Document) -> Result<(), Fault> {
        let same_name = |other: &&Document| other.pretty_name.to_lowercase() == document.pretty_name.to_lowercase();
        if self.files().find(same_name).is_some() {
            return Err(Fault::DocumentNameDuplicate);
        }
        if self.files().any(|other| other.checksum == document.checksum) {
            return Err(Fault::ChecksumDuplicate);
        }
        Ok(())
    }

    /// Takes a file out: the interface from a draft, a document from anything but an archived version.
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::CatalogDocumentNotFound`].
    pub fn remove_file(&mut self, id: FileId) -> Result<Document, Fault> {
        if let Some(interface) = self.interface.take_if(|interface| interface.id == id) {
            if self.state != State::Draft {
                self.interface = Some(interface);
                return Err(Fault::NotValidDescriptor);
            }
            self.server_urls.clear();
            return Ok(interface);
        }
        self.not_over()?;
        let place = self.docs.iter().position(|document| document.id == id).ok_or(Fault::CatalogDocumentNotFound)?;
        Ok(self.docs.remove(place))
    }

    /// Gives a document another name for people.
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::CatalogDocumentNotFound`], [`Fault::DocumentNameDuplicate`].
    pub fn rename_document(&mut self, id: FileId, pretty_name: &str) -> Result<(), Fault> {
        self.not_over()?;
        let taken = |other: &Document| other.id != id && other.pretty_name.to_lowercase() == pretty_name.to_lowercase();
        if self.files().any(taken) {
            return Err(Fault::DocumentNameDuplicate);
        }
        let document = self.docs.iter_mut().find(|document| document.id == id).ok_or(Fault::CatalogDocumentNotFound)?;
        pretty_name.clone_into(&mut document.pretty_name);
        Ok(())
    }
}

/// The last part of a file's name, without what could mean something in a header or a path.
pub fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|char| !char.is_control() && *char != '"').take(200).collect();
    // A name of points alone is a folder.
    if kept.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { kept }
}

/// Whether a name for people fits: 5 to 60 characters that are seen.
pub fn is_pretty(name: &str) -> bool {
    (5..=60).contains(&name.trim().chars().count()) && !name.contains(char::is_control)
}

/// The addresses of servers that an interface names: `servers[].url` of OpenAPI 3, `location` of the SOAP addresses of a WSDL. What
/// cannot be read names none.
pub fn server_urls(technology: Technology, bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut urls: Vec<String> = match (technology, serde_json::from_str::<Value>(&text)) {
        (Technology::Rest, Ok(document)) => {
            let servers = document["servers"].as_array().into_iter().flatten();
            servers.filter_map(|server| server["url"].as_str().map(str::to_owned)).collect()
        }
        (Technology::Rest, Err(_)) => yaml_servers(&text),
        (Technology::Soap, _) => soap_locations(&text),
    };
    urls.retain(|url| !url.is_empty());
    urls.dedup();
    urls
}

/// `url:` entries of the top-level `servers:` of a YAML document, which is all that is wanted of it.
fn yaml_servers(text: &str) -> Vec<String> {
    let after = text.lines().skip_while(|line| line.trim_end() != "servers:").skip(1);
    let inside = after.take_while(|line| line.trim().is_empty() || line.starts_with([' ', '-', '#']));
    let urls = inside.filter_map(|line| line.trim().trim_start_matches("- ").trim().strip_prefix("url:"));
    urls.map(|url| url.trim().trim_matches(['"', '\'']).to_owned()).collect()
}

/// `location` of every `...:address` element.
fn soap_locations(text: &str) -> Vec<String> {
    let elements = text.split('<').filter(|element| {
        let name = element.split([' ', '\t', '\n', '\r', '/', '>']).next().unwrap_or_default();
        name == "address" || name.ends_with(":address")
    });
    let location = |element: &str| {
        let rest = element.split("location=").nth(1)?;
        let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
        rest[1..].split(quote).next().map(str::to_owned)
    };
    elements.filter_map(location).collect()
}
