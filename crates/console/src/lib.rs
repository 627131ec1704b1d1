//! The operator's web on a listener of its own: metrics, and pages for those who look after a gateway.

mod house;
mod metrics;
mod scrape;

use actix_web::web::{Data, ServiceConfig};

pub use house::House;
pub use metrics::{Class, Format, Meter, Metrics, Totals, quantile};

/// Everything the console answers.
pub fn configure(config: &mut ServiceConfig, house: Data<House>) {
    config.app_data(house).configure(scrape::configure);
}
