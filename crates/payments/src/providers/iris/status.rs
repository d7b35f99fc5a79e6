//! Where a due stands at IRIS, in the words of this platform.

use kernel::RomeTime;

use super::answers::{AlignedBody, Fault, Known, Payment, VerifiedBody};
use crate::payment::Standing;
use crate::providers::ProviderError;
use crate::providers::soap::said;

/// A message was processed.
pub const DONE: &str = "Elaborato Correttamente";
/// A message was not processed, or not all of it.
const FAILED: &str = "Elaborato con Errori";

impl Fault {
    /// What the fault means.
    pub fn refusal(&self) -> ProviderError {
        match self.code.trim() {
            "ERRORE_GENERICO" | "" => ProviderError::Unclear(format!("{} {}", self.code, self.text)),
            _ => ProviderError::Refused(format!("{} {}", self.code, self.text)),
        }
    }
}

impl AlignedBody {
    /// What was asked was done.
    pub fn is_done(&self) -> bool {
        self.message.status.trim() == DONE
    }

    /// Why it was not done.
    pub fn refusal(&self) -> ProviderError {
        let details = self.details.list.iter().flat_map(|detail| &detail.errors.list);
        let errors = self.message.errors.list.iter().chain(details);
        let errors: Vec<_> = errors.map(|error| format!("{} {}", error.code.trim(), error.text.trim())).collect();
        match self.message.status.trim() {
            FAILED => ProviderError::Refused(errors.join("; ")),
            _ => ProviderError::Unclear("the answer has no outcome".to_owned()),
        }
    }
}

impl VerifiedBody {
    /// What is known of the due with this number.
    pub fn known(&self, iuv: &str) -> Option<&Known> {
        self.details.iter().find(|known| known.iuv.trim() == iuv)
    }

    /// Where the due with this number stands; `None` when there is none. IRIS says of one that cannot be paid that it cannot be paid: if
    /// its term is not over, somebody has closed it.
    pub fn standing(&self, iuv: &str, expired: bool) -> Result<Option<Standing>, ProviderError> {
        if let Some(error) = &self.error {
            return Err(ProviderError::Refused(format!("{} {}", error.code.trim(), error.text.trim())));
        }
        let known = self.known(iuv);
        let state = self.states.iter().find(|state| state.iuv.trim() == iuv);
        let status = known.map(|known| known.status.as_str()).or(state.map(|state| state.status.as_str()));
        let Some(status) = status else { return Err(ProviderError::Unclear("the answer is about another due".to_owned())) };
        Ok(Some(match status.trim() {
            "POSIZIONE_NON_PRESENTE" | "Posizione non presente" => return Ok(None),
            "POSIZIONE_NON_PAGATA" | "POSIZIONE_CON_DOC_EMESSO" | "Pagamento non eseguito" => Standing::Open,
            // Paid, subject to collection: IRIS says that the transaction is still under way.
            "POSIZIONE_CON_PAG_IN_CORSO" | "POSIZIONE_PAGATA_SBF" => Standing::Started,
            "POSIZIONE_NON_PAGABILE" | "Posizione non pagabile" if expired => Standing::Lapsed,
            "POSIZIONE_NON_PAGABILE" | "Posizione non pagabile" => Standing::Withdrawn,
            "POSIZIONE_PAGATA" | "Pagamento eseguito" => {
                let payment = known.and_then(|known| known.payment.as_ref());
                Standing::Paid {
                    paid_at: payment.and_then(Payment::paid_at),
                    transaction_id: payment.and_then(Payment::transaction_id),
                }
            }
            _ => return Err(ProviderError::Unclear("the answer has no status that is known".to_owned())),
        }))
    }
}

impl Payment {
    /// When it was paid.
    pub fn paid_at(&self) -> Option<RomeTime> {
        let text = self.at.as_deref()?.trim();
        text.parse().ok().or_else(|| RomeTime::from_civil(text.parse().ok()?).ok())
    }

    /// The operation of who took the money.
    pub fn transaction_id(&self) -> Option<String> {
        said(self.transaction.as_ref()?.id.as_deref(), 255)
    }

    /// Who took the money.
    pub fn taken_by(&self) -> Option<String> {
        said(self.transaction.as_ref()?.channel.as_ref()?.name.as_deref(), 255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::iris::answers::Verified;
    use crate::providers::soap::read;

    fn verified(inner: &str) -> VerifiedBody {
        let xml = format!(
            "<p:IdpVerificaStatoPagamenti.Esito xmlns:p='a' xmlns:e='b'><e:IdpEsitoVerifica Versione='01.03-04'><e:IdpHeader/>\
             <e:IdpBody>{inner}</e:IdpBody></e:IdpEsitoVerifica></p:IdpVerificaStatoPagamenti.Esito>"
        );
        read::<Verified>(&xml).unwrap().outcome.body
    }

    #[test]
    fn every_state_of_iris_has_its_meaning() {
        let detailed = |status: &str| {
            verified(&format!(
                "<e:InformazioniPagamento><e:IdPagamento>7</e:IdPagamento><e:TipoPendenza>T</e:TipoPendenza><e:Stato>{status}</e:Stato>\
                 <e:Pagamento><e:DataOraPagamento>2025-03-12T09:20:00</e:DataOraPagamento><e:Transazione><e:CanalePagamento Tipo='x'>\
                 <e:Descrizione>Banca</e:Descrizione></e:CanalePagamento><e:IdTransazione>r1</e:IdTransazione></e:Transazione></e:Pagamento>\
                 </e:InformazioniPagamento>"
            ))
        };
        let plain =
            |status: &str| verified(&format!("<e:StatoPagamento IdPagamento='7' TipoPendenza='T'>{status}</e:StatoPagamento>"));
        for (long, short, standing) in [
            ("POSIZIONE_NON_PRESENTE", "Posizione non presente", None),
            ("POSIZIONE_NON_PAGATA", "Pagamento non eseguito", Some(Standing::Open)),
            ("POSIZIONE_NON_PAGABILE", "Posizione non pagabile", Some(Standing::Withdrawn)),
        ] {
            assert_eq!(detailed(long).standing("7", false), Ok(standing.clone()), "{long}");
            assert_eq!(plain(short).standing("7", false), Ok(standing), "{short}");
        }
        assert_eq!(plain("Posizione non pagabile").standing("7", true), Ok(Some(Standing::Lapsed)));
        for started in ["POSIZIONE_CON_PAG_IN_CORSO", "POSIZIONE_PAGATA_SBF"] {
            assert_eq!(detailed(started).standing("7", false), Ok(Some(Standing::Started)));
        }
        let Ok(Some(Standing::Paid { paid_at: Some(at), transaction_id })) = detailed("POSIZIONE_PAGATA").standing("7", false)
        else {
            panic!("not paid")
        };
        assert_eq!((at.to_string().as_str(), transaction_id.as_deref()), ("2025-03-12T09:20:00+01:00", Some("r1")));
        assert!(matches!(plain("Sospesa").standing("7", false), Err(ProviderError::Unclear(_))));
        assert!(matches!(plain("Pagamento eseguito").standing("8", false), Err(ProviderError::Unclear(_))), "another due");
        let wrong = verified("<e:Esito><e:Codice>A1</e:Codice><e:Descrizione>Ente sconosciuto</e:Descrizione></e:Esito>");
        assert!(matches!(wrong.standing("7", false), Err(ProviderError::Refused(_))));
    }
}
