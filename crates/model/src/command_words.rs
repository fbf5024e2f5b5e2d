//! Splits a command into its words as a shell would, without being one: quotes and backslashes, nothing is expanded. For
//! whoever lets people type a command; what is stored is always the words.

use crate::value::Invalid;

/// The words of `text`.
///
/// # Errors
/// If it ends within a quotation, or holds no word.
pub fn split(text: &str) -> Result<Vec<String>, Invalid> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let Some(next) = characters.next() else { return Err(unended(text)) };
                word.get_or_insert_default().push(next);
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err(unended(text));
    }
    words.extend(word);
    if words.is_empty() {
        return Err(Invalid::new("the command is empty"));
    }
    Ok(words)
}

fn unended(text: &str) -> Invalid {
    Invalid::new(format!("`{text}` ends within a quotation"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_a_shell_would_pass_on() {
        let joined = |text| split(text).unwrap().join("|");
        assert_eq!(joined("./server  --port {port}"), "./server|--port|{port}");
        assert_eq!(joined(r#"sh -c 'a "b" $c' d\ e "f\"g""#), r#"sh|-c|a "b" $c|d e|f"g"#);
        assert_eq!(joined("a '' b"), "a||b");
        assert!(["", "  ", "'a", "a\\"].iter().all(|text| split(text).is_err()));
    }
}
