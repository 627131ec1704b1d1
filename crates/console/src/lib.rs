//! The operator's web on a listener of its own: metrics, and pages for those who look after a gateway.
//!
//! Pages are rendered here, work without any script, load nothing from elsewhere, and show no secret. Who may see them is a super
//! administrator with a password and a second factor; every change goes through the use cases of the account domain, which record it.

mod chart;
mod days;
mod descriptions;
mod desk;
mod house;
mod metrics;
mod page;
mod pages;
mod reports;
mod scrape;
mod shown;
mod texts;
mod tokens;
mod trouble;
mod warning;

use actix_web::{
    middleware::DefaultHeaders,
    web::{self, Data, FormConfig, ServiceConfig},
};

pub use house::{Contact, House, MountFacts, OldServer};
pub use metrics::{Class, Format, Meter, Metrics, Totals};
pub use warning::Warning;

/// Longest form.
const FORM_BYTES: usize = 16 * 1024;

/// Everything the console answers.
pub fn configure(config: &mut ServiceConfig, house: Data<House>) {
    let headers = DefaultHeaders::new()
        .add(("Content-Security-Policy", POLICY))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cache-Control", "no-store"));
    config.app_data(house).app_data(FormConfig::default().limit(FORM_BYTES));
    config.service(
        web::scope("")
            .wrap(headers)
            .configure(scrape::configure)
            .configure(descriptions::configure)
            .configure(pages::configure),
    );
}

/// Nothing but our own style sheet; nobody frames us; forms lead nowhere else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
