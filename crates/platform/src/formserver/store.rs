//! Every statement about forms.

use kernel::RomeTime;
use serde_json::{Map, Value};
use storage::{Row, Tx, params};

use super::{Resolved, references};
use crate::errors::Error;

fn json(row: &Row<'_>) -> storage::Result<Value> {
    kernel::read_json(&row.get::<String>(0)?).map_err(|error| storage::Error::Defect(format!("form: {error}")))
}

/// The form of an identifier or path; those that the platform ships cannot be replaced.
pub fn find(tx: &mut Tx<'_>, key: &str) -> storage::Result<Option<Value>> {
    if let Some(form) = forms::builtin(key) {
        return Ok(Some(form.clone()));
    }
    tx.optional("SELECT body FROM forms WHERE id = $1 OR path = $1", params![key], json)
}

/// A form with every form nested in it, however deep.
pub fn resolved(tx: &mut Tx<'_>, key: &str) -> Result<Option<Resolved>, Error> {
    let Some(definition) = find(tx, key)? else { return Ok(None) };
    let mut nested = Map::new();
    let mut wanted = references(&definition);
    while let Some(id) = wanted.pop() {
        if nested.contains_key(&id) {
            continue;
        }
        let form = find(tx, &id)?.ok_or_else(|| Error::BadForm(format!("Il modulo annidato {id} non esiste.")))?;
        wanted.extend(references(&form));
        nested.insert(id, form);
    }
    Ok(Some(Resolved { definition, nested }))
}

/// Creates or replaces a form.
pub fn put(tx: &mut Tx<'_>, id: &str, path: Option<&str>, body: &Value, now: RomeTime) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO forms (id, path, body, i18n, created_at, updated_at) VALUES ($1, $2, $3, '{}', $4, $4)
         ON CONFLICT (id) DO UPDATE SET path = excluded.path, body = excluded.body, updated_at = excluded.updated_at",
        params![id, path, body.to_string(), now],
    )
    .map_err(|error| match error {
        storage::Error::Unique(_) => Error::Exists("Un altro modulo ha già questo percorso (path)."),
        error => error.into(),
    })?;
    Ok(())
}

/// Removes a form.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> storage::Result<()> {
    tx.execute("DELETE FROM forms WHERE id = $1", params![id])?;
    Ok(())
}

/// The translations of a form.
pub fn i18n(tx: &mut Tx<'_>, id: &str) -> storage::Result<Option<Value>> {
    if forms::builtin(id).is_some() {
        return Ok(Some(Value::Object(Map::new())));
    }
    tx.optional("SELECT i18n FROM forms WHERE id = $1", params![id], json)
}

/// Replaces the translations of a form; false when there is no such form.
pub fn put_i18n(tx: &mut Tx<'_>, id: &str, translations: &Value, now: RomeTime) -> storage::Result<bool> {
    let sql = "UPDATE forms SET i18n = $2, updated_at = $3 WHERE id = $1";
    Ok(tx.execute(sql, params![id, translations.to_string(), now])? == 1)
}
