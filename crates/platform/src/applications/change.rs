//! One change of an application: load, authorise, apply, save, emit. Every operation goes through here.

use std::sync::Arc;

use kernel::{ApplicationId, MessageId, RomeTime};
use runtime::App;
use storage::{NewTask, Tx};
use web::{Caller, Tenant, TenantInfo};

use super::access::{Actor, visible_for_change};
use super::application::Application;
use super::state::{Command, State};
use super::store::{self, Stored};
use super::{tasks, view};
use crate::context::{Context, Offer};
use crate::errors::Error;
use crate::notify;
use crate::services::{self, Service};

/// An application being changed, inside its transaction.
pub struct Step<'s, 't> {
    /// The transaction.
    pub tx: &'s mut Tx<'t>,
    /// The foundation, for identifiers.
    pub app: &'s App,
    /// The tenant.
    pub tenant: &'s TenantInfo,
    /// The service.
    pub service: &'s Service,
    /// What is being changed.
    pub stored: Stored,
    /// The instant of the change.
    pub now: RomeTime,
    /// What is said with the change, for the history.
    pub message: Option<(String, Option<MessageId>)>,
    /// The statuses gone through, each with the application as it was then.
    trail: Vec<(State, String)>,
    left: bool,
}

impl Step<'_, '_> {
    /// The application.
    pub fn application(&mut self) -> &mut Application {
        &mut self.stored.application
    }

    /// Goes where `command` leads. Members that belong to the new status are set before this.
    ///
    /// # Errors
    /// [`Error::NotAllowedNow`].
    pub fn apply(&mut self, command: Command) -> Result<(), Error> {
        self.stored.application.apply(command, self.now)?;
        self.stored.application.derive(self.tenant, self.service);
        let object = view::object(&self.stored.application)?;
        self.trail.push((self.stored.application.status, object));
        Ok(())
    }

    /// Leaves the application as it is: what was asked has already happened.
    pub fn leave(&mut self) {
        self.left = true;
    }

    /// Saves the application (new or changed), its history, its events, and the tasks that its new statuses call for.
    fn settle(mut self, new: bool) -> Result<Written, Error> {
        if self.left {
            return Ok(Written { object: view::object(&self.stored.application)?, stored: self.stored });
        }
        self.stored.application.derive(self.tenant, self.service);
        self.stored.index_numbers();
        let object = view::object(&self.stored.application)?;
        if new {
            store::insert(self.tx, &self.stored, &object)?;
        } else {
            store::update(self.tx, &self.stored, &object)?;
        }
        let changed = new || !self.trail.is_empty();
        // The last status is shown with everything that was set after it was reached.
        match self.trail.last_mut() {
            Some(last) => last.1 = object,
            None => self.trail.push((self.stored.application.status, object)),
        }
        for (status, object) in &self.trail {
            if changed {
                let (message, id) = self.message.take().unzip();
                let application = &self.stored.application;
                notify::write_down(self.tx, self.app, self.service, application, *status, message.as_deref(), self.now)?;
                store::add_history(self.tx, self.stored.application.id, *status, message.as_deref(), id.flatten(), self.now)?;
            }
            let application = &self.stored.application;
            let event_id = self.app.event_id();
            let payload = view::event(application, object, &self.stored.data, event_id, &self.app.app_id("platform"), self.now)?;
            let (topic, key) = view::address(application);
            self.tx.append(topic, &key, event_id, &payload, self.now)?;
            if let Some(queue) = tasks::called_for(*status, application) {
                let (lane, payload) = (application.id.to_string(), tasks::payload(application));
                self.tx.enqueue(&NewTask { queue, lane: &lane, payload: &payload, run_at: self.now }, self.now)?;
            }
        }
        let object = self.trail.pop().map(|(_, object)| object).unwrap_or_default();
        Ok(Written { stored: self.stored, object })
    }
}

/// An application as it is after a change.
pub struct Written {
    /// The application.
    pub stored: Stored,
    /// The text of its object.
    pub object: String,
}

/// Stores a new application after `body` has brought it where it begins.
pub async fn create<F>(context: &Context, tenant: &Tenant, offer: &Arc<Offer>, stored: Stored, body: F) -> Result<Written, Error>
where
    F: FnOnce(&mut Step<'_, '_>) -> Result<(), Error> + Send + 'static,
{
    let (app, tenant, offer) = (context.app.clone(), tenant.clone(), Arc::clone(offer));
    context
        .app
        .db()
        .write(move |tx| {
            let now = stored.application.created_at.max(app.clock().now());
            let mut step = Step {
                tx,
                app: &app,
                tenant: &tenant,
                service: &offer.service,
                stored,
                now,
                message: None,
                trail: Vec::new(),
                left: false,
            };
            body(&mut step)?;
            step.settle(true)
        })
        .await
}

/// Changes an application that the caller may see: `body` authorises and applies.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see it, and whatever `body` gives.
pub async fn change<F>(
    context: &Context,
    tenant: &Tenant,
    caller: &Caller,
    id: ApplicationId,
    body: F,
) -> Result<Application, Error>
where
    F: FnOnce(&mut Step<'_, '_>, &Actor) -> Result<(), Error> + Send + 'static,
{
    let (app, tenant, caller) = (context.app.clone(), tenant.clone(), caller.clone());
    context
        .app
        .db()
        .write(move |tx| {
            let (stored, actor) = visible_for_change(tx, &caller, tenant.id, id)?;
            change_stored(tx, &app, &tenant, stored, |step| body(step, &actor))
        })
        .await
}

/// Changes an application that is already loaded for change, in the transaction of a consumer or task.
pub fn change_stored(
    tx: &mut Tx<'_>,
    app: &App,
    tenant: &TenantInfo,
    stored: Stored,
    body: impl FnOnce(&mut Step<'_, '_>) -> Result<(), Error>,
) -> Result<Application, Error> {
    let service = services::store::find(tx, tenant.id, stored.application.service_id)?
        .ok_or_else(|| Error::Defect(format!("service {} is missing", stored.application.service_id)))?;
    let now = app.clock().now();
    let mut step = Step { tx, app, tenant, service: &service, stored, now, message: None, trail: Vec::new(), left: false };
    body(&mut step)?;
    step.settle(false).map(|written| written.stored.application)
}
