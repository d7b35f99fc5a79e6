//! `deploy/docker-compose.split.yml`, as far as tests run it: which roles are one service, and which paths lead to which service. What is
//! tested is what is shipped. Only the parts of YAML and of Caddy's language that the file uses are read.

use regex::Regex;

const FILE: &str = include_str!("../../../deploy/docker-compose.split.yml");

/// What the file says.
#[derive(Debug)]
pub struct Compose {
    /// The services that run `sportello`.
    pub services: Vec<Service>,
    rules: Vec<(Matcher, Target)>,
}

/// A service that runs `sportello`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name, which is its host name too.
    pub name: String,
    /// Its roles.
    pub roles: Vec<String>,
}

/// Where the gateway sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To nobody: 404.
    Nobody,
    /// To the service of this name.
    Service(String),
}

#[derive(Clone, Debug)]
enum Matcher {
    Every,
    /// Caddy's `path`: exact, or a prefix before `*`.
    Paths(Vec<String>),
    /// Caddy's `path_regexp`.
    Pattern(Regex),
}

impl Compose {
    /// Reads the file of this repository.
    ///
    /// # Panics
    /// When it uses more than is understood here.
    pub fn read() -> Self {
        Self { services: services(FILE), rules: rules(FILE) }
    }

    /// Where the gateway sends a request for `path`.
    pub fn target(&self, path: &str) -> Target {
        let rule = self.rules.iter().find(|(matcher, _)| matcher.matches(path));
        rule.map_or(Target::Nobody, |(_, target)| target.clone())
    }
}

impl Matcher {
    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Every => true,
            Self::Paths(paths) => paths.iter().any(|one| match one.strip_suffix('*') {
                Some(prefix) => path.starts_with(prefix),
                None => path == one,
            }),
            Self::Pattern(pattern) => pattern.is_match(path),
        }
    }
}

fn services(file: &str) -> Vec<Service> {
    let mut name = "";
    let mut found = Vec::new();
    for line in file.lines() {
        if let Some(key) = line.strip_prefix("  ").and_then(|rest| rest.strip_suffix(':')).filter(|key| !key.starts_with(' ')) {
            name = key;
        }
        let roles = line.trim().strip_prefix(r#"command: ["run", "--roles", ""#).and_then(|rest| rest.strip_suffix(r#""]"#));
        if let Some(roles) = roles {
            found.push(Service { name: name.to_owned(), roles: roles.split(',').map(str::to_owned).collect() });
        }
    }
    found
}

/// The rules in the order in which Caddy tries them: what is answered at once, then what is passed on as it stands in the file.
fn rules(file: &str) -> Vec<(Matcher, Target)> {
    let mut named: Vec<(&str, Matcher)> = Vec::new();
    let (mut answered, mut passed) = (Vec::new(), Vec::new());
    let lines = file.lines().map(str::trim).skip_while(|line| !line.starts_with(":8080 {")).skip(1);
    for line in lines.take_while(|line| *line != "}").filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let matcher = |name: &str| {
            let found = named.iter().find(|(known, _)| *known == name);
            found.unwrap_or_else(|| panic!("{name} is not defined")).1.clone()
        };
        let service = |upstream: &str| Target::Service(upstream.trim_end_matches(":8080").to_owned());
        match words[..] {
            [name, "path", ..] => named.push((name, Matcher::Paths(words[2..].iter().map(|path| (*path).to_owned()).collect()))),
            [name, "path_regexp", pattern] => {
                // A dollar sign is written twice where Compose would replace variables.
                let pattern = Regex::new(&pattern.replace("$$", "$")).unwrap_or_else(|error| panic!("{line}: {error}"));
                named.push((name, Matcher::Pattern(pattern)));
            }
            ["respond", name, "404"] => answered.push((matcher(name), Target::Nobody)),
            ["reverse_proxy", name, upstream] => passed.push((matcher(name), service(upstream))),
            ["reverse_proxy", upstream] => passed.push((Matcher::Every, service(upstream))),
            _ => panic!("not understood: {line}"),
        }
    }
    answered.append(&mut passed);
    answered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_services() {
        let compose = Compose::read();
        for (path, service) in [
            ("/", Some("pages")),
            ("/comune-di-bugliano/it/servizi", Some("pages")),
            ("/comune-di-bugliano/api/session-auth", Some("identity")),
            ("/comune-di-bugliano/api/users/1/password", Some("identity")),
            ("/comune-di-bugliano/api/users/1", Some("platform")),
            ("/.well-known/jwks.json", Some("identity")),
            ("/io/api/v1/messages", Some("messaging")),
            ("/ioservice/v1/lots", Some("messaging")),
            ("/authorization-server/token.oauth2", Some("interop")),
            ("/token.oauth2", Some("interop")),
            ("/interop/v2/agreements", Some("interop")),
            ("/0.0/backend-for-frontend/tenants", Some("interop")),
            ("/internal/tenants", None),
            ("/metrics", None),
            ("/pdnd/v1/metrics", None),
            ("/registry-proxy/sandbox/v1/metrics", None),
        ] {
            let expected = service.map_or(Target::Nobody, |name| Target::Service(name.to_owned()));
            assert_eq!(compose.target(path), expected, "{path}");
        }
    }

    #[test]
    fn kubernetes_has_the_same_rules_and_services() {
        let told = |file: &str| format!("{:?}", rules(file));
        assert_eq!(told(FILE), told(include_str!("../../../deploy/kubernetes/gateway.yaml")));
        let roles = include_str!("../../../deploy/kubernetes/roles.yaml").lines().filter_map(|line| {
            let roles = line.trim().strip_prefix(r#"args: ["run", "--roles", ""#)?.strip_suffix(r#""]"#)?;
            Some(roles.split(',').map(str::to_owned).collect())
        });
        let ours: Vec<Vec<String>> = services(FILE).into_iter().map(|service| service.roles).collect();
        assert_eq!(ours, roles.collect::<Vec<Vec<String>>>());
    }
}
