//! What `sportello run --demo` tells whoever started it: where to look and as whom.

use runtime::App;

/// Prints the addresses and the accounts of the demonstration to standard error: standard output is for the log.
pub fn print(app: &App) {
    let url = app.public_url();
    let rows = [
        ("Pagine dei cittadini", format!("{url}/comune-di-bugliano/it/")),
        ("Secondo ente", format!("{url}/comune-di-vallelaghi/it/")),
        ("API", format!("{url}/docs")),
        ("Stato del processo", format!("{url}/status")),
    ];
    eprintln!("\n  Sportello è pronto, con il Comune di Bugliano.\n");
    for (what, address) in rows {
        eprintln!("  {what:<22} {address}");
    }
    eprintln!("\n  Per accedere (password per tutti: demo)\n");
    for (who, name) in [
        ("cittadini", "BNRMHL75C06G702B   Michelangelo Buonarroti"),
        ("", "CLNVTR76P01G822Q   Vittorino Coliandro"),
        ("operatore", "operatore"),
        ("amministratore", "admin"),
        ("programmi", "my-api-user"),
    ] {
        eprintln!("  {who:<22} {name}");
    }
    eprintln!("\n  Per fermarlo: Ctrl-C. I dati restano in {}.\n", app.config().data.display());
}
