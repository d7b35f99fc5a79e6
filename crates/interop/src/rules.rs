//! What an installation may decide: where the published guide and the system in production differ, both behaviours exist and a setting
//! chooses. `guide` is the default, `as-built` does what the system in production does.

use kernel::jiff::civil::Date;
use kernel::jiff::civil::date;
use serde::{Deserialize, Serialize};

/// A named set of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// As the published guide says.
    #[default]
    Guide,
    /// As the system in production does.
    AsBuilt,
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "guide" => Ok(Self::Guide),
            "as-built" => Ok(Self::AsBuilt),
            _ => Err("usare guide oppure as-built".to_owned()),
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Guide => "guide",
            Self::AsBuilt => "as-built",
        })
    }
}

/// Who activates a submitted agreement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ApprovalPolicy {
    /// The platform, when every attribute is held.
    #[serde(alias = "Automatic")]
    Automatic,
    /// The producer.
    #[default]
    #[serde(alias = "Manual")]
    Manual,
}

/// Every choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A verification by another producer counts where an attribute does not ask for a new one (A4).
    pub verified_reuse: bool,
    /// To subscribe is to declare the declared attributes (A2).
    pub implicit_declaration: bool,
    /// Policy of descriptors that do not name one.
    pub approval_policy: ApprovalPolicy,
    /// The platform archives an old version when its last agreement leaves (E11).
    pub auto_archive: bool,
    /// A consumer may archive an agreement by hand (G10).
    pub archive_agreements: bool,
    /// Any version may be cloned, not only published and deprecated ones (E13).
    pub clone_any_state: bool,
    /// Attributes are asked for once, when the first version is published (E2).
    pub attributes_frozen: bool,
    /// Any operator of a client may delete any of its keys, not only whoever uploaded it (C5).
    pub delete_keys_of_others: bool,
    /// An e-service says whether it gives personal data before it is published (E7).
    pub personal_data_rule: bool,
    /// Days on which old versions of the risk analysis end, beside those of the versions themselves: a body may need longer.
    pub risk_analysis_ends: RiskAnalysisEnds,
    /// Origins of bodies that may offer e-services and create attributes.
    pub producer_origins: Vec<String>,
}

/// Last days of versions of the risk analysis, `PA 3.0` for instance, that differ from their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskAnalysisEnds(Vec<(String, Date)>);

impl RiskAnalysisEnds {
    /// The configured last day of a version of `PA` or `PRIVATE`.
    pub fn of(&self, family: &str, version: &str) -> Option<Date> {
        let name = format!("{family} {version}");
        self.0.iter().find(|(version, _)| *version == name).map(|(_, end)| *end)
    }
}

impl std::str::FromStr for RiskAnalysisEnds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let (version, day) = pair.split_once('=')?;
            Some((version.trim().to_owned(), day.trim().parse().ok()?))
        });
        pairs.collect::<Option<_>>().map(Self).ok_or_else(|| "scrivere per esempio: PA 3.0=2026-12-31".to_owned())
    }
}

impl std::fmt::Display for RiskAnalysisEnds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pairs: Vec<_> = self.0.iter().map(|(version, day)| format!("{version}={day}")).collect();
        f.write_str(&pairs.join(","))
    }
}

/// The day on which version 3.0 of the public bodies' analysis ends.
pub const PA_3_0_ENDS: Date = date(2026, 2, 15);

impl Rules {
    /// The rules of a profile.
    pub fn of(profile: Profile) -> Self {
        let guide = profile == Profile::Guide;
        Self {
            verified_reuse: guide,
            implicit_declaration: guide,
            approval_policy: ApprovalPolicy::Manual,
            auto_archive: !guide,
            archive_agreements: !guide,
            clone_any_state: !guide,
            attributes_frozen: guide,
            delete_keys_of_others: guide,
            personal_data_rule: !guide,
            risk_analysis_ends: RiskAnalysisEnds::default(),
            producer_origins: ["IPA", "ANAC", "IVASS"].map(str::to_owned).to_vec(),
        }
    }
}
