//! Where a position stands at Plug&Pay, in the words of this platform.

use kernel::RomeTime;
use serde::Deserialize;

use super::answers::{KnownPosition, Outcome};
use crate::payment::Standing;
use crate::providers::ProviderError;
use crate::providers::soap::{read, root, said};

/// The number is another position's, or this one's: it was taken before.
const DUPLICATE: &str = "IuvNonUnivoco";

impl Outcome {
    /// It was done.
    pub fn is_ok(&self) -> bool {
        self.esito.as_deref().map(str::trim) == Some("Ok")
    }

    /// Its number was taken before.
    pub fn is_duplicate(&self) -> bool {
        self.errors.list.iter().any(|error| error.code.trim() == DUPLICATE)
    }

    /// Why it was not done.
    pub fn refusal(&self) -> ProviderError {
        let errors = self.errors.list.iter().map(|error| format!("{} {}", error.code.trim(), error.text.trim()));
        match self.esito.as_deref().map(str::trim) {
            Some("Nok") => ProviderError::Refused(errors.collect::<Vec<_>>().join("; ")),
            _ => ProviderError::Unclear("the answer has no outcome".to_owned()),
        }
    }
}

/// Where a position stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// To be paid, also after its term.
    Unpaid,
    /// Paid, at this time.
    Paid(Option<RomeTime>),
}

impl KnownPosition {
    /// Where it stands; `None` when there is none, or none any more.
    pub fn known(&self) -> Result<Option<Known>, ProviderError> {
        if self.iuv.as_deref().is_none_or(|iuv| iuv.trim().is_empty()) {
            return Ok(None);
        }
        Ok(Some(match self.status.as_deref().map(str::trim) {
            Some("NonPagata") => Known::Unpaid,
            // Instalments are not ours: whoever paid some of it has paid.
            Some("Pagata" | "PagataParzialmente") => Known::Paid(self.paid_at.as_deref().and_then(moment)),
            _ => return Err(ProviderError::Unclear("the answer has no status that is known".to_owned())),
        }))
    }
}

/// What pagoPA said of a payment: in its own form (RT), or in that of its newer receipts.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PaidBy {
    #[serde(rename = "dataOraMessaggioRicevuta", alias = "paymentDateTime")]
    at: Option<String>,
    #[serde(rename = "istitutoAttestante")]
    taken_by: Option<Institute>,
    #[serde(rename = "PSPCompanyName")]
    company: Option<String>,
    #[serde(rename = "datiPagamento")]
    payment: Option<PaymentData>,
    #[serde(rename = "receiptId")]
    receipt: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Institute {
    #[serde(rename = "denominazioneAttestante")]
    name: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct PaymentData {
    #[serde(rename = "datiSingoloPagamento", default)]
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Part {
    #[serde(rename = "identificativoUnivocoRiscossione")]
    transaction: Option<String>,
}

impl PaidBy {
    /// Reads the document.
    pub fn read(document: &[u8]) -> Result<Self, ProviderError> {
        let element = root(document).map_err(|_| ProviderError::Unclear("the receipt cannot be read".to_owned()))?;
        read(element.xml)
    }

    /// When it was paid.
    pub fn at(&self) -> Option<RomeTime> {
        moment(self.at.as_deref()?)
    }

    /// The operation of who took the money.
    pub fn transaction_id(&self) -> Option<String> {
        let parts = self.payment.iter().flat_map(|payment| &payment.parts);
        let transaction = parts.filter_map(|part| part.transaction.as_deref()).next();
        said(transaction.or(self.receipt.as_deref()), 255)
    }

    /// Who took the money.
    pub fn taken_by(&self) -> Option<String> {
        let institute = self.taken_by.as_ref().and_then(|institute| institute.name.as_deref());
        said(institute.or(self.company.as_deref()), 255)
    }
}

/// The standing of a position whose term is known.
pub fn standing(known: &Known, paid: Option<&PaidBy>, expired: bool) -> Standing {
    match known {
        Known::Unpaid if expired => Standing::Lapsed,
        Known::Unpaid => Standing::Open,
        Known::Paid(at) => {
            Standing::Paid { paid_at: paid.and_then(PaidBy::at).or(*at), transaction_id: paid.and_then(PaidBy::transaction_id) }
        }
    }
}

/// A local time, as WCF writes it, or one with its offset.
fn moment(text: &str) -> Option<RomeTime> {
    let text = text.trim();
    text.parse().ok().or_else(|| RomeTime::from_civil(text.parse().ok()?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::efil::answers::Searched;

    fn searched(inner: &str) -> Result<Option<Known>, ProviderError> {
        let name = "RicercaArricchitaPosizionePerIdentificavo";
        let xml = format!(
            "<{name}Response xmlns='a' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><{name}Result>{inner}</{name}Result></{name}Response>"
        );
        read::<Searched>(&xml).unwrap().result.position.known()
    }

    #[test]
    fn every_status_of_plug_and_pay_has_its_meaning() {
        let status = |status: &str| {
            searched(&format!(
                "<Posizione><DataPagamento>2025-03-12T09:20:00</DataPagamento><IdentificativoPosizione>1</IdentificativoPosizione>\
                 <StatoPosizione>{status}</StatoPosizione></Posizione>"
            ))
        };
        let at = Some("2025-03-12T09:20:00+01:00".parse().unwrap());
        assert_eq!(status("NonPagata"), Ok(Some(Known::Unpaid)));
        assert_eq!((status("Pagata"), status("PagataParzialmente")), (Ok(Some(Known::Paid(at))), Ok(Some(Known::Paid(at)))));
        assert!(matches!(status("Sospesa"), Err(ProviderError::Unclear(_))));
        for nothing in ["<Posizione i:nil='true'/>", "", "<Posizione><StatoPosizione>Pagata</StatoPosizione></Posizione>"] {
            assert_eq!(searched(nothing), Ok(None), "{nothing}");
        }
        assert_eq!(standing(&Known::Unpaid, None, true), Standing::Lapsed);
    }

    #[test]
    fn both_forms_of_receipt_are_read() {
        let old = "<?xml version='1.0'?><p:RT xmlns:p='x'><p:dataOraMessaggioRicevuta>2025-03-12T09:20:00</p:dataOraMessaggioRicevuta>\
                   <p:istitutoAttestante><p:denominazioneAttestante>Banca</p:denominazioneAttestante></p:istitutoAttestante><p:datiPagamento>\
                   <p:datiSingoloPagamento><p:identificativoUnivocoRiscossione>r1</p:identificativoUnivocoRiscossione></p:datiSingoloPagamento>\
                   </p:datiPagamento></p:RT>";
        let new = "<receipt><receiptId>r1</receiptId><PSPCompanyName>Banca</PSPCompanyName><paymentDateTime>2025-03-12T09:20:00</paymentDateTime></receipt>";
        for document in [old, new] {
            let paid = PaidBy::read(document.as_bytes()).unwrap();
            assert_eq!(paid.at().unwrap().to_string(), "2025-03-12T09:20:00+01:00");
            assert_eq!((paid.transaction_id().as_deref(), paid.taken_by().as_deref()), (Some("r1"), Some("Banca")));
        }
        assert!(PaidBy::read(b"<!DOCTYPE a><a/>").is_err());
    }
}
