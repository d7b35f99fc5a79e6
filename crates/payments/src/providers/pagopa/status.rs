//! Where a position of pagoPA stands, in the words of this platform.

use super::wire::{DebtPosition, KnownOption};
use crate::payment::Standing;
use crate::providers::{Found, ProviderError};

impl DebtPosition {
    /// Where it stands.
    pub fn standing(&self) -> Result<Standing, ProviderError> {
        Ok(match self.status.as_deref().unwrap_or_default() {
            "DRAFT" | "PUBLISHED" | "VALID" => Standing::Open,
            // An instalment was paid; there are none of ours, but somebody may have added some.
            "PARTIALLY_PAID" => Standing::Started,
            "PAID" | "REPORTED" => Standing::Paid {
                paid_at: self.option().and_then(KnownOption::paid_at),
                transaction_id: self.option().and_then(|option| option.id_receipt.clone()),
            },
            "EXPIRED" => Standing::Lapsed,
            "INVALID" => Standing::Withdrawn,
            _ => return Err(ProviderError::Unclear("the answer has no status that is known".to_owned())),
        })
    }

    /// What is to be known of it.
    pub fn found(&self) -> Result<Found, ProviderError> {
        Ok(Found { standing: self.standing()?, notice: self.option().and_then(KnownOption::notice) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(status: &str) -> Option<Standing> {
        let option = r#"{"nav":"302000000000000138","paymentDate":"2025-03-12T08:20:00","idReceipt":"r1"}"#;
        let text = format!(r#"{{"iupd":"a","status":"{status}","paymentOption":[{option}],"more":[1]}}"#);
        serde_json::from_str::<DebtPosition>(&text).unwrap().standing().ok()
    }

    #[test]
    fn every_status_of_pagopa_has_its_meaning() {
        for open in ["DRAFT", "PUBLISHED", "VALID"] {
            assert_eq!(standing(open), Some(Standing::Open));
        }
        assert_eq!(standing("PARTIALLY_PAID"), Some(Standing::Started));
        for paid in ["PAID", "REPORTED"] {
            let Some(Standing::Paid { paid_at: Some(at), transaction_id }) = standing(paid) else { panic!("{paid}") };
            assert_eq!((at.to_string().as_str(), transaction_id.as_deref()), ("2025-03-12T09:20:00+01:00", Some("r1")));
        }
        assert_eq!((standing("EXPIRED"), standing("INVALID")), (Some(Standing::Lapsed), Some(Standing::Withdrawn)));
        assert_eq!((standing("NUOVO"), standing("")), (None, None));
    }
}
