//! The object identifiers that are read here, by what they stand for.

use const_oid::ObjectIdentifier as Oid;

macro_rules! oids {
    ($($name:ident = $arcs:literal;)*) => {
        $(pub(super) const $name: Oid = Oid::new_unwrap($arcs);)*
    };
}

oids! {
    // Kinds of keys (RFC 3279, RFC 5480, RFC 8410).
    RSA = "1.2.840.113549.1.1.1";
    RSA_PSS = "1.2.840.113549.1.1.10";
    DSA = "1.2.840.10040.4.1";
    EC = "1.2.840.10045.2.1";
    P256 = "1.2.840.10045.3.1.7";
    P384 = "1.3.132.0.34";
    P521 = "1.3.132.0.35";
    SECP256K1 = "1.3.132.0.10";
    X25519 = "1.3.101.110";
    ED25519 = "1.3.101.112";
    ED448 = "1.3.101.113";

    // Signatures that nobody trusts any more.
    MD2_RSA = "1.2.840.113549.1.1.2";
    MD5_RSA = "1.2.840.113549.1.1.4";
    SHA1_RSA = "1.2.840.113549.1.1.5";
    SHA1_RSA_OIW = "1.3.14.3.2.29";
    SHA1_DSA = "1.2.840.10040.4.3";
    SHA1_ECDSA = "1.2.840.10045.4.1";

    // Extensions of certificates (RFC 5280 §4.2, RFC 7633).
    KEY_USAGE = "2.5.29.15";
    SUBJECT_ALT_NAME = "2.5.29.17";
    BASIC_CONSTRAINTS = "2.5.29.19";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    AUTHORITY_ACCESS = "1.3.6.1.5.5.7.1.1";
    TLS_FEATURE = "1.3.6.1.5.5.7.1.24";
    ANY_USAGE = "2.5.29.37.0";
    SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";

    // Attributes of names (RFC 4519, RFC 2985).
    COMMON_NAME = "2.5.4.3";
    SERIAL_NUMBER = "2.5.4.5";
    COUNTRY = "2.5.4.6";
    LOCALITY = "2.5.4.7";
    STATE = "2.5.4.8";
    STREET = "2.5.4.9";
    ORGANIZATION = "2.5.4.10";
    UNIT = "2.5.4.11";
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25";
    USER_ID = "0.9.2342.19200300.100.1.1";
    EMAIL = "1.2.840.113549.1.9.1";

    // Hashes.
    MD5 = "1.2.840.113549.2.5";
    SHA1 = "1.3.14.3.2.26";
    SHA224 = "2.16.840.1.101.3.4.2.4";
    SHA256 = "2.16.840.1.101.3.4.2.1";
    SHA384 = "2.16.840.1.101.3.4.2.2";
    SHA512 = "2.16.840.1.101.3.4.2.3";
    SHA512_224 = "2.16.840.1.101.3.4.2.5";
    SHA512_256 = "2.16.840.1.101.3.4.2.6";

    // Their HMAC, as the pseudo-random function of PBKDF2 (RFC 8018 §B.1.2).
    HMAC_MD5 = "1.2.840.113549.2.6";
    HMAC_SHA1 = "1.2.840.113549.2.7";
    HMAC_SHA224 = "1.2.840.113549.2.8";
    HMAC_SHA256 = "1.2.840.113549.2.9";
    HMAC_SHA384 = "1.2.840.113549.2.10";
    HMAC_SHA512 = "1.2.840.113549.2.11";
    HMAC_SHA512_224 = "1.2.840.113549.2.12";
    HMAC_SHA512_256 = "1.2.840.113549.2.13";

    // Encryption with a passphrase (RFC 8018, RFC 7292 §C, RFC 9579).
    PBE_MD5_DES = "1.2.840.113549.1.5.3";
    PBE_MD5_RC2 = "1.2.840.113549.1.5.6";
    PBE_SHA1_DES = "1.2.840.113549.1.5.10";
    PBE_SHA1_RC2 = "1.2.840.113549.1.5.11";
    PBKDF2 = "1.2.840.113549.1.5.12";
    PBES2 = "1.2.840.113549.1.5.13";
    PBMAC1 = "1.2.840.113549.1.5.14";
    SCRYPT = "1.3.6.1.4.1.11591.4.11";
    PKCS12_RC4_128 = "1.2.840.113549.1.12.1.1";
    PKCS12_RC4_40 = "1.2.840.113549.1.12.1.2";
    PKCS12_3DES = "1.2.840.113549.1.12.1.3";
    PKCS12_2DES = "1.2.840.113549.1.12.1.4";
    PKCS12_RC2_128 = "1.2.840.113549.1.12.1.5";
    PKCS12_RC2_40 = "1.2.840.113549.1.12.1.6";

    // Ciphers.
    DES_CBC = "1.3.14.3.2.7";
    RC2_CBC = "1.2.840.113549.3.2";
    DES_EDE3_CBC = "1.2.840.113549.3.7";
    AES_128_CBC = "2.16.840.1.101.3.4.1.2";
    AES_192_CBC = "2.16.840.1.101.3.4.1.22";
    AES_256_CBC = "2.16.840.1.101.3.4.1.42";

    // Containers (RFC 5652) and what a PKCS#12 file holds (RFC 7292 §4.2, RFC 2985).
    DATA = "1.2.840.113549.1.7.1";
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    ENVELOPED_DATA = "1.2.840.113549.1.7.3";
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
    KEY_BAG = "1.2.840.113549.1.12.10.1.1";
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
    CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3";
    SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6";
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1";
}
