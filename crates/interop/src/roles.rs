//! Who may do what: roles of people and of machines (guide, "Glossario"; the table of permissions is [`Act::roles`]).

use serde::{Deserialize, Serialize};

use crate::errors::{Fault, Service};

/// A role. A delegate of the administrator has the administrator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Administrator, or delegate.
    #[serde(alias = "delegate")]
    Admin,
    /// Operator of the APIs that a body offers.
    Api,
    /// Operator of the keys of the clients that he belongs to.
    Security,
    /// Looks, for support.
    Support,
    /// Looks.
    Viewer,
    /// A machine that looks.
    M2m,
    /// A machine that does what its administrator may.
    M2mAdmin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [Self::Admin, Self::Api, Self::Security, Self::Support, Self::Viewer, Self::M2m, Self::M2mAdmin];

    /// Whether only machines have it: a session never makes somebody one.
    pub fn is_machine(self) -> bool {
        matches!(self, Self::M2m | Self::M2mAdmin)
    }

    /// The role of a name in a session's token; unknown names give no permission.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "admin" | "delegate" => Some(Self::Admin),
            "api" => Some(Self::Api),
            "security" => Some(Self::Security),
            "support" => Some(Self::Support),
            "viewer" => Some(Self::Viewer),
            "m2m" => Some(Self::M2m),
            "m2m-admin" => Some(Self::M2mAdmin),
            _ => None,
        }
    }
}

/// A family of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Write e-services and their versions.
    WriteEService,
    /// Create declared and verified attributes.
    CreateAttribute,
    /// Create, assign and revoke certified attributes.
    Certify,
    /// Declare, verify, revoke.
    ChangeAttributes,
    /// Every command of an agreement.
    WriteAgreement,
    /// Every command of a purpose.
    WritePurpose,
    /// Create and delete clients, members and links.
    WriteClient,
    /// Create clients of the API.
    CreateApiClient,
    /// Upload and delete keys.
    WriteKey,
    /// Look at e-services, attributes, bodies, agreements and purposes.
    Look,
    /// Look at clients and keys.
    LookAtClients,
}

impl Act {
    /// Every family.
    pub const ALL: [Self; 11] = [
        Self::WriteEService,
        Self::CreateAttribute,
        Self::Certify,
        Self::ChangeAttributes,
        Self::WriteAgreement,
        Self::WritePurpose,
        Self::WriteClient,
        Self::CreateApiClient,
        Self::WriteKey,
        Self::Look,
        Self::LookAtClients,
    ];

    /// The roles that may.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Admin, Api, M2m, M2mAdmin, Security, Support, Viewer};
        match self {
            Self::WriteEService | Self::CreateAttribute => &[Admin, Api, M2mAdmin],
            Self::Certify => &[Admin, M2m, M2mAdmin],
            Self::ChangeAttributes | Self::WriteAgreement | Self::WritePurpose | Self::WriteClient => &[Admin, M2mAdmin],
            Self::CreateApiClient => &[Admin],
            Self::WriteKey => &[Admin, Security, M2mAdmin],
            Self::Look => &[Admin, Api, Security, Support, Viewer, M2m, M2mAdmin],
            Self::LookAtClients => &[Admin, Security, Support, Viewer, M2m, M2mAdmin],
        }
    }

    /// Which service's code a refusal has.
    pub const fn service(self) -> Service {
        match self {
            Self::WriteEService | Self::Look => Service::Catalog,
            Self::CreateAttribute => Service::Registry,
            Self::Certify | Self::ChangeAttributes => Service::Tenant,
            Self::WriteAgreement => Service::Agreement,
            Self::WritePurpose => Service::Purpose,
            Self::WriteClient | Self::CreateApiClient | Self::WriteKey | Self::LookAtClients => Service::Authorization,
        }
    }

    /// Lets a caller with one of these roles pass.
    ///
    /// # Errors
    /// [`Fault::Unauthorized`] of the operation's service.
    pub fn allow(self, held: &[Role]) -> Result<(), Fault> {
        if held.iter().any(|role| self.roles().contains(role)) { Ok(()) } else { Err(Fault::Unauthorized(self.service())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_each_role_may_exactly_what_the_table_says() {
        for act in Act::ALL {
            for role in Role::ALL {
                let allowed = act.allow(&[role]);
                assert_eq!(allowed.is_ok(), act.roles().contains(&role), "{act:?} {role:?}");
                assert!(allowed.is_ok() || allowed == Err(Fault::Unauthorized(act.service())));
            }
            assert!(act.allow(&[]).is_err());
        }
    }

    #[test]
    fn a_delegate_is_an_administrator_in_every_permission() {
        assert_eq!(Role::parse("delegate"), Role::parse("admin"));
        assert_eq!(Role::parse("root"), None);
    }

    #[test]
    fn operators_of_one_side_have_nothing_of_the_other() {
        assert!(Act::WriteKey.allow(&[Role::Api]).is_err());
        assert!(Act::WriteEService.allow(&[Role::Security]).is_err());
        assert!(Act::CreateApiClient.allow(&[Role::M2mAdmin]).is_err());
    }
}
