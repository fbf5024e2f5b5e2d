//! Text within a JSON string. Whatever the bytes are, the string stays one line of printable
//! ASCII: no terminal, no line-wise reader and no JSON parser can be misled by it.

/// Appends `bytes` escaped. What is not printable ASCII becomes `\u00XX`, byte by byte, so that
/// nothing is lost even where it is no UTF-8.
pub(super) fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let hex = |digit: u8| HEX.get(usize::from(digit)).copied().unwrap_or(b'0');
    for byte in bytes.iter().copied() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b' '..=b'~' => out.push(byte),
            _ => {
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }
}
