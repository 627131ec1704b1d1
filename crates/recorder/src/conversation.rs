//! Reads along on one connection: requests as they go, answers as they come, paired in their order, as pipelining has it.

use std::collections::VecDeque;
use std::time::Instant;

use dragoman_wire::{AnswerHead, Framing, Reading, RequestHead, read_answer, read_request};
use jiff::Timestamp;

use crate::body::PassingBody;

/// A request with its answer, as they stood on the wire.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) started: Timestamp,
    pub(crate) milliseconds: f64,
    pub(crate) request: RequestHead,
    pub(crate) request_body: PassingBody,
    /// The answer came before the request had ended.
    pub(crate) is_early: bool,
    pub(crate) answer: AnswerHead,
    pub(crate) answer_body: PassingBody,
}

/// A request whose answer is still to come.
struct Asked {
    started: Timestamp,
    since: Instant,
    head: RequestHead,
    body: PassingBody,
    is_whole: bool,
}

/// Where one direction stands.
enum Reader {
    /// Within a head, of which so much has come.
    Head(Vec<u8>),
    Body(Framing),
}

/// What has been said on one connection and is not answered yet.
pub(crate) struct Conversation {
    asking: Reader,
    answering: Reader,
    asked: VecDeque<Asked>,
    answer: Option<(AnswerHead, PassingBody)>,
    /// It is not HTTP that can be read, or no longer: what passes is passed on and not recorded.
    unreadable: bool,
}

/// So many requests may wait for their answers before the connection is no longer recorded.
const MOST_WAITING: usize = 256;

impl Conversation {
    pub(crate) fn new() -> Self {
        Self {
            asking: Reader::Head(Vec::new()),
            answering: Reader::Head(Vec::new()),
            asked: VecDeque::new(),
            answer: None,
            unreadable: false,
        }
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    fn give_up(&mut self) {
        *self = Self { unreadable: true, ..Self::new() };
    }

    /// Bytes on their way to the server.
    pub(crate) fn ask(&mut self, mut bytes: &[u8], now: Timestamp) {
        while !bytes.is_empty() && !self.unreadable {
            let taken = match &mut self.asking {
                Reader::Head(buffer) => {
                    let before = buffer.len();
                    buffer.extend_from_slice(bytes);
                    match read_request(buffer) {
                        Reading::Incomplete => return,
                        Reading::Bad(_) => return self.give_up(),
                        Reading::Head { head, length, body } => {
                            let is_whole = body.is_over();
                            let asked = Asked {
                                started: now,
                                since: Instant::now(),
                                head,
                                body: PassingBody::default(),
                                is_whole,
                            };
                            self.asked.push_back(asked);
                            self.asking = if is_whole { Reader::Head(Vec::new()) } else { Reader::Body(body) };
                            length.saturating_sub(before)
                        }
                    }
                }
                Reader::Body(framing) => {
                    let asked = self.asked.back_mut().filter(|asked| !asked.is_whole);
                    let mut body = asked.map(|asked| &mut asked.body);
                    let taken = framing.take_content(bytes, |content| {
                        if let Some(body) = &mut body {
                            body.add(content);
                        }
                    });
                    let Ok(taken) = taken else { return self.give_up() };
                    if framing.is_over() {
                        self.asking = Reader::Head(Vec::new());
                        if let Some(asked) = self.asked.back_mut() {
                            asked.is_whole = true;
                        }
                    }
                    taken
                }
            };
            if self.asked.len() > MOST_WAITING {
                return self.give_up();
            }
            bytes = bytes.get(taken..).unwrap_or_default();
        }
    }

    /// Bytes on their way to the client; gives what they complete.
    pub(crate) fn answer(&mut self, mut bytes: &[u8]) -> Vec<Passed> {
        let mut passed = Vec::new();
        while !bytes.is_empty() && !self.unreadable {
            let taken = match &mut self.answering {
                Reader::Head(buffer) => {
                    let before = buffer.len();
                    buffer.extend_from_slice(bytes);
                    let method = self.asked.front().map(|asked| asked.head.method.as_str());
                    let Some(method) = method else {
                        self.give_up();
                        break;
                    };
                    match read_answer(buffer, method) {
                        Reading::Incomplete => break,
                        Reading::Bad(_) => {
                            self.give_up();
                            break;
                        }
                        Reading::Head { head, length, body } => {
                            if head.status == 101 || (method == "CONNECT" && head.status / 100 == 2) {
                                // Another protocol follows.
                                self.give_up();
                                break;
                            }
                            self.answering = Reader::Head(Vec::new());
                            if !head.is_interim() {
                                self.answer = Some((head, PassingBody::default()));
                                self.answering = Reader::Body(body);
                            }
                            length.saturating_sub(before)
                        }
                    }
                }
                Reader::Body(framing) => {
                    let mut body = self.answer.as_mut().map(|(_, body)| body);
                    let taken = framing.take_content(bytes, |content| {
                        if let Some(body) = &mut body {
                            body.add(content);
                        }
                    });
                    match taken {
                        Ok(taken) => taken,
                        Err(_) => {
                            self.give_up();
                            break;
                        }
                    }
                }
            };
            bytes = bytes.get(taken..).unwrap_or_default();
            passed.extend(self.finished());
        }
        passed
    }

    /// The exchange whose answer has just ended.
    fn finished(&mut self) -> Option<Passed> {
        match &self.answering {
            Reader::Body(framing) if framing.is_over() => self.pair(),
            _ => None,
        }
    }

    /// The server has closed: an answer without a stated end ends here.
    pub(crate) fn end(&mut self) -> Option<Passed> {
        match &self.answering {
            Reader::Body(Framing::ToTheEnd) => self.pair(),
            _ => None,
        }
    }

    fn pair(&mut self) -> Option<Passed> {
        self.answering = Reader::Head(Vec::new());
        let (answer, answer_body) = self.answer.take()?;
        let asked = self.asked.pop_front()?;
        Some(Passed {
            started: asked.started,
            milliseconds: asked.since.elapsed().as_secs_f64() * 1000.0,
            request: asked.head,
            request_body: asked.body,
            is_early: !asked.is_whole,
            answer,
            answer_body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n2\r\nhi\r\n0\r\n\r\nHEAD /b HTTP/1.1\r\nhost: x\r\n\r\nGET /c HTTP/1.0\r\n\r\n";
    const ANSWERED: &str = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n\r\nthree";

    fn told(passed: Vec<Passed>) -> Vec<(String, String, String)> {
        let text = |body: PassingBody| String::from_utf8(body.into_whole().unwrap()).unwrap();
        passed
            .into_iter()
            .map(|passed| (passed.request.target, text(passed.request_body), text(passed.answer_body)))
            .collect()
    }

    fn triple(target: &str, sent: &str, seen: &str) -> (String, String, String) {
        (target.into(), sent.into(), seen.into())
    }

    #[test]
    fn pipelined_requests_are_paired_however_the_bytes_are_cut() {
        for size in [1, 2, 7, 4096] {
            let mut conversation = Conversation::new();
            ASKED.as_bytes().chunks(size).for_each(|bytes| conversation.ask(bytes, Timestamp::UNIX_EPOCH));
            let mut passed: Vec<Passed> =
                ANSWERED.as_bytes().chunks(size).flat_map(|bytes| conversation.answer(bytes)).collect();
            assert_eq!(passed.len(), 2, "cut into {size}");
            passed.extend(conversation.end());
            assert!(passed.iter().all(|passed| !passed.is_early));
            let expected = [triple("/a", "hi", "one"), triple("/b", "", ""), triple("/c", "", "three")];
            assert_eq!(told(passed), expected);
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_recorded() {
        let mut conversation = Conversation::new();
        conversation.ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Timestamp::UNIX_EPOCH);
        assert!(conversation.is_unreadable());
        let mut conversation = Conversation::new();
        assert!(conversation.answer(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n").is_empty());
        assert!(conversation.is_unreadable());
    }

    #[test]
    fn a_long_body_is_counted_and_not_kept() {
        let mut body = PassingBody::default();
        (0..300).for_each(|_| body.add(&[b'x'; 4096]));
        assert_eq!(body.into_whole(), Err(300 * 4096));
    }
}
