//! What happens as an answer begins.

use std::pin::Pin;

use dragoman_wire::AnswerHead;

use crate::breaker::Admitted;

/// What is done with the head of an answer before its client sees it.
pub trait Edit {
    /// Does it; the client waits.
    fn edit<'e>(&'e mut self, head: &'e mut AnswerHead) -> Pin<Box<dyn Future<Output = ()> + Send + 'e>>;
}

/// What is known of a request once its answer begins.
pub(crate) struct Answering<'a> {
    /// Leave to pass it, until then.
    pub admitted: Option<Admitted>,
    pub edit: &'a mut (dyn Edit + Send),
}

impl Answering<'_> {
    pub async fn begin(&mut self, head: &mut AnswerHead) {
        // It answers, however long the rest may take.
        if let Some(admitted) = self.admitted.take() {
            admitted.answered();
        }
        self.edit.edit(head).await;
    }
}
