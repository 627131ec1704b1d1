//! Questions that change nothing, by which an operator learns whether an old server speaks as its contract says.

use dragoman_upstream::{Request, Upstream};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    /// A path and query.
    Get(&'static str),
    /// A path, and a JSON body.
    Json(&'static str, &'static str),
    /// A path, and a form.
    Form(&'static str, &'static str),
}

/// A question, and by what its answer is known.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// In the operator's words.
    pub what: &'static str,
    /// What is asked.
    pub ask: Ask,
    /// The status that the contract gives.
    pub status: u16,
    /// A piece of the answer: of its body, or of the names of its headers.
    pub shows: &'static str,
}

impl Probe {
    /// Asks once.
    ///
    /// # Errors
    /// What does not fit, as a clause.
    pub async fn run(&self, old: &Upstream) -> Result<(), String> {
        let request = match self.ask {
            Ask::Get(target) => Request::get(target),
            Ask::Json(target, body) => Request::post(target, "application/json", body),
            Ask::Form(target, body) => Request::post(target, "application/x-www-form-urlencoded", body),
        };
        let answer = old.call(request).await.map_err(|unavailable| unavailable.to_string())?;
        if answer.status != self.status {
            return Err(format!("it answers {}, not {}", answer.status, self.status));
        }
        let shown = String::from_utf8_lossy(&answer.body).contains(self.shows) || answer.header(self.shows).is_some();
        if shown { Ok(()) } else { Err(format!("its answer has no `{}` in it", self.shows)) }
    }
}
