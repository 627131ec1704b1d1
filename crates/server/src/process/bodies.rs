//! The bodies that requests are sending, counted over all of them: what waits in memory for a handler is bounded.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::{
    HttpMessage,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    http::{Version, header},
};
use dragoman_dialect::client_address;
use futures_util::StreamExt;

use crate::wire::{Holding, Shares};

/// Bodies below this size are not counted: there are no more of them than connections.
const SMALL: usize = 16 * 1024;

/// Counts the body of a request from now on, for as long as what is returned lives; `None` where nothing is counted.
/// An error: there is no room for it just now.
pub(super) fn count(request: &mut ServiceRequest, shares: &Arc<Shares>) -> Result<Option<Rc<RefCell<Holding>>>, Full> {
    let headers = request.headers();
    let stated = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_small = match stated {
        Some(length) => length <= SMALL as u64,
        None => request.version() < Version::HTTP_2 && !headers.contains_key(header::TRANSFER_ENCODING),
    };
    if is_small {
        return Ok(None);
    }
    let mut holding = shares.holding(client_address(request.request()));
    if !holding.take(SMALL) {
        return Err(Full);
    }
    let holding = Rc::new(RefCell::new(holding));
    let counted = Rc::clone(&holding);
    let payload = request.take_payload().map(move |chunk| {
        let chunk = chunk?;
        // A body that began when there was room breaks off when there is none left.
        match counted.borrow_mut().take(chunk.len()) {
            true => Ok(chunk),
            false => Err(PayloadError::Io(io::ErrorKind::OutOfMemory.into())),
        }
    });
    request.set_payload(Payload::Stream { payload: Box::pin(payload) });
    Ok(Some(holding))
}

/// No room for a body, of a request or of an answer.
#[derive(Debug)]
pub(super) struct Full;
