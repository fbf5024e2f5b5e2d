//! Frames: a length (u32, big-endian) and so many bytes of JSON. It must not believe a length.

use std::io::{self, Read, Write};

use elbow_model::wire::MAX_FRAME_BYTES;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that are made room for before any of them came.
const FIRST_ROOM: u32 = 64 * 1024;

/// Reads one message; none at the orderly end.
///
/// # Errors
/// If the connection broke, or what came is no message.
pub fn read_frame<T: DeserializeOwned>(source: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match source.read(&mut length[..1])? {
        0 => return Ok(None),
        _ => source.read_exact(&mut length[1..])?,
    }
    let length = u32::from_be_bytes(length);
    if length > MAX_FRAME_BYTES {
        return Err(invalid(format!("a frame of {length} bytes, at most {MAX_FRAME_BYTES}")));
    }
    let mut bytes = Vec::with_capacity(length.min(FIRST_ROOM) as usize);
    source.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|error| invalid(error.to_string()))
}

/// Writes one message.
///
/// # Errors
/// If the connection broke, or the message is longer than a frame may be.
pub fn write_frame(target: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - 4).unwrap_or(u32::MAX);
    if length > MAX_FRAME_BYTES {
        return Err(invalid(format!("a message of {length} bytes, at most {MAX_FRAME_BYTES}")));
    }
    for (place, byte) in bytes.iter_mut().zip(length.to_be_bytes()) {
        *place = byte;
    }
    target.write_all(&bytes)
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use elbow_model::wire::Up;

    use super::*;

    #[test]
    fn a_message_survives_its_frame() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &Up::Resync).unwrap();
        write_frame(&mut bytes, &Up::Resync).unwrap();
        let mut source = bytes.as_slice();
        assert_eq!(read_frame::<Up>(&mut source).unwrap(), Some(Up::Resync));
        assert_eq!(read_frame::<Up>(&mut source).unwrap(), Some(Up::Resync));
        assert_eq!(read_frame::<Up>(&mut source).unwrap(), None);
    }

    #[test]
    fn a_lie_about_the_length_is_an_error_and_costs_no_memory() {
        for bytes in [&b"\xff\xff\xff\xff{}"[..], b"\x03\xff\xff\xff{}", b"\0\0", b"\0\0\0\x02{!"] {
            assert!(read_frame::<Up>(&mut { bytes }).is_err(), "{bytes:?}");
        }
    }
}
