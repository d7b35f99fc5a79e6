//! Registries that do not answer. One registry serves many bodies, and whoever waits for an answer holds a place that others could use:
//! while a registry is silent it is asked by one document at a time, and the others wait for their next attempt.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use url::Url;

use crate::configuration::TenantConfig;

/// The silent registries of a proxy, and whether somebody is asking each; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Silence(Arc<Mutex<HashMap<String, bool>>>);

/// Leave to ask a registry; when it is dropped without a word of how that ended, the registry is as silent as before.
pub(crate) struct Leave {
    silence: Silence,
    place: String,
}

impl Silence {
    /// Leave to ask the registry at `place`; `None` while it is silent and somebody is asking.
    pub(crate) fn ask(&self, place: String) -> Option<Leave> {
        if let Some(asking) = self.0.lock().get_mut(&place)
            && std::mem::replace(asking, true)
        {
            return None;
        }
        Some(Leave { silence: self.clone(), place })
    }
}

impl Leave {
    /// Notes how the registry answered: in time, or not.
    pub(crate) fn ended(mut self, in_time: bool) {
        let place = std::mem::take(&mut self.place);
        let mut places = self.silence.0.lock();
        if in_time {
            places.remove(&place);
        } else {
            places.insert(place, false);
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if let Some(asking) = self.silence.0.lock().get_mut(&self.place) {
            *asking = false;
        }
    }
}

/// Where the registry is: the host of the first of the settings that are its `addresses`, or the tenant's own place at it. Other settings
/// are texts: what stands there must not make somebody else's registry a silent one.
pub(crate) fn place(tenant: &TenantConfig, settings: &Map<String, Value>, addresses: &[&str]) -> String {
    let host = |name: &&str| Url::parse(settings.get(*name)?.as_str()?).ok()?.host_str().map(str::to_owned);
    addresses.iter().find_map(host).unwrap_or_else(|| format!("{}-{}", tenant.institution_code, tenant.aoo_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_registry_is_asked_by_one_at_a_time() {
        let silence = Silence::default();
        let ask = |place: &str| silence.ask(place.to_owned());
        let (first, second) = (ask("a").unwrap(), ask("a").unwrap());
        first.ended(false);
        let probe = ask("a").unwrap();
        assert!(ask("a").is_none(), "one is asking");
        assert!(ask("b").is_some(), "others answer");
        drop(probe);
        let probe = ask("a").unwrap();
        assert!(ask("a").is_none());
        probe.ended(true);
        assert!(ask("a").is_some() && ask("a").is_some(), "it has answered");
        second.ended(true);
    }

    #[test]
    fn a_registry_is_where_its_address_is() {
        let tenant = serde_json::json!({
            "id": "60e35f02-1509-408c-b101-3b1a28109329", "description": "Bugliano", "slug": "comune-di-bugliano",
            "institution_code": "c_bugl", "aoo_code": "AOO1", "base_url": "https://servizi.example.it/comune-di-bugliano"
        });
        let tenant = TenantConfig::read(tenant.as_object().unwrap()).unwrap();
        let settings =
            serde_json::json!({ "application": "https://altri.example.it/", "url": "https://protocollo.example.it/ws" });
        let settings = settings.as_object().unwrap();
        assert_eq!(place(&tenant, settings, &["url", "folder_url"]), "protocollo.example.it");
        assert_eq!(place(&tenant, settings, &[]), "c_bugl-AOO1");
    }
}
