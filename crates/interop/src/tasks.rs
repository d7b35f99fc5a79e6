//! What waits for slower helpers: documents that are typeset and stored.

use runtime::{Completed, Retry, Task, TaskError, Worker};

use crate::agreements::agreement::Document;
use crate::context::Context;
use crate::deeds::papers::{self, Order, QUEUE, Subject};
use crate::deeds::{Actor, Deed, files};
use crate::errors::Error;

/// Typesets contracts and risk analyses, and names them where they belong.
pub fn documents(context: Context) -> Worker {
    Worker::new(QUEUE, 2 * pdf::presses(), Retry::PATIENT, move |task| write(context.clone(), task))
}

async fn write(context: Context, task: Task) -> Result<Completed, TaskError> {
    let Order { subject, consumer, file, mut document } = task.payload()?;
    let host = context.app.public_url().split_once("://").map_or("", |(_, host)| host);
    document.issuer.contacts = vec![host.to_owned()];
    let (name, pretty_name) = match subject {
        Subject::Agreement(id) => (format!("richiesta-di-fruizione-{id}.pdf"), "Richiesta di fruizione"),
        Subject::Version(_, id) => (format!("analisi-del-rischio-{id}.pdf"), "Analisi del rischio"),
    };
    let pdf = pdf::press(move || pdf::record(&document)).await.map_err(|error| TaskError::Fail(error.to_string()))?;
    context.app.files().put(&files::key(file), pdf.into()).await?;
    let now = context.app.clock().now();
    let document = Document {
        id: file,
        name,
        pretty_name: pretty_name.to_owned(),
        content_type: "application/pdf".to_owned(),
        created_at: now,
    };
    // The platform does it, for nobody in particular: the history has it under the consumer.
    let actor = Actor { tenant: consumer, user: None, roles: Vec::new() };
    let deed = Deed { actor, rules: context.config.rules.clone(), now, rng: context.app.rng().clone(), correlation_id: None };
    let kept = task.complete(move |tx| papers::keep(tx, &deed, subject, document));
    kept.await.map_err(|error| match error {
        Error::Storage(error) => error.into(),
        error => TaskError::Fail(error.to_string()),
    })
}
