//! A client that costs as little as possible: the server is measured, on the same two cores.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// One connection that is kept.
pub struct Client {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to `url`, which has no path.
    pub fn connect(url: &str) -> Self {
        let host = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP option");
        Self { stream, host, buffer: Vec::with_capacity(1 << 17) }
    }

    /// A request as it goes over the line, to be sent any number of times.
    pub fn request(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
        let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let (host, length) = (&self.host, body.len());
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    }

    /// A form as it goes over the line.
    pub fn form_request(&self, path: &str, form: &str) -> Vec<u8> {
        let (host, length) = (&self.host, form.len());
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}")
            .into_bytes()
    }

    /// The same with the key of a sender of messages.
    pub fn keyed_request(&self, method: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
        let (host, length) = (&self.host, body.len());
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nOcp-Apim-Subscription-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    }

    /// The same with the key of a supplier of the intermediary; `kind` is the body's media type.
    pub fn supplier_request(&self, method: &str, path: &str, key: &str, kind: &str, body: &str) -> Vec<u8> {
        let (host, length) = (&self.host, body.len());
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-Ioservice-Key: {key}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    }

    /// Sends a request and waits for the answer; gives its status and its body.
    pub fn send(&mut self, request: &[u8]) -> (u16, &[u8]) {
        self.stream.write_all(request).expect("the server reads");
        self.buffer.clear();
        let (status, start, end) = loop {
            let mut chunk = [0; 1 << 16];
            let read = self.stream.read(&mut chunk).expect("the server answers");
            assert!(read > 0, "the server closed the connection");
            self.buffer.extend_from_slice(&chunk[..read]);
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut response = httparse::Response::new(&mut headers);
            if let httparse::Status::Complete(start) = response.parse(&self.buffer).expect("an HTTP answer") {
                let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
                let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
                break (response.code.unwrap_or_default(), start, start + length.unwrap_or(0));
            }
        };
        let have = self.buffer.len();
        if have < end {
            self.buffer.resize(end, 0);
            self.stream.read_exact(&mut self.buffer[have..]).expect("the rest of the answer");
        }
        (status, &self.buffer[start..end])
    }

    /// Sends JSON and expects success; gives the answer.
    ///
    /// # Panics
    /// When it is refused.
    pub fn call(&mut self, method: &str, path: &str, token: Option<&str>, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = self.request(method, path, token, &body);
        let (status, answer) = self.send(&request);
        assert!((200..300).contains(&status), "{method} {path}: {status} {}", String::from_utf8_lossy(answer));
        serde_json::from_slice(answer).unwrap_or_default()
    }
}
