//! Lists that are being sent, counted over all of them: a page of each waits in memory until its client has taken it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    web::Bytes,
};
use dragoman_dialect::client_address;

use super::bodies::Full;
use crate::wire::{Holding, Shares};

/// One page that is being sent and one that is being written, of a thousand rows each.
const PAGES: usize = 512 * 1024;

/// Room for a streamed answer; other answers need none, they have a length and are held by nothing but their connection.
pub(super) fn room_for(answer: &ServiceResponse, shares: &Arc<Shares>) -> Result<Option<Holding>, Full> {
    if answer.response().body().size() != BodySize::Stream {
        return Ok(None);
    }
    let mut holding = shares.holding(client_address(answer.request()));
    if holding.take(PAGES) { Ok(Some(holding)) } else { Err(Full) }
}

/// The answer, which gives its room back when it has been sent or its client has gone.
pub(super) fn counted(answer: ServiceResponse, holding: Holding) -> ServiceResponse {
    answer.map_body(|_, body| BoxBody::new(Counted { body, _holding: holding }))
}

/// A body that gives back what it holds when it is done or dropped.
struct Counted {
    body: BoxBody,
    _holding: Holding,
}

impl MessageBody for Counted {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
