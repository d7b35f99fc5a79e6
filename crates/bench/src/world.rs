//! Citizens and a service for the benchmarks, made through the API as an administrator makes them.

use kernel::Rng;
use serde_json::{Value, json};

use crate::http::Client;
use crate::server::Server;

/// Path of the demo municipality's API.
pub const API: &str = "/comune-di-bugliano/api";
const PASSWORD: &str = "cavallo batteria graffetta";
const CITIZENS: [(&str, &str, &str); 8] = [
    ("Ada", "Verdi", "VRDDAA80A41G702M"),
    ("Bruno", "Neri", "NREBRN81B02G702R"),
    ("Carla", "Rossi", "RSSCRL82C43G702U"),
    ("Dario", "Bianchi", "BNCDRA83D04G702R"),
    ("Elena", "Gallo", "GLLLNE84E45G702M"),
    ("Fabio", "Conti", "CNTFBA85H06G702R"),
    ("Greta", "Costa", "CSTGRT86L47G702S"),
    ("Ivo", "Fontana", "FNTVIO87M08G702D"),
];
/// The service that is applied for: the one of the demo for occupying public ground, without its fee.
pub const SERVICE: &str = "occupazione-gratuita";

/// Stands in the answers where each application has a number of its own: no two are alike, as in life.
pub const NUMBER: &str = "00000000";

/// A citizen with a token and an application to submit.
pub struct Citizen {
    /// Token of the session.
    pub token: String,
    /// The answers of the form, as a browser sends them.
    pub answers: Value,
}

/// The benchmark's world.
pub struct World {
    /// Administrator's token.
    pub admin: String,
    /// Those who apply, all at once.
    pub citizens: Vec<Citizen>,
}

/// Settles it.
pub fn settle(server: &Server) -> World {
    let mut client = Client::connect(server.url());
    let admin = token(&mut client, "admin", "demo");
    service(&mut client, &admin);
    let citizens = CITIZENS.iter().map(|citizen| settle_citizen(&mut client, &admin, *citizen)).collect();
    World { admin, citizens }
}

/// A token of somebody of the demo.
pub fn token(client: &mut Client, username: &str, password: &str) -> String {
    let session = client.call("POST", &format!("{API}/auth"), None, &json!({ "username": username, "password": password }));
    session["token"].as_str().expect("a token").to_owned()
}

/// A copy of the demo's service that nobody pays for, and its registration.
fn service(client: &mut Client, admin: &str) {
    let id = Rng::system().uuid();
    let mut service = client.call("GET", &format!("{API}/services/occupazione-suolo-pubblico"), Some(admin), &Value::Null);
    let model = service["id"].as_str().expect("a service has an id").to_owned();
    service["id"] = json!(id);
    service["identifier"] = json!(SERVICE);
    service["slug"] = json!(SERVICE);
    service["name"] = json!("Occupazione gratuita di suolo pubblico");
    service["payment_required"] = json!(0);
    service["payment_parameters"] = json!({ "total_amounts": null, "gateways": {} });
    client.call("PUT", &format!("{API}/services/{id}"), Some(admin), &service);
    let configs = "/registry-proxy/sandbox/v1/services";
    let mut config = client.call("GET", &format!("{configs}/{model}"), Some(admin), &Value::Null);
    config["id"] = json!(id);
    client.call("POST", configs, Some(admin), &config);
}

fn settle_citizen(client: &mut Client, admin: &str, (name, surname, fiscal_code): (&str, &str, &str)) -> Citizen {
    let id = Rng::system().uuid();
    let user = json!({
        "id": id, "role": "user", "username": fiscal_code, "given_name": name, "family_name": surname, "fiscal_code": fiscal_code
    });
    client.call("PUT", &format!("{API}/users/{id}?version=2"), Some(admin), &user);
    let credential = json!({ "username": fiscal_code, "password": PASSWORD });
    client.call("PUT", &format!("{API}/users/{id}/password"), Some(admin), &credential);
    let mut answers: Value = serde_json::from_str(include_str!("../../demo/data/forms/occupazione-suolo-pubblico.sample.json"))
        .expect("the sample is JSON");
    let applicant = &mut answers["applicant"]["data"];
    applicant["completename"]["data"] = json!({ "name": name, "surname": surname });
    applicant["fiscal_code"]["data"]["fiscal_code"] = json!(fiscal_code);
    applicant["email_address"] = json!(format!("posta-{NUMBER}@example.it"));
    applicant["address"]["data"]["house_number"] = json!(NUMBER);
    for (field, value) in
        [("telefono", "+39 333 "), ("via", "Via "), ("civico", ""), ("note", "Il camion resta davanti al portone ")]
    {
        answers[field] = json!(format!("{value}{NUMBER}"));
    }
    // A file would have to be uploaded first.
    answers.as_object_mut().expect("answers are an object").remove("planimetria");
    Citizen { token: token(client, fiscal_code, PASSWORD), answers }
}

/// Where the body of `request` has a number.
pub fn places_of_the_number(request: &[u8]) -> Vec<usize> {
    let body = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a request has a head");
    let places = request.windows(NUMBER.len()).enumerate().skip(body);
    places.filter(|(_, bytes)| *bytes == NUMBER.as_bytes()).map(|(place, _)| place).collect()
}
