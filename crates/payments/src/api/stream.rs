//! Answers with any number of payments: read page by page, so that neither memory nor a transaction grows with them.

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use kernel::TenantId;
use runtime::App;

use crate::store::search::{self, Filter, Place, Scope};

/// Payments read in one transaction.
const PAGE: i64 = 500;

/// Which payments, newest first.
#[derive(Debug)]
pub struct Selection {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose.
    pub scope: Scope,
    /// Which of them.
    pub filter: Filter,
}

/// Writes an answer, payment by payment.
pub trait Writer: Send + 'static {
    /// What the answer begins with.
    fn head(&mut self) -> String;
    /// Adds what is written of a payment, of which `body` is the latest event; false when no more are wanted.
    fn write(&mut self, body: &str, out: &mut String) -> bool;
    /// What the answer ends with.
    fn foot(&mut self) -> String;
}

/// Where the answer stands.
enum Step {
    Head,
    After(Option<Place>),
    End,
}

/// The answer's body. A failure on the way breaks the connection off: the reader sees that something is missing.
pub fn body(app: App, selection: Selection, writer: impl Writer) -> Body {
    let state = (app, selection, writer, Step::Head);
    Body::from_stream(stream::try_unfold(state, |(app, selection, mut writer, step)| async move {
        let place = match step {
            Step::Head => {
                let head = Bytes::from(writer.head());
                return Ok(Some((head, (app, selection, writer, Step::After(None)))));
            }
            Step::After(place) => place,
            Step::End => return Ok(None),
        };
        let Selection { tenant, scope, filter } = &selection;
        let (tenant, scope, filter) = (*tenant, scope.clone(), filter.clone());
        let page = app.db().read(move |tx| search::after(tx, tenant, &scope, &filter, place, PAGE)).await;
        let page = page.inspect_err(|error: &storage::Error| tracing::warn!(%error, "a long answer breaks off"))?;
        let mut out = String::new();
        let wanted = page.iter().all(|(_, body)| writer.write(body, &mut out));
        let next = match page.last() {
            Some((place, _)) if wanted && i64::try_from(page.len()) == Ok(PAGE) => Step::After(Some(*place)),
            _ => {
                out += &writer.foot();
                Step::End
            }
        };
        Ok::<_, storage::Error>(Some((Bytes::from(out), (app, selection, writer, next))))
    }))
}
