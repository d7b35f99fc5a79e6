//! "Questa finalità può accedere all'e-service dell'erogatore?": one answer for pages, for the API and for the voucher server.

use serde::{Deserialize, Serialize};

use crate::agreements::state::State as AgreementState;
use crate::catalog::descriptor::State as DescriptorState;
use crate::purposes::purpose::State as VersionState;

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Obstacle {
    /// The version of the e-service gives no vouchers.
    EService,
    /// The agreement is not in force.
    Agreement,
    /// The purpose is not in force.
    Purpose,
    /// No client of the purpose has a key.
    Client,
}

/// Where the three parts stand that a voucher rests on; `None` is a part that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The version that the agreement names.
    pub descriptor: Option<DescriptorState>,
    /// The consumer's current agreement.
    pub agreement: Option<AgreementState>,
    /// The current version of the purpose.
    pub purpose: Option<VersionState>,
}

impl Standing {
    /// Everything that stands in the way, but for clients.
    pub fn obstacles(self) -> Vec<Obstacle> {
        let parts = [
            (Obstacle::EService, self.descriptor.is_some_and(DescriptorState::gives_vouchers)),
            (Obstacle::Agreement, self.agreement == Some(AgreementState::Active)),
            (Obstacle::Purpose, self.purpose == Some(VersionState::Active)),
        ];
        parts.into_iter().filter(|(_, works)| !works).map(|(obstacle, _)| obstacle).collect()
    }

    /// Everything that stands in the way. `keys`: those of the clients that the purpose is linked to.
    pub fn obstacles_with(self, keys: u64) -> Vec<Obstacle> {
        let mut obstacles = self.obstacles();
        if keys == 0 {
            obstacles.push(Obstacle::Client);
        }
        obstacles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o1_a_purpose_works_exactly_when_all_three_parts_do() {
        let some = |states: &[DescriptorState]| states.iter().copied().map(Some).chain([None]).collect::<Vec<_>>();
        for descriptor in some(&DescriptorState::ALL) {
            for agreement in AgreementState::ALL.into_iter().map(Some).chain([None]) {
                for purpose in VersionState::ALL.into_iter().map(Some).chain([None]) {
                    let standing = Standing { descriptor, agreement, purpose };
                    let works = matches!(descriptor, Some(DescriptorState::Published | DescriptorState::Deprecated))
                        && agreement == Some(AgreementState::Active)
                        && purpose == Some(VersionState::Active);
                    assert_eq!(standing.obstacles().is_empty(), works, "{standing:?}");
                    assert_eq!(standing.obstacles_with(1), standing.obstacles());
                    assert_eq!(standing.obstacles_with(0).last(), Some(&Obstacle::Client));
                }
            }
        }
    }
}
