//! Everything that pages say, in every language that the console speaks. A family of pages has one struct of texts,
//! declared with all translations side by side: what is not translated does not compile.
//!
//! What the API says (reasons of refusals, warnings) is English and marked as such in other languages' pages. A text
//! with `{}` is filled by [`fill`].

pub(crate) mod certificates;
pub(crate) mod frame;
pub(crate) mod load_balancers;
pub(crate) mod overview;
pub(crate) mod places;
pub(crate) mod project;
pub(crate) mod replay;
pub(crate) mod scaling;
pub(crate) mod scaling_form;
pub(crate) mod scaling_rules;
pub(crate) mod words;

/// Declares the texts of a family of pages: `name: English, Traditional Chinese, Simplified Chinese;`.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $en:literal, $hant:literal, $hans:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $field: &'static str),* }

        impl $name {
            pub(crate) const ENGLISH: Self = Self { $($field: $en),* };
            pub(crate) const TRADITIONAL: Self = Self { $($field: $hant),* };
            pub(crate) const SIMPLIFIED: Self = Self { $($field: $hans),* };
        }
    };
}
use texts;

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    TraditionalChinese,
    SimplifiedChinese,
}

/// All texts of one language.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) frame: frame::Frame,
    pub(crate) words: words::Words,
    pub(crate) overview: overview::Overview,
    pub(crate) load_balancers: load_balancers::LoadBalancers,
    pub(crate) places: places::Places,
    pub(crate) project: project::Project,
    pub(crate) replay: replay::Replay,
    pub(crate) scaling: scaling::Scaling,
    pub(crate) scaling_form: scaling_form::ScalingForm,
    pub(crate) scaling_rules: scaling_rules::ScalingRules,
    pub(crate) certificates: certificates::Certificates,
}

/// All texts of a language, family by family.
macro_rules! all {
    ($language:ident) => {
        Texts {
            frame: frame::Frame::$language,
            words: words::Words::$language,
            overview: overview::Overview::$language,
            load_balancers: load_balancers::LoadBalancers::$language,
            places: places::Places::$language,
            project: project::Project::$language,
            replay: replay::Replay::$language,
            scaling: scaling::Scaling::$language,
            scaling_form: scaling_form::ScalingForm::$language,
            scaling_rules: scaling_rules::ScalingRules::$language,
            certificates: certificates::Certificates::$language,
        }
    };
}

static ENGLISH: Texts = all!(ENGLISH);
static TRADITIONAL: Texts = all!(TRADITIONAL);
static SIMPLIFIED: Texts = all!(SIMPLIFIED);

impl Language {
    pub(crate) const ALL: [Self; 3] =
        [Self::English, Self::TraditionalChinese, Self::SimplifiedChinese];

    /// Its texts.
    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Self::English => &ENGLISH,
            Self::TraditionalChinese => &TRADITIONAL,
            Self::SimplifiedChinese => &SIMPLIFIED,
        }
    }

    /// Its tag (BCP 47): in `lang`, in the cookie.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::TraditionalChinese => "zh-Hant",
            Self::SimplifiedChinese => "zh-Hans",
        }
    }

    /// As its readers call it.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::TraditionalChinese => "繁體中文",
            Self::SimplifiedChinese => "简体中文",
        }
    }

    pub(crate) fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The best one for an `Accept-Language` field (RFC 9110 §12.5.4); none if no language of it is spoken.
    pub(crate) fn preferred(field: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for part in field.split(',') {
            let mut pieces = part.split(';').map(str::trim);
            let tag = pieces.next().unwrap_or_default();
            let quality = pieces.find_map(|p| p.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
            let (Some(language), Ok(quality)) = (Self::of_range(tag), quality) else { continue };
            if quality > best.map_or(0.0, |(_, quality)| quality) {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language)
    }

    /// `zh-TW`, `zh-Hant-HK` and the like are written in traditional characters, other Chinese in simplified ones.
    fn of_range(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut subtags = tag.split('-');
        match subtags.next()? {
            "en" | "*" => Some(Self::English),
            "zh" if subtags.any(|tag| matches!(tag, "hant" | "tw" | "hk" | "mo")) => {
                Some(Self::TraditionalChinese)
            }
            "zh" => Some(Self::SimplifiedChinese),
            _ => None,
        }
    }
}

/// A text with each `{}` replaced, in order.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for part in parts {
        filled.push_str(values.next().copied().unwrap_or_default());
        filled.push_str(part);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_get_the_language_that_they_prefer() {
        let preferred = |field| Language::preferred(field).unwrap_or(Language::English).tag();
        assert_eq!(preferred("de-DE,de;q=0.9"), "en");
        assert_eq!(preferred("zh-TW,zh;q=0.9,en;q=0.8"), "zh-Hant");
        assert_eq!(preferred("zh-Hant-HK"), "zh-Hant");
        assert_eq!(preferred("zh-CN,en;q=0.5"), "zh-Hans");
        assert_eq!(preferred("fr, en;q=0.4, zh-MO;q=0.6"), "zh-Hant");
        assert_eq!(preferred("zh;q=0, en;q=0.1"), "en");
    }

    #[test]
    fn values_fill_their_places_in_order() {
        assert_eq!(fill("{} of {} servers", &["2", "3"]), "2 of 3 servers");
    }
}
