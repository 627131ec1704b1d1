//! One actix app a worker: what is around every request.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse},
    http::ConnectionType,
    web::{self, Data},
};
use dragoman_accounts::Accounts;
use dragoman_console::{Class, Meter, Metrics};
use dragoman_dialect::{Declined, TrustedProxies};
use futures_util::future::Either;

use super::{bodies, streams};
use crate::{
    calls::Calls,
    mounting::{Answering, MountName, Mounts, Retiring, no_mount},
    operator::{self, Readiness},
    request_log::RequestLog,
    retirement::BrownOut,
    shadow::Shadows,
    telemetry::{Telemetry, TraceParent},
    testing_api::{self, TestingApi},
    wire::{Exchange, Shares},
};

/// What every worker's app is made of.
#[derive(Clone)]
pub(super) struct Parts {
    pub mounts: Mounts,
    pub readiness: Data<Readiness>,
    pub trusted_proxies: Data<TrustedProxies>,
    pub requests: RequestLog,
    pub metrics: Arc<Metrics>,
    /// Nobody counts when it is switched off.
    pub calls: Option<Calls>,
    /// None when no mount has an old server to compare with.
    pub shadows: Option<Shadows>,
    pub accounts: Accounts,
    pub testing: TestingApi,
    pub bodies: Arc<Shares>,
    /// None when no collector takes traces.
    pub telemetry: Option<Telemetry>,
}

/// Makes the app of one worker.
pub(super) fn app(
    parts: Parts,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let Parts {
        mounts,
        readiness,
        trusted_proxies,
        requests,
        metrics,
        calls,
        shadows,
        accounts,
        testing,
        bodies,
        telemetry,
    } = parts;
    let meter = metrics.meter();
    let refusing = mounts.clone();
    App::new()
        .app_data(trusted_proxies)
        .app_data(readiness.clone())
        .wrap_fn(move |mut request, service| {
            let (begun, at) = (requests.begin(), Instant::now());
            let traced = telemetry.as_ref().and_then(|telemetry| telemetry.begin(TraceParent::of(request.headers())));
            let exchange = request.conn_data::<Rc<Exchange>>().cloned();
            let brown_out = refusing.brown_out(request.request(), || accounts.clock().now().millis());
            let body = match (exchange.as_deref().and_then(Exchange::declined), brown_out) {
                (Some(reason), _) => Err(reason),
                (None, Some(_)) => Err(Declined::Busy),
                (None, None) => bodies::count(&mut request, &bodies).map_err(|bodies::Full| Declined::Busy),
            };
            let watched = shadows.as_ref().filter(|_| body.is_ok()).and_then(|shadows| shadows.watch(&mut request));
            let (answer, body) = match body {
                Ok(body) => (Either::Right(service.call(request)), body),
                Err(reason) => {
                    let answer = refused(&refusing, request, reason, brown_out);
                    (Either::Left(std::future::ready(Ok(answer))), None)
                }
            };
            let (requests, calls, readiness, meter) =
                (requests.clone(), calls.clone(), readiness.clone(), meter.clone());
            let (lists, refusing) = (Arc::clone(&bodies), refusing.clone());
            let traced = telemetry.clone().zip(traced);
            async move {
                let answer = answer.await?;
                drop(body);
                let mut response = match streams::room_for(&answer, &lists) {
                    Ok(None) => answer,
                    Ok(Some(holding)) => streams::counted(answer, holding),
                    Err(bodies::Full) => refused_instead(&refusing, answer),
                };
                // Asked once: the router goes through its routes again for it.
                let pattern = response.request().match_pattern();
                count(&meter, &response, pattern.as_deref(), at);
                if let Some(begun) = begun {
                    let unpassed = exchange.as_deref().and_then(Exchange::unpassed);
                    requests.end(&begun, &response, pattern.as_deref(), unpassed);
                }
                if let Some((telemetry, traced)) = traced {
                    telemetry.end(traced, &response, pattern.as_deref());
                }
                if let Some(calls) = calls {
                    calls.count(&response, pattern.as_deref());
                }
                let retiring = response.request().app_data::<Retiring>().cloned();
                if let Some(Retiring(retirement)) = retiring {
                    retirement.announce(response.headers_mut());
                }
                let is_last = exchange.as_deref().is_some_and(|exchange| announce(exchange, &response));
                // An idle connection would hold up the shutdown for its keep-alive time.
                if is_last || readiness.is_draining() {
                    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                }
                Ok(match watched {
                    Some(watched) => watched.settle(response),
                    None => response,
                })
            }
        })
        .configure(operator::configure)
        .configure(|config| testing_api::configure(config, testing))
        .configure(|config| mounts.configure(config))
        .default_service(web::to(no_mount))
}

/// Counts an answered request under its mount, and its route's pattern: never under what a client made up.
fn count<B>(meter: &Meter, response: &ServiceResponse<B>, pattern: Option<&str>, begun: Instant) {
    let request = response.request();
    let mount = request.app_data::<MountName>().map_or("gateway", |mount| &mount.0);
    let class = Class::of(response.status().as_u16());
    meter.count(mount, pattern, class, begun.elapsed());
}

/// Tells the wire how this answer's header names are written; says whether the connection ends with it.
fn announce<B>(exchange: &Exchange, response: &ServiceResponse<B>) -> bool {
    if let Some(answering) = response.request().app_data::<Answering>() {
        exchange.set_names(answering.0.header_names(response.response().head()));
    }
    exchange.is_last()
}

/// There is no room for the answer that was made.
fn refused_instead(mounts: &Mounts, unsent: ServiceResponse) -> ServiceResponse {
    let (answer, _) = mounts.refuse(unsent.request(), Declined::Busy);
    unsent.into_response(answer)
}

fn refused(mounts: &Mounts, request: ServiceRequest, reason: Declined, brown_out: Option<BrownOut>) -> ServiceResponse {
    let (mut answer, names) = mounts.refuse(request.request(), reason);
    if let Some(brown_out) = brown_out {
        brown_out.tell(&mut answer);
    }
    if let Some(exchange) = request.conn_data::<Rc<Exchange>>() {
        exchange.set_names(names);
    }
    request.into_response(answer)
}
