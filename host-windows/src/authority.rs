//! A small certification authority in memory, for the demonstration and the tests.
//!
//! It keeps no records and requires no proof, so don't run a company on it.

use jiff::ZonedDateTime;
use p12_keystore::{
    Certificate as PfxCertificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm,
};
use p12_keystore::{PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};

/// A certificate with its private key.
pub struct Credential {
    key: KeyPair,
    params: CertificateParams,
    certificate: Certificate,
}

/// The kind of a credential's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on secp256r1.
    EcdsaP256,
    /// ECDSA on secp384r1.
    EcdsaP384,
    /// RSA with 2048 bits.
    Rsa,
}

impl Credential {
    /// A root, that is, a self-signed certificate that may issue others.
    ///
    /// # Errors
    /// The library's error; none is expected.
    pub fn root(name: &str) -> Result<Self, rcgen::Error> {
        Self::authority_with(KeyKind::EcdsaP256, None, name)
    }

    /// An intermediate authority issued by this one.
    ///
    /// # Errors
    /// As for [`Self::root`].
    pub fn authority(&self, name: &str) -> Result<Self, rcgen::Error> {
        Self::authority_with(KeyKind::EcdsaP256, Some(self), name)
    }

    /// An authority with a key of `kind`: a root if there is no `issuer`.
    ///
    /// # Errors
    /// As for [`Self::root`].
    pub fn authority_with(kind: KeyKind, issuer: Option<&Self>, name: &str) -> Result<Self, rcgen::Error> {
        Self::new(kind, issuer, |params| make_authority(params, name))
    }

    /// A server or client certificate for `names` (DNS names or addresses); the first is also its common
    /// name.
    ///
    /// # Errors
    /// If one of the names is invalid.
    pub fn issue(&self, kind: KeyKind, names: &[&str]) -> Result<Self, rcgen::Error> {
        Self::end_entity(kind, Some(self), names)
    }

    /// A self-signed server or client certificate.
    ///
    /// # Errors
    /// If one of the names is invalid.
    pub fn self_signed(kind: KeyKind, names: &[&str]) -> Result<Self, rcgen::Error> {
        Self::end_entity(kind, None, names)
    }

    fn end_entity(kind: KeyKind, issuer: Option<&Self>, names: &[&str]) -> Result<Self, rcgen::Error> {
        // Distinguishes addresses from names.
        let alternatives = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let common_name = names.first().copied().unwrap_or_default();
        Self::new(kind, issuer, |params| make_end_entity(params, alternatives.subject_alt_names, common_name))
    }

    /// Any certificate, issued by `issuer` or self-signed, after `adjust` has set its parameters. By default
    /// it is valid for ten years, from the year before this one.
    ///
    /// # Errors
    /// The library's error about the parameters.
    pub fn new(
        kind: KeyKind,
        issuer: Option<&Self>,
        adjust: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_for(match kind {
            KeyKind::EcdsaP256 => &PKCS_ECDSA_P256_SHA256,
            KeyKind::EcdsaP384 => &PKCS_ECDSA_P384_SHA384,
            KeyKind::Rsa => &PKCS_RSA_SHA256,
        })?;
        let mut params = CertificateParams::default();
        let year = i32::from(ZonedDateTime::now().year());
        params.not_before = date_time_ymd(year - 1, 1, 1);
        params.not_after = date_time_ymd(year + 9, 1, 1);
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(random_serial()?);
        adjust(&mut params);
        let certificate = match issuer {
            Some(issuer) => params.signed_by(&key, &issuer.issuer())?,
            None => params.self_signed(&key)?,
        };
        Ok(Self { key, params, certificate })
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// The certificate in PEM.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The private key as PKCS#8, in DER.
    pub fn key_der(&self) -> Vec<u8> {
        self.key.serialize_der()
    }

    /// The private key as PKCS#8, in PEM.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Certificate and private key in one PFX file, in the current format or in that of older systems.
    ///
    /// # Errors
    /// The library's error; none is expected.
    pub fn pfx(&self, password: &str, older: bool) -> Result<Vec<u8>, p12_keystore::error::Error> {
        let key = PrivateKey::from_der(&self.key_der())?;
        let chain = PrivateKeyChain::new("1", key, [PfxCertificate::from_der(self.der())?]);
        let mut keystore = KeyStore::new();
        keystore.add_entry("certificate", KeyStoreEntry::PrivateKeyChain(chain));
        let (encryption, mac) = match older {
            true => (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1),
            false => (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256),
        };
        keystore.writer(password).encryption_algorithm(encryption).mac_algorithm(mac).write()
    }

    /// A revocation list of this authority in DER, valid for ten years, that contains `revoked`.
    ///
    /// # Errors
    /// If this is not an authority that may sign lists.
    pub fn revocation_list(&self, revoked: &[&Self]) -> Result<Vec<u8>, rcgen::Error> {
        let year = i32::from(ZonedDateTime::now().year());
        let since = date_time_ymd(year - 1, 1, 1);
        let entry = |revoked: &&Self| RevokedCertParams {
            serial_number: revoked.params.serial_number.clone().unwrap_or_else(|| SerialNumber::from(0)),
            revocation_time: since,
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: since,
            next_update: date_time_ymd(year + 9, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer())?.der().to_vec())
    }

    /// The serial number in hexadecimal, with colons between the bytes.
    pub fn serial(&self) -> String {
        self.params.serial_number.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// Its role as the issuer of certificates and revocation lists.
    pub fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

fn make_authority(params: &mut CertificateParams, name: &str) {
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
}

fn make_end_entity(params: &mut CertificateParams, names: Vec<SanType>, common_name: &str) {
    params.subject_alt_names = names;
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
}

/// Sixteen random bytes, positive as RFC 5280 section 4.1.2.2 requires.
fn random_serial() -> Result<SerialNumber, rcgen::Error> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| rcgen::Error::RingUnspecified)?;
    bytes[0] &= 0x7f;
    Ok(SerialNumber::from_slice(&bytes))
}
