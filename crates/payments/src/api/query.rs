//! Questions to the read model in KSQL, answered as the present installations answer them: an array with a header that names the columns
//! and a row for each payment.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use web::{ApiResult, Caller, Tenant};

use super::ProblemBody;
use super::payments::scope;
use super::stream::{self, Selection, Writer};
use crate::clients::Operators;
use crate::ksql::{self, Misunderstood, Statement};

/// What questions and answers travel as.
const KSQL: &str = "application/vnd.ksql.v1+json";

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Question {
    /// One `SELECT` from `payments_detail`.
    #[schema(example = "SELECT id, status FROM payments_detail WHERE remote_id = '0190a6c1-7f3e-7d52-9c1b-5b0a3c2d1e4f';")]
    ksql: String,
    /// Taken and not needed: there is one store.
    #[serde(default, rename = "streamsProperties")]
    #[schema(value_type = Object)]
    _streams_properties: Value,
}

/// Interroga i pagamenti in KSQL
///
/// `SELECT` of columns of `payments_detail` with `WHERE` (comparisons, `IN`, `LIKE`, `BETWEEN`, `IS NULL`, `AND`, `OR`, `NOT`) and
/// `LIMIT`, newest payments first. Whoever has `KSQLDB_URL` set to `…/{tenant}/api/payments` asks here, with a token.
#[utoipa::path(
    post,
    path = "/{tenant}/api/payments/query",
    tag = "pagamenti",
    params(("tenant" = String, Path, description = "Ente")),
    request_body(content = Question, content_type = "application/vnd.ksql.v1+json"),
    responses(
        (status = 200, description = "Intestazione e righe", content_type = "application/vnd.ksql.v1+json", body = Vec<Value>),
        (status = 400, description = "Interrogazione non compresa", content_type = "application/vnd.ksql.v1+json", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn query(State(operators): State<Operators>, tenant: Tenant, caller: Caller, body: Bytes) -> ApiResult<Response> {
    let (app, scope) = (operators.app().clone(), scope(&operators, &caller).await?);
    let asked =
        serde_json::from_slice::<Question>(&body).map_err(|_| Misunderstood("The body is not a question in JSON".to_owned()));
    let statement = match asked.and_then(|question| ksql::parse(&question.ksql)) {
        Ok(statement) => statement,
        Err(error) => return Ok(misunderstood(&error)),
    };
    let query_id = format!("query_{}", app.rng().uuid());
    let headers = [(CONTENT_TYPE, KSQL), (CACHE_CONTROL, "private, no-store")];
    let filter = statement.filter();
    let mut rows = Rows { left: statement.limit.unwrap_or(u64::MAX), statement, query_id };
    let Some(filter) = filter else {
        return Ok((headers, format!("{}{}", rows.head(), rows.foot())).into_response());
    };
    Ok((headers, stream::body(app, Selection { tenant: tenant.id, scope, filter }, rows)).into_response())
}

/// The refusal, in the form of the interface that is spoken.
fn misunderstood(error: &Misunderstood) -> Response {
    let body = json!({
        "@type": "statement_error", "error_code": 40001, "message": error.to_string(), "statementText": "", "entities": []
    });
    (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, KSQL)], body.to_string()).into_response()
}

/// Writes header and rows.
struct Rows {
    statement: Statement,
    left: u64,
    query_id: String,
}

impl Writer for Rows {
    fn head(&mut self) -> String {
        let schema: Vec<_> = self
            .statement
            .columns
            .iter()
            .map(|(column, name)| format!("`{}` {}", name.replace('`', "``"), column.kind))
            .collect();
        format!("[{}", json!({ "header": { "queryId": self.query_id, "schema": schema.join(", ") } }))
    }

    fn write(&mut self, body: &str, out: &mut String) -> bool {
        if self.left == 0 {
            return false;
        }
        let payment: Value = match serde_json::from_str(body) {
            Ok(payment) => payment,
            Err(error) => {
                tracing::error!(%error, "a payment that was stored is not understood, and not shown");
                return true;
            }
        };
        if self.statement.takes(&payment) {
            let columns: Vec<Value> = self.statement.columns.iter().map(|(column, _)| column.of(&payment)).collect();
            out.push_str(&format!(",\n{}", json!({ "row": { "columns": columns } })));
            self.left -= 1;
        }
        self.left > 0
    }

    fn foot(&mut self) -> String {
        "]\n".to_owned()
    }
}
