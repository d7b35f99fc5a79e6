//! What both front ends share: who asks, what is asked, how it is answered.

mod answers;
mod asker;
mod extract;
pub mod files;
mod gate;
pub mod stored;

pub use answers::{Operability, Pagination, Refused, Results, created, refuse};
pub use asker::Asker;
pub use extract::{Ask, At, Body, Csv, Paging, page_of};
pub use gate::{Gate, gate};

use kernel::Uuid;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, OpenApi, Ref, Required, ResponseBuilder, Type};

use crate::errors::{Fault, Refusal, Service};

/// Refuses what names a delegation: bodies act for themselves here.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn no_delegation(delegation: Option<Uuid>, service: Service) -> Result<(), Refusal> {
    match delegation {
        Some(_) => Err(Fault::Malformed(service).told("delegationId: le deleghe non sono previste")),
        None => Ok(()),
    }
}

/// Says of every operation what all of them have in common: variable segments of the path, and refusals.
pub fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten();
        for operation in operations {
            name_segments(operation, path);
            name_refusals(operation);
        }
    }
}

fn name_segments(operation: &mut Operation, path: &str) {
    let segments = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let parameters = operation.parameters.get_or_insert_default();
    for name in segments {
        let schema = ObjectBuilder::new().schema_type(Type::String).build();
        let parameter =
            ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True).schema(Some(schema));
        parameters.push(parameter.build().into());
    }
}

fn name_refusals(operation: &mut Operation) {
    let refusals = [
        ("400", "Richiesta non valida, o non possibile in questo stato"),
        ("401", "Token non valido"),
        ("403", "Operazione che spetta ad altri"),
        ("404", "Risorsa inesistente o non visibile"),
        ("409", "Conflitto con un'altra risorsa"),
        ("429", "Troppe richieste"),
        ("500", "Errore interno"),
    ];
    for (status, description) in refusals {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("InteropProblem"))).build();
        let response = ResponseBuilder::new().description(description).content("application/problem+json", content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(response.into());
    }
}
