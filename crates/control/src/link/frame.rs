//! Frames: a length (u32, big-endian) and that many bytes of JSON.

use std::io;

use elbow_model::wire::MAX_FRAME_BYTES;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A length that a peer claims is not believed: this much is set aside at first.
const FIRST_BYTES: u32 = 64 * 1024;

/// Why no message came, or none could be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The frame is longer than any may be.
    #[error("a frame of {0} bytes, at most {MAX_FRAME_BYTES} are allowed")]
    TooLong(usize),
    /// The frame holds no message.
    #[error("a frame that is no message: {0}")]
    Nonsense(serde_json::Error),
    /// A message could not be written as JSON.
    #[error("a message cannot be written: {0}")]
    Unwritable(serde_json::Error),
}

/// Reads one message; none if the peer closed the connection between two.
pub(crate) async fn read<M: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> Result<Option<M>, FrameError> {
    let length = match from.read_u32().await {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if length > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong(usize::try_from(length).unwrap_or(usize::MAX)));
    }
    buffer.clear();
    buffer.shrink_to(usize::try_from(FIRST_BYTES).unwrap_or(usize::MAX));
    let read = from.take(length.into()).read_to_end(buffer).await?;
    if u32::try_from(read) != Ok(length) {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    serde_json::from_slice(buffer).map(Some).map_err(FrameError::Nonsense)
}

/// Writes one message.
pub(crate) async fn write(
    to: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
) -> Result<(), FrameError> {
    to.write_all(&encode(message)?).await?;
    to.flush().await.map_err(FrameError::Io)
}

/// A message as a frame.
fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message).map_err(FrameError::Unwritable)?;
    let length = frame.len() - 4;
    match u32::try_from(length) {
        Ok(short) if short <= MAX_FRAME_BYTES => frame[..4].copy_from_slice(&short.to_be_bytes()),
        _ => return Err(FrameError::TooLong(length)),
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_from(mut bytes: &[u8]) -> Result<Option<Vec<u32>>, FrameError> {
        read(&mut bytes, &mut Vec::new()).await
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let mut frames = Vec::new();
        write(&mut frames, &[1, 2, 3]).await.unwrap();
        assert_eq!(&frames[..4], [0, 0, 0, 7]);
        assert_eq!(read_from(&frames).await.unwrap(), Some(vec![1, 2, 3]));
    }

    #[tokio::test]
    async fn an_end_between_frames_is_an_end() {
        assert_eq!(read_from(&[]).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_end_within_a_frame_is_an_error() {
        assert!(matches!(read_from(&[0, 0, 0, 9, b'[']).await, Err(FrameError::Io(_))));
    }

    #[tokio::test]
    async fn an_endless_frame_is_refused_at_its_length() {
        assert!(matches!(read_from(&[255, 0, 0, 0]).await, Err(FrameError::TooLong(_))));
    }

    #[tokio::test]
    async fn bytes_that_are_no_message_are_refused() {
        assert!(matches!(read_from(&[0, 0, 0, 2, b'n', b'o']).await, Err(FrameError::Nonsense(_))));
    }
}
