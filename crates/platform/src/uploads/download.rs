//! Serving files that others sent.

use axum::body::Body;
use axum::response::Response;
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::App;
use web::ApiResult;

use super::{Attachment, store};
use crate::errors::Error;

/// The characters that stand for themselves in an extended parameter (RFC 8187, section 3.2.1).
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The file, to be saved: whatever is in it, no browser runs it as a page of ours.
pub async fn download(app: &App, attachment: &Attachment) -> ApiResult<Response> {
    let (size, content) = app.files().get_stream(&store::file_key(attachment.tenant_id, attachment.id)).await?;
    let header = |value: &str| HeaderValue::from_str(value).map_err(|error| Error::Defect(error.to_string()));
    let mut response = Response::new(Body::from_stream(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, header(&attachment.mime_type)?);
    headers.insert(CONTENT_LENGTH, size.into());
    headers.insert(CONTENT_DISPOSITION, header(&disposition(&attachment.name))?);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// `attachment` with the name (RFC 6266): in ASCII for old clients, and as it is.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if (c.is_ascii_graphic() || c == ' ') && !"\"\\%".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, ATTR_CHAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_both_forms_and_cannot_leave_its_quotes() {
        assert_eq!(
            disposition("carta d'identità.pdf"),
            "attachment; filename=\"carta d'identit_.pdf\"; filename*=UTF-8''carta%20d%27identit%C3%A0.pdf"
        );
        assert_eq!(disposition("a\"; x=\\.pdf"), "attachment; filename=\"a_; x=_.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%5C.pdf");
    }
}
