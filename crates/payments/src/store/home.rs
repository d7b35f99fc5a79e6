//! The payments that a proxy follows, and the notice numbers that it gave.

use contracts::payments::{PaymentV2, Status};
use kernel::{NoticeNumber, PaymentId, Series, TaxCode, TenantId, Uuid};
use storage::{Error, Result, Row, Tx, params};

use super::{Purpose, from_text, to_text};
use crate::configuration::TenantConfiguration;
use crate::links::ProxyUrls;
use crate::providers::Named;

/// A payment that a proxy follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// The latest event about it.
    pub payment: PaymentV2,
    /// Tax code of the body that is to get the money: its notice numbers are its own. Bodies that only their provider knows have none.
    pub creditor: Option<TaxCode>,
    /// The notice number, allocated before the provider is asked.
    pub notice: Option<NoticeNumber>,
    /// Where the citizen goes in the end: the application's page.
    pub landing_url: Option<String>,
}

impl Followed {
    /// A payment that was created elsewhere.
    pub fn of(payment: PaymentV2, tenant: &TenantConfiguration, urls: &ProxyUrls) -> Self {
        let notice = payment.payment.notice_code.as_deref().and_then(|notice| notice.parse().ok());
        // A due whose landing is this very proxy has no page of its own to go back to.
        let own = urls.landing(payment.id);
        let landing_url = payment.links.online_payment_landing.url.clone().filter(|url| *url != own);
        Self { payment, creditor: tenant.tax_code, notice, landing_url }
    }

    /// The payment's number in pagoPA, known since the notice number is.
    fn iuv(&self) -> Option<String> {
        self.payment.payment.iuv.clone().or_else(|| self.notice.map(|notice| notice.iuv().to_string()))
    }
}

const COLUMNS: &str = "body, creditor, notice_number, landing_url";

fn followed(row: &Row<'_>) -> Result<Followed> {
    let defect = |what: &str| Error::Defect(format!("stored {what} not understood"));
    let notice = row.get::<Option<String>>(2)?.map(|text| text.parse().map_err(|_| defect("notice number")));
    Ok(Followed {
        payment: from_text(&row.get::<String>(0)?)?,
        creditor: match row.get::<String>(1)?.as_str() {
            "" => None,
            creditor => Some(creditor.parse().map_err(|_| defect("tax code"))?),
        },
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
           (id, provider, tenant_id, service_id, status, iud, creditor, notice_number, landing_url, body, last_error, updated_at, iuv)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING",
        params![
            payment.id,
            provider,
            payment.tenant_id,
            payment.service_id,
            status_text(payment.status)?,
            payment.payment.iud.clone().unwrap_or_else(|| contracts::payments::iud(payment.id)),
            creditor.as_ref().map_or("", TaxCode::as_str),
            notice.map(|notice| notice.to_string()),
            landing_url,
            to_text(payment)?,
            last_error,
            payment.updated_at,
            followed.iuv()
        ],
    )?;
    Ok(inserted == 1)
}

/// The payment with this identifier, if the provider's proxy follows it.
pub fn find(tx: &mut Tx<'_>, provider: &str, id: PaymentId, purpose: Purpose) -> Result<Option<Followed>> {
    let sql = format!("SELECT {COLUMNS} FROM proxy_payments WHERE id = $1 AND provider = $2{}", purpose.lock(tx));
    tx.optional(&sql, params![id, provider], followed)
}

/// Whether the provider's proxy follows this payment.
pub fn is_followed(tx: &mut Tx<'_>, provider: &str, id: PaymentId) -> Result<bool> {
    let sql = "SELECT 1 FROM proxy_payments WHERE id = $1 AND provider = $2";
    Ok(tx.optional(sql, params![id, provider], |_| Ok(()))?.is_some())
}

/// The payments that the provider means, if its proxy follows them. Different bodies may have used the same number of pagoPA.
pub fn find_named(tx: &mut Tx<'_>, provider: &str, named: &Named) -> Result<Vec<PaymentId>> {
    let of = |row: &Row<'_>| row.get(0);
    match named {
        Named::Iud(iud) => {
            // Nearly all have the IUD that their identifier gives them; only the others are in an index.
            let own = Uuid::try_parse(iud).map(PaymentId).ok().filter(|id| contracts::payments::iud(*id) == *iud);
            let sql = "SELECT id FROM proxy_payments WHERE provider = $1 AND id = $2 AND iud = $3";
            let mut found = own.map_or(Ok(Vec::new()), |id| tx.all(sql, params![provider, id, iud], of))?;
            let sql = "SELECT id FROM proxy_payments
                       WHERE provider = $1 AND iud = $2 AND iud <> replace(CAST(id AS TEXT), '-', '') ORDER BY id LIMIT 20";
            found.extend(tx.all(sql, params![provider, iud], of)?);
            Ok(found)
        }
        Named::Iuv(iuv) => {
            let sql = "SELECT id FROM proxy_payments WHERE iuv = $2 AND provider = $1 ORDER BY id LIMIT 20";
            tx.all(sql, params![provider, iuv], of)
        }
    }
}

/// Stores a payment, whose text is `body`, after something happened to it. `error` is what an operator should know of a failure.
pub fn save(tx: &mut Tx<'_>, followed: &Followed, body: &str, error: Option<&str>) -> Result<()> {
    let payment = &followed.payment;
    tx.execute(
        "UPDATE proxy_payments SET status = $2, notice_number = $3, body = $4, last_error = $5, updated_at = $6, iuv = $7
         WHERE id = $1",
        params![
            payment.id,
            status_text(payment.status)?,
            followed.notice.map(|notice| notice.to_string()),
            body,
            error,
            payment.updated_at,
            followed.iuv()
        ],
    )?;
    Ok(())
}

/// Keeps the number that the provider reserved for a payment, unless one is kept already; gives the one that is kept.
pub fn keep_notice(tx: &mut Tx<'_>, id: PaymentId, notice: NoticeNumber) -> Result<NoticeNumber> {
    let sql = "UPDATE proxy_payments SET notice_number = coalesce(notice_number, $2) WHERE id = $1 RETURNING notice_number";
    let kept: String = tx.one(sql, params![id, notice.to_string()], |row| row.get(0))?;
    kept.parse().map_err(|_| Error::Defect("the notice number that is kept is none".to_owned()))
}

/// A notice number of `creditor` that was never given before, in `series`. Numbers that came with imported dues
/// are passed over.
///
/// # Errors
/// [`Error::Defect`] when the series is used up: ten thousand billion numbers.
pub fn next_notice(tx: &mut Tx<'_>, creditor: TaxCode, series: Series) -> Result<NoticeNumber> {
    loop {
        let counter: i64 = tx.one(
            "INSERT INTO notice_counters (creditor, series, last) VALUES ($1, $2, 1)
             ON CONFLICT (creditor, series) DO UPDATE SET last = notice_counters.last + 1 RETURNING last",
            params![creditor.as_str(), series_name(series)],
            |row| row.get(0),
        )?;
        let number = u64::try_from(counter).ok().and_then(|counter| NoticeNumber::new(series, counter).ok());
        let number = number.ok_or_else(|| Error::Defect("the series of notice numbers is used up".to_owned()))?;
        if find_with_notice(tx, creditor.as_str(), number)?.is_empty() {
            return Ok(number);
        }
    }
}

/// The tenants whose payments have this notice number of `creditor`.
pub fn find_with_notice(tx: &mut Tx<'_>, creditor: &str, notice: NoticeNumber) -> Result<Vec<TenantId>> {
    // Each part by its index: nearly all notice numbers have the payment's IUV in them.
    let sql = "SELECT tenant_id FROM proxy_payments WHERE iuv = $3 AND creditor = $1 AND notice_number = $2
               UNION SELECT tenant_id FROM proxy_payments WHERE creditor = $1 AND notice_number = $2 AND
                 (iuv IS NULL OR iuv <> substr(notice_number, CASE substr(notice_number, 1, 1) WHEN '0' THEN 4 ELSE 2 END))";
    tx.all(sql, params![creditor, notice.to_string(), notice.iuv().to_string()], |row| row.get(0))
}

/// A series as a column has it: what its numbers begin with.
fn series_name(series: Series) -> String {
    match series {
        Series::Application(code) | Series::Segregated(code) => format!("{}{code:02}", series.aux_digit()),
        Series::Managed(code, manager) => format!("{}{code:02}{manager:02}", series.aux_digit()),
        Series::Free | Series::Single => series.aux_digit().to_string(),
    }
}
