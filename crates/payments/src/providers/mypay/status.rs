//! Where a due stands at MyPay, in the words of this platform. MyPay answers the question for what was paid, and tells everything else as
//! a fault.

use super::wire::{Fault, Paid, Receipt};
use crate::payment::Standing;
use crate::providers::ProviderError;

impl Fault {
    /// The due is there already.
    pub fn is_duplicate(&self) -> bool {
        self.code.contains("DUPLICATO") || self.code.contains("GIA_PRESENTE")
    }

    /// There is no such due.
    pub fn is_unknown(&self) -> bool {
        self.code.contains("NON_PRESENTE") || matches!(self.code.as_str(), "PAA_IUD_NON_VALIDO" | "PAA_IUV_NON_VALIDO")
    }

    /// The due is not in a state that allows this.
    pub fn is_refusal_of_state(&self) -> bool {
        self.code.contains("NON_PAGABILE") || self.code.starts_with("PAA_PAGAMENTO_")
    }

    /// What the fault means to somebody who wanted something done.
    pub fn refusal(&self) -> ProviderError {
        match self.code.as_str() {
            "PAA_SYSTEM_ERROR" | "" => ProviderError::Unclear(self.to_string()),
            _ => ProviderError::Refused(self.to_string()),
        }
    }
}

impl Paid {
    /// Where the due stands; `None` when there is none.
    pub fn standing(&self) -> Result<Option<Standing>, ProviderError> {
        if let Some(fault) = self.fault() {
            return Ok(Some(match fault.code.as_str() {
                "PAA_PAGAMENTO_NON_INIZIATO" => Standing::Open,
                "PAA_PAGAMENTO_IN_CORSO" => Standing::Started,
                "PAA_PAGAMENTO_SCADUTO" => Standing::Lapsed,
                "PAA_PAGAMENTO_ANNULLATO" | "PAA_DOVUTO_NON_PAGABILE" => Standing::Withdrawn,
                _ if fault.is_unknown() => return Ok(None),
                _ => return Err(fault.refusal()),
            }));
        }
        let receipt = self.receipt()?.ok_or_else(|| ProviderError::Unclear("neither paid nor a fault".to_owned()))?;
        receipt.standing().map(Some)
    }
}

impl Receipt {
    fn standing(&self) -> Result<Standing, ProviderError> {
        Ok(match self.payment.outcome.trim() {
            "0" => Standing::Paid { paid_at: self.paid_at(), transaction_id: self.transaction_id() },
            // Refused by who was to take the money: it can be paid again.
            "1" => Standing::Open,
            "2" => Standing::Started,
            "3" | "4" => Standing::Lapsed,
            _ => return Err(ProviderError::Unclear("the answer has no outcome that is known".to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::providers::soap::read;

    fn fault(code: &str) -> Paid {
        read(&format!(
            "<x:r xmlns:x='y'><fault><faultCode>{code}</faultCode><faultString>a</faultString><id>b</id></fault></x:r>"
        ))
        .unwrap()
    }

    fn paid(outcome: &str) -> Paid {
        let receipt = format!(
            "<?xml version='1.0'?><pay_i:PagatiConRicevuta xmlns:pay_i='z'><pay_i:dataOraMessaggioRicevuta>2025-03-12T09:20:00</pay_i:dataOraMessaggioRicevuta>\
             <pay_i:istitutoAttestante><pay_i:denominazioneAttestante>Banca</pay_i:denominazioneAttestante></pay_i:istitutoAttestante>\
             <pay_i:datiPagamento><pay_i:codiceEsitoPagamento>{outcome}</pay_i:codiceEsitoPagamento><pay_i:datiSingoloPagamento>\
             <pay_i:identificativoUnivocoRiscossione>r1</pay_i:identificativoUnivocoRiscossione></pay_i:datiSingoloPagamento>\
             </pay_i:datiPagamento></pay_i:PagatiConRicevuta>"
        );
        // Some installations encode twice.
        let encoded = STANDARD.encode(STANDARD.encode(receipt));
        read(&format!("<r><pagati>{encoded}</pagati><tipoFirma/></r>")).unwrap()
    }

    #[test]
    fn every_fault_has_its_meaning() {
        for (code, standing) in [
            ("PAA_PAGAMENTO_NON_INIZIATO", Some(Standing::Open)),
            ("PAA_PAGAMENTO_IN_CORSO", Some(Standing::Started)),
            ("PAA_PAGAMENTO_SCADUTO", Some(Standing::Lapsed)),
            ("PAA_PAGAMENTO_ANNULLATO", Some(Standing::Withdrawn)),
            ("PAA_DOVUTO_NON_PAGABILE", Some(Standing::Withdrawn)),
            ("PAA_IUD_NON_VALIDO", None),
        ] {
            assert_eq!(fault(code).standing(), Ok(standing), "{code}");
        }
        assert!(matches!(fault("PAA_ENTE_NON_VALIDO").standing(), Err(ProviderError::Refused(_))));
        assert!(matches!(fault("PAA_SYSTEM_ERROR").standing(), Err(ProviderError::Unclear(_))));
    }

    #[test]
    fn every_outcome_has_its_meaning() {
        let Ok(Some(Standing::Paid { paid_at: Some(at), transaction_id })) = paid("0").standing() else { panic!("not paid") };
        assert_eq!((at.to_string().as_str(), transaction_id.as_deref()), ("2025-03-12T09:20:00+01:00", Some("r1")));
        assert_eq!(paid("0").receipt().unwrap().unwrap().taken_by().as_deref(), Some("Banca"));
        assert_eq!(paid("1").standing(), Ok(Some(Standing::Open)));
        assert_eq!(paid("3").standing(), Ok(Some(Standing::Lapsed)));
        assert!(paid("9").standing().is_err());
        assert!(read::<Paid>("<r/>").unwrap().standing().is_err());
    }
}
