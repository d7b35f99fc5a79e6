//! What `sportello run --demo` tells whoever started it: where to look and as whom.

use demo::Account;
use runtime::App;

/// Prints the addresses and the accounts of the demonstration to standard error: standard output is for the log.
pub fn print(app: &App) {
    let url = app.public_url();
    let rows = [
        ("Pagine dei cittadini", format!("{url}/comune-di-bugliano/it/")),
        ("Secondo ente", format!("{url}/comune-di-vallelaghi/it/")),
        ("Dimostrazione", format!("{url}/demo")),
        ("API", format!("{url}/docs")),
        ("Stato del processo", format!("{url}/status")),
    ];
    eprintln!("\n  Sportello è pronto, con il Comune di Bugliano.\n");
    for (what, address) in rows {
        eprintln!("  {what:<22} {address}");
    }
    eprintln!("\n  Per accedere (password di tutti: {})\n", demo::PASSWORD);
    for Account { tenant, role, username, name } in demo::accounts() {
        let role = match role.as_str() {
            "user" => "cittadino",
            "operator" => "operatore",
            "admin" => "amministratore",
            other => other,
        };
        eprintln!("  {role:<16} {username:<18} {name}, {tenant}");
    }
    eprintln!("\n  Per fermarlo: Ctrl-C. I dati restano in {}.\n", app.config().data.display());
}
