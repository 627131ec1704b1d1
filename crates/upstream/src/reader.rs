//! What comes from an old server: heads, and bodies up to a bound.

use std::io;

use bytes::{Buf, BytesMut};
use dragoman_wire::{AnswerHead, Framing, Reading, read_answer};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::unavailable::Unavailable;

/// So many `100 Continue` and the like may precede an answer.
pub(crate) const MOST_INTERIM: usize = 16;
/// What is read at once: of a head, and of a body that fills it.
const SMALL: usize = 4096;
const LARGE: usize = 65_536;

/// A side that is read, and what has been read from it and not yet used.
pub(crate) struct Reader<R> {
    pub stream: R,
    pub buffer: BytesMut,
    /// The old server has sent all it will send.
    has_ended: bool,
    piece: usize,
}

impl<R> Reader<R> {
    pub fn new(stream: R) -> Self {
        Self { stream, buffer: BytesMut::new(), has_ended: false, piece: SMALL }
    }

    /// The same over another kind of stream of the same connection.
    pub fn over<T>(self, other: impl FnOnce(R) -> T) -> Reader<T> {
        let Self { stream, buffer, has_ended, piece } = self;
        Reader { stream: other(stream), buffer, has_ended, piece }
    }

    /// Between answers it holds no buffer.
    pub fn rest(&mut self) {
        self.piece = SMALL;
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    pub fn has_ended(&self) -> bool {
        self.has_ended
    }
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Reads some more; `false` when there will be no more. Nothing is lost when it is not waited for to the end.
    pub async fn fill(&mut self) -> io::Result<bool> {
        if self.has_ended {
            return Ok(false);
        }
        self.buffer.reserve(self.piece);
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(read) => {
                self.has_ended = read == 0;
                if read >= SMALL {
                    self.piece = LARGE;
                }
            }
            // Many servers with TLS just hang up.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.has_ended = true,
            Err(error) => return Err(error),
        }
        Ok(!self.has_ended)
    }

    /// The next head, interim ones too.
    pub async fn head(&mut self, method: &str) -> Result<(AnswerHead, Framing), Unavailable> {
        loop {
            match read_answer(&self.buffer, method) {
                Reading::Head { head, length, body } => {
                    self.buffer.advance(length);
                    return Ok((head, body));
                }
                Reading::Bad(_) => return Err(Unavailable::nonsense("no head of an answer", &self.buffer)),
                Reading::Incomplete => {}
            }
            match self.fill().await {
                Ok(true) => {}
                Ok(false) if self.buffer.is_empty() => return Err(Unavailable::Away("it hung up".to_owned())),
                Ok(false) => return Err(Unavailable::nonsense("a head that breaks off", &self.buffer)),
                Err(error) => return Err(Unavailable::Away(error.to_string())),
            }
        }
    }

    /// The head of the answer itself.
    pub async fn final_head(&mut self, method: &str) -> Result<(AnswerHead, Framing), Unavailable> {
        for _ in 0..MOST_INTERIM {
            let (head, body) = self.head(method).await?;
            if head.status == 101 {
                return Err(Unavailable::nonsense("another protocol", &self.buffer));
            }
            if !head.is_interim() {
                return Ok((head, body));
            }
        }
        Err(Unavailable::nonsense("interim answers without end", &self.buffer))
    }

    /// A whole body of at most so many bytes.
    pub async fn body(&mut self, framing: &mut Framing, most: usize) -> Result<Vec<u8>, Unavailable> {
        let mut content = Vec::new();
        loop {
            let taken = framing.take_content(&self.buffer, |piece| content.extend_from_slice(piece));
            let Ok(taken) = taken else { return Err(Unavailable::nonsense("chunks that are none", &content)) };
            self.buffer.advance(taken);
            if content.len() > most || matches!(framing, Framing::Length(left) if *left > most as u64) {
                return Err(Unavailable::nonsense("a body without end", &content));
            }
            if framing.is_over() {
                return Ok(content);
            }
            match self.fill().await {
                Ok(true) => {}
                Ok(false) if *framing == Framing::ToTheEnd => return Ok(content),
                Ok(false) | Err(_) => return Err(Unavailable::nonsense("a body that breaks off", &content)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number after another, always the same ones.
    struct Seeded(u64);

    impl Seeded {
        fn below(&mut self, most: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % most.max(1)
        }
    }

    fn damaged(answer: &[u8], seeded: &mut Seeded) -> Vec<u8> {
        const NASTY: [&[u8]; 8] = [
            b"\r\n",
            b"\n",
            b"\0",
            b": ",
            b"Content-Length: 3\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"ffffffff",
            b"-1",
        ];
        let mut bytes = answer.to_vec();
        for _ in 0..=seeded.below(3) {
            let place = seeded.below(bytes.len());
            match seeded.below(4) {
                0 => bytes.truncate(place),
                1 => bytes.splice(place..place, NASTY[seeded.below(NASTY.len())].iter().copied()).for_each(drop),
                2 => drop(bytes.drain(place..(place + seeded.below(9)).min(answer.len()).max(place).min(bytes.len()))),
                _ => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte = byte.wrapping_add(13)),
            }
            if bytes.is_empty() {
                break;
            }
        }
        bytes
    }

    #[tokio::test]
    async fn ten_thousand_damaged_answers_are_read_or_refused() {
        const ANSWERS: [&[u8]; 3] = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: u\r\n\r\n",
            b"HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\nto the end",
        ];
        let mut seeded = Seeded(7);
        let (mut read, mut refused) = (0, 0);
        for round in 0..10_000 {
            let bytes = damaged(ANSWERS[round % ANSWERS.len()], &mut seeded);
            let mut reader = Reader::new(bytes.as_slice());
            let outcome = match reader.final_head("GET").await {
                Ok((_, mut framing)) => reader.body(&mut framing, 1 << 20).await.map(drop),
                Err(unavailable) => Err(unavailable),
            };
            match outcome {
                Ok(()) => read += 1,
                Err(_) => refused += 1,
            }
        }
        assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
    }
}
