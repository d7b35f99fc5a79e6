//! A browser without scripts: it keeps cookies, follows no redirects by itself, and reads forms from pages.

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use scraper::{Html, Selector};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::bench;
use super::fake::{Fake, TENANT};

/// Somebody at the pages.
pub struct Browser {
    pages: Router,
    cookies: Vec<(String, String)>,
    pub fake: Fake,
    _folder: TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The texts of the elements that a selector finds, spaces made one.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.html().select(&Selector::parse(selector).unwrap()).map(|element| words(element.text().collect())).collect()
    }

    /// The values of an attribute of the elements that a selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let html = self.html();
        html.select(&Selector::parse(selector).unwrap()).filter_map(|element| element.attr(name).map(str::to_owned)).collect()
    }
}

/// The address of a page in Italian.
pub fn at(path: &str) -> String {
    format!("/{TENANT}/it{path}")
}

impl Browser {
    pub async fn new() -> Self {
        let fake = Fake::new();
        let (pages, folder) = bench::pages(&fake).await;
        Self { pages, cookies: Vec::new(), fake, _folder: folder }
    }

    /// A browser whose owner has signed in: `cittadino`, `operatore` or `admin`.
    pub async fn of(who: &str) -> Self {
        let mut browser = Self::new().await;
        let answer = match who {
            "cittadino" => browser.submit(&at("/login"), &[("citizen", "BNRMHL75C06G702B")]).await,
            name => browser.submit(&at("/login"), &[("username", name), ("password", "secret")]).await,
        };
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        request.headers_mut().entry("accept").or_insert("text/html".parse().unwrap());
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body)).unwrap();
        self.send(request).await
    }

    pub async fn send_json(&mut self, method: Method, path: &str, csrf: &str, body: &serde_json::Value) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json").header("x-csrf-token", csrf);
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Opens a page and sends one of its forms with these fields.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.submit_to(path, path, fields).await
    }

    /// The same with a form of the page that is sent elsewhere.
    pub async fn submit_to(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(page).await;
        let csrf = page.attributes("input[name=csrf]", "value").pop().unwrap_or_default();
        let fields: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(path, &fields).await
    }

    /// Sends a form with a file in the field `field`.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], field: &str, (name, content): (&str, &[u8])) -> Answer {
        let csrf = self.csrf().await;
        let text =
            |(name, value): &(&str, &str)| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let mut body: String = [("csrf", csrf.as_str())].iter().chain(fields).map(text).collect();
        body.push_str(&format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n"));
        body.push_str("Content-Type: text/csv\r\n\r\n");
        let body = [body.as_bytes(), content, b"\r\n--x--\r\n"].concat();
        let request = Request::post(path).header(CONTENT_TYPE, "multipart/form-data; boundary=x");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// The value that every form of this browser carries now.
    pub async fn csrf(&mut self) -> String {
        self.get(&at("/login")).await;
        let page = self.get(&at("/logout")).await;
        let page = if page.status == StatusCode::OK { page } else { self.get(&at("/login")).await };
        page.attributes("input[name=csrf]", "value").pop().unwrap()
    }

    /// The session is over, and the browser does not know.
    pub fn lapse(&mut self) {
        for (_, value) in self.cookies.iter_mut().filter(|(name, _)| name == "sportello_session") {
            *value = "over".to_owned();
        }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
