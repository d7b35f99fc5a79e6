//! The payments that a proxy follows, and the notice numbers that it gave.

use contracts::payments::{PaymentV2, Status};
use kernel::{NoticeNumber, PaymentId, Series, TaxCode};
use storage::{Error, Result, Row, Tx, params};

use super::{Purpose, from_text, to_text};

/// A payment that a proxy follows.
#[derive(Clone, PartialEq)]
pub struct Followed {
    /// The latest event about it.
    pub payment: PaymentV2,
    /// Tax code of the body that is to get the money: its notice numbers are its own.
    pub creditor: TaxCode,
    /// The notice number, allocated before the provider is asked.
    pub notice: Option<NoticeNumber>,
    /// Where the citizen goes in the end: the application's page.
    pub landing_url: Option<String>,
}

const COLUMNS: &str = "body, creditor, notice_number, landing_url";

fn followed(row: &Row<'_>) -> Result<Followed> {
    let defect = |what: &str| Error::Defect(format!("stored {what} not understood"));
    let notice = row.get::<Option<String>>(2)?.map(|text| text.parse().map_err(|_| defect("notice number")));
    Ok(Followed {
        payment: from_text(&row.get::<String>(0)?)?,
        creditor: row.get::<String>(1)?.parse().map_err(|_| defect("tax code"))?,
        notice: notice.transpose()?,
        landing_url: row.get(3)?,
    })
}

/// The status as a column has it: `PAYMENT_PENDING`.
pub(super) fn status_text(status: Status) -> Result<String> {
    Ok(to_text(&status)?.trim_matches('"').to_owned())
}

/// Begins to follow a payment; false when some proxy follows it already.
pub fn follow(tx: &mut Tx<'_>, provider: &str, followed: &Followed, last_error: Option<&str>) -> Result<bool> {
    let Followed { payment, creditor, notice, landing_url } = followed;
    let inserted = tx.execute(
        "INSERT INTO proxy_payments
           (id, provider, tenant_id, service_id, status, iud, creditor, notice_number, landing_url, body, last_error, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING",
        params![
            payment.id,
            provider,
            payment.tenant_id,
            payment.service_id,
            status_text(payment.status)?,
            payment.payment.iud.clone().unwrap_or_else(|| contracts::payments::iud(payment.id)),
            creditor.as_str(),
            notice.map(|notice| notice.to_string()),
            landing_url,
            to_text(payment)?,
            last_error,
            payment.updated_at
        ],
    )?;
    Ok(inserted == 1)
}

/// The payment with this identifier, if the provider's proxy follows it.
pub fn find(tx: &mut Tx<'_>, provider: &str, id: PaymentId, purpose: Purpose) -> Result<Option<Followed>> {
    let sql = format!("SELECT {COLUMNS} FROM proxy_payments WHERE id = $1 AND provider = $2{}", purpose.lock(tx));
    tx.optional(&sql, params![id, provider], followed)
}

/// The payment that has this identifier of the due, if the provider's proxy follows it.
pub fn find_by_iud(tx: &mut Tx<'_>, provider: &str, iud: &str) -> Result<Option<PaymentId>> {
    let sql = "SELECT id FROM proxy_payments WHERE provider = $1 AND iud = $2 LIMIT 1";
    tx.optional(sql, params![provider, iud], |row| row.get(0))
}

/// Stores a payment after something happened to it. `error` is what an operator should know of a failure.
pub fn save(tx: &mut Tx<'_>, followed: &Followed, error: Option<&str>) -> Result<()> {
    let payment = &followed.payment;
    tx.execute(
        "UPDATE proxy_payments SET status = $2, notice_number = $3, body = $4, last_error = $5, updated_at = $6 WHERE id = $1",
        params![
            payment.id,
            status_text(payment.status)?,
            followed.notice.map(|notice| notice.to_string()),
            to_text(payment)?,
            error,
            payment.updated_at
        ],
    )?;
    Ok(())
}

/// A notice number of `creditor` that was never given before, in the series of a segregation code. Numbers that came with imported dues
/// are passed over.
///
/// # Errors
/// [`Error::Defect`] when the series is used up: ten thousand billion numbers.
pub fn next_notice(tx: &mut Tx<'_>, creditor: TaxCode, segregation_code: u8) -> Result<NoticeNumber> {
    let series = Series::Segregated(segregation_code);
    loop {
        let counter: i64 = tx.one(
            "INSERT INTO notice_counters (creditor, series, last) VALUES ($1, $2, 1)
             ON CONFLICT (creditor, series) DO UPDATE SET last = notice_counters.last + 1 RETURNING last",
            params![creditor.as_str(), format!("3{segregation_code:02}")],
            |row| row.get(0),
        )?;
        let number = u64::try_from(counter).ok().and_then(|counter| NoticeNumber::new(series, counter).ok());
        let number = number.ok_or_else(|| Error::Defect("the series of notice numbers is used up".to_owned()))?;
        let sql = "SELECT 1 FROM proxy_payments WHERE creditor = $1 AND notice_number = $2 LIMIT 1";
        if tx.optional(sql, params![creditor.as_str(), number.to_string()], |_| Ok(()))?.is_none() {
            return Ok(number);
        }
    }
}
