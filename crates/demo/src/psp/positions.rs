//! The positions that the stand-in has taken.

use kernel::{Money, Problem, RomeTime};
use serde::{Deserialize, Serialize};
use storage::{Error, Result, Row, Tx, params};

/// Where a position stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    /// To be paid.
    Open,
    /// Paid by the citizen, not final yet.
    Processing,
    /// Paid.
    Paid,
    /// Not paid within its term.
    Expired,
    /// Withdrawn by its creditor.
    Withdrawn,
}

impl Status {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Open, "OPEN"),
        (Self::Processing, "PROCESSING"),
        (Self::Paid, "PAID"),
        (Self::Expired, "EXPIRED"),
        (Self::Withdrawn, "WITHDRAWN"),
    ];

    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("OPEN", |(_, name)| name)
    }
}

/// A position.
#[derive(Clone)]
pub(crate) struct Position {
    pub iud: String,
    pub creditor: String,
    pub creditor_name: String,
    pub notice_number: Option<String>,
    pub amount: Money,
    pub reason: String,
    pub debtor_name: String,
    pub expires_at: Option<RomeTime>,
    pub return_url: String,
    pub notify_url: String,
    pub status: Status,
    pub settles_at: Option<RomeTime>,
    pub transaction_id: Option<String>,
    pub created_at: RomeTime,
    /// What only one kind of intermediary keeps, JSON.
    pub details: Option<String>,
}

impl Position {
    /// Where it stands at `now`.
    pub(crate) fn standing(&self, now: RomeTime) -> Status {
        match self.status {
            Status::Paid if self.settles_at.is_some_and(|at| at > now) => Status::Processing,
            Status::Open if self.expires_at.is_some_and(|at| at < now) => Status::Expired,
            status => status,
        }
    }
}

const COLUMNS: &str = "iud, creditor, creditor_name, notice_number, amount_cents, reason, debtor_name, expires_at, return_url,
                       notify_url, status, settles_at, transaction_id, created_at, details";

fn position(row: &Row<'_>) -> Result<Position> {
    let status: String = row.get(10)?;
    let status = Status::ALL.iter().find(|(_, name)| *name == status).ok_or_else(|| Error::Defect(status.clone()))?.0;
    Ok(Position {
        iud: row.get(0)?,
        creditor: row.get(1)?,
        creditor_name: row.get(2)?,
        notice_number: row.get(3)?,
        amount: row.get(4)?,
        reason: row.get(5)?,
        debtor_name: row.get(6)?,
        expires_at: row.get(7)?,
        return_url: row.get(8)?,
        notify_url: row.get(9)?,
        status,
        settles_at: row.get(11)?,
        transaction_id: row.get(12)?,
        created_at: row.get(13)?,
        details: row.get(14)?,
    })
}

/// Takes a position: true when it is new, false when it was taken before.
///
/// # Errors
/// Inside: a problem when another position has its notice number, or it was taken before with another amount.
pub(crate) fn take(tx: &mut Tx<'_>, new: &Position) -> Result<std::result::Result<bool, Problem>> {
    let conflict = |detail: &str| Err(Problem::new(409, "psp-conflict", "Posizione in conflitto").detail(detail));
    if let Some(before) = find(tx, &new.iud)? {
        return Ok(if before.amount == new.amount {
            Ok(false)
        } else {
            conflict("Lo IUD appartiene già a un'altra posizione.")
        });
    }
    let taken = tx.execute(
        &format!(
            "INSERT INTO demo_psp_positions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                  ON CONFLICT DO NOTHING"
        ),
        params![
            new.iud,
            new.creditor,
            new.creditor_name,
            new.notice_number,
            new.amount,
            new.reason,
            new.debtor_name,
            new.expires_at,
            new.return_url,
            new.notify_url,
            new.status.name(),
            new.settles_at,
            new.transaction_id,
            new.created_at,
            new.details
        ],
    )?;
    Ok(if taken == 1 { Ok(true) } else { conflict("Il numero di avviso appartiene già a un'altra posizione.") })
}

/// The position with this identifier.
pub(crate) fn find(tx: &mut Tx<'_>, iud: &str) -> Result<Option<Position>> {
    tx.optional(&format!("SELECT {COLUMNS} FROM demo_psp_positions WHERE iud = $1"), params![iud], position)
}

/// Every position, in the order in which they came.
pub(crate) fn list(tx: &mut Tx<'_>) -> Result<Vec<Position>> {
    tx.all(&format!("SELECT {COLUMNS} FROM demo_psp_positions ORDER BY created_at, iud"), params![], position)
}

/// Pays a position that is open at `now`; false when it is not.
pub(crate) fn pay(
    tx: &mut Tx<'_>,
    position: &Position,
    transaction_id: &str,
    settles_at: RomeTime,
    now: RomeTime,
) -> Result<bool> {
    if position.standing(now) != Status::Open {
        return Ok(false);
    }
    let sql =
        "UPDATE demo_psp_positions SET status = 'PAID', settles_at = $2, transaction_id = $3 WHERE iud = $1 AND status = 'OPEN'";
    Ok(tx.execute(sql, params![position.iud, settles_at, transaction_id])? == 1)
}

/// Withdraws a position that was not paid.
pub(crate) fn withdraw(tx: &mut Tx<'_>, iud: &str) -> Result<()> {
    let sql = "UPDATE demo_psp_positions SET status = 'WITHDRAWN' WHERE iud = $1 AND status = 'OPEN'";
    tx.execute(sql, params![iud])?;
    Ok(())
}

/// The position of a creditor with this notice number.
pub(crate) fn find_by_notice(tx: &mut Tx<'_>, creditor: &str, notice: &str) -> Result<Option<Position>> {
    let sql = format!("SELECT {COLUMNS} FROM demo_psp_positions WHERE creditor = $1 AND notice_number = $2");
    tx.optional(&sql, params![creditor, notice], position)
}

/// Keeps other details of a position.
pub(crate) fn set_details(tx: &mut Tx<'_>, iud: &str, details: &str) -> Result<()> {
    tx.execute("UPDATE demo_psp_positions SET details = $2 WHERE iud = $1", params![iud, details])?;
    Ok(())
}
